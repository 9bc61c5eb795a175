"""One grading run at a time for a course.

The lock is the system's on an open file, so it ends with the process that holds it, however that
ends; what the file says is only for people.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from grader.errors import GraderError
from grader.tools.files import write_atomically


class BusyError(GraderError):
    """Another run is grading this course."""


@contextlib.contextmanager
def only_run(folder: Path, doing: str) -> Iterator[None]:
    """Be the only one who grades the course while the `with` lasts.

    Parameters
    ----------
    folder : Path
        Where the lock file is; it is made if needed.
    doing : str
        What this run does, for others who have to wait.

    Raises
    ------
    BusyError
        If somebody else is grading; the message says who.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", thread_local=False)
    holder = folder / ".lock-holder"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise busy(_read(holder)) from None
    try:
        now = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
        text = f"{doing}, process {os.getpid()} on {socket.gethostname()}, since {now}"
        write_atomically(holder, text.encode("utf-8"))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def busy(who: str) -> BusyError:
    """Return the error that says who is grading."""
    return BusyError(
        f"This course is being graded already ({who}). Wait for it, or stop it: what it has "
        "graded is kept, and the same command continues."
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return "it does not say by whom"
