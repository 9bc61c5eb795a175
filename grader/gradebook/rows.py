"""The rows of submissions in nbgrader's tables: found, or made as nbgrader makes them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import uuid4

from grader.gradebook.database import Parameters, Row, Transaction, as_span, as_time, some
from grader.gradebook.grades import CellGrade
from grader.gradebook.released import Released

# Id, time of handing in, extension.
SubmissionRow = tuple[str, datetime.datetime | None, datetime.timedelta]


class Handed(Protocol):
    """What rows are made for: a student, and the time of handing in."""

    @property
    def student(self) -> str:
        """The student's id."""
        ...

    @property
    def stamp(self) -> datetime.datetime | None:
        """The time, in UTC."""
        ...


class Rows:
    """Finds the rows of some submissions, and makes those that are missing, as nbgrader does."""

    def __init__(self, write: Transaction, released: Released) -> None:
        self._write, self._released = write, released

    def ensure_courses(self, names: Iterable[str]) -> None:
        """Make the courses' rows."""
        self._write.run(
            "INSERT INTO course (id) VALUES (:id) ON CONFLICT DO NOTHING",
            [{"id": name} for name in sorted(names)],
        )

    def ensure_submissions(self, pending: Sequence[Handed]) -> dict[str, SubmissionRow]:
        """Return the submissions' rows by student."""
        self._write.run(
            "INSERT INTO student (id) VALUES (:id) ON CONFLICT DO NOTHING",
            [{"id": one.student} for one in pending],
        )
        assignment = self._released.assignment
        self._write.run(
            "INSERT INTO submitted_assignment (id, assignment_id, student_id, timestamp) "
            "VALUES (:id, :assignment, :student, NULL) ON CONFLICT DO NOTHING",
            [{"id": _new(), "assignment": assignment, "student": o.student} for o in pending],
        )
        # nbgrader keeps the time that is there if the submission has none.
        self._write.run(
            "UPDATE submitted_assignment SET timestamp = :stamp "
            "WHERE assignment_id = :assignment AND student_id = :student",
            [
                {"stamp": one.stamp, "assignment": assignment, "student": one.student}
                for one in pending
                if one.stamp is not None
            ],
        )
        return self.submissions(one.student for one in pending)

    def submissions(self, students: Iterable[str]) -> dict[str, SubmissionRow]:
        """Return the submissions' rows by student, of those that are there."""
        query = (
            "SELECT student_id, id, timestamp, extension FROM submitted_assignment "
            "WHERE assignment_id = :of AND student_id IN ({})"
        )
        return {
            student: (submission, as_time(stamp), as_span(extension))
            for student, submission, stamp, extension in self._among(
                query, students, of=self._released.assignment
            )
        }

    def ensure_notebooks(self, submissions: Mapping[str, SubmissionRow]) -> dict[str, str]:
        """Return the submitted notebook's id by student."""
        notebook, ids = self._released.notebook, [row[0] for row in submissions.values()]
        self._write.run(
            "INSERT INTO submitted_notebook (id, assignment_id, notebook_id, flagged) "
            "VALUES (:id, :submission, :notebook, :no) ON CONFLICT DO NOTHING",
            [{"id": _new(), "submission": one, "notebook": notebook, "no": False} for one in ids],
        )
        query = (
            "SELECT assignment_id, id FROM submitted_notebook "
            "WHERE notebook_id = :of AND assignment_id IN ({})"
        )
        found: dict[str, str] = dict(self._among(query, ids, of=notebook))
        return {student: found[row[0]] for student, row in submissions.items()}

    def write_scores(self, scores: Mapping[str, Mapping[str, float | None]]) -> dict[str, float]:
        """Write automatic scores by submitted notebook and cell; None where a person grades.

        Returns
        -------
        dict
            The points that each notebook has now, a person's before ours.
        """
        self._write.run(
            "INSERT INTO grade (id, notebook_id, cell_id, needs_manual_grade) "
            "VALUES (:id, :notebook, :cell, :yes) ON CONFLICT DO NOTHING",
            [{**row, "yes": True} for row in _new_rows(scores, self._released.graded)],
        )
        self._write.run(
            "UPDATE grade SET auto_score = :value, "
            "needs_manual_grade = (manual_score IS NOT NULL OR :missing) "
            "WHERE notebook_id = :notebook AND cell_id = :cell",
            [
                {**row, "missing": row["value"] is None}
                for row in _changed_rows(scores, self._released.graded)
            ],
        )
        reached = dict.fromkeys(scores, 0.0)
        query = (
            "SELECT notebook_id, auto_score, manual_score, extra_credit FROM grade "
            "WHERE notebook_id IN ({})"
        )
        for notebook, automatic, manual, extra in self._among(query, scores):
            grade = CellGrade(automatic=automatic, manual=manual, extra=extra or 0.0)
            reached[notebook] += grade.points
        return reached

    def write_comments(self, comments: Mapping[str, Mapping[str, str | None]]) -> None:
        """Write nbgrader's own comments by submitted notebook and cell."""
        self._write.run(
            "INSERT INTO comment (id, notebook_id, cell_id) "
            "VALUES (:id, :notebook, :cell) ON CONFLICT DO NOTHING",
            _new_rows(comments, self._released.commented),
        )
        self._write.run(
            "UPDATE comment SET auto_comment = :value "
            "WHERE notebook_id = :notebook AND cell_id = :cell",
            _changed_rows(comments, self._released.commented),
        )

    def _among(self, query: str, values: Iterable[str], **of: str) -> Iterable[Row]:
        """Yield the rows for some values, which stand where the query has braces."""
        for names, parameters in some("v", values):
            yield from self._write.rows(query.format(names), **of, **parameters)


def _new_rows(notebooks: Iterable[str], cells: Mapping[str, str]) -> list[Parameters]:
    return [
        {"id": _new(), "notebook": notebook, "cell": cell}
        for notebook in notebooks
        for cell in cells.values()
    ]


def _changed_rows(
    values: Mapping[str, Mapping[str, float | str | None]], cells: Mapping[str, str]
) -> list[Parameters]:
    """Return what changes: nbgrader leaves alone what a graded notebook says nothing about."""
    return [
        {"notebook": notebook, "cell": cells[name], "value": value}
        for notebook, own in values.items()
        for name, value in own.items()
    ]


def _new() -> str:
    return uuid4().hex
