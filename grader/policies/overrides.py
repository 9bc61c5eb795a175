"""Scores that a person gives in place of ours, with the reason.

The score is nbgrader's manual score, so it is kept when a submission is graded again, and
formgrader shows it. The reason is nbgrader's comment, which the feedback page shows. A file in
`grading/` remembers both, and what was there before, so that it can be taken back.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.database import Database, Transaction
from grader.notebook.cells import check_id
from grader.policies.gradebook import opened, renew_penalty
from grader.policies.reading import Policies, read_policies
from grader.tools.files import write_atomically


@dataclass(frozen=True)
class Override:
    """A score given by a person.

    Attributes
    ----------
    automatic : float or None
        What the checks give.
    before : float or None
        The manual score that was there before.
    comment, comment_before : str
        What was written as the instructor's comment, and what stood there.
    at : str
        When, in UTC.
    """

    student: str
    exercise: str
    score: float
    points: float
    why: str
    automatic: float | None
    before: float | None
    comment: str
    comment_before: str
    at: str


@dataclass(frozen=True)
class _Found:
    """The rows of one exercise of one submission."""

    grade: str
    automatic: float | None
    manual: float | None
    points: float
    comment: str | None
    comment_text: str
    is_task: bool


def read_overrides(course: Course, lesson: str) -> dict[tuple[str, str], Override]:
    """Read the overrides of a lesson, by student and exercise."""
    path = _path(course, course.resolve(lesson))
    try:
        data = json.loads(path.read_bytes())
        listed = [Override(**one) for one in data["overrides"]]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GraderError(
            f"{path} should hold the scores given by hand and cannot be read ({error}). The "
            "gradebook has them; move the file away to go on without their reasons."
        ) from error
    return {(one.student, one.exercise): one for one in listed}


def override(
    course: Course, lesson: str, student: str, exercise: str, score: float, why: str
) -> Override:
    """Give a student a score for an exercise, whatever the checks say.

    Parameters
    ----------
    score : float
        Points, from 0 to those of the exercise.
    why : str
        The reason, which the student reads.

    Raises
    ------
    GraderError
        If there is no such submission or exercise, or the score cannot be.
    """
    lesson = course.resolve(lesson)
    if not why.strip():
        raise GraderError("Say why with --why: the student reads it on the feedback page.")
    known = read_overrides(course, lesson)
    with opened(course) as database:
        found = _find(database, course, lesson, student, exercise)
        if not 0 <= score <= found.points:
            raise GraderError(
                f"{exercise} has {found.points:g} points, so the score is from 0 to "
                f"{found.points:g}, not {score:g}."
            )
        earlier = known.get((student, exercise))
        ours = earlier is not None and found.comment_text == earlier.comment
        others = earlier.comment_before if earlier and ours else found.comment_text
        comment = f"Graded by hand: {score:g} of {found.points:g} points. {why.strip()}"
        told = f"{others}\n\n{comment}" if others else comment
        done = Override(
            student,
            exercise,
            float(score),
            found.points,
            why.strip(),
            found.automatic,
            earlier.before if earlier else found.manual,
            told,
            others,
            datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        )
        # First the record: killed between the two, the same command does the rest.
        _write(course, lesson, {**known, (student, exercise): done})
        policies = read_policies(course.root)
        database.transact(
            lambda write: _set(write, policies, lesson, student, found, float(score), told)
        )
    _renew_page(course, lesson, student)
    return done


def remove_override(course: Course, lesson: str, student: str, exercise: str) -> Override:
    """Take an override back: the score is again what it was before.

    Raises
    ------
    GraderError
        If there is none.
    """
    lesson = course.resolve(lesson)
    known = read_overrides(course, lesson)
    earlier = known.get((student, exercise))
    if earlier is None:
        raise GraderError(f"{student} has no override for {exercise} in {lesson}.")
    with opened(course) as database:
        found = _find(database, course, lesson, student, exercise)
        ours = found.comment_text == earlier.comment
        text = earlier.comment_before if ours else found.comment_text
        policies = read_policies(course.root)
        database.transact(
            lambda write: _set(write, policies, lesson, student, found, earlier.before, text)
        )
        del known[student, exercise]
        _write(course, lesson, known)
    _renew_page(course, lesson, student)
    return earlier


def _find(
    database: Database | None, course: Course, lesson: str, student: str, exercise: str
) -> _Found:
    """Find the rows of an exercise in a student's submission."""
    cells = (check_id(exercise), exercise)

    def read(transaction: Transaction) -> tuple[list[Any], list[Any], list[Any]]:
        of = {"lesson": lesson, "student": student}
        tables = (
            "FROM submitted_notebook n JOIN submitted_assignment s ON s.id = n.assignment_id "
            "JOIN assignment a ON a.id = s.assignment_id "
        )
        where = "WHERE a.name = :lesson AND s.student_id = :student"
        grades = transaction.rows(
            "SELECT b.name, g.id, g.auto_score, g.manual_score, c.max_score, t.max_score "
            f"{tables} JOIN grade g ON g.notebook_id = n.id JOIN base_cell b ON b.id = g.cell_id "
            f"LEFT JOIN grade_cells c ON c.id = b.id LEFT JOIN task_cells t ON t.id = b.id {where}",
            **of,
        )
        comments = transaction.rows(
            f"SELECT b.name, c.id, c.manual_comment {tables} "
            "JOIN comment c ON c.notebook_id = n.id "
            f"JOIN base_cell b ON b.id = c.cell_id {where}",
            **of,
        )
        return grades, comments, transaction.rows(f"SELECT s.id {tables} {where}", **of)

    grades, comments, there = database.transact(read, write=False) if database else ([], [], [])
    if not there:
        raise GraderError(
            f"The gradebook has no graded submission of {student} for {lesson}: grade it first."
        )
    by_name = {row[0]: row[1:] for row in grades}
    name = next((cell for cell in cells if cell in by_name), None)
    if name is None:
        exercises = ", ".join(sorted(cell.removeprefix(check_id("")) for cell in by_name))
        raise GraderError(f"{lesson} has no exercise {exercise!r}. There are: {exercises}.")
    grade, automatic, manual, points, task_points = by_name[name]
    comment, text = next(((row[1], row[2]) for row in comments if row[0] == exercise), (None, ""))
    return _Found(
        grade,
        None if automatic is None else float(automatic),
        None if manual is None else float(manual),
        float(points if points is not None else task_points or 0.0),
        comment,
        text or "",
        points is None,
    )


