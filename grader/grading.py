"""`grader grade`: a class's submissions into nbgrader's gradebook, autograded and feedback folders.

Submissions run in parallel processes; one process, this one, writes. For each submission nbgrader's
own Autograde step is run on what was executed already, so its rows and files are its own.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader import nbgrader_course
from grader.build import build_lesson
from grader.course import Course
from grader.errors import GraderError
from grader.executor import KernelExecutor, Limits
from grader.notebooks import to_text
from grader.plan import Plan, make_plan
from grader.submissions import Submission, find_submissions
from grader.work import Graded, grade_submission


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
    """

    student: str
    state: str
    problem: str = ""
    notes: tuple[str, ...] = ()


def grade_lesson(
    course: Course,
    name: str,
    *,
    workers: int | None = None,
    regrade: bool = False,
    new_seed: bool = False,
    feedback: bool = True,
    limits: Limits | None = None,
    started: Callable[[int], None] = lambda total: None,
    progress: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Grade everything that was handed in for a lesson.

    Parameters
    ----------
    workers : int, optional
        Processes that run notebooks; by default as many as there are cores.
    regrade : bool
        Grade again what was graded and has not changed.
    new_seed : bool
        Draw the hidden cases anew, and grade everything with them.
    feedback : bool
        Write feedback pages as well.
    limits : Limits, optional
        What one submission may use.
    started, progress : callable
        Told the number of submissions, and each outcome as it comes.
    """
    lesson = course.lesson(name)
    submissions = find_submissions(course, lesson.name, lesson.notebook)
    plan = make_plan(course, name, new_seed=new_seed)
    _ensure_released(course, plan)
    workers = workers or os.cpu_count() or 1
    started(len(submissions))
    outcomes: list[Outcome] = []

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        progress(outcome)

    waiting = []
    for submission in submissions:
        if not regrade and _is_graded(course, plan, submission):
            done(Outcome(submission.student, "unchanged", _old_problem(course, plan, submission)))
        else:
            waiting.append(submission)
    for submission, graded in _run(
        plan, waiting, workers or os.cpu_count() or 1, limits or Limits()
    ):
        if isinstance(graded, Exception):
            done(Outcome(submission.student, "failed", f"the grader failed on it ({graded})"))
            continue
        try:
            _write(course, plan, submission, graded)
        except GraderError as error:
            done(Outcome(submission.student, "failed", str(error)))
            continue
        done(Outcome(submission.student, "graded", graded.problem, tuple(graded.notes)))
    shutil.rmtree(_staging(course), ignore_errors=True)
    if feedback:
        outcomes = _with_feedback(course, plan, outcomes, workers)
    return sorted(outcomes, key=lambda outcome: outcome.student)


def _run(
    plan: Plan, submissions: list[Submission], workers: int, limits: Limits
) -> Iterator[tuple[Submission, Graded | Exception]]:
    """Grade submissions in worker processes; yield each as it is done."""
    if not submissions:
        return
    context = _processes()
    workers = min(workers, len(submissions))
    lost: list[Submission] = []
    with ProcessPoolExecutor(workers, context, _prepare, (plan, limits)) as pool:
        futures: dict[Future[Graded], Submission] = {
            pool.submit(_work, submission): submission for submission in submissions
        }
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:  # a worker was killed: nobody's grade may be lost by that
                lost.append(futures[future])
            except Exception as error:
                yield futures[future], error
    for submission in lost:
        try:
            with ProcessPoolExecutor(1, context, _prepare, (plan, limits)) as pool:
                yield submission, pool.submit(_work, submission).result()
        except BrokenProcessPool:
            yield submission, RuntimeError("the process that graded it was killed, twice")


def _processes() -> Any:
    """Return how worker processes are started.

    They come from a server process that has imported what they need, once, and runs no threads.
    Where a system has no such server (Windows), each worker imports for itself.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grader.grading", "grader.work", "nbgrader.converters"])
    return context


_worker: dict[str, Any] = {}


def _prepare(plan: Plan, limits: Limits) -> None:
    """Give a worker process what is the same for all submissions."""
    _worker.update(plan=plan, executor=KernelExecutor(limits))


def _work(submission: Submission) -> Graded:
    return grade_submission(_worker["plan"], submission, _worker["executor"])


def _ensure_released(course: Course, plan: Plan) -> None:
    """Have the lesson in the gradebook, with the cells that it has now."""
    if not (course.build_folder / "source" / plan.lesson / f"{plan.notebook}.ipynb").exists() or (
        not _in_gradebook(course, plan)
    ):
        build_lesson(course, plan.lesson)


def _in_gradebook(course: Course, plan: Plan) -> bool:
    from nbgrader.api import MissingEntry

    with nbgrader_course.gradebook(course) as book:
        try:
            book.find_notebook(plan.notebook, plan.lesson)
        except MissingEntry:
            return False
    return True


def _staging(course: Course) -> Path:
    return course.build_folder / "submitted"


def _write(course: Course, plan: Plan, submission: Submission, graded: Graded) -> None:
    """Let nbgrader write grades and autograded notebook of an executed submission."""
    from nbgrader.converters import Autograde

    from grader.nbgrader_plugin import EXECUTED

    staged = _staging(course) / submission.student / plan.lesson
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    (staged / f"{plan.notebook}.ipynb").write_text(to_text(graded.notebook), encoding="utf-8")
    _stage_timestamp(submission, graded, staged)
    config = nbgrader_course.load_config(course.root)
    config.CourseDirectory.submitted_directory = str(_staging(course).relative_to(course.root))
    converter = nbgrader_course.convert_one(
        Autograde, course, config, submission.student, plan.lesson, plan.notebook
    )
    graded.plan_digest = plan.digest
    EXECUTED[plan.lesson, submission.student] = graded
    try:
        nbgrader_course.run_converter(converter, f"recording {plan.lesson} of {submission.student}")
    finally:
        del EXECUTED[plan.lesson, submission.student]
        shutil.rmtree(staged, ignore_errors=True)


def _stage_timestamp(submission: Submission, graded: Graded, staged: Path) -> None:
    """Pass the time of submission on, if it is one; nbgrader stops at a text that is none."""
    from nbgrader.utils import parse_utc

    stamp = submission.folder / "timestamp.txt"
    if not stamp.is_file():
        return
    try:
        text = stamp.read_text(encoding="utf-8").strip()
        parse_utc(text)
    except (OSError, ValueError, OverflowError, TypeError):
        graded.notes.append("timestamp.txt holds no time, so it counts as handed in on time")
    else:
        (staged / stamp.name).write_text(text, encoding="utf-8")


def _with_feedback(
    course: Course, plan: Plan, outcomes: list[Outcome], workers: int
) -> list[Outcome]:
    """Write the feedback pages, in parallel; the gradebook is only read by now."""
    todo = [outcome for outcome in outcomes if outcome.state == "graded"]
    if not todo:
        return outcomes
    context = _processes()
    with ProcessPoolExecutor(min(workers, len(todo)), context) as pool:
        calls = {
            outcome.student: pool.submit(
                _write_feedback, course, plan.lesson, plan.notebook, outcome.student
            )
            for outcome in todo
        }
    problems = {student: _problem_of(call) for student, call in calls.items()}
    return [
        replace(o, problem=o.problem or problems[o.student]) if problems.get(o.student) else o
        for o in outcomes
    ]


def _problem_of(call: Future[None]) -> str:
    error = call.exception()
    return "" if error is None else f"there is no feedback page: {error}"


def _write_feedback(course: Course, lesson: str, notebook: str, student: str) -> None:
    from nbgrader.converters import GenerateFeedback

    config = nbgrader_course.load_config(course.root)
    converter = nbgrader_course.convert_one(
        GenerateFeedback, course, config, student, lesson, notebook
    )
    nbgrader_course.run_converter(converter, f"writing the feedback on {lesson} for {student}")


def autograded_path(course: Course, student: str, lesson: str, notebook: str) -> Path:
    """Return where nbgrader keeps a graded notebook."""
    return course.root / "autograded" / student / lesson / f"{notebook}.ipynb"


def _summary(course: Course, plan: Plan, submission: Submission) -> dict[str, Any]:
    path = autograded_path(course, submission.student, plan.lesson, plan.notebook)
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
        return dict(metadata["twoapples"]["graded"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _is_graded(course: Course, plan: Plan, submission: Submission) -> bool:
    """Whether this very submission was graded with this very plan."""
    summary = _summary(course, plan, submission)
    return summary.get("plan") == plan.digest and summary.get("submission") == submission.digest


def _old_problem(course: Course, plan: Plan, submission: Submission) -> str:
    return str(_summary(course, plan, submission).get("problem", ""))
