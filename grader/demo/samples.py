"""A sample class: submissions of every kind, with the score that each deserves.

A course keeps its sample class in `source/sample_class.py`, as a list `SAMPLES`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Literal

from grader.build.notebooks import solved_notebook, stub_notebook
from grader.course.course import Course
from grader.course.lesson import Lesson
from grader.errors import CourseError
from grader.notebook.cells import grade_id, to_text
from grader.tools.imports import run_file


@dataclass(frozen=True)
class Sample:
    """One learner's submission for one lesson.

    Attributes
    ----------
    student, lesson : str
        Folder names below `submitted/`.
    about : str
        What is special about it, in a few words.
    score : float
        What it deserves, without answers that a person grades.
    answers : dict
        Code by exercise.
    others : str
        What stands in the cells of all other exercises: the reference's answer, or the stub.
    raw : str, optional
        The file's whole text, for files that are no notebook.
    ends : bool
        Whether its code comes to an end by itself; what times ordinary work leaves others out.
    """

    student: str
    lesson: str
    about: str
    score: float
    answers: dict[str, str] = field(default_factory=dict)
    others: Literal["right", "untouched"] = "right"
    raw: str | None = None
    ends: bool = True


def load_samples(course: Course) -> list[Sample]:
    """Read the course's sample class."""
    return list(load_sample_module(course).SAMPLES)


def load_sample_module(course: Course) -> ModuleType:
    """Run `source/sample_class.py`."""
    path = course.root / "source" / "sample_class.py"
    if not path.is_file():
        raise CourseError(f"This course has no sample class: {path} is missing.")
    return run_file(path, "_sample_class")


def write_sample(root: Path, lesson: Lesson, sample: Sample) -> Path:
    """Write a sample below `root`/submitted as its learner would have handed it in."""
    folder = root / "submitted" / sample.student / lesson.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{lesson.notebook}.ipynb"
    path.write_text(sample_text(lesson, sample), encoding="utf-8", newline="\n")
    return path


def sample_text(lesson: Lesson, sample: Sample) -> str:
    """Return the text of a sample's notebook file."""
    if sample.raw is not None:
        return sample.raw
    notebook = solved_notebook(lesson) if sample.others == "right" else stub_notebook(lesson)
    cells = {grade_id(cell): cell for cell in notebook.cells}
    for name, code in sample.answers.items():
        cells[name].source = dedent(code).strip("\n")
    return to_text(notebook)
