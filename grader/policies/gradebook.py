"""Policies in nbgrader's gradebook: due dates, extensions, and the penalties that follow.

nbgrader keeps a due date with the assignment and an extension with the submission, and asks its
plugin for the penalty. Here the first two are written where nbgrader looks, and penalties are
worked out anew when the policies have changed.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from grader.course.course import Course
from grader.gradebook.database import Database, Parameters, Transaction, as_span, as_time
from grader.gradebook.opening import open_database
from grader.nbgrader_api.config import read_settings
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


@contextmanager
def opened(course: Course, say: Callable[[str], None] = lambda text: None) -> Iterator[Any]:
    """Open the gradebook; yields it, or None if there is none yet."""
    try:
        database = open_database(read_settings(course).db_url, course.root, waiting=say)
    except FileNotFoundError:
        yield None
        return
    try:
        yield database if database.has_tables() else None
    finally:
        database.close()


def apply(course: Course, lesson: str, say: Callable[[str], None] = lambda text: None) -> Applied:
    """Bring the gradebook into line with `policies.toml`, for one lesson.

    A lesson that is not in the gradebook yet is left alone, and so is what the file does not name.
    """
    policies = read_policies(course.root)
    if policies is None:
        return Applied()
    with opened(course, say) as database:
        if database is None:
            return Applied()
        done = Applied()
        due = database.transact(lambda write: _write_due(write, policies, lesson, done))
        if due is None:
            return done
        given = database.transact(lambda read: _extensions(read, lesson), write=False)
        wanted = _wanted(policies, lesson, due, given, _handed_in(course, lesson))
    if wanted:
        _extend(course, lesson, wanted)
        done.extended = sorted(wanted)
    with opened(course, say) as database:
        database.transact(lambda write: _renew_penalties(write, policies, lesson, done))
    return done


def stale_penalties(course: Course, lesson: str) -> list[str]:
    """Say how many penalties in the gradebook are not what the policies give now."""
    policies = read_policies(course.root)
    if policies is None or policies.late_in(lesson) is None:
        return []
    with opened(course) as database:
        if database is None:
            return []
        stale = database.transact(
            lambda read: dict(_penalties(read, policies, lesson)), write=False
        )
    count = sum(abs(old - new) > _SMALL for old, new, _ in stale.values())
    if not count:
        return []
    return [
        f"{lesson}: {count} late penalties are not what policies.toml gives now, because it was "
        f"changed or somebody was graded by hand since; `grader policies {lesson}` mends them"
    ]


def _handed_in(course: Course, lesson: str) -> set[str]:
    return {path.parent.name for path in course.submission_folders(lesson)}


def _write_due(
    write: Transaction, policies: Policies, lesson: str, done: Applied
) -> datetime.datetime | None:
    """Write a lesson's due date; return the one that holds, None if there is none."""
    found = write.rows("SELECT id, duedate FROM assignment WHERE name = :lesson", lesson=lesson)
    if not found:
        return None
    due = as_time(found[0][1])
    wanted = policies.due.get(lesson)
    if wanted is None:
        return due
    done.due = due != wanted.replace(tzinfo=None)
    if done.due:
        write.run(
            "UPDATE assignment SET duedate = :due WHERE id = :id",
            [{"due": wanted.replace(tzinfo=None), "id": found[0][0]}],
        )
    return wanted.replace(tzinfo=None)


def _extensions(read: Transaction, lesson: str) -> dict[str, datetime.timedelta]:
    return {
        student: as_span(extension)
        for student, extension in read.rows(
            "SELECT s.student_id, s.extension FROM submitted_assignment s "
            "JOIN assignment a ON a.id = s.assignment_id WHERE a.name = :lesson",
            lesson=lesson,
        )
    }


