"""`grader grade` against `nbgrader autograde` on the same submissions.

Run ``python benchmarks/grading.py [--quick]``. For each lesson and each size of a class the
commands alternate, so that what else the machine does meets them all; ratios are taken turn by
turn, and their median is given with the lowest and the highest. Times are of the whole command,
start-up included; the hidden cases were drawn before. Processor time is that of all processes of a
command, and its ratio says more where the machine is busy. The last column is the growth: what each
submission takes that a class has more than the smaller one before it, so without the start-up. All
scores are compared.

The course's own `nbgrader autograde` uses the grader's engine; here it starts a Jupyter kernel for
each notebook, as nbgrader does, and asks the same hidden cases, so that scores can be compared. It
takes long, so of a large class it is given a part; its time for all is then the start-up, measured
by itself, and the rest in proportion. Dask's two workers are there before; what they take on top of
two processes is the price of the network, and their processor time is not counted.

    python benchmarks/grading.py --lessons all --submissions 4 24 --part 4 --turns 1
    python benchmarks/grading.py --submissions 10 100 1000 10000 --ways grade --memory
    python benchmarks/grading.py --submissions 100 --ways one-worker grade dask
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from measuring import (
    ROOT,
    SCRIPTS,
    Course,
    Scores,
    Taken,
    console,
    forget_grades,
    machine,
    make_class,
    part_of,
    run,
    scores,
    table,
)

NBGRADER, DASK = "nbgrader", "dask"
FLAGS = {
    "grade": [],
    "figures": ["--figures"],
    "one-worker": ["--workers", "1"],
    "figures-one-worker": ["--figures", "--workers", "1"],
}
KERNELS = """
from grader.plugins import autograde as nbgrader_plugin
from grader.execution.jupyter import KernelExecutor

nbgrader_plugin._executor = lambda isolation, figures: KernelExecutor()
"""


@dataclass(frozen=True)
class Way:
    """A way to grade a class.

    Attributes
    ----------
    command : tuple of str
        It is followed by the lesson's name.
    slow : bool
        Whether it is given a part of a large class.
    """

    command: tuple[str, ...]
    slow: bool = False


@contextlib.contextmanager
def ways(names: list[str]) -> Iterator[dict[str, Way]]:
    """Give what is compared, by name; a Dask cluster lives as long."""
    found = {}
    with contextlib.ExitStack() as stack:
        for name in names:
            if name == NBGRADER:
                found[name] = Way((str(SCRIPTS / "nbgrader"), "autograde"), slow=True)
                continue
            flags = FLAGS.get(name, [])
            if name == DASK:
                from distributed import LocalCluster

                cluster = LocalCluster(2, threads_per_worker=1, dashboard_address=None)
                flags = ["--scheduler", stack.enter_context(cluster).scheduler_address]
            found[name] = Way((str(SCRIPTS / "grader"), "grade", "--no-feedback", *flags))
        yield found


@contextlib.contextmanager
def kernels(course: Course) -> Iterator[None]:
    """Have nbgrader start a kernel for each notebook of a course."""
    config = course.root / "nbgrader_config.py"
    plain = config.read_text("utf-8")
    config.write_text(plain + KERNELS, "utf-8")
    yield
    config.write_text(plain, "utf-8")


def compare(
    lesson: str, submissions: int, part: int, turns: int, compared: dict[str, Way], memory: bool
) -> dict[str, list[Taken]]:
    """Grade a class every way in turn; return what each took."""
    taken: dict[str, list[Taken]] = {name: [] for name in compared}
    given: dict[str, Scores] = {}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        course, lesson = make_class(Path(folder) / "all", lesson, submissions)
        few = course if part >= submissions else part_of(course, part, Path(folder) / "part")
        none = part_of(course, 0, Path(folder) / "none")
        for _ in range(turns):
            for name, way in compared.items():
                where = few if way.slow else course
                forget_grades(where)
                with kernels(where) if way.slow else contextlib.nullcontext():
                    took = run([*way.command, lesson], where.root, memory=memory)
                if way.slow:
                    start = run([*way.command, "--help"], none.root)
                    took = in_proportion(start, took, submissions / min(part, submissions))
                taken[name].append(took)
                given[name] = scores(where)
    everybody = max(given.values(), key=len)
    for name, found in given.items():
        if not found or any(everybody[key] != score for key, score in found.items()):
            raise RuntimeError(f"{lesson}: {name} gives other scores")
    return taken


def in_proportion(start: Taken, part: Taken, times: float) -> Taken:
    """Return what all submissions take, from what a part of them and the start-up take."""
    wall = start.seconds + (part.seconds - start.seconds) * times
    cpu = start.cpu_seconds + (part.cpu_seconds - start.cpu_seconds) * times
    return replace(part, seconds=wall, cpu_seconds=cpu)


def rows(
    taken: dict[str, list[Taken]], before: dict[str, list[Taken]], more: int
) -> Iterator[list[str]]:
    """Yield the cells of each way's row; `before` took a class smaller by `more`."""
    first = next(iter(taken.values()))
    for name, times in taken.items():
        pairs = list(zip(first, times, strict=True))
        ratios = [a.seconds / b.seconds for a, b in pairs]
        growth = ""
        if name in before:
            smaller = zip(before[name], times, strict=True)
            growth = (
                f"{1000 * statistics.median(b.seconds - a.seconds for a, b in smaller) / more:.0f}"
            )
        yield [
            name,
            f"{statistics.median(one.seconds for one in times):.1f}",
            f"{statistics.median(ratios):.1f}",
            f"{min(ratios):.1f}",
            f"{max(ratios):.1f}",
            f"{statistics.median(one.cpu_seconds for one in times):.1f}",
            f"{statistics.median(a.cpu_seconds / max(b.cpu_seconds, 0.01) for a, b in pairs):.1f}",
            f"{max(one.megabytes for one in times):.0f}" if times[0].megabytes else "",
            growth,
        ]


def main() -> None:
    """Print a table for each lesson and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1 and 8 submissions, one turn")
    parser.add_argument("--lessons", nargs="+", default=["02"], help="numbers, or all")
    parser.add_argument("--submissions", type=int, nargs="+", default=[1, 300])
    parser.add_argument("--part", type=int, default=20, help="at most so many for nbgrader")
    parser.add_argument("--turns", type=int, default=3)
    choices = [NBGRADER, *FLAGS, DASK]
    parser.add_argument("--ways", nargs="+", default=choices[:-1], choices=choices)
    parser.add_argument("--memory", action="store_true", help="measure memory, which takes time")
    options = parser.parse_args()
    if options.quick:
        options.submissions, options.part, options.turns = [1, 8], 3, 1
    if options.lessons == ["all"]:
        options.lessons = [name.partition("-")[0] for name in Course(ROOT).lesson_names]
    with ways(options.ways) as compared:
        for lesson in options.lessons:
            size, before = 0, {}
            for count in sorted(options.submissions):
                taken = compare(
                    lesson, count, options.part, options.turns, compared, options.memory
                )
                shown = table(
                    f"lesson {lesson}, {count} submissions, {options.turns} turns; {machine()}",
                    "way", "seconds", "ratio", "low", "high", "CPU s", "ratio", "MB", "ms each more"
                )  # fmt: skip
                for cells in rows(taken, before, count - size):
                    shown.add_row(*cells)
                console.print(shown)
                size, before = count, taken
    console.print("All scores were the same.")


if __name__ == "__main__":
    main()
