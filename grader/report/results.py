"""`grader results`: one row a student and exercise, from the gradebook and the graded notebooks."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

from grader.course.course import Course
from grader.gradebook.grades import Grades, read_grades
from grader.judging.isolation import UNKNOWN, WITHOUT
from grader.notebook.cells import check_id
from grader.notebook.graded import GradedNotebook
from grader.tools.text import plain, plain_json

if TYPE_CHECKING:
    from rich.table import Table

    from grader.course.exercises import Exercise, WrittenExercise
    from grader.course.lesson import Lesson


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
    grades = read_grades(course, lesson.name)
    submitted = grades.submitted if grades else {}
    return [row for _, one in sorted(submitted.items()) for row in rows_of(course, lesson, one)]


def rows_of(course: Course, lesson: Lesson, grades: Grades) -> list[Row]:
    """Return the results of one submission: its grades, and what its graded notebook says."""
    notebook = GradedNotebook.read(course.graded_notebook(grades.student, lesson.name))
    rows = []
    for item in lesson.codings:
        grade = grades.cells.get(check_id(item.exercise.name))
        said = notebook.verdict(item.exercise.name) if notebook else {}
        verdict, message = str(said.get("verdict", "not graded")), str(said.get("message", ""))
        if grade is not None and grade.by_hand:
            message = f"A person gave this score; the check said: {verdict}."
            verdict = "graded by hand"
        points = None if grade is None else grade.points
        rows.append(_row(grades, item.exercise, points, verdict, message))
    for written in lesson.writings:
        grade = grades.cells.get(written.exercise.name)
        if grade is not None and grade.by_hand:
            rows.append(_row(grades, written.exercise, grade.points, "graded by hand", ""))
        else:
            message = "A written answer; it is graded in formgrader."
            rows.append(_row(grades, written.exercise, None, "waits for a person", message))
    if any(row.verdict not in UNGRADED for row in rows):
        rows = [replace(row, isolation=grades.isolation) for row in rows]
    return rows


def _row(
    grades: Grades,
    exercise: Exercise | WrittenExercise,
    score: float | None,
    verdict: str,
    message: str,
) -> Row:
    return Row(
        grades.student, grades.lesson, exercise.name, exercise.points, score, verdict, message
    )


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