def _wanted(
    policies: Policies,
    lesson: str,
    due: datetime.datetime,
    given: dict[str, datetime.timedelta],
    handed_in: set[str],
) -> dict[str, datetime.timedelta]:
    """Return the extensions to write: of those who have handed in."""
    wanted = {}
    for student in policies.extensions:
        span = policies.extension(student, lesson, due.replace(tzinfo=datetime.UTC))
        if span is None or (student not in given and student not in handed_in):
            continue
        if given.get(student) != span:
            wanted[student] = span
    return wanted


def _extend(course: Course, lesson: str, spans: dict[str, datetime.timedelta]) -> None:
    """Write extensions through nbgrader, which makes all rows of a submission or none."""
    from sqlalchemy.exc import SAWarning

    from grader.nbgrader_api.converters import gradebook

    with warnings.catch_warnings(), gradebook(course) as book:
        # nbgrader adds rows in an order that newer SQLAlchemy warns of; the rows are right.
        warnings.simplefilter("ignore", SAWarning)
        for student, span in sorted(spans.items()):
            book.update_or_create_student(student)
            book.update_or_create_submission(lesson, student, extension=span)


def _renew_penalties(write: Transaction, policies: Policies, lesson: str, done: Applied) -> None:
    done.penalties.clear()  # it may run again
    changed: list[Parameters] = []
    for student, (old, new, notebook) in _penalties(write, policies, lesson):
        if abs(old - new) > _SMALL:
            done.penalties[student] = (old, new)
            changed.append({"penalty": new or None, "id": notebook})
    write.run(
        "UPDATE submitted_notebook SET late_submission_penalty = :penalty WHERE id = :id", changed
    )


def _penalties(
    read: Transaction, policies: Policies, lesson: str, students: Iterable[str] | None = None
) -> Iterator[tuple[str, tuple[float, float, str]]]:
    """Yield for each graded student the penalty that is there, the one due, and the row's id."""
    if policies.late_in(lesson) is None:
        return
    only = None if students is None else set(students)
    of = (
        "FROM submitted_notebook n JOIN submitted_assignment s ON s.id = n.assignment_id "
        "JOIN assignment a ON a.id = s.assignment_id "
    )
    reached: dict[str, float] = {}
    for notebook, automatic, manual, extra in read.rows(
        f"SELECT n.id, g.auto_score, g.manual_score, g.extra_credit {of} "
        "JOIN grade g ON g.notebook_id = n.id WHERE a.name = :lesson",
        lesson=lesson,
    ):
        points = automatic if manual is None else manual
        score = 0.0 if points is None else float(points) + float(extra or 0.0)
        reached[notebook] = reached.get(notebook, 0.0) + score
    for student, stamp, extension, due, notebook, penalty in read.rows(
        "SELECT s.student_id, s.timestamp, s.extension, a.duedate, n.id, "
        f"n.late_submission_penalty {of} WHERE a.name = :lesson",
        lesson=lesson,
    ):
        if notebook not in reached or (only is not None and student not in only):
            continue
        handed_in, until = as_time(stamp), as_time(due)
        new = 0.0
        if handed_in is not None and until is not None:
            until += as_span(extension)
            seconds = max(0.0, (handed_in - until).total_seconds())
            utc = until.replace(tzinfo=datetime.UTC)
            score = reached[notebook]
            given = policies.penalty(student, lesson, score, seconds, until=utc) or 0.0
            new = min(max(given, 0.0), max(score, 0.0))
        yield student, (float(penalty or 0.0), new, notebook)


def renew_penalty(write: Transaction, policies: Policies, lesson: str, student: str) -> None:
    """Work one student's penalty out anew, in the transaction that has changed the points."""
    write.run(
        "UPDATE submitted_notebook SET late_submission_penalty = :penalty WHERE id = :id",
        [
            {"penalty": new or None, "id": notebook}
            for _, (_, new, notebook) in _penalties(write, policies, lesson, [student])
        ],
    )


def lesson_is_there(database: Database | None, lesson: str) -> bool:
    """Whether the gradebook has the lesson."""
    query = "SELECT 1 FROM assignment WHERE name = :lesson"
    return database is not None and bool(
        database.transact(lambda read: read.rows(query, lesson=lesson), write=False)
    )
