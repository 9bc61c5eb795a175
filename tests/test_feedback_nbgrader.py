"""Feedback pages of a graded class: from the gradebook to the files, and by nbgrader's command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from datetime import datetime, timedelta
from pathlib import Path

import mini_course
import pytest
from mini_course import LESSON, NOTEBOOK, answer, hand_in, make_course, solved, stub
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI

from grader.course.course import Course
from grader.feedback import writing
from grader.feedback.writing import write_feedback
from grader.gradebook.grades import read_submissions
from grader.grading.options import GradingOptions
from grader.grading.run import grade_lesson
from grader.nbgrader_api.converters import course_directory, database_url, load_config

pytestmark = pytest.mark.slow

SQUARED = "def double(x):\n    return x * x"
STUDENTS = ("ada", "bo [x]", "하늘")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Three graded submissions; a person has looked at one of them."""
    course = make_course(tmp_path_factory.mktemp("feedback") / "course")
    hand_in(course, "ada", solved(course))
    hand_in(course, "ada", "2026-11-20 18:00:00 UTC", "timestamp.txt")
    hand_in(course, "bo [x]", answer(stub(course), double=SQUARED))
    hand_in(course, "하늘", stub(course))
    grade_lesson(course, LESSON, GradingOptions(workers=1, feedback=False))
    with Gradebook(database_url(course)) as book:
        book.update_or_create_student("ada", first_name="Ada", last_name="King")
        book.update_or_create_assignment(LESSON, duedate="2026-11-18 18:00:00 UTC")
        submission = book.find_submission(LESSON, "ada")
        submission.extension = timedelta(hours=12)
        submission.notebooks[0].late_submission_penalty = 1.5
        grade = book.find_grade("why", NOTEBOOK, LESSON, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.0, 0.25, False
        book.find_comment("why", NOTEBOOK, LESSON, "ada").manual_comment = "Nothing **twice**."
        book.find_grade("check-Counter", NOTEBOOK, LESSON, "하늘").manual_score = 1.0
        book.db.commit()
    return course


@pytest.fixture
def course(graded, tmp_path):
    shutil.copytree(graded.root, tmp_path / "course")
    return Course(tmp_path / "course")


def page_of(course, student):
    return course.root / "feedback" / student / LESSON / f"{NOTEBOOK}.html"


def all_pages(course):
    return {
        str(path.relative_to(course.root)): path.read_bytes()
        for path in sorted((course.root / "feedback").rglob("*"))
        if path.is_file()
    }


def test_grades_are_those_that_nbgrader_reads(graded):
    url = database_url(graded)
    found = read_submissions(url, LESSON, NOTEBOOK)
    assert sorted(found) == sorted(STUDENTS)
    with Gradebook(url) as book:
        for student, grades in found.items():
            theirs = book.find_submission_notebook(NOTEBOOK, LESSON, student)
            assert sorted(grades.cells) == sorted(grade.name for grade in theirs.grades)
            for grade in theirs.grades:
                ours = grades.cells[grade.name]
                assert ours.most == grade.max_score
                assert ours.extra == (grade.extra_credit or 0)
                assert ours.by_hand == (grade.manual_score is not None)
                assert ours.waits or ours.score == grade.score
            given = [g.score for g in grades.cells.values() if g.score is not None]
            assert sum(given) == theirs.score
            assert sum(g.most for g in grades.cells.values()) == theirs.max_score
            assert any(g.waits for g in grades.cells.values()) == theirs.needs_manual_grade
            assert grades.penalty == (theirs.late_submission_penalty or 0)
            submission = book.find_submission(LESSON, student)
            assert grades.late.total_seconds() == submission.total_seconds_late
            assert grades.handed_in == submission.timestamp
            comments = {c.name: c.manual_comment for c in theirs.comments if c.manual_comment}
            assert grades.comments == comments
    ada = found["ada"]
    assert ada.name == "Ada King" and ada.handed_in == datetime(2026, 11, 20, 18)
    assert ada.late == timedelta(days=1, hours=12) and ada.cells["why"].score == 2.25
    assert found["bo [x]"].cells["why"].waits and found["하늘"].cells["check-Counter"].by_hand
    assert list(read_submissions(url, LESSON, NOTEBOOK, ["하늘", "nobody"])) == ["하늘"]
    assert read_submissions(url, "99-none", NOTEBOOK) == {}


def test_pages_are_written_where_nbgrader_looks_for_them(course):
    told = []
    assert write_feedback(course, LESSON, STUDENTS, 1, done=told.append) == {}
    assert told == list(STUDENTS)
    html = page_of(course, "ada").read_text(encoding="utf-8")
    assert "Ada King" in html and "1 day and 12 hours late" in html
    assert "6.75 of 9 points" in html and "Nothing <strong>twice</strong>." in html
    html = page_of(course, "bo [x]").read_text(encoding="utf-8")
    assert "The numbers were squared." in html and "expected" in html
    # What nbgrader's release needs beside the page, and nothing else.
    assert sorted(path.name for path in page_of(course, "ada").parent.iterdir()) == [
        "doubling.html",
        "timestamp.txt",
    ]
    assert page_of(course, "ada").stat().st_mode & 0o777 == 0o644


def test_nbgraders_command_writes_the_same_bytes(course):
    write_feedback(course, LESSON, STUDENTS, 1)
    ours = all_pages(course)
    shutil.rmtree(course.root / "feedback")
    beside = course.root / "autograded" / "ada" / LESSON
    (beside / "own.html").write_text("<script>alert(1)</script>", encoding="utf-8")
    (beside / "folder").mkdir()
    (beside / "folder" / "own.svg").write_text("<svg/>", encoding="utf-8")
    scripts = sysconfig.get_path("scripts")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_feedback", LESSON],
        cwd=course.root,
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    # nbgrader looks for submissions with a pattern, in which [x] is not itself.
    theirs = all_pages(course)
    assert theirs == {name: page for name, page in ours.items() if "[x]" not in name}
    assert len(theirs) == 3 and not (page_of(course, "ada").parent / "folder").exists()


@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments")  # nbgrader's own slip
def test_nbgrader_releases_the_page(course, tmp_path):
    secret = course.root / "autograded" / "ada" / LESSON / "submission_secret.txt"
    secret.write_text("a secret of the exchange", encoding="utf-8")
    assert write_feedback(course, LESSON, ["ada"], 1) == {}
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)  # nbgrader asks for it
    config = load_config(course.root)
    config.Exchange.root, config.CourseDirectory.course_id = str(exchange), "twoapples"
    directory = course_directory(course.root, config, assignment_id=LESSON)
    done = NbGraderAPI(coursedir=directory, config=config).release_feedback(LESSON)
    assert done["success"], done
    (released,) = (exchange / "twoapples" / "feedback").glob("*.html")
    assert released.read_bytes() == page_of(course, "ada").read_bytes()


