"""The commands that show: `grader results`, `report`, `doctor` and `demo`."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from grader.cli.console import console
from grader.cli.grade import run_grading
from grader.course.course import Course

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
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
    from grader.tools.imports import import_nbformat

    import_nbformat()
    from grader.gradebook.unprotected import Unprotected
    from grader.report.results import as_csv, as_json, as_table, read_results

    course = Course.find(folder)
    rows = read_results(course, lesson)
    if form == "table":
        console.print(as_table(rows))
        graded = (row for row in rows if row.isolation)
        for sentence in Unprotected.among(course.resolve(lesson), graded).sentences():
            console.say(sentence)
    else:
        click.echo(as_csv(rows) if form == "csv" else as_json(rows), nl=False)


@click.command()
@click.argument("lesson")
@click.option("--out", type=_FILE, help="The page; by default reports/LESSON.html.")
@click.option("--csv", type=_FILE, help="A row a student; by default beside the page.")
@click.option("--json", type=_FILE, help="All numbers; by default beside the page.")
@click.option("--hide-names", is_flag=True, help="Pseudonyms for names, to show it in class.")
@click.option("--similarity/--no-similarity", default=True, help="List submissions that are alike.")
@click.pass_obj
def report(folder: Path, /, lesson: str, **options: Any) -> None:
    """Write the class at a glance: one HTML page, and its data as CSV and JSON."""
    from grader.tools.imports import import_nbformat

    import_nbformat()
    from grader.report import write_report

    course = Course.find(folder)
    written = write_report(course, course.resolve(lesson), **options)
    console.say(written.sentence)
    for path in (written.page, written.csv, written.json):
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)


@click.command()
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
    from grader.gradebook.grades import unprotected_lessons
    from grader.tools.text import plain

    for sentence in unprotected_lessons(folder):
        click.echo(plain(sentence))
    sys.exit(0 if holds else 1)


@click.command()
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
    from grader.demo import demo as sample_class
    from grader.grading.options import GradingOptions
    from grader.inside.isolation import Isolation
    from grader.inside.limits import Limits
    from grader.sandbox.doctor import require
    from grader.sandbox.view import SandboxError

    course = Course.find(folder)
    if archive is not None:
        from grader.demo.moodle import write_moodle_export

        lesson, worksheet = write_moodle_export(course, archive, students)
        console.say(
            f"{archive}: {students} submissions for {lesson}; {worksheet}: Moodle's worksheet."
        )
        return
    target = (target or course.build_folder / "demo").resolve()
    # One of the twelve never ends; nobody wants to wait for it as long as in a real class.
    options = GradingOptions(limits=Limits(cell_seconds=10))
    try:
        require(Isolation.DEFAULT)
    except SandboxError:
        options = replace(options, isolation="none")  # the submissions are this repository's own
        console.print("There is no sandbox on this machine, see `grader doctor`; graded without.")
    scores = sample_class.run(course, target, partial(run_grading, options=options))
    console.print(sample_class.as_table(scores))
    right = sum(item.right for item in scores)
    console.say(
        f"{right} of {len(scores)} submissions got the score they deserve. "
        f"Gradebook, graded notebooks and feedback pages are in {target}."
    )
    sys.exit(0 if right == len(scores) else 1)
