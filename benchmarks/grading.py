"""`grader grade` against `nbgrader autograde` on the same submissions.

Run ``python benchmarks/grading.py [--quick]``. The commands alternate, so that what else the
machine does meets them all; the ratio is taken turn by turn and its median is given. Times are of
the whole command, start-up included; the lesson's hidden cases were drawn before. Processor time is
that of all processes of a command, and its ratio says more where the machine is busy. All scores
are compared.

The course's own `nbgrader autograde` uses the grader's engine; here it starts a Jupyter kernel for
each notebook, as nbgrader does, and asks the same hidden cases, so that scores can be compared.
`--stock` adds nbgrader's own Execute step, which knows no hidden cases, so its scores are others.
`--otter PYTHON` adds Otter-Grader, installed in an environment of its own: it grades the same class
without a container, and asks the same hidden cases as well; `otter_grader.py` says how.
For a large class nbgrader and Otter take long, so they may be given a part of it (`--part`); their
time for all is then the start-up, measured by itself, and the rest in proportion.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import otter_grader
from measuring import (
    GRADER,
    LESSON,
    SCRIPTS,
    Course,
    console,
    forget_grades,
    machine,
    make_class,
    run,
    scores,
    table,
)
from measuring import Run as Taken

from grader.notebooks import check_id

NBGRADER = "nbgrader autograde"
STOCK = "nbgrader autograde, its own Execute"
OTTER = "Otter-Grader"
KERNELS = """
from grader import nbgrader_plugin
from grader.execution import KernelExecutor

nbgrader_plugin._executor = lambda isolation, figures: KernelExecutor()
"""
EXECUTE = """
c.Autograde.autograde_preprocessors = [
    name.replace("grader.nbgrader_plugin.GradeExercises", "nbgrader.preprocessors.Execute")
    for name in c.Autograde.autograde_preprocessors
]
"""


@dataclass(frozen=True)
class Way:
    """A way to grade a class.

    Attributes
    ----------
    settings : str
        What is added to nbgrader's configuration.
    start : tuple of str
        A command that takes the start-up alone, run where there is no submission; empty if the way
        is fast enough to be given the whole class every time.
    """

    command: list[str]
    settings: str = ""
    start: tuple[str, ...] = ()


def ways(lesson: str, stock: bool, otter: str) -> dict[str, Way]:
    """Return what is compared, by name; `otter` is the interpreter that has it, if any."""
    autograde = [str(SCRIPTS / "nbgrader"), "autograde", lesson]
    start = (*autograde, "--help")
    grade = [GRADER, "grade", lesson, "--no-feedback"]
    found = {NBGRADER: Way(autograde, KERNELS, start)}
    if stock:
        found[STOCK] = Way(autograde, EXECUTE, start)
    if otter:
        command = otter_grader.command(otter)
        found[OTTER] = Way(command, start=tuple(command))
    found["grader grade"] = Way(grade)
    found["grader grade --figures"] = Way([*grade, "--figures"])
    found["grader grade --workers 1"] = Way([*grade, "--workers", "1"])
    found["grader grade --figures --workers 1"] = Way([*grade, "--figures", "--workers", "1"])
    return found


def part_of(course: Course, students: int, folder: Path) -> Course:
    """Return a course with the first few submissions only."""
    shutil.copytree(course.root, folder, ignore=shutil.ignore_patterns("submitted"))
    for source in sorted((course.root / "submitted").iterdir())[:students]:
        shutil.copytree(source, folder / "submitted" / source.name)
    return Course(folder)


def coded(
    found: dict[tuple[str, str], float | None],
) -> dict[tuple[str, str], float | None]:
    """Return the scores of exercises, without those of written answers."""
    return {key: score for key, score in found.items() if key[1].startswith(check_id(""))}


def in_proportion(start: Taken, part: Taken, times: float) -> Taken:
    """Return what all submissions take, from what a part of them and the start-up take."""
    wall = start.seconds + (part.seconds - start.seconds) * times
    cpu = start.cpu_seconds + (part.cpu_seconds - start.cpu_seconds) * times
    return Taken(wall, cpu)


def compare(name: str, submissions: int, part: int, turns: int, stock: bool, otter: str) -> None:
    """Grade a class every way in turn, and print the times."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        course, lesson = make_class(Path(folder) / "all", name, submissions)
        few = course if part >= submissions else part_of(course, part, Path(folder) / "part")
        none = part_of(course, 0, Path(folder) / "none")
        (none.root / "submitted").mkdir(exist_ok=True)
        compared = ways(lesson, stock, otter)
        if otter:
            for one in (few, none):
                otter_grader.prepare(one, lesson, otter)
        taken: dict[str, list[Taken]] = {}
        given = {}
        for _ in range(turns):
            for text, way in compared.items():
                where = few if way.start else course
                forget_grades(where)
                config = where.root / "nbgrader_config.py"
                plain = config.read_text(encoding="utf-8")
                config.write_text(plain + way.settings, encoding="utf-8")
                try:
                    took = run(way.command, where.root)
                    if way.start and part < submissions:
                        start = run(list(way.start), none.root)
                        took = in_proportion(start, took, submissions / part)
                finally:
                    config.write_text(plain, encoding="utf-8")
                taken.setdefault(text, []).append(took)
                given[text] = (otter_grader.scores if text == OTTER else scores)(where)
    expected = given[NBGRADER]
    for text, found in given.items():
        if text == OTTER:  # all but the written answers, which a person grades
            assert found == coded(expected), f"{text}: other scores"
        elif text != STOCK:
            assert {key: found[key] for key in expected} == expected, f"{text}: other scores"
    ours = [found for text, found in given.items() if not compared[text].start]
    assert all(found == ours[0] for found in ours), "figures or workers change scores"
    of = "" if part >= submissions else f", {part} of them where kernels run"
    shown = table(
        f"{lesson}, {submissions} submissions{of}; {turns} turns; {machine()}",
        "command", "seconds", "ratio", "lowest", "highest", "CPU s", "CPU ratio",
    )  # fmt: skip
    for text, times in taken.items():
        pairs = list(zip(taken[NBGRADER], times, strict=True))
        ratios = [first.seconds / one.seconds for first, one in pairs]
        shown.add_row(
            text,
            f"{statistics.median(one.seconds for one in times):.1f}",
            f"{statistics.median(ratios):.1f}",
            f"{min(ratios):.1f}",
            f"{max(ratios):.1f}",
            f"{statistics.median(one.cpu_seconds for one in times):.1f}",
            f"{statistics.median(a.cpu_seconds / b.cpu_seconds for a, b in pairs):.1f}",
        )
    console.print(shown)
    text = f"The same {len(expected)} scores; {len(ours[0])} the same in all our ways."
    console.print(text, highlight=False)
    if otter:
        left_out = len(expected) - len(given[OTTER])
        text = f"{OTTER}: without {left_out} scores of written answers, which are a person's work."
        console.print(text, highlight=False)


def main() -> None:
    """Print a table for a class, and one for a single submission."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="12 submissions, one turn")
    parser.add_argument("--lesson", default=LESSON)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--part", type=int, default=20, help="for nbgrader and Otter")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("--otter", default="", metavar="PYTHON", help="interpreter that has it")
    parser.add_argument("--alone-only", action="store_true", help="only a single submission")
    options = parser.parse_args()
    if options.quick:
        options.submissions, options.part, options.turns = 12, 4, 1
    others = options.turns, options.stock, options.otter
    if not options.alone_only:
        compare(options.lesson, options.submissions, options.part, *others)
    compare(options.lesson, 1, 1, *others)


if __name__ == "__main__":
    main()
