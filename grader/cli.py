"""The command `grader`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.course import Course
from grader.errors import GraderError

console = Console()
errors = Console(stderr=True)


class _Group(click.Group):
    """Turns our errors into one line and exit status 2; a traceback is for our own mistakes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GraderError as error:
            errors.print(f"[bold red]grader:[/] {error}", soft_wrap=True, highlight=False)
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
@click.option("--workers", type=click.IntRange(min=1), help="Processes; by default one a core.")
@click.option("--regrade", is_flag=True, help="Grade again what is graded and unchanged.")
@click.option("--new-seed", is_flag=True, help="Draw the hidden cases anew and grade with them.")
@click.option("--feedback/--no-feedback", default=True, help="Write feedback pages as well.")
@click.option(
    "--cell-seconds",
    type=click.FloatRange(min=1),
    default=20,
    show_default=True,
    help="Time limit of a cell.",
)
@click.pass_obj
def grade(folder: Path, lesson: str, cell_seconds: float, **options: Any) -> None:
    """Grade submitted/*/LESSON/ into the gradebook, autograded/ and feedback/.

    Exit status: 0 all graded, 1 some need a person, 2 nothing could be graded.
    """
    from grader.executor import Limits

    course = Course.find(folder)
    options["limits"] = Limits(cell_seconds=cell_seconds)
    outcomes = run_grading(course, course.resolve(lesson), **options)
    sys.exit(1 if any(outcome.problem for outcome in outcomes) else 0)


def run_grading(course: Course, lesson: str, **options: Any) -> list[Any]:
    """Grade a lesson with a progress bar; report what is unusual, and sum up."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from grader.grading import Outcome, grade_lesson

    bar = Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
    )
    with bar:
        task = bar.add_task(lesson, total=None)

        def report(outcome: Outcome) -> None:
            lines = [note for note in outcome.notes if note != outcome.problem]
            if outcome.problem:
                lines.append(f"needs a person: {outcome.problem}")
            for line in lines:
                text = f"{outcome.student}, {lesson}: {line}"
                console.print(text, highlight=False, markup=False, soft_wrap=True)
            bar.advance(task)

        outcomes = grade_lesson(
            course,
            lesson,
            started=lambda total: bar.update(task, total=total),
            progress=report,
            **options,
        )
    states = [outcome.state for outcome in outcomes]
    console.print(
        f"{lesson}: {states.count('graded')} graded, {states.count('unchanged')} unchanged, "
        f"{states.count('failed')} failed; {sum(bool(o.problem) for o in outcomes)} need a person",
        highlight=False,
    )
    return outcomes


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
    from grader.results import as_csv, as_json, as_table, read_results

    rows = read_results(Course.find(folder), lesson)
    if form == "table":
        console.print(as_table(rows))
    else:
        click.echo(as_csv(rows) if form == "csv" else as_json(rows), nl=False)


@main.command()
@click.option(
    "--folder",
    "target",
    type=click.Path(path_type=Path),
    help="Where the sample class is graded; by default build/demo in the course.",
)
@click.pass_obj
def demo(folder: Path, target: Path | None) -> None:
    """Build the sample class's lessons, grade its submissions, and show the table."""
    from grader import demo as sample_class
    from grader.executor import Limits

    course = Course.find(folder)
    target = (target or course.build_folder / "demo").resolve()
    # One of the twelve never ends; nobody wants to wait for it as long as in a real class.
    limits = Limits(cell_seconds=10)
    scores = sample_class.run(course, target, partial(run_grading, limits=limits))
    console.print(sample_class.as_table(scores))
    right = sum(item.right for item in scores)
    console.print(
        f"{right} of {len(scores)} submissions got the score they deserve. "
        f"Gradebook, graded notebooks and feedback pages are in {target}.",
        highlight=False,
    )
    sys.exit(0 if right == len(scores) else 1)
