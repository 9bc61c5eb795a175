"""`grader demo --zip`: a larger class's submissions, as Moodle gives them when all are downloaded.

For trying the instructor's side from the first step on. The same number of students always gives
the same bytes.
"""

from __future__ import annotations

import datetime
import zipfile
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from textwrap import dedent

import numpy as np
from nbformat import NotebookNode

from grader.build.notebooks import solved_notebook, stub_notebook
from grader.course.course import Course
from grader.course.lesson import Lesson
from grader.demo.samples import load_sample_module
from grader.errors import CourseError, GraderError
from grader.notebook.cells import grade_id, marks, ours, to_text
from grader.tools.csv import as_csv, write_text

# People who do not exist.
# fmt: off
_FIRST = (
    "Ada", "Bo", "Chidi", "Dora", "Emil", "Farah", "Gus", "Hana", "Ivan", "Jo", "Kim", "Lea",
    "Mateo", "Nia", "Omar", "Pia", "Quinn", "Rosa", "Sami", "Tove",
)
_LAST = (
    "Adeyemi", "Brandt", "Çelik", "Dupont", "Eriksen", "Ferrari", "García", "Horvat", "Ivanova",
    "Jansen", "Kowalska", "Lindqvist", "Moreau", "Novák", "O’Brien", "Park", "Quist", "Rossi",
    "Schmidt", "Tanaka",
)
# fmt: on
_KOREAN = ("김하늘", "이서준", "박지우", "최민준", "정서연")
MOST_STUDENTS = len(_FIRST) * len(_LAST)
_SEED = 20_261_120
_DUE = datetime.datetime(2026, 11, 20, 18, 0, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class LargeClass:
    """What the students of a larger class answer.

    Attributes
    ----------
    right, wrong : dict
        Code by exercise; ``""`` is the reference's. Of the wrong ones the first is the commonest.
    written : dict
        Answers to written exercises.
    alike : tuple of dict
        Code of students who have worked together.
    """

    lesson: str
    right: dict[str, list[str]]
    wrong: dict[str, list[str]]
    written: dict[str, list[str]] = field(default_factory=dict)
    alike: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class _HandedIn:
    name: str
    participant: int
    file: str
    text: str
    time: datetime.datetime


def write_moodle_export(course: Course, path: Path, students: int) -> tuple[str, Path]:
    """Write a class's submissions as a zip file, and Moodle's grading worksheet beside it.

    Parameters
    ----------
    path : Path
        The zip file; the worksheet has its name and ends in ``.csv``.
    students : int
        How many hand in, up to `MOST_STUDENTS`.

    Returns
    -------
    tuple of (str, Path)
        The lesson, and the worksheet.
    """
    large = getattr(load_sample_module(course), "LARGE_CLASS", None)
    if not isinstance(large, LargeClass):
        raise CourseError("This course's source/sample_class.py has no LARGE_CLASS.")
    handed_in = _hand_in(course, large, students)
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in handed_in:
                folder = f"{one.name}_{one.participant}_assignsubmission_file"
                info = zipfile.ZipInfo(f"{folder}/{one.file}", date_time=(2026, 11, 22, 9, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, one.text)
    except OSError as error:
        raise GraderError(f"{path} cannot be written: {error.strerror or error}.") from error
    worksheet = path.with_suffix(".csv")
    lesson = course.lesson(large.lesson)
    points = sum(item.exercise.points for item in lesson.codings)
    points += sum(item.exercise.points for item in lesson.writings)
    write_text(worksheet, _worksheet(handed_in, points))
    return large.lesson, worksheet


def _hand_in(course: Course, large: LargeClass, students: int) -> list[_HandedIn]:
    rng = np.random.default_rng(_SEED)
    lesson = course.lesson(large.lesson)
    stub = stub_notebook(lesson)
    reference = _reference_answers(lesson)
    found = []
    for number, name in enumerate(_names(students, rng)):
        answers = _answers(large, number, rng)
        untouched = number % 25 == 10
        text = _fill(stub, {} if untouched else answers, reference)
        if number % 40 == 20:
            text = ""  # what an upload that broke off leaves
        file = f"{lesson.notebook} (1).ipynb" if number % 15 == 5 else f"{lesson.notebook}.ipynb"
        # Most in the last day, some too late.
        hours = float(rng.exponential(20)) - 3
        time = _DUE - datetime.timedelta(hours=hours)
        found.append(_HandedIn(name, 1_203_400 + 7 * number, file, text, time))
    return found


def _names(count: int, rng: np.random.Generator) -> list[str]:
    pairs = [f"{first} {last}" for first, last in product(_FIRST, _LAST)]
    names = [pairs[place] for place in rng.permutation(len(pairs))]
    for place, name in enumerate(_KOREAN):
        names[3 + 9 * place] = name
    return names[:count]


def _answers(large: LargeClass, number: int, rng: np.random.Generator) -> dict[str, str]:
    """Draw a student's answers: who is strong is right more often."""
    skill = rng.beta(2.5, 1.2)
    answers = {}
    for exercise, right in large.right.items():
        is_right = rng.random() < skill
        codes = right if is_right else large.wrong[exercise]
        weights = np.ones(len(codes)) if is_right else 1 / np.arange(1, len(codes) + 1)
        answers[exercise] = codes[int(rng.choice(len(codes), p=weights / weights.sum()))]
    for exercise, texts in large.written.items():
        answers[exercise] = texts[int(rng.integers(len(texts)))]
    # Near the beginning, so that a small class has them as well.
    if 1 <= number <= len(large.alike):
        answers |= large.alike[number - 1]
    return answers


def _reference_answers(lesson: Lesson) -> dict[str, str]:
    """Return the reference's code of each exercise, as it stands in a notebook."""
    return {
        grade_id(cell): cell.source
        for cell in solved_notebook(lesson).cells
        if marks(cell).get("solution")
    }


def _fill(stub: NotebookNode, answers: dict[str, str], reference: dict[str, str]) -> str:
    """Return what a student hands in who has answered some exercises."""
    notebook = deepcopy(stub)
    for cell in notebook.cells:
        name = grade_id(cell) if marks(cell).get("solution") else ours(cell).get("answers", "")
        if name in answers:
            cell.source = dedent(answers[name]).strip("\n") or reference[name]
    return to_text(notebook)


def _worksheet(handed_in: list[_HandedIn], points: float) -> str:
    """Write the worksheet that Moodle offers for grading offline."""
    header = (
        "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be "
        "changed,Last modified (submission),Last modified (grade),Feedback comments"
    )
    rows = [header.split(",")]
    for student, one in enumerate(handed_in, start=20_260_001):
        rows.append(
            [
                f"Participant {one.participant}",
                one.name,
                str(student),
                f"{student}@example.org",
                "Submitted for grading",
                "",
                f"{points:.2f}",
                "Yes",
                f"{one.time:%A, %d %B %Y, %I:%M %p}",
                "-",
                "",
            ]
        )
    return as_csv(rows, bom=True)
