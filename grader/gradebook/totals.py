"""What the gradebook says about a lesson as a whole, for export."""

from __future__ import annotations

import datetime
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.database import Transaction, as_time
from grader.gradebook.opening import open_database
from grader.gradebook.unprotected import Unprotected, read_isolations
from grader.judging.isolation import UNKNOWN
from grader.nbgrader_api.config import read_settings


@dataclass(frozen=True)
class Total:
    """One student's points for one lesson.

    Attributes
    ----------
    points : float or None
        Of all exercises, a person's before ours; None if nothing is graded.
    penalty : float
        Taken off for being late.
    waiting : int
        Written answers that wait for a person; they count 0 until then.
    isolation : str
        How the submission was kept apart when it was graded, see `grader.gradebook.unprotected`.
    """

    student: str
    lesson: str
    most: float
    points: float | None = None
    penalty: float = 0.0
    handed_in: datetime.datetime | None = None
    waiting: int = 0
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    isolation: str = UNKNOWN

    @property
    def score(self) -> float | None:
        """What counts, as nbgrader counts it: never below zero."""
        return None if self.points is None else max(0.0, self.points - self.penalty)


def read_totals(course: Course, lesson: str) -> dict[str, Total]:
    """Read everybody's points of a lesson, by student.

    Students who have handed nothing in are there too, without points.

    Raises
    ------
    GraderError
        If there is no gradebook, or the lesson is not in it.
    """
    lesson = course.resolve(lesson)
    try:
        database = open_database(
            read_settings(course).db_url, course.root, waiting=lambda sentence: None
        )
    except FileNotFoundError as error:
        raise GraderError(f"{error} Grade a lesson first.") from None
    try:
        found = database.has_tables() and database.transact(
            lambda read: _read(read, lesson), write=False
        )
        isolations = read_isolations(course, lesson, database) if found else {}
    finally:
        database.close()
    if not found:
        raise GraderError(f"Lesson {lesson} is not in the gradebook: build and grade it first.")
    return {
        student: replace(total, isolation=isolations.get(student, UNKNOWN))
        for student, total in found.items()
    }


def unprotected(lesson: str, totals: dict[str, Total]) -> Unprotected:
    """Return whose scores come from a run without a sandbox."""
    told = {s: total.isolation for s, total in totals.items() if total.points is not None}
    return Unprotected.among(lesson, told)


def unprotected_lessons(start: Path) -> list[str]:
    """Say of the course that `start` lies in what was graded without a sandbox.

    Where there is no course, no gradebook, or none that can be read, there is nothing to say.
    """
    said = []
    try:
        course = Course.find(start)
        for lesson in dict.fromkeys(course.lesson_names):
            with suppress(GraderError):  # not in the gradebook
                found = unprotected(lesson, read_totals(course, lesson))
                said += [f"{lesson}: {sentence}" for sentence in found.sentences()]
    except GraderError:
        pass
    return said


def _read(read: Transaction, lesson: str) -> dict[str, Total] | None:
    if not read.rows("SELECT 1 FROM assignment WHERE name = :lesson", lesson=lesson):
        return None
    most = sum(
        float(points or 0.0)
        for table in ("grade_cells", "task_cells")
        for (points,) in read.rows(
            f"SELECT c.max_score FROM {table} c JOIN base_cell b ON b.id = c.id "
            "JOIN notebook n ON n.id = b.notebook_id JOIN assignment a ON a.id = n.assignment_id "
            "WHERE a.name = :lesson",
            lesson=lesson,
        )
    )
    totals = {
        student: Total(
            student, lesson, most, first_name=first or "", last_name=last or "", email=mail or ""
        )
        for student, first, last, mail in read.rows(
            "SELECT id, first_name, last_name, email FROM student"
        )
    }
    submitted = (
        "FROM submitted_assignment s JOIN assignment a ON a.id = s.assignment_id "
        "JOIN submitted_notebook n ON n.assignment_id = s.id "
    )
    for student, stamp, penalty in read.rows(
        f"SELECT s.student_id, s.timestamp, n.late_submission_penalty {submitted} "
        "WHERE a.name = :lesson",
        lesson=lesson,
    ):
        total = totals[student]
        penalty = total.penalty + float(penalty or 0.0)
        totals[student] = replace(total, penalty=penalty, handed_in=as_time(stamp))
    for student, kind, automatic, manual, extra in read.rows(
        "SELECT s.student_id, b.type, g.auto_score, g.manual_score, g.extra_credit "
        f"{submitted} JOIN grade g ON g.notebook_id = n.id JOIN base_cell b ON b.id = g.cell_id "
        "WHERE a.name = :lesson",
        lesson=lesson,
    ):
        total = totals[student]
        given = automatic if manual is None else manual
        waits = manual is None and (kind == "TaskCell" or automatic is None)
        points = total.points
        if given is not None:
            points = (points or 0.0) + float(given) + float(extra or 0.0)
        totals[student] = replace(total, points=points, waiting=total.waiting + waits)
    # A row is made before anything is graded when somebody gets an extension.
    return {
        student: total if total.points is not None else replace(total, waiting=0)
        for student, total in totals.items()
    }
