"""Policies in nbgrader's gradebook: due dates, extensions, and the penalties that follow.

nbgrader keeps a due date with the assignment and an extension with the submission, and asks its
plugin for the penalty. Here the first two are written where nbgrader looks, and penalties are
worked out anew when the policies have changed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from grader.course.course import Course
from grader.gradebook.changes import set_due_date, set_extensions, set_penalties
from grader.gradebook.database import Transaction
from grader.gradebook.grades import Grades, LessonGrades, read_lesson
from grader.gradebook.late import bounded
from grader.gradebook.opening import opened
from grader.nbgrader_api.read_config import Settings
from grader.policies.reading import Policies, read_policies

_SMALL = 1e-6


@dataclass
class Applied:
    """What was changed in the gradebook.

    Attributes
    ----------
    due : bool
        Whether the due date was written or changed.
    extended : list of str
        Students whose extension was written or changed.
    penalties : dict
        Old and new penalty, by student.
    """

    due: bool = False
    extended: list[str] = field(default_factory=list)
    penalties: dict[str, tuple[float, float]] = field(default_factory=dict)


def apply(
    course: Course,
    lesson: str,
    policies: Policies,
    settings: Settings,
    say: Callable[[str], None] = lambda text: None,
) -> Applied:
    """Bring the gradebook into line with the policies, for one lesson.

    A lesson that is not in the gradebook yet is left alone, and so is what they do not name.
    """
    done = Applied()
    with opened(course, say, settings) as database:
        if database is None:
            return done
        wanted = policies.due.get(lesson)
        if wanted is not None:
            done.due = database.transact(lambda write: set_due_date(write, lesson, wanted))
        grades = database.transact(lambda read: read_lesson(read, lesson), write=False)
    if grades.due is None:
        return done
    handed_in = {folder.parent.name for folder in course.submission_folders(lesson)}
    spans = _extensions(policies, grades, handed_in)
    if spans:
        set_extensions(course, lesson, spans, settings)
        done.extended = sorted(spans)
    with opened(course, say, settings) as database:
        if database is not None:
            done.penalties = database.transact(
                lambda write: renew_penalties(write, policies, lesson)
            )
    return done


def stale_penalties(course: Course, lesson: str) -> list[str]:
    """Say how many penalties in the gradebook are not what the policies give now."""
    policies = read_policies(course.root)
    if policies is None or policies.late_in(lesson) is None:
        return []
    with opened(course) as database:
        if database is None:
            return []
        stale = database.transact(lambda read: list(_stale(read, policies, lesson)), write=False)
    if not stale:
        return []
    return [
        f"{lesson}: {len(stale)} late penalties are not what policies.toml gives now, because it "
        f"was changed or somebody was graded by hand since; `grader policies {lesson}` mends them"
    ]


def renew_penalties(
    write: Transaction, policies: Policies | None, lesson: str, student: str | None = None
) -> dict[str, tuple[float, float]]:
    """Work penalties out anew, in the transaction that has changed what they depend on.

    Parameters
    ----------
    student : str, optional
        Whose; by default everybody's.

    Returns
    -------
    dict
        Old and new penalty of those whose penalty has changed, by student.
    """
    changed = list(_stale(write, policies, lesson, student))
    set_penalties(write, {one.row: new or None for one, new in changed})
    return {one.student: (one.penalty, new) for one, new in changed}


def _stale(
    read: Transaction, policies: Policies | None, lesson: str, student: str | None = None
) -> Iterator[tuple[Grades, float]]:
    """Yield those whose penalty is not what the policies give now, with what they give."""
    if policies is None or policies.late_in(lesson) is None:
        return
    students = None if student is None else [student]
    grades = read_lesson(read, lesson, Course.notebook_name(lesson), students)
    for one in grades.students.values():
        if not one.cells:
            continue
        new = 0.0
        if grades.due is not None and one.handed_in is not None:
            reached = sum(cell.points for cell in one.cells.values())
            until = (grades.due + one.extension).replace(tzinfo=datetime.UTC)
            late = one.late.total_seconds()
            new = bounded(
                policies.penalty(one.student, lesson, reached, late, until=until), reached
            )
        if abs(one.penalty - new) > _SMALL:
            yield one, new


def _extensions(
    policies: Policies, grades: LessonGrades, handed_in: set[str]
) -> dict[str, datetime.timedelta]:
    """Return the extensions to write: of those who have handed in."""
    assert grades.due is not None
    wanted = {}
    for student in policies.extensions:
        span = policies.extension(student, grades.lesson, grades.due.replace(tzinfo=datetime.UTC))
        known = grades.submitted.get(student)
        if span is None or (known is None and student not in handed_in):
            continue
        if known is None or known.extension != span:
            wanted[student] = span
    return wanted
