"""`grader grade` with two worker processes, killed at a moment that is counted and not timed.

Run by `tests/test_resume_workers.py` in a process of its own, because what it starts must be the
command's alone. The moments are the writer's; what the workers do at that time is left to them.
"""

import math
import os
import signal

from instant import InstantExecutor

from grader.cli import main
from grader.gradebook import writer
from grader.grading.options import GradingOptions
from grader.grading.schedulers import local
from grader.tools import files

BATCH = 3


class Moments:
    """Counts moments by name; at the fatal one this process is killed."""

    def __init__(self, name, number):
        self._name, self._left = name, number

    def come(self, name):
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def before(self, place, attribute, name):
        """Let the moment come whenever a function begins."""
        function = getattr(place, attribute)

        def begin(*args, **options):
            self.come(name)
            return function(*args, **options)

        setattr(place, attribute, begin)

    def after(self, place, attribute, name, counts=lambda self: True):
        """Let it come whenever a method has ended, if it counts by what was at its beginning."""
        function = getattr(place, attribute)

        def end(self_, *args):
            counted = counts(self_)
            result = function(self_, *args)
            if counted:
                self.come(name)
            return result

        setattr(place, attribute, end)


def run(course, name="", number=0, isolation=""):
    """Grade with instant executors, or in nurseries where an isolation is given."""
    moments = Moments(name, number)
    moments.before(local._Worker, "__init__", "a worker is started")
    moments.before(local._Worker, "give", "a task is given")
    moments.before(writer.Writer, "add", "a result is here")
    moments.before(files.os, "replace", "a file is written and has no name")
    moments.after(writer.Writer, "_write", "rows are written and not committed")
    moments.after(writer.Writer, "flush", "rows are committed", lambda self: self._pending)
    moments.before(local.Processes, "close", "workers are to end")
    init = writer.Writer.__init__
    writer.Writer.__init__ = lambda *args, **options: init(
        *args, **{**options, "batch": BATCH, "seconds": math.inf}
    )
    if not isolation:
        GradingOptions.executor_factory = InstantExecutor
    command = ["--course", course, "grade", "01", "--json", "--workers", "2", "--no-feedback"]
    main([*command, "--isolation", isolation or "none", "--cell-seconds", "600"])
