"""Executors for the tests with a Dask cluster: they are made in its workers, so they live here."""

import os
import signal
import sys
from functools import partial

from instant import InstantExecutor


class Dying(InstantExecutor):
    """Kills its worker at a submission with a certain text; once, or whenever it meets one."""

    def __init__(self, text, folder, always):
        self.text, self.folder, self.always = text, folder, always

    def execute(self, notebook, questions, supplements):
        if self.text in "".join(cell.source for cell in notebook.cells):
            mark = self.folder / "killed"
            if self.always or not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(notebook, questions, supplements)


class Noting(InstantExecutor):
    """Notes in a folder which worker process runs how many submissions, and when it is closed."""

    def __init__(self, folder):
        self.folder = folder

    def execute(self, *arguments):
        with open(self.folder / f"{os.getpid()}", "a") as file:
            file.write(".")
        return super().execute(*arguments)

    def close(self):
        (self.folder / f"{os.getpid()}-closed").touch()


def forget_the_path():
    """Let no program be found in this process any more."""
    os.environ["OLD_PATH"], os.environ["PATH"] = os.environ["PATH"], "/nowhere"


def remember_the_path():
    """Undo it."""
    os.environ["PATH"] = os.environ.pop("OLD_PATH")


def pretend_other_code(root):
    """Let this process have the code that lies in another folder."""
    from grader.grading.schedulers import dask_worker

    dask_worker.code_digest = partial(dask_worker.code_digest, root)


def own_code_again():
    """Undo it."""
    from grader.grading.schedulers import dask_worker

    dask_worker.code_digest = dask_worker.code_digest.func


_closed: list[str] = []  # the folder that this process must not look into
_tried: list[str] = []
_LOOKS = {"open", "os.listdir", "os.scandir", "sqlite3.connect"}


def stay_out(folder):
    """Let this process open nothing in a folder and no database, as if it had another disk."""
    _closed.append(folder)
    sys.addaudithook(_look)  # for good


def come_in():
    """Let it open everything again."""
    _closed.clear()


def _look(event, arguments):
    if _closed and event in _LOOKS:
        path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes) else ""
        if event == "sqlite3.connect" or os.path.abspath(path).startswith(_closed[0]):
            _tried.append(f"{event} {path}")
            raise PermissionError(f"{event} {path}: that is on another machine")


def tried():
    """Return what was tried in spite of `stay_out` since the last time it was asked."""
    found, _tried[:] = list(_tried), []
    return found


def look_into(path):
    """Try to open a file and a database; return what came of it."""
    import sqlite3

    for attempt in (open, sqlite3.connect):
        try:
            attempt(path).close()
            return False
        except PermissionError:
            pass
    return True
