"""What a hostile submission would try first, each harmless where it succeeds.

`grader doctor` runs these inside, through `rehearsal`, to find out what this machine can enforce;
the tests run them too, and once more in a bare fork, where they must succeed: a check that cannot
fail shows nothing. Each returns what it could do, or an empty text if it was stopped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from grader.inside.attacks import access as access
from grader.inside.attacks import limits as limits
from grader.inside.attacks.registry import ATTACKS, HELD, SMALL, Attack

__all__ = ["ATTACKS", "HELD", "SMALL", "Attack", "facts", "run"]


def run(name: str, known: str) -> None:
    """Inside: try, and print the outcome."""
    done = ATTACKS[name].function(json.loads(known))
    print(done or HELD, end="")


def facts(folder: Path, listening: str) -> dict[str, Any]:
    """Return what attacks need to know of the outside, where they try to get.

    Parameters
    ----------
    folder : Path
        A folder with a file in it that a submission may not read.
    listening : str
        Name of an abstract socket on which somebody listens.
    """
    return {"pid": os.getpid(), "folder": str(folder), "socket": listening}
