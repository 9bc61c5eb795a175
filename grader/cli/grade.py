"""The command `grader grade`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.console import console, errors
from grader.cli.options import cell_seconds_option, isolation_option, workers_option
from grader.course.course import Course

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.execution import Executor
    from grader.grading.options import GradingOptions
    from grader.grading.run import Outcome


@click.command()
@click.argument("lesson")
@workers_option
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Grade on the Dask cluster with this scheduler, tcp://10.0.0.7:8786 say.",
)
@click.option("--regrade", is_flag=True, help="Grade all again, with hidden cases drawn anew.")
@click.option("--new-seed", is_flag=True, help="The same; also where the seed cannot be read.")
@click.option(
    "--sandbox-again",
    is_flag=True,
    help="Also grade those again that were graded without a sandbox, on the same hidden cases.",
)
@click.option("--feedback/--no-feedback", default=True, help="Write feedback pages as well.")
@click.option(
    "--figures/--no-figures",
    default=False,
    help="Render figures for the graded notebooks; feedback pages need none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line, for machines.")
@cell_seconds_option
@isolation_option
@click.pass_obj
def grade(
    folder: Path,
    /,
    lesson: str,
    cell_seconds: float,
    scheduler: str | None,
    regrade: bool,
    new_seed: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Grade submitted/*/LESSON/ into the gradebook, autograded/ and feedback/.

    What is graded already and has not changed is left alone, so the same command continues a run
    that was stopped. Ctrl-C stops it: what is running is finished; a second Ctrl-C does not wait.

    Exit status: 0 all graded, 1 some need a person, 2 nothing could be graded, 130 or 143 stopped
    by Ctrl-C or SIGTERM.
    """
    from concurrent.futures import ThreadPoolExecutor

    from grader.grading.options import GradingOptions
    from grader.inside.isolation import Isolation
    from grader.inside.limits import Limits
    from grader.sandbox.doctor import require
    from grader.sandbox.view import SandboxError
    from grader.tools.imports import import_nbformat

    import_nbformat()
    course = Course.find(folder)
    lesson = course.resolve(lesson)
    options = GradingOptions(
        new_seed=regrade or new_seed,
        limits=Limits(cell_seconds=cell_seconds),
        cluster=scheduler or "",
        **given,
    )
    isolation = Isolation(options.isolation)
    if options.sandbox_again and isolation is Isolation.NONE:
        raise click.UsageError("--sandbox-again needs a sandbox; --isolation none has none.")
    if options.cluster:  # nothing of a submission is run on this machine
        outcomes, stopped = run_grading(course, lesson, options, as_json=as_json)
        sys.exit(stopped or int(any(outcome.problem for outcome in outcomes)))
    try:
        executor = start_early(course, lesson, options)
    except SandboxError:
        require(isolation)  # says what to do as well
        raise
    with ThreadPoolExecutor(1) as beside:
        # It starts a sandbox to see whether it holds, and we have things to read until it does.
        check = beside.submit(require, isolation)
        outcomes, stopped = run_grading(
            course, lesson, options, as_json=as_json, executor=executor, check=check.result
        )
    sys.exit(stopped or int(any(outcome.problem for outcome in outcomes)))


def run_grading(
    course: Course,
    lesson: str,
    options: GradingOptions,
    *,
    as_json: bool = False,
    executor: Executor | None = None,
    check: Callable[[], None] = lambda: None,
) -> tuple[list[Outcome], int]:
    """Grade a lesson and show how it goes.

    Parameters
    ----------
    executor, check
        For `grade_lesson`.

    Returns
    -------
    tuple of (list of Outcome, int)
        The outcomes, and the exit status if a signal has stopped the run, else 0.
    """
    from grader.cli.progress import JsonLines, Terminal
    from grader.cli.signals import Interrupts
    from grader.grading.run import grade_lesson
    from grader.nbgrader_api.read_config import read_settings

    report = JsonLines(lesson) if as_json else Terminal(lesson, console, errors)
    again = f"grader grade {lesson}{options.as_flags()}"
    with Interrupts(lambda: report.say("Stopping; what is running is finished first.")) as signals:
        try:
            with report:
                settings = read_settings(course)
                if course.policies.is_file():
                    from grader.policies.before import before_grading

                    before_grading(course, lesson, options, settings, check=check, say=report.say)
                outcomes = grade_lesson(
                    course,
                    lesson,
                    options,
                    listener=report.listener(signals.requested),
                    settings=settings,
                    executor=executor,
                    check=check,
                )
        except KeyboardInterrupt:
            report.say(f"Stopped at once. To continue: {again}")
            sys.exit(signals.exit_status)
    report.summary(outcomes, again if signals.requested() else "")
    return outcomes, signals.exit_status if signals.requested() else 0


def start_early(course: Course, lesson: str, options: GradingOptions) -> Executor | None:
    """Start what will run the submissions, which imports while we import the rest.

    Returns
    -------
    Executor or None
        What runs a single submission. None if there are more, which worker processes will run;
        the process that these are forked from is started.
    """
    found = course.submission_folders(lesson)
    if len(found) > 1:
        from grader.tools.processes import process_context

        process_context("grader.grading.worker_imports")
    if len(found) != 1:
        return None
    executor = options.executor()
    executor.start(many=False)
    return executor
