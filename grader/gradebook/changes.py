"""What is changed in a lesson's rows besides grading it: dates, penalties, scores by hand."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

from grader.gradebook.database import Transaction, as_time

if TYPE_CHECKING:
    from grader.course.course import Course
    from grader.gradebook.grades import Grades
    from grader.nbgrader_api.read_config import Settings

_OF_CELL = (
    "WHERE notebook_id = :notebook AND cell_id IN (SELECT id FROM base_cell WHERE name = :cell)"
)


def set_due_date(write: Transaction, lesson: str, due: datetime.datetime) -> bool:
    """Write a lesson's due date, in UTC; return whether it was another one."""
    found = write.rows("SELECT id, duedate FROM assignment WHERE name = :lesson", lesson=lesson)
    changed = [
        {"due": due.replace(tzinfo=None), "id": row}
        for row, before in found
        if as_time(before) != due.replace(tzinfo=None)
    ]
    write.run("UPDATE assignment SET duedate = :due WHERE id = :id", changed)
    return bool(changed)


def set_extensions(
    course: Course, lesson: str, spans: Mapping[str, datetime.timedelta], settings: Settings
) -> None:
    """Write extensions by student; nbgrader makes all rows of a submission or none."""
    from sqlalchemy.exc import SAWarning

    from grader.nbgrader_api.converters import gradebook

    with warnings.catch_warnings(), gradebook(course, settings.config) as book:
        # nbgrader adds rows in an order that newer SQLAlchemy warns of; the rows are right.
        warnings.simplefilter("ignore", SAWarning)
        for student, span in sorted(spans.items()):
            book.update_or_create_student(student)
            book.update_or_create_submission(lesson, student, extension=span)


def set_penalties(write: Transaction, penalties: Mapping[str, float | None]) -> None:
    """Write what is taken off for being late, by the id of the submitted notebook."""
    write.run(
        "UPDATE submitted_notebook SET late_submission_penalty = :penalty WHERE id = :id",
        [{"penalty": penalty, "id": row} for row, penalty in penalties.items()],
    )


def set_automatic_scores(
    write: Transaction, grades: Grades, scores: Mapping[str, float | None]
) -> None:
    """Write what the checks give for a submission, by cell."""
    write.run(
        f"UPDATE grade SET auto_score = :score {_OF_CELL}",
        [{"score": s, "notebook": grades.row, "cell": cell} for cell, s in scores.items()],
    )


def give_score(
    write: Transaction, grades: Grades, cell: str, score: float | None, exercise: str, comment: str
) -> None:
    """Write a person's score for a submission's cell, and the comment on its exercise.

    Parameters
    ----------
    score : float or None
        None takes a person's score back.
    exercise : str
        Name of the cell that comments belong to, of the task or the solution.
    """
    waits = score is None and grades.cells[cell].automatic is None
    write.run(
        f"UPDATE grade SET manual_score = :score, needs_manual_grade = :waits {_OF_CELL}",
        [{"score": score, "waits": waits, "notebook": grades.row, "cell": cell}],
    )
    write.run(
        f"UPDATE comment SET manual_comment = :text {_OF_CELL}",
        [{"text": comment or None, "notebook": grades.row, "cell": exercise}],
    )
