"""`grader grade`: a class's submissions into nbgrader's gradebook, autograded and feedback folders.

Submissions travel to a scheduler as bytes, a bounded number at a time, and what comes back is
written at once; nothing is gathered. A run can be stopped or killed at any moment: the next one
grades what is missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grader.build.hidden_cases import make_plan
from grader.course.course import Course
from grader.course.submissions import HandedIn, Submission, find_submissions, read_files
from grader.execution import Executor
from grader.gradebook import ledger
from grader.gradebook.database import Database, GradebookError
from grader.gradebook.lock import busy, only_run
from grader.gradebook.opening import open_database
from grader.gradebook.released import Released, difference, read_released
from grader.gradebook.unprotected import isolation_of
from grader.gradebook.writer import (
    DISK_ERRORS,
    FilesRecorder,
    Recorder,
    Writer,
    Written,
    disk_error,
)
from grader.grading.options import GradingOptions
from grader.grading.schedulers import Scheduler
from grader.grading.schedulers.local import InThisProcess, Processes
from grader.judging.isolation import harmless
from grader.judging.plan import Plan
from grader.judging.task import Order, Result, Task
from grader.nbgrader_api.read_config import Settings, read_settings

if TYPE_CHECKING:
    from grader.gradebook.ledger import Entry

_PAUSE = 0.25  # seconds between looks at the clock and at a request to stop


@dataclass(frozen=True)
class Outcome:
    """What became of one submission.

    Attributes
    ----------
    state : str
        ``graded``, ``unchanged`` (graded before, nothing new), or ``failed`` (no grade written).
    problem : str
        Why a person must look at it; empty if nobody has to.
    notes : tuple of str
        What was unusual, for the log.
    score : float, optional
        The points that were given now, without those that a person gives.
    isolation : str
        How its code was kept apart when it was graded, see `grader.gradebook.unprotected`; empty
        where there is no grade.
    """

    student: str
    state: str
    problem: str = ""
    notes: tuple[str, ...] = ()
    score: float | None = None
    isolation: str = ""


@dataclass(frozen=True)
class Listener:
    """Whom a run tells what happens; everything is optional.

    Attributes
    ----------
    started : callable
        Told the number of submissions.
    progress : callable
        Told each outcome as it comes.
    say : callable
        Told what else a person should know, in a sentence.
    stop : callable
        Asked again and again whether to stop: then what is under way is finished, and no more.
    """

    started: Callable[[int], None] = lambda total: None
    progress: Callable[[Outcome], None] = lambda outcome: None
    say: Callable[[str], None] = lambda sentence: None
    stop: Callable[[], bool] = lambda: False


def grade_lesson(
    course: Course,
    name: str,
    options: GradingOptions | None = None,
    *,
    listener: Listener | None = None,
    settings: Settings | None = None,
    executor: Executor | None = None,
    check: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """Grade everything that was handed in for a lesson and is not graded yet.

    Parameters
    ----------
    listener : Listener, optional
        Whom to tell.
    settings : Settings, optional
        The course's, if they were read for this run already.
    executor : Executor, optional
        One that was started already, with the same options, for a single submission; it is closed
        here.
    check : callable
        Called before anything of a submission is run; it raises if nothing must be.

    Returns
    -------
    list of Outcome
        By student. After a request to stop, those that were reached.

    Raises
    ------
    GraderError
        If nothing can be graded, or it cannot go on. What was graded until then is kept.
    """
    options = options or GradingOptions()
    lesson = course.resolve(name)
    run = _ClassRun(course, lesson, options, listener or Listener(), executor)
    with _disk_is_told(), closing(run):
        submissions = find_submissions(course, lesson, course.notebook_name(lesson))
        with only_run(course.grading, f"lesson {lesson}"):
            run.prepare(make_plan(course, lesson, new_seed=options.new_seed), settings)
            check()
            run.grade(submissions)
            if options.feedback and not run.listener.stop():
                run.write_feedback()
    return sorted(run.outcomes.values(), key=lambda outcome: outcome.student)


@contextmanager
def _disk_is_told() -> Iterator[None]:
    """Turn a full disk, wherever it is met, into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise disk_error(error) from error


