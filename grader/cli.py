"""The command `grader`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from grader.command_options import cell_seconds_option, isolation_option, workers_option
from grader.course import Course
from grader.errors import GraderError
from grader.terminal import PlainConsole

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.schedulers import Scheduler
    from grader.work import Order

console = PlainConsole()
errors = PlainConsole(stderr=True)

_FILE = click.Path(dir_okay=False, path_type=Path)


class _Group(click.Group):
    """Turns our errors into one line and exit status 2; a traceback is for our own mistakes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GraderError as error:
            # Not as markup: the message may hold a name with brackets in it.
            errors.print(Text.assemble(("grader:", "bold red"), f" {error}"), soft_wrap=True)
            sys.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--course",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("."),
    help="The course folder; by default the one you are in.",
)
@click.version_option(package_name="twoapples")
@click.pass_context
def main(ctx: click.Context, folder: Path) -> None:
    """Build lessons, prove their exercises, and grade what learners hand in."""
    ctx.obj = folder


def _lessons(course: Course, names: tuple[str, ...]) -> list[str]:
    return [course.resolve(name) for name in names] or course.lesson_names


@main.command()
@click.argument("lessons", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail if notebooks/ is out of date.")
@click.option("--solved", is_flag=True, help="Also run the solved notebooks, into build/solved/.")
@click.option("--overwrite", is_flag=True, help="Replace edited notebooks; a backup is kept.")
@click.pass_obj
def build(
    folder: Path, lessons: tuple[str, ...], check: bool, solved: bool, overwrite: bool
) -> None:
    """Build LESSONS (all by default) from source/ and solutions/ into notebooks/."""
    from grader.build import build_lesson, check_lesson, solve_lesson

    course = Course.find(folder)
    failed = False
    for name in _lessons(course, lessons):
        if check:
            differences = check_lesson(course, name)
            for line in differences:
                console.print(line, highlight=False)
            if not differences:
                console.print(f"{name}: up to date", highlight=False)
            failed |= bool(differences)
            continue
        left = build_lesson(course, name, overwrite=overwrite)
        for item in left:
            shown = item.path.relative_to(course.root)
            console.print(
                f"{shown} was edited and is left as it is. Move it away, or build with --overwrite "
                "(which keeps it as a backup).",
                highlight=False,
            )
        failed |= bool(left)
        console.print(f"{name}: built", highlight=False)
        if solved:
            path = solve_lesson(course, name)
            console.print(f"{name}: solved, {path.relative_to(course.root)}", highlight=False)
    if failed and check:
        console.print("Run `grader build` and commit notebooks/.", highlight=False)
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("lessons", nargs=-1)
@click.option("--seeds", default=10, show_default=True, help="How many hidden draws to prove on.")
@click.pass_obj
def prove(folder: Path, lessons: tuple[str, ...], seeds: int) -> None:
    """Prove that references pass, stubs score 0 and each misconception gets its own sentence."""
    from grader.prove import prove_lesson

    course = Course.find(folder)
    problems = 0
    for name in _lessons(course, lessons):
        for proof in prove_lesson(course, name, tuple(range(1, seeds + 1))):
            state = "proved" if not proof.problems else f"{len(proof.problems)} problems"
            console.print(
                f"{name}  {proof.exercise}: {proof.misconceptions} misconceptions, "
                f"{proof.runs} runs, {state}",
                highlight=False,
            )
            for line in proof.problems:
                console.print(f"    {line}", highlight=False, soft_wrap=True)
            problems += len(proof.problems)
    sys.exit(1 if problems else 0)


@main.command()
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
    folder: Path, lesson: str, cell_seconds: float, scheduler: str | None, **options: Any
) -> None:
    """Grade submitted/*/LESSON/ into the gradebook, autograded/ and feedback/.

    What is graded already and has not changed is left alone, so the same command continues a run
    that was stopped. Ctrl-C stops it: what is running is finished; a second Ctrl-C does not wait.

    Exit status: 0 all graded, 1 some need a person, 2 nothing could be graded, 130 or 143 stopped
    by Ctrl-C or SIGTERM.
    """
    from concurrent.futures import ThreadPoolExecutor

    from grader.execution import Limits
    from grader.imports import import_nbformat, start_early
    from grader.sandbox.doctor import require
    from grader.sandbox.isolation import Isolation
    from grader.sandbox.view import SandboxError

    import_nbformat()
    course = Course.find(folder)
    lesson = course.resolve(lesson)
    options["limits"] = Limits(cell_seconds=cell_seconds)
    if options["sandbox_again"] and options["isolation"] == Isolation.NONE.value:
        raise click.UsageError("--sandbox-again needs a sandbox; --isolation none has none.")
    if scheduler:  # nothing of a submission is run on this machine
        outcomes, stopped = run_grading(course, lesson, scheduler=scheduler, **options)
        sys.exit(stopped or int(any(outcome.problem for outcome in outcomes)))
    running = {name: options[name] for name in ("limits", "isolation", "figures")}
    try:
        executor = start_early(course, lesson, **running)
    except SandboxError:
        require(Isolation(options["isolation"]))  # says what to do as well
        raise
    with ThreadPoolExecutor(1) as beside:
        # It starts a sandbox to see whether it holds, and we have things to read until it does.
        check = beside.submit(require, Isolation(options["isolation"]))
        outcomes, stopped = run_grading(
            course, lesson, executor=executor, check=check.result, **options
        )
    sys.exit(stopped or int(any(outcome.problem for outcome in outcomes)))


