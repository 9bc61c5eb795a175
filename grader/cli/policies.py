"""The commands `grader policies`, `grader override` and `grader regrade`."""

from __future__ import annotations

import datetime
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.console import console, table
from grader.cli.grade import run_grading
from grader.cli.options import cell_seconds_option, isolation_option, workers_option
from grader.course.course import Course
from grader.errors import GraderError

if TYPE_CHECKING:
    from rich.table import Table

    from grader.policies.overrides import Override
    from grader.policies.reading import Policies
    from grader.policies.regrade import Change


@click.command()
@click.argument("lessons", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; say whether the file is right.")
@click.pass_obj
def policies(folder: Path, lessons: tuple[str, ...], check: bool) -> None:
    """Check policies.toml, and bring the gradebook into line with it, for LESSONS or for all.

    Due dates and extensions are written where nbgrader looks for them, late penalties of graded
    submissions are worked out anew. `grader grade` does this for its lesson by itself.
    """
    from grader.tools.imports import import_nbformat

    import_nbformat()
    from grader.nbgrader_api.read_config import read_settings
    from grader.policies.gradebook import apply
    from grader.policies.reading import read_policies

    course = Course.find(folder)
    found = read_policies(course.root)
    if found is None:
        raise GraderError(
            f"This course has no {course.policies.name}. docs/in-and-out.md says what can stand "
            "in it."
        )
    names = [course.resolve(name) for name in lessons] or course.lesson_names
    for line in describe(found, names):
        console.say(line)
    if check:
        return
    settings = read_settings(course)
    for lesson in names:
        done = apply(course, lesson, found, settings)
        changes = []
        if done.due:
            changes.append("due date written")
        if done.extended:
            changes.append(f"extensions for {', '.join(done.extended)}")
        changes += [
            f"late penalty of {student}: {old:g} → {new:g}"
            for student, (old, new) in done.penalties.items()
        ]
        if changes:
            console.say(f"{lesson}: {'; '.join(changes)}")


def describe(found: Policies, lessons: list[str]) -> list[str]:
    """Say in sentences what the policies are."""
    lines = []
    for lesson in lessons:
        due = found.due.get(lesson)
        parts = [f"due {_local(due, found.zone)}" if due else "no due date here"]
        rule = found.late_in(lesson)
        if rule is not None:
            costs = [f"{rule.percent:g} % of the points reached"] if rule.percent else []
            costs += [f"{rule.points:g} points"] if rule.points else []
            caps = [f"{rule.cap_percent:g} %"] if rule.cap_percent is not None else []
            caps += [f"{rule.cap_points:g} points"] if rule.cap_points is not None else []
            text = f"each {rule.per} late costs {' and '.join(costs) or 'nothing'}"
            text += f", at most {' and '.join(caps)}" if caps else ""
            minutes = rule.grace.total_seconds() / 60
            text += f", after {minutes:g} minutes of grace" if minutes else ""
            text += "" if rule.weekends else ", Saturdays and Sundays not counted"
            parts.append(text)
        parts.append(f"the {found.counts_in(lesson)} attempt counts")
        extended = []
        for student in sorted(found.extensions):
            given = found.extension(student, lesson)
            if given is not None:
                extended.append(f"{student} has {_span(given)} more")
        lines.append(f"{lesson}: {'; '.join([*parts, *extended])}")
    return lines


def _local(time: datetime.datetime, zone: datetime.tzinfo) -> str:
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def _span(span: datetime.timedelta) -> str:
    days, seconds = divmod(span.total_seconds(), 86_400)
    parts = [f"{days:g} days"] if days else []
    parts += [f"{seconds / 3600:.3g} hours"] if seconds or not days else []
    return " ".join(parts)


@click.command()
@click.argument("lesson")
@click.argument("student", required=False)
@click.argument("exercise", required=False)
@click.argument("score", type=float, required=False)
@click.option("--why", default="", help="The reason; the student reads it.")
@click.option("--remove", is_flag=True, help="Take the score back.")
@click.pass_obj
def override(
    folder: Path,
    lesson: str,
    student: str | None,
    exercise: str | None,
    score: float | None,
    why: str,
    remove: bool,
) -> None:
    """Give STUDENT a SCORE for an EXERCISE by hand; it is kept when the lesson is graded again.

    With LESSON alone the scores that were given so are shown.
    """
    from grader.tools.imports import import_nbformat

    import_nbformat()
    from grader.policies import overrides

    course = Course.find(folder)
    if student is None:
        console.print(overrides_table(list(overrides.read_overrides(course, lesson).values())))
        return
    if exercise is None or (score is None) != remove:
        raise click.UsageError(
            "Give LESSON STUDENT EXERCISE SCORE --why TEXT, or LESSON STUDENT EXERCISE --remove."
        )
    if score is None:
        taken = overrides.remove_override(course, lesson, student, exercise)
        counts = taken.automatic if taken.before is None else taken.before
        restored = "none yet" if counts is None else f"{counts:g} of {taken.points:g}"
        line = f"{student}, {exercise}: {restored}, as before the override"
    else:
        given = overrides.override(course, lesson, student, exercise, score, why)
        checks = "" if given.automatic is None else f"; the checks give {given.automatic:g}"
        line = f"{student}, {exercise}: {given.score:g} of {given.points:g} by hand{checks}"
    console.say(line)


def overrides_table(listed: list[Override]) -> Table:
    """Show scores given by hand, for a terminal."""
    rows = []
    for one in listed:
        checks = "–" if one.automatic is None else f"{one.automatic:g}"
        cells = (one.student, one.exercise, f"{one.score:g} / {one.points:g}", checks)
        rows.append((*cells, one.at, one.why))
    return table(("student", "exercise", "by hand", "checks", "since", "why"), rows)


@click.command()
@click.argument("lesson")
@click.option(
    "--exercise",
    "exercises",
    multiple=True,
    required=True,
    help="The exercise whose check was corrected; can be given several times.",
)
@workers_option
@cell_seconds_option
@isolation_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the differences are written; by default grading/regrade-LESSON-TIME.csv.",
)
@click.pass_obj
def regrade(
    folder: Path,
    lesson: str,
    exercises: tuple[str, ...],
    workers: int | None,
    cell_seconds: float,
    isolation: str,
    out: Path | None,
) -> None:
    """Grade an exercise again for everybody after its check was corrected; say who changed.

    The hidden cases stay the same, and the scores of all other exercises stay as they are.

    Exit status: 0 done, 2 nothing could be graded, 130 or 143 stopped; the same command goes on.
    """
    from grader.tools.imports import import_nbformat

    import_nbformat()
    from grader.grading.options import GradingOptions
    from grader.inside.isolation import Isolation
    from grader.inside.limits import Limits
    from grader.policies import regrade as regrading
    from grader.sandbox.doctor import require
    from grader.tools.csv import write_text

    require(Isolation(isolation))
    options = GradingOptions(workers=workers, isolation=isolation, limits=Limits(cell_seconds))
    course = Course.find(folder)
    lesson = course.resolve(lesson)
    statuses = []

    def grade(feedback: bool) -> bool:
        _, status = run_grading(course, lesson, replace(options, feedback=feedback))
        statuses.append(status)
        return bool(status)

    done = regrading.regrade(course, lesson, exercises, grade, console.say)
    if done.stopped:
        named = " --exercise ".join(exercises)
        console.say(f"To go on: grader regrade {lesson} --exercise {named}{options.as_flags()}")
        sys.exit(statuses[-1])
    if done.changes:
        console.print(changes_table(done.changes))
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    out = out or course.grading / f"regrade-{lesson}-{now}.csv"
    write_text(out, changes_csv(lesson, done.changes))
    students = {change.student for change in done.changes if not change.put_back}
    console.say(
        f"{len(students)} of {done.compared} students changed. All differences are in {out}."
    )


def changes_table(changes: list[Change]) -> Table:
    """Show who changed, for a terminal."""
    from grader.tools.text import first_sentence

    rows = []
    for one in changes:
        verdict = f"{one.verdict_before} → {one.verdict_after}"
        first = first_sentence(one.message)
        said = f"({one.note}) {first}" if one.note else first
        points = (_points(one.before), _points(one.after))
        rows.append((one.student, one.exercise, *points, verdict, said))
    return table(("student", "exercise", "from", "to", "verdict", "what is said now"), rows)


def changes_csv(lesson: str, changes: list[Change]) -> str:
    """Write who changed as CSV."""
    from grader.tools.csv import as_csv, number

    header = ["lesson", "student", "exercise", "from", "to", "counts"]
    header += ["verdict_before", "verdict_after", "message", "note"]
    rows = [header]
    for one in changes:
        points = ["" if p is None else number(p) for p in (one.before, one.after, one.counts)]
        verdicts = [one.verdict_before, one.verdict_after]
        rows.append([lesson, one.student, one.exercise, *points, *verdicts, one.message, one.note])
    return as_csv(rows, bom=True)


def _points(value: float | None) -> str:
    from grader.tools.csv import number

    return "–" if value is None else number(value)
