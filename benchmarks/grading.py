"""`grader grade` against `nbgrader autograde` on the same submissions.

Run ``python benchmarks/grading.py [--quick]``. The commands alternate, so that what else the
machine does meets them all; the ratio is taken turn by turn and its median is given. Times are of
the whole command, start-up included; the lesson's hidden cases were drawn before. Processor time is
that of all processes of a command, and its ratio says more where the machine is busy. All scores
are compared.

The course's own `nbgrader autograde` uses the grader's engine; here it starts a Jupyter kernel for
each notebook, as nbgrader does, and asks the same hidden cases, so that scores can be compared.
`--stock` adds nbgrader's own Execute step, which knows no hidden cases, so its scores are others.
For a large class nbgrader takes long, so it may be given a part of it (`--part`); its time for all
is then the start-up, measured by itself, and the rest in proportion.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

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

NBGRADER = "nbgrader autograde"
STOCK = "nbgrader autograde, its own Execute"
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


def commands(lesson: str, stock: bool) -> dict[str, tuple[str, list[str]]]:
    """Return by name what is added to nbgrader's configuration, and the command."""
    autograde = [str(SCRIPTS / "nbgrader"), "autograde", lesson]
    grade = [GRADER, "grade", lesson, "--no-feedback"]
    found = {NBGRADER: (KERNELS, autograde)}
    if stock:
        found[STOCK] = (EXECUTE, autograde)
    found["grader grade"] = ("", grade)
    found["grader grade --figures"] = ("", [*grade, "--figures"])
    found["grader grade --workers 1"] = ("", [*grade, "--workers", "1"])
    found["grader grade --figures --workers 1"] = ("", [*grade, "--figures", "--workers", "1"])
    return found


def part_of(course: Course, students: int, folder: Path) -> Course:
    """Return a course with the first few submissions only."""
    shutil.copytree(course.root, folder, ignore=shutil.ignore_patterns("submitted"))
    for source in sorted((course.root / "submitted").iterdir())[:students]:
        shutil.copytree(source, folder / "submitted" / source.name)
    return Course(folder)


def in_proportion(start: Taken, part: Taken, times: float) -> Taken:
    """Return what all submissions take, from what a part of them and the start-up take."""
    wall = start.seconds + (part.seconds - start.seconds) * times
    cpu = start.cpu_seconds + (part.cpu_seconds - start.cpu_seconds) * times
    return Taken(wall, cpu)


def compare(name: str, submissions: int, part: int, turns: int, stock: bool) -> None:
    """Grade a class every way in turn, and print the times."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        course, lesson = make_class(Path(folder) / "all", name, submissions)
        few = course if part >= submissions else part_of(course, part, Path(folder) / "part")
        none = part_of(course, 0, Path(folder) / "none")
        (none.root / "submitted").mkdir(exist_ok=True)
        taken: dict[str, list[Taken]] = {}
        given = {}
        for _ in range(turns):
            for text, (settings, command) in commands(lesson, stock).items():
                is_nbgrader = "nbgrader" in text
                where = few if is_nbgrader else course
                forget_grades(where)
                config = where.root / "nbgrader_config.py"
                plain = config.read_text(encoding="utf-8")
                config.write_text(plain + settings, encoding="utf-8")
                try:
                    took = run(command, where.root)
                    if is_nbgrader and part < submissions:
                        start = run([*command, "--help"], none.root)
                        took = in_proportion(start, took, submissions / part)
                finally:
                    config.write_text(plain, encoding="utf-8")
                taken.setdefault(text, []).append(took)
                given[text] = scores(where)
    expected = given[NBGRADER]
    for text, found in given.items():
        if text != STOCK:
            assert {key: found[key] for key in expected} == expected, f"{text}: other scores"
    of = "" if part >= submissions else f", nbgrader with {part} of them"
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
    console.print(f"The same {len(expected)} scores.", highlight=False)


def main() -> None:
    """Print a table for a class, and one for a single submission."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="12 submissions, one turn")
    parser.add_argument("--lesson", default=LESSON)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--part", type=int, default=20, help="for nbgrader")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("--alone-only", action="store_true", help="only a single submission")
    options = parser.parse_args()
    if options.quick:
        options.submissions, options.part, options.turns = 12, 4, 1
    if not options.alone_only:
        compare(options.lesson, options.submissions, options.part, options.turns, options.stock)
    compare(options.lesson, 1, 1, options.turns, options.stock)


if __name__ == "__main__":
    main()
