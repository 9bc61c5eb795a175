"""A small nursery that runs a few lines of code just as a submission is run.

`grader doctor`, the tests and the measurements use it: what the sandbox holds is found out by
trying, from the inside, through the same `command` and `enclose` that grading goes through.
"""

from __future__ import annotations

import io
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from typing import Any

from grader.sandbox.isolation import Isolation, Limits, PlainLimits


@dataclass(frozen=True)
class Result:
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

        args = ["-I", "-m", "grader.sandbox.rehearsal", preload, prepare]
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
    ) -> Result:
        """Run lines of code in a child of the nursery; kill it after `seconds`.

        Parameters
        ----------
        interrupt : float, optional
            Interrupt it after so many seconds.
        enclosed : bool
            False to measure what the enclosure costs: a bare fork.
        """
        used = PlainLimits() if limits is None else limits
        request = {
            "source": source,
            "limits": {name: getattr(used, name) for name in asdict(PlainLimits())},
            "seconds": seconds,
            "interrupt": interrupt,
            "enclosed": enclosed,
        }
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return Result(**self._answer())

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


def _serve() -> None:
    """Inside: take requests from standard input until it ends."""
    import importlib

    for name in sys.argv[1].split():
        importlib.import_module(name)
    exec(sys.argv[2], {})
    print(json.dumps({"ready": True}), flush=True)
    while line := os.read(0, 1 << 20):
        print(json.dumps(_try(**json.loads(line))), flush=True)


def _try(
    source: str, limits: dict[str, Any], seconds: float, interrupt: float | None, enclosed: bool
) -> dict[str, Any]:
    from grader.sandbox.child import exit_code, fork

    start, own = time.perf_counter(), time.process_time()
    reading, writing = os.pipe()
    pid = fork(PlainLimits(**limits)) if enclosed else os.fork()
    if not pid:
        _run(source, PlainLimits(**limits), writing, enclosed)
    os.close(writing)
    output = bytearray()
    if interrupt is not None and not _read(reading, output, start + interrupt):
        os.kill(pid, signal.SIGINT)
    if not _read(reading, output, start + seconds):
        os.kill(pid, signal.SIGKILL)
    os.close(reading)
    _, status, used = os.wait4(pid, 0)
    return {
        "output": output.decode(errors="replace"),
        "status": exit_code(status),
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - own + used.ru_utime + used.ru_stime,
    }


def _read(reading: int, output: bytearray, deadline: float) -> bool:
    """Read until the other end is closed; return whether that was before the deadline."""
    while True:
        left = deadline - time.perf_counter()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return False
        piece = os.read(reading, 1 << 16)
        if not piece:
            return True
        output += piece


def _run(source: str, limits: Limits, writing: int, enclosed: bool) -> None:
    from grader.sandbox.child import enclose

    status, leave = 1, os._exit  # the lines may put something else there
    try:
        if enclosed:
            enclose(limits, keep_fds=[writing])
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "wb", closefd=False), write_through=True)
        try:
            exec(compile(source, "<rehearsal>", "exec"), {"__name__": "__main__"})
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
    except BaseException:
        os.write(writing, traceback.format_exc().encode())
    finally:
        leave(status)


if __name__ == "__main__":
    _serve()
