"""A grading run that is killed, stopped or locked out: the next one makes up for it."""

import json
import os
import random
import shutil
import signal
import sqlite3
import threading

import mini_course
import pytest
from class_of_twelve import (
    GRADED,
    STUDENTS,
    copied,
    files,
    grade,
    rows,
    states,
)
from filelock import FileLock
from killed_run import run_killed
from mini_course import LESSON, NOTEBOOK, hand_in

from grader.errors import GraderError
from grader.gradebook import database as databases
from grader.gradebook import ledger
from grader.gradebook.database import GradebookError
from grader.gradebook.opening import open_database
from grader.grading.run import Listener

pytestmark = pytest.mark.slow


@pytest.fixture
def course(class_handed_in, tmp_path):
    return copied(class_handed_in, tmp_path / "course")


# Killed


@pytest.fixture(scope="module")
def undisturbed(class_handed_in, tmp_path_factory):
    """The course after a run that nothing disturbed, the number of its steps, and the start."""
    start = copied(class_handed_in, tmp_path_factory.mktemp("start") / "course")
    grade(start)  # draws the seed and makes the plan, which all runs are to share
    for path in (start.root / GRADED, start.root / "gradebook.db"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copyfile(class_handed_in.root / "gradebook.db", start.root / "gradebook.db")
    whole = copied(start, tmp_path_factory.mktemp("whole") / "course")
    status, steps = run_killed(whole)
    assert status == 0
    return start, whole, steps


@pytest.mark.parametrize("part", range(10))
def test_killed_anywhere_and_continued(undisturbed, tmp_path, part):
    start, whole, steps = undisturbed
    assert steps > 100
    step = random.Random(part).randrange(1 + part * steps // 10, 1 + (part + 1) * steps // 10)
    course = copied(start, tmp_path / "course")
    assert run_killed(course, step) == (-signal.SIGKILL, 0)
    before = rows(course)[2] if part else []
    outcomes = grade(course)
    # What was in the gradebook whole is left alone, everything else is graded.
    assert states(outcomes).count("unchanged") == len(before)
    assert states(outcomes).count("graded") == len(STUDENTS) - len(before)
    assert rows(course) == rows(whole)
    assert files(course) == files(whole)
    assert set(states(grade(course))) == {"unchanged"}


def test_the_ten_places_are_not_all_before_or_after_the_first_commit(undisturbed):
    """Some runs die with nothing in the gradebook, some with a part: else the test is blind."""
    _, _, steps = undisturbed
    assert steps // 10 < steps // (len(STUDENTS) // 3) < steps


def test_killed_while_regrading_the_next_run_goes_on_with_the_new_cases(undisturbed, tmp_path):
    _, whole, steps = undisturbed
    course = copied(whole, tmp_path / "course")
    seed = course.root / "grading" / f"{LESSON}.json"
    old = seed.read_bytes()
    assert run_killed(course, steps // 2, regrade=True) == (-signal.SIGKILL, 0)
    assert seed.read_bytes() != old
    outcomes = grade(course)
    assert 0 < states(outcomes).count("unchanged") < len(STUDENTS)
    assert "failed" not in states(outcomes)
    assert len({plan for _, _, plan, *_ in rows(course)[2]}) == 1


# What counts as graded


def test_nothing_is_graded_twice(course):
    assert set(states(grade(course))) == {"graded"}
    before = {p: p.stat().st_mtime_ns for p in (course.root / GRADED).rglob("*.ipynb")}
    assert set(states(grade(course))) == {"unchanged"}
    assert {p: p.stat().st_mtime_ns for p in (course.root / GRADED).rglob("*.ipynb")} == before


def test_what_has_changed_is_graded_again(course):
    grade(course)
    notebook = mini_course.solved(course)
    hand_in(course, STUDENTS[0], notebook)
    path = course.root / GRADED / STUDENTS[1] / LESSON / f"{NOTEBOOK}.ipynb"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"Twice", b"twice"))
    (course.root / GRADED / STUDENTS[2] / LESSON / f"{NOTEBOOK}.ipynb").unlink()
    change(course, "DELETE FROM submitted_assignment WHERE student_id = ?", STUDENTS[3])
    change(
        course,
        "DELETE FROM grade WHERE notebook_id IN (SELECT n.id FROM submitted_notebook n JOIN "
        "submitted_assignment s ON s.id = n.assignment_id WHERE s.student_id = ?)",
        STUDENTS[4],
    )
    stamp = course.root / "submitted" / STUDENTS[5] / LESSON / "timestamp.txt"
    stamp.write_text("2026-11-21 18:00:00 UTC")
    outcomes = grade(course)
    assert [s for s, o in outcomes.items() if o.state == "graded"] == STUDENTS[:6]
    assert set(states(grade(course))) == {"unchanged"}


def test_a_touched_file_with_the_same_content_counts_as_graded(course):
    grade(course)
    for path in (course.root / GRADED).rglob("*.ipynb"):
        os.utime(path, (1, 1))
    assert set(states(grade(course))) == {"unchanged"}


def change(course, statement, *parameters):
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        assert connection.execute(statement, parameters).rowcount > 0
    connection.close()


def test_without_the_ledger_notebooks_and_gradebook_are_compared(course):
    grade(course)
    whole = rows(course)
    change(course, "DELETE FROM twoapples_graded")
    change(
        course,
        "UPDATE grade SET auto_score = 99 WHERE auto_score = 4 AND notebook_id IN (SELECT n.id "
        "FROM submitted_notebook n JOIN submitted_assignment s ON s.id = n.assignment_id "
        "WHERE s.student_id = ?)",
        STUDENTS[1],
    )
    outcomes = grade(course)
    assert [s for s, o in outcomes.items() if o.state == "graded"] == [STUDENTS[1]]
    assert rows(course) == whole
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        connection.execute("DROP TABLE twoapples_graded")
    connection.close()
    assert set(states(grade(course))) == {"unchanged"}
    assert rows(course) == whole


def test_a_lost_gradebook_is_made_again(course):
    grade(course)
    whole = rows(course)
    (course.root / "gradebook.db").unlink()
    with pytest.raises(FileNotFoundError):
        open_database(course.database, course.root, print)
    assert set(states(grade(course))) == {"graded"}
    assert rows(course) == whole


# The hidden cases


def test_the_seed_stays_until_it_is_drawn_anew(course):
    seed = course.root / "grading" / f"{LESSON}.json"
    grade(course)
    first = seed.read_bytes()
    grade(course)
    assert seed.read_bytes() == first
    assert set(states(grade(course, new_seed=True))) == {"graded"}
    second = seed.read_bytes()
    assert second != first
    seed.write_text("{")
    with pytest.raises(GraderError, match="cannot be read"):
        grade(course)
    assert set(states(grade(course, new_seed=True))) == {"graded"}
    assert json.loads(seed.read_text())["seed"] != json.loads(second)["seed"]


def test_a_kept_plan_is_used_until_something_changes(course, monkeypatch):
    import grader.build.hidden_cases as plans

    grade(course)
    recorded = []
    record = plans._record
    monkeypatch.setattr(plans, "_record", lambda *a: recorded.append(a) or record(*a))
    kept = plans.make_plan(course, LESSON)
    assert recorded == []
    exercises = course.root / "source" / LESSON / "exercises.py"
    exercises.write_text(exercises.read_text().replace("draws=2", "draws=3"))
    assert plans.make_plan(course, LESSON).digest != kept.digest
    assert len(recorded) == 1
    (course.root / "grading" / "plans" / f"{LESSON}.json").write_text("{ not JSON")
    plans.make_plan(course, LESSON)
    assert len(recorded) == 2


# One run at a time, and a locked gradebook


def test_a_second_run_is_told_who_is_grading(course):
    (course.root / "grading").mkdir()
    (course.root / "grading" / ".lock-holder").write_text("lesson 01, process 7 on box")
    with (
        FileLock(course.root / "grading" / ".lock"),
        pytest.raises(GraderError, match=r"graded already \(lesson 01, process 7 on box\)"),
    ):
        grade(course)
    assert set(states(grade(course))) == {"graded"}  # what the dead one left is no hindrance


def test_a_locked_gradebook_is_waited_for(course):
    (course.root / "grading").mkdir()
    other = sqlite3.connect(course.root / "gradebook.db", check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    said = []

    def say(sentence):
        said.append(sentence)
        threading.Thread(target=other.rollback).start()

    outcomes = grade(course, listener=Listener(say=say))
    assert set(states(outcomes)) == {"graded"}
    assert said == ["gradebook.db is locked by another program; waiting for it"]
    other.close()


def test_patience_has_an_end(course, monkeypatch):
    monkeypatch.setattr(databases, "PATIENCE", 0.0)
    other = sqlite3.connect(course.root / "gradebook.db")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(GradebookError, match="the same command continues"):
        grade(course)
    other.rollback()
    other.close()
    assert set(states(grade(course))) == {"graded"}


def test_a_full_disk_is_told_and_nothing_is_lost(course, monkeypatch):
    for student in STUDENTS:  # a long problem each, so that one page does not hold them all
        path = course.root / "submitted" / student / LESSON / f"{NOTEBOOK}.ipynb"
        path.unlink()
        path.with_name(f"{'x' * 200}.ipynb").touch()
    prepare = ledger.prepare

    def and_fill(database):
        prepare(database)
        connection = database._connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "prepare", and_fill)
        with pytest.raises(GradebookError, match=r"is full\. Nothing is lost"):
            grade(course)
    assert rows(course)[1:] == ([(0,)] * 5, [])
    assert set(states(grade(course))) == {"graded"}


def test_one_that_cannot_be_written_does_not_stop_the_others(course):
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON student WHEN NEW.id = 'student-03' "
            "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
    connection.close()
    outcomes = grade(course)
    assert outcomes["student-03"].state == "failed"
    assert "not this one" in outcomes["student-03"].problem
    assert states(outcomes).count("graded") == 11
    assert not (course.root / GRADED / "student-03" / LESSON).exists()
