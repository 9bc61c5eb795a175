"""The report's data as CSV, a row a student, and as JSON, with everything that the page counts."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from grader.report.data import ClassResults, Student
from grader.report.likeness import Likeness
from grader.report.statistics import (
    distribution,
    met_misconceptions,
    summarise,
    time_course,
)
from grader.tools.csv import as_csv, number


def students_csv(results: ClassResults) -> str:
    """Return a row for each student, safe to open in a spreadsheet; in UTF-8 with a mark for it."""
    header = list(_told(Student("")))
    for exercise in results.exercises:
        header += [exercise.name, f"{exercise.name} verdict", f"{exercise.name} message"]
    rows = [_csv_row(student, results) for student in results.students]
    # A folder's name need not be text at all; the file must be.
    return as_csv([header, *rows], bom=True).encode("utf-8", "replace").decode("utf-8")


def _csv_row(student: Student, results: ClassResults) -> list[str]:
    told = _told(student)
    told["hours_late"] = number(told["hours_late"], 1) if student.late else ""
    told["score"] = "" if student.score is None else number(student.score)
    told["late_penalty"] = number(student.penalty) if student.penalty else ""
    row = list(told.values())
    for result in student.results:
        score = "" if result.score is None else number(result.score)
        row += [score, result.verdict, result.message]
    return row + ["", "", ""] * (len(results.exercises) - len(student.results))


def class_json(results: ClassResults, likeness: Likeness | None) -> str:
    """Return the class and what was counted, as JSON."""
    data: dict[str, Any] = {
        "lesson": results.lesson,
        "title": results.title,
        "points": results.points,
        "due_utc": _time(results.due),
        "names_hidden": results.hidden,
        "exercises": [
            {
                **asdict(one.exercise),
                "right": one.right,
                "partly": one.partly,
                "wrong": one.wrong,
                "waiting": one.waiting,
                "mean_share": one.mean_share,
                "other_verdicts": dict(one.kinds),
                "separation": asdict(one.separation),
            }
            for one in summarise(results)
        ],
        "misconceptions": [
            {
                "exercise": met.exercise,
                "sentence": met.message,
                "count": met.count,
                "students": [results.students[k].student for k in met.students],
            }
            for met in met_misconceptions(results)
        ],
        "distribution": [asdict(one) for one in distribution(results)],
        "time_course": asdict(time_course(results)),
        "graded_without_sandbox": list(results.unprotected.without),
        "sandbox_unknown": list(results.unprotected.unknown),
        "students": [_json_student(student, results) for student in results.students],
    }
    if likeness is not None and not results.hidden:
        data["alike"] = [
            {
                "students": [pair.first.student, pair.second.student],
                "shared_words": pair.words,
                "shares": [round(pair.first.share, 3), round(pair.second.share, 3)],
            }
            for pair in likeness.comparison.pairs
        ]
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")


def _json_student(student: Student, results: ClassResults) -> dict[str, Any]:
    pairs = zip(results.exercises, student.results, strict=False)
    return {
        **_told(student),
        "results": {exercise.name: asdict(result) for exercise, result in pairs},
    }


def _told(student: Student) -> dict[str, Any]:
    """Return what both files say of a student besides the exercises, in the order of columns."""
    return {
        "student": student.student,
        "name": student.name,
        "state": student.state,
        "handed_in_utc": _time(student.handed_in),
        "hours_late": hours_late(student),
        "score": student.score,
        "late_penalty": student.penalty,
        "problem": student.problem,
        "isolation": student.isolation,
    }


def hours_late(student: Student) -> float:
    """Return how late a submission was, in hours, to a tenth."""
    return round(student.late.total_seconds() / 3600, 1)


def _time(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M:%S}"
