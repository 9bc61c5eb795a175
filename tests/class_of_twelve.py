"""A class of twelve for the tests of grading runs, graded by an executor that takes no time."""

import copy
import shutil
import sqlite3

import mini_course
from instant import InstantExecutor, grade_with
from mini_course import LESSON, answer, hand_in

from grader.build.build import build_lesson
from grader.course.course import Course
from grader.grading.schedulers.local import InThisProcess

STUDENTS = [f"student-{number:02d}" for number in range(12)]
WRONG = "def double(x):\n    return x * x"
GRADED = "autograded"


def make(folder):
    """Make a course with twelve submissions, released; nothing is graded."""
    course = mini_course.make_course(folder)
    build_lesson(course, LESSON)
    right = mini_course.solved(course)
    for number, student in enumerate(STUDENTS):
        notebook = copy.deepcopy(right)
        hand_in(course, student, answer(notebook, double=WRONG) if number % 3 == 0 else notebook)
    extra = course.root / "submitted" / STUDENTS[1] / LESSON
    (extra / "data.txt").write_text("1 2 3")
    (extra / "timestamp.txt").write_text("2026-11-20 18:00:00 UTC")
    return course


def copied(course, target):
    shutil.copytree(course.root, target)
    return Course(target)


def in_process(order):
    return InThisProcess(order, InstantExecutor())


def grade(course, **options):
    options = {"make_scheduler": in_process, **options}
    return {o.student: o for o in grade_with(course, LESSON, **options)}


def states(outcomes):
    return [outcome.state for outcome in outcomes.values()]


def rows(course):
    """Return what the gradebook holds of each submission, without random ids."""
    connection = sqlite3.connect(course.root / "gradebook.db")
    found = connection.execute(
        "SELECT s.student_id, s.timestamp, b.name, g.auto_score, g.manual_score, "
        "g.needs_manual_grade, n.late_submission_penalty, c.auto_comment "
        "FROM submitted_assignment s JOIN submitted_notebook n ON n.assignment_id = s.id "
        "LEFT JOIN base_cell b ON b.notebook_id = n.notebook_id "
        "LEFT JOIN grade g ON g.notebook_id = n.id AND g.cell_id = b.id "
        "LEFT JOIN comment c ON c.notebook_id = n.id AND c.cell_id = b.id "
        "ORDER BY s.student_id, b.name, b.type"
    ).fetchall()
    counts = [
        connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
        for table in ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
    ]
    ledger = connection.execute(
        "SELECT student, handed_in, plan, file, problem, isolation FROM twoapples_graded "
        "ORDER BY student"
    ).fetchall()
    connection.close()
    return found, counts, ledger


def files(course):
    folder = course.root / GRADED
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}
