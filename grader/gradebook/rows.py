"""The rows of submissions in nbgrader's tables: found, or made as nbgrader makes them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
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
        found: dict[str, SubmissionRow] = {}
        for names, students in some("s", (one.student for one in pending)):
            for student, submission, stamp, extension in self._write.rows(
                "SELECT student_id, id, timestamp, extension FROM submitted_assignment "
                f"WHERE assignment_id = :assignment AND student_id IN ({names})",
                assignment=assignment,
                **students,
            ):
                found[student] = (submission, as_time(stamp), as_span(extension))
        return found

    def ensure_notebooks(self, submissions: dict[str, str]) -> dict[str, str]:
        """Return the submitted notebook's id by student."""
        notebook = self._released.notebook
        self._write.run(
            "INSERT INTO submitted_notebook (id, assignment_id, notebook_id, flagged) "
            "VALUES (:id, :submission, :notebook, :no) ON CONFLICT DO NOTHING",
            [
                {"id": _new(), "submission": submission, "notebook": notebook, "no": False}
                for submission in submissions.values()
            ],
        )
        by_submission: dict[str, str] = {}
        for names, ids in some("s", submissions.values()):
            by_submission.update(
                (submission, row)
                for submission, row in self._write.rows(
                    "SELECT assignment_id, id FROM submitted_notebook "
                    f"WHERE notebook_id = :notebook AND assignment_id IN ({names})",
                    notebook=notebook,
                    **ids,
                )
            )
        return {student: by_submission[s] for student, s in submissions.items()}

    def ensure_grades(
        self, notebooks: dict[str, str]
    ) -> dict[str, dict[str, tuple[str, CellGrade]]]:
        """Return the rows' ids and the grades by notebook and cell."""
        self._insert(
            "INSERT INTO grade (id, notebook_id, cell_id, needs_manual_grade) "
            "VALUES (:id, :notebook, :cell, :yes) ON CONFLICT DO NOTHING",
            notebooks,
            self._released.graded,
            {"yes": True},
        )
        columns = "notebook_id, cell_id, id, auto_score, manual_score, extra_credit"
        found: dict[str, dict[str, tuple[str, CellGrade]]] = {}
        for notebook, cell, row, automatic, manual, extra in self._of_notebooks(
            f"SELECT {columns} FROM grade", notebooks
        ):
            grade = CellGrade(automatic=automatic, manual=manual, extra=extra or 0.0)
            found.setdefault(notebook, {})[cell] = row, grade
        return found

    def ensure_comments(self, notebooks: dict[str, str]) -> dict[str, dict[str, str]]:
        """Return the comments' ids by notebook and cell."""
        self._insert(
            "INSERT INTO comment (id, notebook_id, cell_id) "
            "VALUES (:id, :notebook, :cell) ON CONFLICT DO NOTHING",
            notebooks,
            self._released.commented,
            {},
        )
        found: dict[str, dict[str, str]] = {}
        query = "SELECT notebook_id, cell_id, id FROM comment"
        for notebook, cell, row in self._of_notebooks(query, notebooks):
            found.setdefault(notebook, {})[cell] = row
        return found

    def _insert(
        self, sql: str, notebooks: dict[str, str], cells: dict[str, str], also: Parameters
    ) -> None:
        self._write.run(
            sql,
            [
                {"id": _new(), "notebook": notebook, "cell": cell, **also}
                for notebook in notebooks.values()
                for cell in cells.values()
            ],
        )

    def _of_notebooks(self, query: str, notebooks: dict[str, str]) -> Iterable[Row]:
        for names, ids in some("n", notebooks.values()):
            yield from self._write.rows(f"{query} WHERE notebook_id IN ({names})", **ids)


def _new() -> str:
    return uuid4().hex
