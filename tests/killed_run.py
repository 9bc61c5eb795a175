"""A grading run that dies on the way, for the tests of what comes after.

Every change that the run makes to the disk or the database is a step; before the fatal one the
process kills itself, as the system does when memory is short: nothing can be tidied up.
"""

import multiprocessing
import os
import signal
import warnings

from instant import InstantExecutor, grade_with

from grader.gradebook import sqlite, writer
from grader.grading.schedulers.local import InThisProcess
from grader.tools import files

BATCH = 3


class Steps:
    """Counts steps; before the fatal one the process ends."""

    def __init__(self, fatal):
        self.fatal, self.count = fatal, 0

    def before(self, function):
        def counted(*args, **options):
            self.count += 1
            if self.count == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **options)

        return counted


def run(course, fatal, regrade, told):
    """Grade the course in a process made for it; send the number of steps if it survives."""
    steps = Steps(fatal)
    for name in ("chmod", "replace", "makedirs"):
        setattr(files.os, name, steps.before(getattr(os, name)))
    files.open = steps.before(open)
    transaction = sqlite._Transaction
    transaction.run = steps.before(transaction.run)
    attempt = sqlite.SqliteDatabase._attempt

    def work_and_step(self, work, write):
        # The end of a transaction is a step of its own: all of it was run, nothing is committed.
        def counted(tables):
            result = work(tables)
            steps.before(lambda: None)()
            return result

        return attempt(self, counted, write)

    sqlite.SqliteDatabase._attempt = work_and_step
    init = writer.Writer.__init__
    writer.Writer.__init__ = lambda *args, **options: init(*args, **{**options, "batch": BATCH})
    grade_with(
        course,
        "01",
        new_seed=regrade,
        make_scheduler=lambda order: InThisProcess(order, InstantExecutor()),
    )
    told.send(steps.count)


def run_killed(course, step=0, *, regrade=False):
    """Grade in a forked process that dies before a step; return how it ended, and its steps."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(course, step, regrade, theirs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the threads of pytest stay behind
        process.start()
    process.join(120)
    return process.exitcode, ours.recv() if ours.poll() else 0
