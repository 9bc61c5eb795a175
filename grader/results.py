"""`grader results`: one row a student and exercise, from the gradebook and the graded notebooks."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import nbformat
from rich.table import Table

from grader.course import Course
from grader.grading import autograded_path
from grader.lesson import Lesson
from grader.nbgrader_course import gradebook
from grader.notebooks import check_id


@dataclass(frozen=True)
class Row:
    """One exercise of one student.

    `score` is the gradebook's, a grade given by hand included; None while a written answer waits.
    """

    student: str
    lesson: str
    exercise: str
    points: float
    score: float | None
    verdict: str
    message: str


def read_results(course: Course, name: str) -> list[Row]:
    """Read the results of a lesson, sorted by student, exercises in the lesson's order."""
    from nbgrader.api import MissingEntry

    lesson = course.lesson(name)
    rows = []
    with gradebook(course) as book:
        try:
            submissions = book.assignment_submissions(lesson.name)
        except MissingEntry:
            return []
        for submission in sorted(submissions, key=lambda s: str(s.student.id)):
            student = str(submission.student.id)
            grades = {g.name: g for notebook in submission.notebooks for g in notebook.grades}
            verdicts = _verdicts(course, student, lesson)
            for item in lesson.codings:
                grade = grades.get(check_id(item.exercise.name))
                told = verdicts.get(item.exercise.name, {})
                rows.append(
                    Row(
                        student,
                        lesson.name,
                        item.exercise.name,
                        item.exercise.points,
                        None if grade is None else float(grade.score),
                        str(told.get("verdict", "not graded")),
                        str(told.get("message", "")),
                    )
                )
            for written in lesson.writings:
                rows.append(_written_row(student, lesson, written.exercise, grades))
    return rows


def _written_row(student: str, lesson: Lesson, exercise: Any, grades: dict[str, Any]) -> Row:
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
    path = autograded_path(course, student, lesson.name, lesson.notebook)
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError):
        return {}
    found = {}
    for cell in notebook.cells:
        told = cell.metadata.get("twoapples", {})
        if "exercise" in told:
            found[told["exercise"]] = dict(told)
    return found


def as_csv(rows: list[Row]) -> str:
    """Write rows as CSV, quoted as RFC 4180 says."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({**asdict(row), "score": "" if row.score is None else f"{row.score:g}"})
    return out.getvalue()


def as_json(rows: list[Row]) -> str:
    """Write rows as a JSON list."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n"


def as_table(rows: list[Row]) -> Table:
    """Write rows as a table for a terminal, a student's lines together."""
    table = Table("student", "exercise", "score", "verdict", "message", show_lines=False)
    table.columns[2].justify = "right"
    previous = ""
    for row in rows:
        if previous and row.student != previous:
            table.add_section()
        score = "–" if row.score is None else f"{row.score:g}"
        table.add_row(
            row.student if row.student != previous else "",
            row.exercise,
            f"{score} / {row.points:g}",
            row.verdict,
            row.message,
        )
        previous = row.student
    return table
