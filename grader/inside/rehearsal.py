"""Inside: a small nursery that runs lines of code just as a submission is run."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import sys
import time
import traceback
from typing import Any

from grader.inside.limits import Limits


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
    from grader.inside.enclose import exit_code, fork

    start, own = time.perf_counter(), time.process_time()
    reading, writing = os.pipe()
    pid = fork(Limits(**limits)) if enclosed else os.fork()
    if not pid:
        _run(source, Limits(**limits), writing, enclosed)
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
    from grader.inside.enclose import enclose

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