class _ClassRun:
    """One run of `grade_lesson`."""

    plan: Plan
    settings: Settings
    database: Database
    released: Released
    writer: Writer
    lean: bool

    def __init__(
        self,
        course: Course,
        lesson: str,
        options: GradingOptions,
        listener: Listener,
        executor: Executor | None,
    ) -> None:
        self.course, self.lesson, self.options = course, lesson, options
        self.listener = listener
        self.workers = options.workers or os.cpu_count() or 1
        self.outcomes: dict[str, Outcome] = {}
        self._without_page: list[str] = []
        self._entries: dict[str, Entry] = {}
        self._recovered: dict[str, Entry] = {}
        self._executor = executor
        self._opened: list[Database] = []

    def prepare(self, plan: Plan, settings: Settings | None) -> None:
        """Read once what is the same for all submissions."""
        self.plan, self.settings = plan, settings or read_settings(self.course)
        self.database, self.released = self._open()
        if not self.database.claim():
            raise busy("from another machine")
        ledger.prepare(self.database)
        reason = self.settings.unknown and f"{self.settings.unknown} is set"
        reason = reason or difference(self.released, plan.record)
        self.lean = not reason
        if reason:
            self.listener.say(
                f"{reason}: nbgrader's own converter writes the grades, which takes longer"
            )
        self.writer = Writer(
            self.database,
            self._recorder(),
            self.released,
            self.settings,
            self.lesson,
            self._written,
            root=self.course.root,
            rows_too=self.lean,
        )
        self._entries = self.database.transact(
            lambda read: ledger.read_entries(
                read, self.lesson, self.released.assignment, len(self.released.graded)
            ),
            write=False,
        )

    def grade(self, submissions: list[Submission]) -> None:
        """Grade what is not graded yet."""
        self.listener.started(len(submissions))
        waiting = self._ungraded(submissions)
        first = next(waiting, None)
        if first is not None:
            with closing(self._scheduler(len(submissions))) as scheduler:
                try:
                    self._stream(scheduler, first, waiting)
                finally:
                    # Whatever went wrong elsewhere, what is graded is kept.
                    self.writer.flush()

    def write_feedback(self) -> None:
        """Write the pages of those who have none for their present grade."""
        students = sorted(self._without_page)
        if not students:
            return
        # What makes pages is imported when there is one to make.
        from grader.feedback.writing import write_feedback

        problems = write_feedback(
            self.course,
            self.lesson,
            students,
            self.workers,
            notebook=self.plan.notebook,
            settings=self.settings,
        )
        for student, problem in problems.items():
            outcome = self.outcomes[student]
            text = outcome.problem or f"there is no feedback page: {problem}"
            self.outcomes[student] = replace(outcome, problem=text)
        written = [student for student in students if student not in problems]
        ledger.note_feedback(self.database, self.lesson, written)

    def close(self) -> None:
        """Let go of everything."""
        for database in self._opened:
            database.close()
        if self._executor is not None:
            self._executor.close()

    # Preparing

    def _open(self) -> tuple[Database, Released]:
        """Open the gradebook with the lesson in it; build the lesson if it is not."""
        source = self.course.root / self.settings.source_folder / self.lesson
        if (source / f"{self.plan.notebook}.ipynb").exists() and (found := self._look()):
            return found
        from grader.build.build import build_lesson

        build_lesson(self.course, self.lesson, config=self.settings.config)
        if found := self._look():
            return found
        raise GradebookError(f"Lesson {self.lesson} was built and is not in the gradebook.")

    def _look(self) -> tuple[Database, Released] | None:
        try:
            database = open_database(self.settings.db_url, self.course.root, self.listener.say)
        except FileNotFoundError:
            return None
        self._opened.append(database)
        if not database.has_tables():
            return None
        read = partial(read_released, lesson=self.lesson, notebook=self.plan.notebook)
        released = database.transact(read, write=False)
        return None if released is None else (database, released)

    def _recorder(self) -> Recorder:
        if not self.lean:
            from grader.grading.converter import ConverterRecorder

            return ConverterRecorder(self.course, self.lesson, self.plan.notebook, self.settings)
        return FilesRecorder(
            self.course.root,
            self.lesson,
            self.plan.notebook,
            self.course.root / self.settings.source_folder / self.lesson,
            self.settings.ignore,
        )

    def _scheduler(self, submissions: int) -> Scheduler:
        order = Order(self.plan, self.released.cells if self.lean else None)
        options = self.options
        if options.make_scheduler is not None:
            return options.make_scheduler(order)
        if options.cluster:
            from grader.grading.schedulers.dask import Dask

            return Dask(
                options.cluster,
                order,
                options.executor_factory,
                isolation=options.isolation,
                say=self.listener.say,
                again=f"grader grade {self.lesson}{options.as_flags()}",
            )
        if submissions == 1:
            executor, self._executor = self._executor or options.executor(), None
            return InThisProcess(order, executor)
        workers = min(self.workers, submissions)
        return Processes(order.to_bytes(), options.executor_factory, workers)

    # What is graded already

    def _ungraded(self, submissions: list[Submission]) -> Iterator[tuple[Submission, HandedIn]]:
        for submission in submissions:
            if self.listener.stop():
                return
            handed_in = read_files(submission, self.plan.notebook)
            entry = self._entry(submission, handed_in)
            if entry is None:
                yield submission, handed_in
                continue
            student = submission.student
            if entry.feedback != entry.file or not self._page(student).exists():
                self._without_page.append(student)
            self._done(Outcome(student, "unchanged", entry.problem, isolation=entry.isolation))
        recovered, self._recovered = self._recovered, {}
        if recovered:
            self.database.transact(
                lambda write: ledger.write_entries(write, self.lesson, recovered)
            )

    def _entry(self, submission: Submission, handed_in: HandedIn) -> Entry | None:
        """Return the entry of this very submission, graded with this very plan."""
        path = self._graded(submission.student)
        known = entry = self._entries.get(submission.student)
        if entry is None:
            page = self._page(submission.student)
            entry = ledger.recover(
                self.database, self.released, submission.student, handed_in, path, page, self.plan
            )
        else:
            current = entry.plan == self.plan.digest and entry.handed_in == handed_in.digest
            entry = entry if current and entry.holds(path) else None
        if entry is not None and not entry.isolation:  # written by an older version
            entry = replace(entry, isolation=isolation_of(entry, path))
        if entry is None or (self.options.sandbox_again and not harmless(entry.isolation)):
            return None
        if entry != known:
            self._recovered[submission.student] = entry
        return entry

    def _graded(self, student: str) -> Path:
        return self.course.graded_notebook(student, self.lesson)

    def _page(self, student: str) -> Path:
        return self.course.feedback_page(student, self.lesson)

    # Grading

    def _stream(
        self,
        scheduler: Scheduler,
        first: tuple[Submission, HandedIn],
        waiting: Iterator[tuple[Submission, HandedIn]],
    ) -> None:
        under_way: dict[int, tuple[Submission, HandedIn]] = {}
        following: tuple[Submission, HandedIn] | None = first
        number = 0
        while under_way or following is not None:
            if self.listener.stop():
                following = None
            while following is not None and len(under_way) < scheduler.capacity:
                submission, handed_in = following
                scheduler.submit(number, _task(submission, handed_in, self.plan))
                under_way[number] = submission, replace(handed_in, content=b"")
                number += 1
                following = next(waiting, None)
            for finished in scheduler.collect(_PAUSE) if under_way else []:
                submission, handed_in = under_way.pop(finished.number)
                if finished.failure:
                    self._done(Outcome(submission.student, "failed", finished.failure))
                else:
                    result = Result.from_bytes(finished.result)
                    self.writer.add(submission, handed_in, result)
            self.writer.flush_if_due()

    def _written(self, written: Written) -> None:
        result = written.result
        if result is None or written.failure:
            self._done(Outcome(written.student, "failed", written.failure))
            return
        self._without_page.append(written.student)
        points = sum(score for score in result.scores.values() if score is not None)
        notes = (*result.notes, *written.notes)
        outcome = Outcome(written.student, "graded", result.problem, notes, points)
        self._done(replace(outcome, isolation=result.isolation))

    def _done(self, outcome: Outcome) -> None:
        self.outcomes[outcome.student] = outcome
        self.listener.progress(outcome)


def _task(submission: Submission, handed_in: HandedIn, plan: Plan) -> bytes:
    name = submission.path.name if submission.path else f"{plan.notebook}.ipynb"
    return Task(
        name,
        handed_in.content,
        handed_in.problem,
        submission.notes,
        handed_in.digest,
        handed_in.fault,
    ).to_bytes()