def run_grading(
    course: Course, lesson: str, *, as_json: bool = False, scheduler: str = "", **options: Any
) -> tuple[list[Any], int]:
    """Grade a lesson and show how it goes.

    Parameters
    ----------
    scheduler : str
        Address of the Dask scheduler whose workers grade; by default processes here do.
    **options
        For `grade_lesson`.

    Returns
    -------
    tuple of (list of Outcome, int)
        The outcomes, and the exit status if a signal has stopped the run, else 0.
    """
    from grader.grading import grade_lesson
    from grader.interrupts import Interrupts
    from grader.progress import JsonLines, Terminal

    report = JsonLines(lesson) if as_json else Terminal(lesson, console, errors)
    again = f"grader grade {lesson}"
    if options.get("sandbox_again"):
        again += " --sandbox-again"
    if options.get("isolation", "default") != "default":
        again += f" --isolation {options['isolation']}"  # or the rest is graded in another way
    if scheduler:
        again += f" --scheduler {scheduler}"
        options["make_scheduler"] = _on_cluster(scheduler, again, report.say, options)
    with Interrupts(lambda: report.say("Stopping; what is running is finished first.")) as signals:
        try:
            with report:
                if (course.root / "policies.toml").is_file():
                    from grader.policies.before import before_grading

                    before_grading(course, lesson, say=report.say, **options)
                outcomes = grade_lesson(
                    course, lesson, listener=report.listener(signals.requested), **options
                )
        except KeyboardInterrupt:
            report.say(f"Stopped at once. To continue: {again}")
            sys.exit(signals.exit_status)
    report.summary(outcomes, again if signals.requested() else "")
    return outcomes, signals.exit_status if signals.requested() else 0


def _on_cluster(
    address: str, again: str, say: Callable[[str], None], options: dict[str, Any]
) -> Callable[[Order], Scheduler]:
    """Return what makes the scheduler for a cluster, with the same options as grading here."""
    import logging

    from grader.execution import choose_executor
    from grader.schedulers.dask import Dask

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said in words
    isolation = options.get("isolation", "default")
    return partial(
        Dask,
        address,
        make_executor=partial(
            choose_executor,
            options.get("limits"),
            isolation=isolation,
            figures=options.get("figures", False),
        ),
        isolation=isolation,
        say=say,
        again=again,
    )


@main.command()
@click.argument("lesson")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
)
@click.pass_obj
def results(folder: Path, lesson: str, form: str) -> None:
    """Print one row per student and exercise."""
    from grader.imports import import_nbformat

    import_nbformat()
    from grader.results import as_csv, as_json, as_table, read_results, unprotected

    course = Course.find(folder)
    rows = read_results(course, lesson)
    if form == "table":
        console.print(as_table(rows))
        for sentence in unprotected(rows, course.resolve(lesson)).sentences():
            console.print(sentence, highlight=False, markup=False, soft_wrap=True)
    else:
        click.echo(as_csv(rows) if form == "csv" else as_json(rows), nl=False)


