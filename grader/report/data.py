"""The class as plain data: who handed in what, when, and what became of it.

Everything that the page, the CSV and the JSON say is worked out from `ClassResults`, so names that
are hidden here are hidden everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from grader.errors import GraderError
from grader.gradebook.unprotected import Unprotected
from grader.judging.isolation import UNKNOWN
from grader.notebook.cells import summary
from grader.notebook.reading import Fault

if TYPE_CHECKING:
    from grader.course.course import Course
    from grader.gradebook.database import Database, Transaction
    from grader.report.results import Row

# What became of a student's submission.
GRADED, NOT_GRADED, MISSING = "graded", "not graded", "missing"


@dataclass(frozen=True)
class Exercise:
    """One exercise of the lesson; a written one is graded by a person."""

    name: str
    points: float
    written: bool = False


@dataclass(frozen=True)
class Result:
    """One exercise of one student.

    Attributes
    ----------
    score : float or None
        None while it waits for a person.
    verdict, message : str
        As `grader.report.results.Row` has them.
    """

    score: float | None
    verdict: str
    message: str = ""


@dataclass(frozen=True)
class Student:
    """One student.

    Attributes
    ----------
    student, name : str
        The id, and the name if the gradebook has one.
    state : str
        ``graded``, ``not graded`` or ``missing``.
    results : tuple of Result
        One an exercise, in the lesson's order; empty if nothing is graded.
    handed_in : datetime or None
        In UTC.
    penalty : float
        Points taken off because it was late.
    problem : str
        Why a person must look at it, or an empty text.
    fault : str
        What kind of problem it is, a `grader.notebook.reading.Fault`, or an empty text.
    isolation : str
        How it was kept apart when it was graded, as `grader.report.results.Row` has it.
    """

    student: str
    name: str = ""
    state: str = GRADED
    results: tuple[Result, ...] = ()
    handed_in: datetime | None = None
    late: timedelta = timedelta()
    penalty: float = 0.0
    problem: str = ""
    isolation: str = ""
    fault: str = ""

    @property
    def score(self) -> float | None:
        """The points so far, before a penalty; None if there are none at all."""
        scores = [result.score for result in self.results if result.score is not None]
        return sum(scores) if scores else None


@dataclass(frozen=True)
class ClassResults:
    """The results of a class in one lesson, students sorted by id.

    Attributes
    ----------
    due : datetime or None
        In UTC.
    hidden : bool
        Whether names have been replaced by pseudonyms.
    """

    lesson: str
    title: str
    exercises: tuple[Exercise, ...]
    students: tuple[Student, ...] = field(repr=False)
    due: datetime | None = None
    hidden: bool = False

    @property
    def points(self) -> float:
        """The points of all exercises."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def unprotected(self) -> Unprotected:
        """Who was graded without a sandbox, or nobody knows how; by the students' ids."""
        told = {s.student: s.isolation or UNKNOWN for s in self.students if s.state == GRADED}
        return Unprotected.among(self.lesson, told)


