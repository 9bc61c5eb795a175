"""A grading run from outside: it is stopped, its workers die, it says how it goes."""

import json
import os
import shutil
import signal
import time
from functools import partial
from pathlib import Path

import pytest
from class_of_twelve import (
    GRADED,
    STUDENTS,
    copied,
    grade,
    rows,
    states,
)
from click.testing import CliRunner
from instant import InstantExecutor
from mini_course import LESSON, NOTEBOOK
from watched_command import Slow, start_command

from grader.cli import main
from grader.errors import GraderError
from grader.grading.run import Listener
from grader.grading.schedulers.local import InThisProcess, Processes
from grader.judging.task import Order

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


@pytest.fixture
def course(class_handed_in, tmp_path):
    return copied(class_handed_in, tmp_path / "course")


def test_a_request_to_stop_is_followed_and_the_next_run_continues(course):
    seen = []
    listener = Listener(progress=seen.append, stop=lambda: len(os.listdir(graded)) >= 5)
    graded = course.root / GRADED
    graded.mkdir()
    first = grade(course, listener=listener)
    assert set(states(first)) == {"graded"} and len(first) < len(STUDENTS)
    second = grade(course)
    assert states(second).count("unchanged") == len(first)
    assert states(second).count("graded") == len(STUDENTS) - len(first)


def test_the_command_stopped_by_a_signal(course, tmp_path):
    other = copied(course, tmp_path / "other")
    runs = [
        (one, start_command(one, tmp_path / number.name, Slow), tmp_path / number.name, number)
        for one, number in ((course, signal.SIGINT), (other, signal.SIGTERM))
    ]
    for _, process, begun, number in runs:
        while len(os.listdir(begun)) < 2 and process.poll() is None:
            time.sleep(0.02)
        os.killpg(process.pid, number)  # as a terminal does it: to all processes
        begun.with_suffix(".told").touch()
    for one, process, begun, number in runs:
        check_stopped(one, process, begun, 128 + number)


def check_stopped(course, process, begun, status):
    out, err = process.communicate(timeout=120)
    assert process.returncode == status, err
    events = [json.loads(line) for line in out.splitlines()]
    summary = events[-1]
    assert summary["event"] == "summary" and summary["stopped"] is True
    assert summary["to_continue"] == f"grader grade {LESSON} --isolation none"
    assert summary["without_sandbox"] == summary["graded"]
    done = [event for event in events if event["event"] == "graded"]
    assert len(done) == summary["graded"] == len(rows(course)[2])
    # What had begun was finished: nobody's time was wasted.
    assert len(os.listdir(begun)) == len(done) < len(STUDENTS)
    assert states(grade(course)).count("graded") == len(STUDENTS) - len(done)


# Workers


class Dying(InstantExecutor):
    """A worker that is killed at certain submissions; once, or whenever it meets them."""

    def __init__(self, folder, always):
        self.folder, self.always = folder, always

    def execute(self, notebook, questions, supplements):
        if "x * x" in "".join(c.source for c in notebook.cells):
            mark = self.folder / "killed"
            if self.always or not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(notebook, questions, supplements)


@pytest.mark.parametrize("always", [False, True])
def test_a_worker_that_dies_loses_nobodys_grade(course, tmp_path, always):
    make = partial(Dying, tmp_path, always)
    outcomes = grade(
        course, make_scheduler=lambda order: Processes(order.to_bytes(), make, workers=2)
    )
    deadly = [student for number, student in enumerate(STUDENTS) if number % 3 == 0]
    failed = [student for student, outcome in outcomes.items() if outcome.state == "failed"]
    assert failed == (deadly if always else [])
    assert states(outcomes).count("graded") == len(STUDENTS) - len(failed)
    for student in failed:
        assert outcomes[student].problem == "the process that graded it was killed, twice"


class Refuses(InstantExecutor):
    def start(self, many=True):
        raise GraderError("There is no sandbox on this machine.")


def test_a_worker_that_cannot_work_ends_the_run(course):
    with pytest.raises(GraderError, match="no sandbox"):
        grade(course, make_scheduler=lambda o: Processes(o.to_bytes(), Refuses, workers=2))


class Recording(InThisProcess):
    """Notes how much is under way, and what a worker is told."""

    capacity = 3
    most = 0
    told: list[bytes] = []  # noqa: RUF012

    def submit(self, number, task):
        super().submit(number, task)
        type(self).most = max(self.most, len(self._waiting))
        self.told.append(task)


def test_few_submissions_are_under_way_and_nobodys_name_travels(course):
    orders = []

    def make(order: Order):
        orders.append(order.to_bytes())
        return Recording(Order.from_bytes(orders[0]), InstantExecutor())

    outcomes = grade(course, make_scheduler=make)
    assert set(states(outcomes)) == {"graded"}
    assert Recording.most == Recording.capacity
    assert len(Recording.told) == len(STUDENTS) and len(orders) == 1
    assert not [task for task in (*Recording.told, *orders) if b"student-" in task]


# The command


class Sandboxed(InstantExecutor):
    isolation = "default"


def test_json_is_one_object_a_line(course, monkeypatch):
    monkeypatch.setattr("grader.grading.options.choose_executor", lambda *a, **k: Sandboxed())
    for student in STUDENTS[1:]:
        shutil.rmtree(course.root / "submitted" / student)
    arguments = ["--course", str(course.root), "grade", "01", "--json", "--no-feedback"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event"] for event in events] == ["started", "graded", "summary"]
    assert events[0]["submissions"] == 1
    assert (events[1]["student"], events[1]["score"]) == (STUDENTS[0], 2)
    assert events[1]["isolation"] == "default"
    assert events[2] == {
        "event": "summary", "lesson": LESSON, "graded": 1, "unchanged": 0, "failed": 0,
        "need_a_person": 0, "without_sandbox": 0, "sandbox_unknown": 0, "stopped": False,
        "to_continue": "",
    }  # fmt: skip


def test_pages_that_are_missing_are_written_by_the_next_run(course, monkeypatch):
    written = []

    def pages(course, lesson, students, workers, notebook, settings):
        written.append(students)
        for student in students:
            page = course.root / "feedback" / student / LESSON / f"{NOTEBOOK}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text("<p>")
        return {}

    monkeypatch.setattr("grader.feedback.writing.write_feedback", pages)
    grade(course)  # without pages
    grade(course, feedback=True)
    grade(course, feedback=True)
    (course.root / "feedback" / STUDENTS[4] / LESSON / f"{NOTEBOOK}.html").unlink()
    grade(course, feedback=True)
    assert written == [STUDENTS, [STUDENTS[4]]]
