"""`grader grade` with two workers that say in a folder what they do, in a process of its own."""

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from instant import InstantExecutor

from grader.cli import main
from grader.gradebook import writer
from grader.grading.options import GradingOptions

HERE = Path(__file__).parent


class Slow(InstantExecutor):
    """Says that it has begun, goes on when the run was told to stop, and is slow."""

    def __init__(self, folder):
        self.folder = folder

    def execute(self, *arguments):
        (self.folder / f"{time.monotonic_ns()}").touch()
        deadline = time.monotonic() + 60
        while not self.folder.with_suffix(".told").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        return super().execute(*arguments)


class Telling(InstantExecutor):
    """Says which process grades, and waits at the fourth submission until it is told to go on."""

    def __init__(self, folder):
        self.folder = folder

    def execute(self, *arguments):
        (self.folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        while len(os.listdir(self.folder)) > 3 and not (self.folder / "go").exists():
            time.sleep(0.01)
        return super().execute(*arguments)


def start_command(course, folder, executor, *, batch=0):
    """Start the command with an executor of this module, in a session as from a terminal.

    It writes so many submissions at a time, or as many as it wants to. The folder is made here.
    """
    folder.mkdir()
    program = (
        f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
        "import watched_command\nwatched_command.run(*sys.argv[1:])\n"
    )
    arguments = [str(course.root), str(folder), executor.__name__, str(batch)]
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def run(course, folder, executor, batch):
    """Grade in this process, which is made for it."""
    init = writer.Writer.__init__
    if int(batch):
        writer.Writer.__init__ = lambda *a, **k: init(*a, **{**k, "batch": int(batch)})
    GradingOptions.executor_factory = partial(globals()[executor], Path(folder))
    command = ["--course", course, "grade", "01", "--json", "--workers", "2", "--no-feedback"]
    main([*command, "--isolation", "none"])
