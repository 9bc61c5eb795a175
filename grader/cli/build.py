"""The commands `grader build` and `grader prove`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from grader.cli.console import console
from grader.course.course import Course


def _lessons(course: Course, names: tuple[str, ...]) -> list[str]:
    return [course.resolve(name) for name in names] or course.lesson_names


@click.command()
@click.argument("lessons", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail if notebooks/ is out of date.")
@click.option("--solved", is_flag=True, help="Also run the solved notebooks, into build/solved/.")
@click.option("--overwrite", is_flag=True, help="Replace edited notebooks; a backup is kept.")
@click.pass_obj
def build(
    folder: Path, lessons: tuple[str, ...], check: bool, solved: bool, overwrite: bool
) -> None:
    """Build LESSONS (all by default) from source/ and solutions/ into notebooks/."""
    from grader.build.build import build_lesson, check_lesson, solve_lesson

    course = Course.find(folder)
    failed = False
    for name in _lessons(course, lessons):
        if check:
            differences = check_lesson(course, name)
            for line in differences:
                console.say(line)
            if not differences:
                console.say(f"{name}: up to date")
            failed |= bool(differences)
            continue
        left = build_lesson(course, name, overwrite=overwrite)
        for path in left:
            console.say(
                f"{path.relative_to(course.root)} was edited and is left as it is. Move it away, "
                "or build with --overwrite (which keeps it as a backup)."
            )
        failed |= bool(left)
        console.say(f"{name}: built")
        if solved:
            path = solve_lesson(course, name)
            console.say(f"{name}: solved, {path.relative_to(course.root)}")
    if failed and check:
        console.say("Run `grader build` and commit notebooks/.")
    sys.exit(1 if failed else 0)


@click.command()
@click.argument("lessons", nargs=-1)
@click.option("--seeds", default=10, show_default=True, help="How many hidden draws to prove on.")
@click.pass_obj
def prove(folder: Path, lessons: tuple[str, ...], seeds: int) -> None:
    """Prove that references pass, stubs score 0 and each misconception gets its own sentence."""
    from grader.build.prove import prove_lesson

    course = Course.find(folder)
    problems = 0
    for name in _lessons(course, lessons):
        for proof in prove_lesson(course, name, tuple(range(1, seeds + 1))):
            state = "proved" if not proof.problems else f"{len(proof.problems)} problems"
            console.say(
                f"{name}  {proof.exercise}: {proof.misconceptions} misconceptions, "
                f"{proof.runs} runs, {state}"
            )
            for line in proof.problems:
                console.say(f"    {line}")
            problems += len(proof.problems)
    sys.exit(1 if problems else 0)