def _set(
    write: Transaction,
    policies: Policies | None,
    lesson: str,
    student: str,
    found: _Found,
    score: float | None,
    comment: str,
) -> None:
    waits = score is None and (found.automatic is None or found.is_task)
    write.run(
        "UPDATE grade SET manual_score = :score, needs_manual_grade = :waits WHERE id = :id",
        [{"score": score, "waits": waits, "id": found.grade}],
    )
    if found.comment is not None:
        write.run(
            "UPDATE comment SET manual_comment = :text WHERE id = :id",
            [{"text": comment or None, "id": found.comment}],
        )
    if policies is not None:
        renew_penalty(write, policies, lesson, student)


def _renew_page(course: Course, lesson: str, student: str) -> None:
    """Write the student's feedback page anew, if there is one."""
    if not course.feedback_page(student, lesson).exists():
        return
    from grader.feedback.writing import write_feedback

    problems = write_feedback(course, lesson, [student], 1)
    if problems:
        raise GraderError(
            "The score is in the gradebook; the feedback page could not be written: "
            + problems[student]
        )


def _path(course: Course, lesson: str) -> Path:
    return course.grading / "overrides" / f"{lesson}.json"


def _write(course: Course, lesson: str, known: dict[tuple[str, str], Override]) -> None:
    path = _path(course, lesson)
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [asdict(known[key]) for key in sorted(known)]
    text = json.dumps({"lesson": lesson, "overrides": listed}, ensure_ascii=False, indent=1)
    write_atomically(path, (text + "\n").encode("utf-8"))