def read_class(course: Course, name: str) -> ClassResults:
    """Read the results of a class.

    Raises
    ------
    GraderError
        If nobody is in the gradebook.
    """
    from grader.gradebook.opening import open_database
    from grader.gradebook.reading import read_grades
    from grader.nbgrader_api.config import read_settings
    from grader.report.results import UNGRADED, read_results

    lesson = course.lesson(name)
    url = read_settings(course).db_url
    try:
        database = open_database(url, course.root, waiting=lambda sentence: None)
    except FileNotFoundError:
        raise GraderError(f"There is no gradebook yet. Grade {lesson.name} first.") from None
    try:
        roll = _read_roll(database, lesson.name)
    finally:
        database.close()
    grades = read_grades(url, lesson.name, lesson.notebook, root=course.root)
    rows: dict[str, list[Row]] = {}
    for row in read_results(course, lesson.name):
        rows.setdefault(row.student, []).append(row)
    handed_in = {folder.parent.name for folder in course.submission_folders(lesson.name)}
    students = []
    for student in sorted({*roll.names, *rows, *handed_in}):
        results = tuple(Result(r.score, r.verdict, r.message) for r in rows.get(student, ()))
        graded = any(result.verdict not in UNGRADED for result in results)
        known = grades.get(student)
        students.append(
            Student(
                student,
                roll.names.get(student, ""),
                GRADED if graded else NOT_GRADED if student in handed_in or results else MISSING,
                results if graded else (),
                known.handed_in if known else None,
                known.late if known else timedelta(),
                known.penalty if known else 0.0,
                roll.problems.get(student, ""),
                rows[student][0].isolation if graded else "",
                _fault(course, lesson.name, student) if roll.problems.get(student) else "",
            )
        )
    if not students:
        raise GraderError(
            f"Nobody is in the gradebook, and nothing is handed in for {lesson.name}."
        )
    exercises = [Exercise(c.exercise.name, c.exercise.points) for c in lesson.codings]
    exercises += [Exercise(w.exercise.name, w.exercise.points, True) for w in lesson.writings]
    return ClassResults(lesson.name, lesson.title, tuple(exercises), tuple(students), roll.due)


@dataclass(frozen=True)
class _Roll:
    """Who is in the gradebook, what a person must look at, and until when it is due."""

    names: Mapping[str, str]
    problems: Mapping[str, str]
    due: datetime | None


def _read_roll(database: Database, lesson: str) -> _Roll:
    from grader.gradebook import ledger
    from grader.gradebook.database import as_time

    def read(gradebook: Transaction) -> _Roll:
        names = {
            student: " ".join(part for part in (first, last) if part)
            for student, first, last in gradebook.rows(
                "SELECT id, first_name, last_name FROM student"
            )
        }
        due = gradebook.rows("SELECT duedate FROM assignment WHERE name = :lesson", lesson=lesson)
        return _Roll(names, problems, as_time(due[0][0]) if due else None)

    if not database.has_tables():
        return _Roll({}, {}, None)
    entries = ledger.all_entries(database, lesson)
    problems = {student: entry.problem for student, entry in entries.items()}
    return database.transact(read, write=False)


def hide_names(results: ClassResults, pseudonyms: Mapping[str, str]) -> ClassResults:
    """Return the results with pseudonyms in the place of names, and in their order.

    What a student or a file name may have put into a text goes as well, and times of day, by which
    people know each other.
    """
    students = [
        replace(
            student,
            student=pseudonyms[student.student],
            name="",
            problem=_without_names(student),
            fault="",
            handed_in=student.handed_in
            and student.handed_in.replace(hour=0, minute=0, second=0, microsecond=0),
            results=tuple(_impersonal(result) for result in student.results),
        )
        for student in results.students
    ]
    students.sort(key=lambda student: student.student)
    return replace(results, students=tuple(students), hidden=True)


# A problem in words that name neither a person nor a file.
_IMPERSONAL: dict[str, str] = {
    Fault.NO_NOTEBOOK: "there is no notebook of the right name",
    Fault.EMPTY: "the file is empty",
    Fault.TOO_LARGE: "the file is too large",
    Fault.NO_FILE: "the file is not an ordinary file",
    Fault.CANNOT_BE_OPENED: "the file cannot be opened",
    Fault.NOT_TEXT: "the file is not a text file",
    Fault.TOO_DEEP: "the file is nested too deeply",
    Fault.INVALID: "the file is not a notebook",
    Fault.OTHER_LESSON: "the notebook is of another lesson",
}


def _without_names(student: Student) -> str:
    return student.problem and _IMPERSONAL.get(student.fault, "see the report with names")


def _fault(course: Course, lesson: str, student: str) -> str:
    """Return what kind of problem a graded notebook tells of."""
    try:
        path = course.graded_notebook(student, lesson)
        return str(summary(json.loads(path.read_bytes())).get("fault", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _impersonal(result: Result) -> Result:
    """Keep the sentence of a misconception, which is the course's; drop what quotes a learner."""
    return result if result.verdict == "misconception" else replace(result, message="")