def test_processes_write_the_same_bytes(course, monkeypatch):
    write_feedback(course, LESSON, STUDENTS, 1)
    alone = all_pages(course)
    shutil.rmtree(course.root / "feedback")
    monkeypatch.setattr(writing, "_FEW", 1)
    monkeypatch.setattr(writing, "_CHUNK", 1)
    assert write_feedback(course, LESSON, STUDENTS, 2) == {}
    assert all_pages(course) == alone


def test_one_page_that_cannot_be_written_is_told_and_the_others_are_written(course):
    graded = course.root / "autograded"
    (graded / "ada" / LESSON / f"{NOTEBOOK}.ipynb").unlink()
    broken = graded / "하늘" / LESSON / f"{NOTEBOOK}.ipynb"
    broken.chmod(0o644)
    broken.write_text("no notebook", encoding="utf-8")
    told = []
    problems = write_feedback(course, LESSON, [*STUDENTS, "nobody", "ada"], 1, done=told.append)
    assert sorted(problems) == ["ada", "nobody", "하늘"]
    assert sorted(told) == sorted([*STUDENTS, "nobody"])
    assert "no graded notebook" in problems["ada"] and "JSONDecodeError" in problems["하늘"]
    assert "no grades of nobody" in problems["nobody"]
    assert list(all_pages(course)) == [str(page_of(course, "bo [x]").relative_to(course.root))]


def test_a_page_is_replaced_whole(course, monkeypatch):
    write_feedback(course, LESSON, ["ada"], 1)
    before = all_pages(course)

    def fails(source, target):
        raise OSError("no space left")

    monkeypatch.setattr(writing.os, "replace", fails)
    assert "no space left" in write_feedback(course, LESSON, ["ada"], 1)["ada"]
    assert all_pages(course) == before  # no half page, and nothing left over


def test_another_exporter_is_respected(course):
    config = course.root / "nbgrader_config.py"
    chosen = 'c.GenerateFeedback.exporter_class = "nbconvert.exporters.MarkdownExporter"\n'
    config.write_text(config.read_text(encoding="utf-8") + chosen, encoding="utf-8")
    assert write_feedback(course, LESSON, ["ada"], 1) == {}
    assert not page_of(course, "ada").exists()
    text = page_of(course, "ada").with_suffix(".md").read_text(encoding="utf-8")
    assert "Twice two is four." in text and mini_course.MARKS not in text


def test_folders_of_the_configuration_are_used(course):
    config = course.root / "nbgrader_config.py"
    chosen = (
        'c.CourseDirectory.feedback_directory = "pages"\nc.CourseDirectory.groupshared = True\n'
    )
    config.write_text(config.read_text(encoding="utf-8") + chosen, encoding="utf-8")
    assert write_feedback(course, LESSON, ["ada"], 1) == {}
    path = course.root / "pages" / "ada" / LESSON / f"{NOTEBOOK}.html"
    assert path.stat().st_mode & 0o777 == 0o664


def test_writing_pages_imports_neither_nbgrader_nor_a_database():
    code = "import sys, grader.feedback.writing; print(*sys.modules)"
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, encoding="utf-8", cwd=Path(__file__).parents[1])
    # NumPy comes with `twoapples`, which sets code and emphasis in sentences.
    heavy = {"nbgrader", "nbconvert", "nbformat", "sqlalchemy", "matplotlib", "jupytext"}
    assert heavy & set(done.stdout.split()) == set(), done.stderr
