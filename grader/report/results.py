"""`grader results`: one row a student and exercise, from the gradebook and the graded notebooks."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from grader.course.course import Course
from grader.gradebook.unprotected import Unprotected, read_isolations
from grader.judging.isolation import UNKNOWN, WITHOUT
from grader.notebook.cells import check_id, ours
from grader.tools.text import plain, plain_json

if TYPE_CHECKING:
    from rich.table import Table

    from grader.course.lesson import Lesson
    from grader.gradebook.database import Transaction


@dataclass(frozen=True)
class Row:
    """One exercise of one student.

    `score` is the gradebook's, a grade given by hand included; None while a written answer waits.
    `isolation` tells how the whole submission was kept apart when it was graded: a value of
    `grader.inside.isolation.Isolation` or another one of `grader.gradebook.unprotected`; it is
    empty where nothing is graded.
    """

    student: str
    lesson: str
    exercise: str
    points: float
    score: float | None
    verdict: str
    message: str
    isolation: str = ""


# Verdicts of exercises that no check has graded.
UNGRADED = ("not graded", "waits for a person")


def read_results(course: Course, name: str) -> list[Row]:
    """Read the results of a lesson, sorted by student, exercises in the lesson's order."""
    lesson = course.lesson(name)
    rows: list[Row] = []
    found, isolations = _read(course, lesson.name)
    for student, grades in sorted(found.items()):
        first = len(rows)
        verdicts = _verdicts(course, student, lesson)
        for item in lesson.codings:
            grade = grades.get(check_id(item.exercise.name))
            told = verdicts.get(item.exercise.name, {})
            verdict = str(told.get("verdict", "not graded"))
            message = str(told.get("message", ""))
            if grade is not None and grade.manual_score is not None:
                message = f"A person gave this score; the check said: {verdict}."
                verdict = "graded by hand"
            rows.append(
                Row(
                    student,
                    lesson.name,
                    item.exercise.name,
                    item.exercise.points,
                    None if grade is None else grade.score,
                    verdict,
                    message,
                )
            )
        for written in lesson.writings:
            rows.append(_written_row(student, lesson, written.exercise, grades))
        if any(row.verdict not in UNGRADED for row in rows[first:]):
            isolation = isolations.get(student, UNKNOWN)
            rows[first:] = [replace(row, isolation=isolation) for row in rows[first:]]
    return rows


def unprotected(rows: list[Row], lesson: str) -> Unprotected:
    """Return whose scores come from a run without a sandbox, as far as anything is graded."""
    told = {row.student: row.isolation for row in rows if row.isolation}
    return Unprotected.among(lesson, told)


@dataclass(frozen=True)
class _Grade:
    auto_score: float | None
    manual_score: float | None
    extra_credit: float | None

    @property
    def score(self) -> float:
        """The points as nbgrader counts them: a person's come before ours."""
        points = self.auto_score if self.manual_score is None else self.manual_score
        return 0.0 if points is None else float(points) + float(self.extra_credit or 0.0)


def _read(course: Course, lesson: str) -> tuple[dict[str, dict[str, _Grade]], dict[str, str]]:
    """Read the grades of a lesson by student and cell, and how each submission was run."""
    from grader.gradebook.opening import open_database
    from grader.nbgrader_api.config import read_settings

    def read(gradebook: Transaction) -> dict[str, dict[str, _Grade]]:
        found: dict[str, dict[str, _Grade]] = {}
        for student, cell, *scores in gradebook.rows(
            "SELECT s.student_id, b.name, g.auto_score, g.manual_score, g.extra_credit "
            "FROM assignment a JOIN submitted_assignment s ON s.assignment_id = a.id "
            "LEFT JOIN submitted_notebook n ON n.assignment_id = s.id "
            "LEFT JOIN grade g ON g.notebook_id = n.id "
            "LEFT JOIN base_cell b ON b.id = g.cell_id WHERE a.name = :lesson",
            lesson=lesson,
        ):
            grades = found.setdefault(student, {})
            if cell is not None:
                grades[cell] = _Grade(*scores)
        return found

    try:
        database = open_database(
            read_settings(course).db_url, course.root, waiting=lambda sentence: None
        )
    except FileNotFoundError:
        return {}, {}
    try:
        if not database.has_tables():
            return {}, {}
        grades = database.transact(read, write=False)
        return grades, read_isolations(course, lesson, database)
    finally:
        database.close()


def _written_row(student: str, lesson: Lesson, exercise: Any, grades: dict[str, _Grade]) -> Row:
    grade = grades.get(exercise.name)
    by_hand = None if grade is None else grade.manual_score
    waits = by_hand is None
    return Row(
        student,
        lesson.name,
        exercise.name,
        exercise.points,
        None if by_hand is None else float(by_hand),
        "waits for a person" if waits else "graded by hand",
        "A written answer; it is graded in formgrader." if waits else "",
    )


def _verdicts(course: Course, student: str, lesson: Lesson) -> dict[str, dict[str, Any]]:
    path = course.graded_notebook(student, lesson.name)
    try:
        cells = json.loads(path.read_bytes())["cells"]
        told = [ours(cell) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {one["exercise"]: dict(one) for one in told if "exercise" in one}


def as_csv(rows: list[Row]) -> str:
    """Write rows as CSV, quoted as RFC 4180 says."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        texts = {k: plain(v) if isinstance(v, str) else v for k, v in asdict(row).items()}
        writer.writerow({**texts, "score": "" if row.score is None else f"{row.score:g}"})
    return out.getvalue()


def as_json(rows: list[Row]) -> str:
    """Write rows as a JSON list."""
    text = json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1)
    return plain_json(text) + "\n"


_MARKS = {WITHOUT: "(no sandbox)", UNKNOWN: "(sandbox unknown)"}


def as_table(rows: list[Row]) -> Table:
    """Write rows as a table for a terminal, a student's lines together.

    Below the name of a student stands what `Unprotected.sentences` says of all.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table("student", "exercise", "score", "verdict", "message", show_lines=False)
    table.columns[2].justify = "right"
    previous = ""
    for row in rows:
        if previous and row.student != previous:
            table.add_section()
        score = "–" if row.score is None else f"{row.score:g}"
        student = ""
        if row.student != previous:
            mark = _MARKS.get(row.isolation, "")
            student = f"{row.student}\n{mark}" if mark else row.student
        cells = (student, row.exercise, f"{score} / {row.points:g}", row.verdict, row.message)
        table.add_row(*(Text(plain(cell)) for cell in cells))  # no markup: names are a stranger's
        previous = row.student
    return table