@main.command()
@click.argument("lesson")
@click.option("--out", type=_FILE, help="The page; by default reports/LESSON.html.")
@click.option("--csv", type=_FILE, help="A row a student; by default beside the page.")
@click.option("--json", type=_FILE, help="All numbers; by default beside the page.")
@click.option("--hide-names", is_flag=True, help="Pseudonyms for names, to show it in class.")
@click.option("--similarity/--no-similarity", default=True, help="List submissions that are alike.")
@click.pass_obj
def report(folder: Path, lesson: str, **options: Any) -> None:
    """Write the class at a glance: one HTML page, and its data as CSV and JSON."""
    from grader.imports import import_nbformat

    import_nbformat()
    from grader.report import write_report

    course = Course.find(folder)
    written = write_report(course, course.resolve(lesson), **options)
    console.print(written.sentence, highlight=False, markup=False, soft_wrap=True)
    for path in (written.page, written.csv, written.json):
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)


@main.command()
@click.pass_obj
def doctor(folder: Path) -> None:
    """Say what the sandbox can enforce on this machine, by trying it from the inside.

    In a course folder it also says what was graded without one.

    Exit status: 0 if submissions can be graded in default isolation, else 1.
    """
    from grader.sandbox.doctor import examine, here, remedies

    click.echo(here())
    holds = True
    for finding in examine():
        mark = "yes" if finding.holds else "NO "
        detail = "" if finding.detail == "tried" else f" ({finding.detail})"
        click.echo(f"{mark}  {finding.name}{detail}")
        holds &= finding.holds
    if holds:
        click.echo("Submissions can be graded in default isolation; each line above was tried.")
    else:
        click.echo("Submissions cannot be graded in default isolation here. What may help:")
        for advice in remedies():
            click.echo(f"- {advice}")
    from grader.lms.grades import unprotected_lessons
    from grader.terminal import plain

    for sentence in unprotected_lessons(folder):
        click.echo(plain(sentence))
    sys.exit(0 if holds else 1)


@main.command()
@click.option(
    "--folder",
    "target",
    type=click.Path(path_type=Path),
    help="Where the sample class is graded; by default build/demo in the course.",
)
@click.option(
    "--zip",
    "archive",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a larger class's submissions to FILE, as Moodle gives them; grade nothing.",
)
@click.option(
    "--students",
    type=click.IntRange(2, 400),
    default=60,
    show_default=True,
    help="How many students the zip file has.",
)
@click.pass_obj
def demo(folder: Path, target: Path | None, archive: Path | None, students: int) -> None:
    """Build the sample class's lessons, grade its submissions, and show the table."""
    from grader import demo as sample_class
    from grader.execution import Limits
    from grader.sandbox.doctor import require
    from grader.sandbox.isolation import Isolation
    from grader.sandbox.view import SandboxError

    course = Course.find(folder)
    if archive is not None:
        from grader.sample_export import write_moodle_export

        lesson, worksheet = write_moodle_export(course, archive, students)
        console.print(
            f"{archive}: {students} submissions for {lesson}; {worksheet}: Moodle's worksheet.",
            highlight=False,
            soft_wrap=True,
        )
        return
    target = (target or course.build_folder / "demo").resolve()
    # One of the twelve never ends; nobody wants to wait for it as long as in a real class.
    limits = Limits(cell_seconds=10)
    isolation = "default"
    try:
        require(Isolation.DEFAULT)
    except SandboxError:
        isolation = "none"  # the submissions are this repository's own
        console.print("There is no sandbox on this machine, see `grader doctor`; graded without.")
    grade_it = partial(run_grading, limits=limits, isolation=isolation)
    scores = sample_class.run(course, target, grade_it)
    console.print(sample_class.as_table(scores))
    right = sum(item.right for item in scores)
    console.print(
        f"{right} of {len(scores)} submissions got the score they deserve. "
        f"Gradebook, graded notebooks and feedback pages are in {target}.",
        highlight=False,
    )
    sys.exit(0 if right == len(scores) else 1)


def _add_commands() -> None:
    """Add the commands that live beside what they do; those modules import little."""
    from grader.lms import commands as lms
    from grader.policies import commands as policies

    for command in (lms.collect, lms.export, policies.policies, policies.override):
        main.add_command(command)
    main.add_command(policies.regrade)


_add_commands()
