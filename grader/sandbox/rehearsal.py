"""A small nursery that runs a few lines of code just as a submission is run.

`grader doctor`, the tests and the measurements use it: what the sandbox holds is found out by
trying, from the inside, through the same `command` and `enclose` that grading goes through.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from typing import Any

from grader.inside.isolation import Isolation
from grader.inside.limits import Limits


@dataclass(frozen=True)
class Tried:
    """What became of the lines.

    Attributes
    ----------
    output : str
        What they printed, a traceback included.
    status : int
        Exit status; minus the signal's number if one ended them.
    seconds, cpu_seconds : float
        Wall time from before the fork until nothing of them was left; CPU time for the same, of
        the nursery and of all processes that came to be.
    """

    output: str
    status: int
    seconds: float
    cpu_seconds: float


class Rehearsal:
    """A nursery in which to try things; a context manager.

    Parameters
    ----------
    isolation : Isolation
        How to start it.
    preload : str
        Modules that the nursery imports first, with spaces between.
    prepare : str
        Lines that the nursery runs then, to leave a protection out, say.
    """

    def __init__(
        self, isolation: Isolation = Isolation.DEFAULT, preload: str = "", prepare: str = ""
    ) -> None:
        from grader.sandbox.bubblewrap import command

        args = ["-I", "-m", "grader.inside.rehearsal", preload, prepare]
        argv, env = command(args, isolation=isolation)
        self.process = subprocess.Popen(
            argv,
            env=env,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.started = self._answer() == {"ready": True}

    def __enter__(self) -> Rehearsal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self,
        source: str,
        limits: Limits | None = None,
        seconds: float = 60,
        *,
        interrupt: float | None = None,
        enclosed: bool = True,
    ) -> Tried:
        """Run lines of code in a child of the nursery; kill it after `seconds`.

        Parameters
        ----------
        interrupt : float, optional
            Interrupt it after so many seconds.
        enclosed : bool
            False to measure what the enclosure costs: a bare fork.
        """
        request = {
            "source": source,
            "limits": asdict(limits or Limits()),
            "seconds": seconds,
            "interrupt": interrupt,
            "enclosed": enclosed,
        }
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return Tried(**self._answer())

    def complaints(self) -> str:
        """Return what the nursery, or bubblewrap, wrote on its standard error; ends it."""
        from grader.sandbox.bubblewrap import end

        end(self.process)
        assert self.process.stderr is not None
        return self.process.stderr.read().decode(errors="replace").strip()

    def close(self) -> None:
        """End the nursery."""
        from grader.sandbox.bubblewrap import end

        end(self.process)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else {}
