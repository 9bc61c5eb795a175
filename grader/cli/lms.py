"""The commands `grader collect` and `grader export`."""

from __future__ import annotations

import datetime
import sys
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.decorators import FC

from grader.cli.console import console, errors, table
from grader.course.course import Course
from grader.errors import GraderError

if TYPE_CHECKING:
    from rich.table import Table

    from grader.lms.collect import Collected


def _roster(text: str) -> Callable[[FC], FC]:
    path = click.Path(dir_okay=False, path_type=Path)
    return click.option("--roster", "roster_file", type=path, help=text)


@click.command()
@click.argument("lesson")
@click.argument("export", metavar="FILE_OR_FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "form",
    type=click.Choice(["auto", "moodle", "canvas", "brightspace", "folder"]),
    default="auto",
    show_default=True,
    help="Whose names the files have.",
)
@_roster("CSV file that tells who is who.")
@click.option("--id-column", default="", help="The roster's column with the student ids.")
@click.option("--timezone", default="", help="Of times in the export, such as Asia/Seoul.")
@click.option("--late-at", default="", help="Time to write down for what is only marked late.")
@click.option("--encoding", default="", help="Of names in the zip file, such as cp949.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be done.")
@click.pass_obj
def collect(
    folder: Path,
    lesson: str,
    export: Path,
    form: str,
    roster_file: Path | None,
    id_column: str,
    timezone: str,
    late_at: str,
    encoding: str,
    dry_run: bool,
) -> None:
    """Put submissions from a zip or folder into submitted/STUDENT/LESSON/.

    Takes what Moodle, Canvas and Brightspace give when all submissions of an assignment are
    downloaded, and folders with a notebook or a folder a student. Running it again with the same
    file changes nothing; a newer submission replaces the one before, which is kept in attempts/.

    Exit status: 0 all collected, 1 some files or students were left out, 2 nothing was collected.
    """
    from grader.tools.imports import import_nbformat

    import_nbformat()
    from grader.lms.collect import Options
    from grader.lms.collect import collect as run
    from grader.lms.roster import read_roster
    from grader.policies import read_policies

    course = Course.find(folder)
    policies = read_policies(course.root)
    zone = _zone(timezone) if timezone else policies.zone if policies else datetime.UTC
    options = Options(
        form=form,
        roster=read_roster(roster_file, id_column=id_column) if roster_file else None,
        zone=zone,
        late_at=_time(late_at, zone) if late_at else None,
        encoding=encoding,
        dry_run=dry_run,
    )
    done = run(course, lesson, export, options)
    console.print(as_table(done))
    for refused in done.refused:
        console.say(f"Left out: {refused.name}: {refused.why}")
    come_from = "a folder" if done.form == "folder" else done.form.capitalize()
    would = "would be " if dry_run else ""
    console.say(
        f"From {come_from}: {done.count('new', 'new attempt')} {would}collected, "
        f"{done.count('unchanged')} unchanged, {done.count('refused')} refused, "
        f"{len(done.refused)} files left out."
    )
    if done.form in ("moodle", "brightspace") and roster_file is None:
        console.say(
            "The student ids are made of names. With --roster they are those of the university."
        )
    sys.exit(1 if done.refused or done.count("refused") else 0)


def as_table(done: Collected) -> Table:
    """Show what became of each student's files, for a terminal."""
    rows = []
    for line in done.lines:
        when = f"{line.handed_in:%Y-%m-%d %H:%M}" if line.handed_in else ""
        late = " late" if line.late else ""
        cells = (line.student, line.file, when + late, line.state, "; ".join(line.notes))
        rows.append([cell.strip() for cell in cells])
    return table(("student", "file", "handed in (UTC)", "", "notes"), rows)


@click.command()
@click.argument("lessons", nargs=-1, required=True)
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "canvas", "moodle", "brightspace"]),
    default="csv",
    show_default=True,
    help="Whose form the file has.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.",
)
@_roster("The LMS's own export, whose rows are filled.")
@click.option("--id-column", default="", help="The roster's column with the student ids.")
@click.option(
    "--column",
    "titles",
    multiple=True,
    metavar="LESSON=TITLE",
    help="What the LMS calls a lesson's column.",
)
@click.option("--missing-as-zero", is_flag=True, help="Write 0 for who has handed nothing in.")
@click.pass_obj
def export(
    folder: Path,
    lessons: tuple[str, ...],
    form: str,
    out: Path,
    roster_file: Path | None,
    id_column: str,
    titles: tuple[str, ...],
    missing_as_zero: bool,
) -> None:
    """Write the grades of LESSONS to a CSV file, also in the form that an LMS takes."""
    from grader.tools.imports import import_nbformat

    import_nbformat()
    from grader.lms.export import export as run
    from grader.lms.roster import read_roster
    from grader.policies.gradebook import stale_penalties

    course = Course.find(folder)
    named = dict(title.partition("=")[::2] for title in titles)
    if not all(named.values()):
        raise GraderError("--column is written as LESSON=TITLE, such as 02='Softmax (1234)'.")
    roster = read_roster(roster_file, id_column=id_column) if roster_file else None
    done = run(
        course, lessons, form, out, roster=roster, titles=named, missing_as_zero=missing_as_zero
    )
    for lesson in lessons:
        done.notes += stale_penalties(course, course.resolve(lesson))
    for note in done.notes:
        console.say(f"- {note}")
    for warning in done.warnings:
        errors.say(f"Warning: {warning}")
    console.say(f"{out}: {done.rows} rows with grades.")


def _zone(name: str) -> datetime.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise GraderError(f"There is no time zone “{name}”. One is called Asia/Seoul.") from None


def _time(text: str, zone: datetime.tzinfo) -> datetime.datetime:
    from grader.lms.names import parse_time

    found = parse_time(text, zone)
    if found is None:
        raise GraderError(f"“{text}” is no time. One is written 2026-11-22 18:00.")
    return found
