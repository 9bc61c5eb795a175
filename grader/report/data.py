"""The class as plain data: who handed in what, when, and what became of it.

Everything that the page, the CSV and the JSON say is worked out from `ClassResults`, so names that
are hidden here are hidden everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from grader.errors import GraderError
from grader.gradebook.unprotected import Unprotected
from grader.notebook.graded import GradedNotebook
from grader.notebook.reading import Fault

if TYPE_CHECKING:
    from grader.course.course import Course

# What became of a student's submission.
GRADED, NOT_GRADED, MISSING = "graded", "not graded", "missing"


@dataclass(frozen=True)
class Exercise:
    """One exercise of the lesson; a written one is graded by a person."""

    name: str
    points: float
    written: bool = False


@dataclass(frozen=True)
class ExerciseResult:
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
    results : tuple of ExerciseResult
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
    results: tuple[ExerciseResult, ...] = ()
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
        return Unprotected.among(self.lesson, (s for s in self.students if s.state == GRADED))


def read_class(course: Course, name: str) -> ClassResults:
    """Read the results of a class.

    Raises
    ------
    GraderError
        If nobody is in the gradebook.
    """
    from grader.gradebook.grades import Grades, read_grades
    from grader.report.results import UNGRADED, rows_of

    lesson = course.lesson(name)
    grades = read_grades(course, lesson.name)
    if grades is None:
        raise GraderError(f"There is no gradebook yet. Grade {lesson.name} first.")
    handed_in = {folder.parent.name for folder in course.submission_folders(lesson.name)}
    students = []
    for student in sorted({*grades.students, *handed_in}):
        known = grades.students.get(student) or Grades(student, lesson.name)
        rows = rows_of(course, lesson, known) if known.submitted else []
        graded = any(row.verdict not in UNGRADED for row in rows)
        students.append(
            Student(
                student,
                known.name,
                GRADED if graded else NOT_GRADED if student in handed_in or rows else MISSING,
                tuple(ExerciseResult(r.score, r.verdict, r.message) for r in rows)
                if graded
                else (),
                known.handed_in,
                known.late,
                known.penalty,
                known.problem,
                rows[0].isolation if graded else "",
                _fault(course, lesson.name, student) if known.problem else "",
            )
        )
    if not students:
        raise GraderError(
            f"Nobody is in the gradebook, and nothing is handed in for {lesson.name}."
        )
    exercises = [Exercise(c.exercise.name, c.exercise.points) for c in lesson.codings]
    exercises += [Exercise(w.exercise.name, w.exercise.points, True) for w in lesson.writings]
    return ClassResults(lesson.name, lesson.title, tuple(exercises), tuple(students), grades.due)


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
    notebook = GradedNotebook.read(course.graded_notebook(student, lesson))
    return str(notebook.summary.get("fault", "")) if notebook else ""


def _impersonal(result: ExerciseResult) -> ExerciseResult:
    """Keep the sentence of a misconception, which is the course's; drop what quotes a learner."""
    return result if result.verdict == "misconception" else replace(result, message="")
