"""Every lesson: what one submission more takes, and the ratio to `nbgrader autograde`.

Run ``python benchmarks/lessons.py [--quick] [--lessons 03 09]``. Of each lesson a few submissions
are made, as in `grading.py`, and a class of their copies. What a submission takes is the difference
between the class and the few, divided by how many more there are; so the start-up is left out, and
the first drawing of each plot.
`grader grade` does this with as many workers as it starts by itself, so its wall time may be less
than its processor time. nbgrader, which starts a kernel for each notebook and asks the same hidden
cases, grades the few once, its start-up left out as well. All scores are compared.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from grading import KERNELS, part_of
from measuring import (
    GRADER,
    ROOT,
    SCRIPTS,
    Course,
    Run,
    forget_grades,
    machine,
    make_class,
    run,
    scores,
)

WAYS = {"without figures": "--no-figures", "with figures": "--figures"}


def copies_of(course: Course, count: int, folder: Path) -> Course:
    """Return a course in which each submission of another is handed in by several learners."""
    shutil.copytree(course.root, folder, ignore=shutil.ignore_patterns("submitted"))
    given = sorted((course.root / "submitted").iterdir())
    for number in range(count):
        source = given[number % len(given)]
        shutil.copytree(source, folder / "submitted" / f"{source.name}-{number:03d}")
    return Course(folder)


def grade(course: Course, lesson: str, flag: str) -> Run:
    """Grade a class from the beginning."""
    forget_grades(course)
    return run([GRADER, "grade", lesson, "--no-feedback", flag], course.root)


def one_more(many: Run, few: Run, more: int) -> Run:
    """Return what each submission takes that one class has more than the other."""
    wall, cpu = many.seconds - few.seconds, many.cpu_seconds - few.cpu_seconds
    return Run(wall / more, cpu / more)


def by_nbgrader(course: Course, lesson: str, none: Course, count: int) -> Run:
    """Return what nbgrader takes for one submission, without its start-up."""
    command = [str(SCRIPTS / "nbgrader"), "autograde", lesson]
    start = run([*command, "--help"], none.root)
    forget_grades(course)
    config = course.root / "nbgrader_config.py"
    plain = config.read_text(encoding="utf-8")
    config.write_text(plain + KERNELS, encoding="utf-8")
    try:
        return one_more(run(command, course.root), start, count)
    finally:
        config.write_text(plain, encoding="utf-8")


def measure(name: str, count: int, few: int) -> tuple[list[Run], Run]:
    """Measure a lesson both ways, and nbgrader."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as text:
        folder = Path(text)
        small, lesson = make_class(folder / "few", name, few)
        copied = copies_of(small, count, folder / "copies")
        grade(small, lesson, "--figures")  # a new course: files are read for the first time
        expected = scores(small)
        found = []
        for flag in WAYS.values():
            first = grade(small, lesson, flag)
            found.append(one_more(grade(copied, lesson, flag), first, count - few))
            _same(_originals(scores(copied)), expected, lesson)
        none = part_of(small, 0, folder / "none")
        theirs = by_nbgrader(small, lesson, none, few)
        _same(scores(small), expected, lesson)
    return found, theirs


def _originals(
    found: dict[tuple[str, str], float | None],
) -> dict[tuple[str, str], float | None]:
    """Return the scores of a class of copies as those of what they are copies of."""
    originals: dict[tuple[str, str], float | None] = {}
    for (student, cell), score in found.items():
        key = student.rpartition("-")[0], cell
        if originals.setdefault(key, score) != score:
            raise RuntimeError(f"{student}, {cell}: a copy has another score")
    return originals


def _same(
    found: dict[tuple[str, str], float | None],
    expected: dict[tuple[str, str], float | None],
    lesson: str,
) -> None:
    if not expected or {key: found.get(key) for key in expected} != expected:
        raise RuntimeError(f"{lesson}: other scores")


def main() -> None:
    """Print a table in Markdown, which is wider than a terminal, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="6 submissions and 2")
    parser.add_argument("--lessons", nargs="*", default=[], help="by number; all unless given")
    parser.add_argument("--copies", type=int, default=24, help="submissions of a class")
    parser.add_argument("--few", type=int, default=4, help="submissions they are copies of")
    options = parser.parse_args()
    if options.quick:
        options.few, options.copies = 2, 6
    lessons = options.lessons or [name.partition("-")[0] for name in Course(ROOT).lesson_names]
    columns = ["lesson", "nbgrader, ms", "CPU ms"]
    for way in WAYS:
        columns += [f"grader {way}, ms", "CPU ms", "ratio", "CPU ratio"]
    began = time.monotonic()
    print(f"One submission more; {machine()}\n")
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", flush=True)
    for lesson in lessons:
        found, theirs = measure(lesson, options.copies, options.few)
        cells = [lesson, *(f"{1000 * t:,.0f}" for t in _both(theirs))]
        for ours in found:
            cells += [f"{1000 * t:,.0f}" for t in _both(ours)]
            pairs = zip(_both(theirs), _both(ours), strict=True)
            cells += [f"{a / b:.0f}" if b > 0 else "?" for a, b in pairs]
        print(f"| {' | '.join(cells)} |", flush=True)
    took = (time.monotonic() - began) / 60
    print(f"\nAll scores were the same. Measured in {took:.1f} minutes; {machine()}")


def _both(taken: Run) -> tuple[float, float]:
    return taken.seconds, taken.cpu_seconds


if __name__ == "__main__":
    main()
