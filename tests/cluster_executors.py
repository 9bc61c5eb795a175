"""Executors for the tests with a Dask cluster: they are made in its workers, so they live here."""

import os
import signal

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


def pretend_other_versions():
    """Let this process have another version of the code that grades."""
    from grader.schedulers import dask_worker

    dask_worker._digest = lambda: "older"
