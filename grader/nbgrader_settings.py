"""What a course's `nbgrader_config.py` imports: the face of `grader.nbgrader_api.settings`.

It imports nothing heavy: a learner's JupyterLab loads it too.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from grader.nbgrader_api import settings

_FORMGRADER = "nbgrader.server_extensions.formgrader.formgrader"


def configure(c: Any, file: str | Path = "") -> None:
    """Set nbgrader's options on the configuration object `c`; guard formgrader's pages.

    Parameters
    ----------
    file : path, optional
        The file that calls this, in the course folder; by default nbgrader is taken to run there.
    """
    settings.configure(c, file)
    # The server that makes formgrader's pages reads these settings before it makes any.
    if _FORMGRADER in sys.modules:
        from grader.plugins.pages import guard_this_process

        guard_this_process()
