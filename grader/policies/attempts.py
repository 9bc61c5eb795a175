"""Best of several attempts: each is graded, and the best one is put where it counts.

This happens before a lesson is graded, with the same cases and the same executor, so the attempt
that counts then gets the same points through the usual way. What a person grades cannot be
foreseen and counts nothing here.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from grader.build.hidden_cases import make_plan
from grader.course.course import Course
from grader.course.submissions import MAX_BYTES
from grader.execution import Executor
from grader.grading.schedulers import ExecutorFactory
from grader.judging.isolation import WITHOUT
from grader.judging.plan import Plan
from grader.judging.task import Task, grade_task
from grader.lms.placing import Attempt, Place
from grader.policies.reading import Policies
from grader.tools.files import read_ordinary, write_atomically

_SCORES = "scores.json"


@dataclass(frozen=True)
class Choice:
    """The attempt that counts for a student with several.

    Attributes
    ----------
    points : tuple of float
        Of all attempts in order, late penalties taken off; empty where the latest counts.
    number : int
        Which one counts, from 1.
    changed : bool
        Whether another one counted before.
    """

    student: str
    points: tuple[float, ...]
    number: int
    changed: bool


def choose_attempts(
    course: Course,
    lesson: str,
    policies: Policies,
    make_executor: ExecutorFactory,
    *,
    sandboxed: bool = False,
) -> list[Choice]:
    """Let for each student of a lesson that attempt count which the policies say.

    Parameters
    ----------
    make_executor : callable
        Makes what runs notebooks; it is called if an attempt has not been graded yet.
    sandboxed : bool
        Grade those again that were graded without a sandbox.

    Returns
    -------
    list of Choice
        One for each student with several attempts.
    """
    lesson = course.resolve(lesson)
    notebook = course.notebook_name(lesson)
    students = sorted(
        path.parent.name for path in course.attempts.glob(f"*/{lesson}") if path.is_dir()
    )
    choices = []
    with ExitStack() as stack:
        judge: _Judge | None = None
        for student in students:
            place = Place(course.root, student, lesson, notebook)
            attempts = place.attempts()
            if len(attempts) < 2:
                continue
            best, points = len(attempts) - 1, tuple[float, ...]()
            if policies.counts_in(lesson) == "best":
                judge = judge or _Judge(course, lesson, policies, make_executor, stack, sandboxed)
                points = tuple(judge.points(place, attempt) for attempt in attempts)
                # Of equal ones the latest.
                best = max(range(len(points)), key=lambda i: (round(points[i], 6), i))
            choices.append(Choice(student, points, best + 1, place.count(attempts[best])))
    return choices


class _Judge:
    """Grades attempts, each once for a plan."""

    def __init__(
        self,
        course: Course,
        lesson: str,
        policies: Policies,
        make_executor: ExecutorFactory,
        stack: ExitStack,
        sandboxed: bool,
    ) -> None:
        self._plan: Plan = make_plan(course, lesson)
        self._policies = policies
        self._make, self._stack, self._sandboxed = make_executor, stack, sandboxed
        self._executor: Executor | None = None

    def points(self, place: Place, attempt: Attempt) -> float:
        """Return an attempt's points without those that a person gives, penalties taken off."""
        path = place.archive / _SCORES
        key = f"{attempt.digest}:{self._plan.digest}"
        kept = _read(path)
        reached = kept.get(key)
        if reached is None and not self._sandboxed:
            reached = kept.get(f"{key}:{WITHOUT}")
        if reached is None:
            reached, isolation = self._grade(attempt, place.file)
            key += f":{WITHOUT}" if isolation == WITHOUT else ""
            # Those of other plans are of no use any more.
            kept = {k: v for k, v in kept.items() if self._plan.digest in k}
            text = json.dumps({**kept, key: reached}, indent=1)
            write_atomically(path, text.encode("ascii"))
        return reached - self._penalty(place, attempt, reached)

    def _grade(self, attempt: Attempt, file: str) -> tuple[float, str]:
        """Return an attempt's points, and how it was kept apart."""
        if self._executor is None:
            self._executor = self._make()
            self._stack.callback(self._executor.close)
        content, problem = b"", ""
        try:
            content = read_ordinary(attempt.folder / file, MAX_BYTES)
        except OSError as error:
            problem = str(error)
        graded = grade_task(
            self._plan, Task(file, content, problem, [], attempt.digest), self._executor
        )
        points = float(sum(verdict.score for verdict in graded.verdicts.values()))
        return points, graded.isolation

    def _penalty(self, place: Place, attempt: Attempt, reached: float) -> float:
        due = self._policies.due.get(place.lesson)
        if attempt.handed_in is None or due is None:
            return 0.0
        extension = self._policies.extension(place.student, place.lesson)
        until = due if extension is None else due + extension
        late = max(0.0, (attempt.handed_in - until).total_seconds())
        penalty = self._policies.penalty(place.student, place.lesson, reached, late, until=until)
        return min(penalty or 0.0, reached)


def _read(path: Path) -> dict[str, float]:
    try:
        return {str(k): float(v) for k, v in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
