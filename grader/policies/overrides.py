"""Scores that a person gives in place of ours, with the reason.

The score is nbgrader's manual score, so it is kept when a submission is graded again, and
formgrader shows it. The reason is nbgrader's comment, which the feedback page shows. A file in
`grading/` remembers both, and what was there before, so that it can be taken back.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.changes import give_score
from grader.gradebook.database import Database, Transaction
from grader.gradebook.grades import CellGrade, Grades, read_lesson
from grader.gradebook.opening import opened
from grader.notebook.cells import check_id
from grader.policies.gradebook import renew_penalties
from grader.policies.reading import read_policies
from grader.tools.files import write_atomically


@dataclass(frozen=True)
class Override:
    """A score given by a person.

    Attributes
    ----------
    automatic : float or None
        What the checks give.
    before : float or None
        The manual score that was there before.
    comment, comment_before : str
        What was written as the instructor's comment, and what stood there.
    at : str
        When, in UTC.
    """

    student: str
    exercise: str
    score: float
    points: float
    why: str
    automatic: float | None
    before: float | None
    comment: str
    comment_before: str
    at: str


@dataclass(frozen=True)
class _Exercise:
    """An exercise of a graded submission, in the open gradebook."""

    course: Course
    database: Database
    grades: Grades
    name: str
    cell: str

    @property
    def grade(self) -> CellGrade:
        return self.grades.cells[self.cell]

    @property
    def comment(self) -> str:
        return self.grades.comments.get(self.name, "")

    def give(self, score: float | None, comment: str) -> None:
        """Write score and comment, and the late penalty that follows."""
        policies = read_policies(self.course.root)

        def work(write: Transaction) -> None:
            give_score(write, self.grades, self.cell, score, self.name, comment)
            renew_penalties(write, policies, self.grades.lesson, self.grades.student)

        self.database.transact(work)


def read_overrides(course: Course, lesson: str) -> dict[tuple[str, str], Override]:
    """Read the overrides of a lesson, by student and exercise."""
    path = _path(course, course.resolve(lesson))
    try:
        data = json.loads(path.read_bytes())
        listed = [Override(**one) for one in data["overrides"]]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GraderError(
            f"{path} should hold the scores given by hand and cannot be read ({error}). The "
            "gradebook has them; move the file away to go on without their reasons."
        ) from error
    return {(one.student, one.exercise): one for one in listed}


def override(
    course: Course, lesson: str, student: str, exercise: str, score: float, why: str
) -> Override:
    """Give a student a score for an exercise, whatever the checks say.

    Parameters
    ----------
    score : float
        Points, from 0 to those of the exercise.
    why : str
        The reason, which the student reads.

    Raises
    ------
    GraderError
        If there is no such submission or exercise, or the score cannot be.
    """
    lesson = course.resolve(lesson)
    if not why.strip():
        raise GraderError("Say why with --why: the student reads it on the feedback page.")
    known = read_overrides(course, lesson)
    with _opened(course, lesson, student, exercise) as found:
        most = found.grade.most
        if not 0 <= score <= most:
            raise GraderError(
                f"{exercise} has {most:g} points, so the score is from 0 to {most:g}, not "
                f"{score:g}."
            )
        earlier = known.get((student, exercise))
        ours = earlier is not None and found.comment == earlier.comment
        others = earlier.comment_before if earlier and ours else found.comment
        sentence = f"Graded by hand: {score:g} of {most:g} points. {why.strip()}"
        comment = f"{others}\n\n{sentence}" if others else sentence
        done = Override(
            student,
            exercise,
            float(score),
            most,
            why.strip(),
            found.grade.automatic,
            earlier.before if earlier else found.grade.manual,
            comment,
            others,
            datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        )
        # First the record: killed between the two, the same command does the rest.
        _write(course, lesson, {**known, (student, exercise): done})
        found.give(float(score), comment)
    _renew_page(course, lesson, student)
    return done


def remove_override(course: Course, lesson: str, student: str, exercise: str) -> Override:
    """Take an override back: the score is again what it was before.

    Raises
    ------
    GraderError
        If there is none.
    """
    lesson = course.resolve(lesson)
    known = read_overrides(course, lesson)
    earlier = known.get((student, exercise))
    if earlier is None:
        raise GraderError(f"{student} has no override for {exercise} in {lesson}.")
    with _opened(course, lesson, student, exercise) as found:
        ours = found.comment == earlier.comment
        found.give(earlier.before, earlier.comment_before if ours else found.comment)
        del known[student, exercise]
        _write(course, lesson, known)
    _renew_page(course, lesson, student)
    return earlier


@contextmanager
def _opened(course: Course, lesson: str, student: str, exercise: str) -> Iterator[_Exercise]:
    """Open the gradebook at an exercise of a student's submission."""
    notebook = course.notebook_name(lesson)
    with opened(course) as database:
        grades = database and database.transact(
            lambda read: read_lesson(read, lesson, notebook, [student]), write=False
        ).students.get(student)
        if not database or not grades or not grades.row:
            raise GraderError(
                f"The gradebook has no graded submission of {student} for {lesson}: grade it first."
            )
        cell = next((c for c in (check_id(exercise), exercise) if c in grades.cells), None)
        if cell is None:
            exercises = ", ".join(sorted(cell.removeprefix(check_id("")) for cell in grades.cells))
            raise GraderError(f"{lesson} has no exercise {exercise!r}. There are: {exercises}.")
        yield _Exercise(course, database, grades, exercise, cell)


def _renew_page(course: Course, lesson: str, student: str) -> None:
    """Write the student's feedback page anew, if there is one."""
    if not course.feedback_page(student, lesson).exists():
        return
    from grader.feedback.writing import write_feedback

    problems = write_feedback(course, lesson, [student], 1)
    if problems:
        raise GraderError(
            "The score is in the gradebook; the feedback page could not be written: "
            + problems[student]
        )


def _path(course: Course, lesson: str) -> Path:
    return course.grading / "overrides" / f"{lesson}.json"


def _write(course: Course, lesson: str, known: dict[tuple[str, str], Override]) -> None:
    path = _path(course, lesson)
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [asdict(known[key]) for key in sorted(known)]
    text = json.dumps({"lesson": lesson, "overrides": listed}, ensure_ascii=False, indent=1)
    write_atomically(path, (text + "\n").encode("utf-8"))
