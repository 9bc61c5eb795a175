"""A run is killed while it writes to a PostgreSQL server, and continued."""

# ruff: noqa: F811 (fixtures of another file are imported by name)

import multiprocessing
import os
import shutil
import signal
import warnings

import pytest
from test_postgresql import course, grade, handed_in, server, tables  # noqa: F401

from grader.gradebook import server as servers
from grader.gradebook import writer
from grader.grading.run import Listener
from grader.nbgrader_api.converters import gradebook

BATCH = 2


def small_batches(patch):
    init = writer.Writer.__init__
    patch.setattr(writer.Writer, "__init__", lambda *a, **k: init(*a, **{**k, "batch": BATCH}))


def run_killed(course, fatal, told):
    """Grade in this process, and end it before a statement or before the end of a transaction."""
    count = 0

    def step():
        nonlocal count
        count += 1
        if count == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    run, transact = servers._ServerTransaction.run, servers.ServerDatabase.transact

    def and_step(self, sql, parameters):
        step()
        return run(self, sql, parameters)

    def and_step_at_its_end(self, work, *, write=True):
        def counted(transaction):
            result = work(transaction)
            step()
            return result

        return transact(self, counted, write=write)

    servers._ServerTransaction.run = and_step
    servers.ServerDatabase.transact = and_step_at_its_end
    small_batches(pytest.MonkeyPatch())
    grade(course)
    told.send(count)


def in_its_own_process(course, fatal):
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run_killed, args=(course, fatal, theirs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    process.join(120)
    return process.exitcode, ours.recv() if ours.poll() else 0


def test_killed_and_continued(course):
    """The server takes back what was not committed, and frees the lock that the dead run held."""
    status, steps = in_its_own_process(course, 0)
    assert status == 0 and steps > 20
    whole = tables(course)
    assert len(whole["submitted_assignment"]) == 6
    for part in range(4):
        empty(course)
        fatal = 2 + part * (steps - 3) // 3
        assert in_its_own_process(course, fatal) == (-signal.SIGKILL, 0)
        states = grade(course)
        assert set(states) <= {"graded", "unchanged"}
        assert tables(course) == whole
        assert set(grade(course)) == {"unchanged"}


def empty(course):
    """Take all grades out of the gradebook again, and the graded files away."""
    from sqlalchemy import text

    with gradebook(course) as book:
        for table in ("comment", "grade", "submitted_notebook", "submitted_assignment"):
            book.db.execute(text(f"DELETE FROM {table}"))
        book.db.execute(text("DELETE FROM student"))
        book.db.execute(text("DELETE FROM twoapples_graded"))
        book.db.commit()
    shutil.rmtree(course.root / "autograded")


def test_the_server_is_killed_while_a_transaction_is_open(course, server, monkeypatch):
    """Not at a quiet moment: between two statements of one transaction."""
    said, killed = [], []
    run = servers._ServerTransaction.run

    def and_kill(self, sql, parameters):
        if sql.startswith("UPDATE grade") and not killed:
            killed.append(sql)
            server.stop("immediate")
        return run(self, sql, parameters)

    def say(sentence):
        said.append(sentence)
        server.start()

    monkeypatch.setattr(servers._ServerTransaction, "run", and_kill)
    small_batches(monkeypatch)
    assert grade(course, listener=Listener(say=say)) == ["graded"] * 6
    assert killed and len(said) == 1 and "cannot be reached; waiting for it" in said[0]
    assert len(tables(course)["grade"]) == 3 * 6
    assert grade(course) == ["unchanged"] * 6
