"""`grader demo`: the sample class, from building the lessons to the table of scores."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from grader.build.build import build_lesson
from grader.course.course import Course
from grader.demo.samples import Sample, load_samples, write_sample
from grader.report.results import Row, read_results
from grader.tools.text import first_sentence


@dataclass(frozen=True)
class Score:
    """What a sample got, beside what it deserves."""

    sample: Sample
    score: float
    points: float
    message: str

    @property
    def right(self) -> bool:
        """Whether the grader gave what the sample deserves."""
        return abs(self.score - self.sample.score) < 1e-9


def prepare(course: Course, folder: Path) -> tuple[Course, list[Sample]]:
    """Lay out a copy of the course with the sample class's submissions in `folder`."""
    samples = load_samples(course)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("source", "solutions"):
        shutil.copytree(course.root / name, folder / name, ignore=ignore)
    if course.configuration.is_file():
        shutil.copyfile(course.configuration, folder / course.configuration.name)
    copy = Course(folder)
    for lesson_name in lessons_of(samples):
        build_lesson(copy, lesson_name)
        lesson = copy.lesson(lesson_name)
        for sample in samples:
            if sample.lesson == lesson_name:
                write_sample(folder, lesson, sample)
    return copy, samples


def lessons_of(samples: list[Sample]) -> list[str]:
    """Return the lessons that a sample class has handed in, in order."""
    return sorted({sample.lesson for sample in samples})


def run(course: Course, folder: Path, grade: Callable[[Course, str], object]) -> list[Score]:
    """Prepare the sample class, grade it, and read the scores back from the gradebook."""
    copy, samples = prepare(course, folder)
    rows: list[Row] = []
    for lesson in lessons_of(samples):
        grade(copy, lesson)
        rows += read_results(copy, lesson)
    return [_score(sample, rows) for sample in samples]


def _score(sample: Sample, rows: list[Row]) -> Score:
    own = [
        row
        for row in rows
        if (row.student, row.lesson) == (sample.student, sample.lesson)
        and row.verdict not in ("waits for a person", "graded by hand")
    ]
    wrong = [row for row in own if row.verdict != "right"]
    message = f"{wrong[0].exercise}: {wrong[0].message}" if wrong else "Everything is right."
    if wrong and all(row.message == wrong[0].message for row in own):
        message = wrong[0].message
    return Score(sample, sum(row.score or 0.0 for row in own), sum(r.points for r in own), message)


def as_table(scores: list[Score]) -> Table:
    """Write the scores as a table for a terminal."""
    table = Table("student", "lesson", "handed in", "score", "first message")
    table.columns[3].justify = "right"
    previous = ""
    for item in scores:
        if previous and item.sample.lesson != previous:
            table.add_section()
        previous = item.sample.lesson
        note = "" if item.right else f"  (deserves {item.sample.score:g})"
        table.add_row(
            item.sample.student,
            item.sample.lesson.split("-")[0],
            item.sample.about,
            f"{item.score:g} / {item.points:g}{note}",
            first_sentence(item.message),
        )
    return table
