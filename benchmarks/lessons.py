"""Every lesson: what one submission more takes, and the ratio to `nbgrader autograde`.

Run ``python benchmarks/lessons.py [--quick] [--lessons 03 09]``. Of each lesson a class is made, as
in `grading.py`. What a submission takes is the difference between two classes, a few submissions
and all, divided by how many more there are; so the start-up is left out. `grader grade` does this
with as many workers as it starts by itself, so its wall time may be less than its processor time.

The ratio is that of the same few submissions: nbgrader, which starts a kernel for each notebook and
asks the same hidden cases, grades them once, its start-up left out as well; `grader grade` grades
them and a class of their copies. All scores are compared. The larger classes are as large as
`--seconds` allows, roughly, so a lesson that trains for seconds is given fewer.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from dataclasses import dataclass
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
_START = 1.5  # seconds, about; only the sizes of classes depend on it


@dataclass(frozen=True)
class Measured:
    """What one submission more takes.

    Attributes
    ----------
    all, few : Run
        One more of a class, and one more of the few that nbgrader was given as well.
    """

    all: Run
    few: Run


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


def measure(name: str, most: int, few: int, seconds: float) -> tuple[dict[str, Measured], Run, int]:
    """Measure a lesson both ways, and nbgrader; return also how many submissions there were."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as text:
        folder = Path(text)
        whole, lesson = make_class(folder / "whole", name, most)
        small = part_of(whole, few, folder / "few")
        first = {way: grade(small, lesson, flag) for way, flag in WAYS.items()}
        expected = scores(small)
        each = max(first["without figures"].seconds - _START, 0.1) / few
        count = max(few + 4, min(most, few + round(seconds / each)))
        class_ = part_of(whole, count, folder / "class")
        copied = copies_of(small, count, folder / "copies")
        found = {}
        for way, flag in WAYS.items():
            one_of_all = one_more(grade(class_, lesson, flag), first[way], count - few)
            _same(scores(class_), expected, lesson)
            one_of_few = one_more(grade(copied, lesson, flag), first[way], count - few)
            _same(_originals(scores(copied)), expected, lesson)
            found[way] = Measured(one_of_all, one_of_few)
        none = part_of(whole, 0, folder / "none")
        theirs = by_nbgrader(small, lesson, none, few)
        _same(scores(small), expected, lesson)
    return found, theirs, count


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
    parser.add_argument("--quick", action="store_true", help="6 submissions a lesson at most")
    parser.add_argument("--lessons", nargs="*", default=[], help="by number; all unless given")
    parser.add_argument("--most", type=int, default=40, help="submissions of a class")
    parser.add_argument("--few", type=int, default=2, help="submissions for nbgrader")
    parser.add_argument("--seconds", type=float, default=8.0, help="about, for each class")
    options = parser.parse_args()
    if options.quick:
        options.most = options.few + 4
    lessons = options.lessons or [name.partition("-")[0] for name in Course(ROOT).lesson_names]
    columns = ["lesson", "submissions"]
    columns += [f"{what}{way}" for way in ("", ", figures") for what in ("ms CPU", "ms")]
    columns += ["nbgrader ms CPU", "nbgrader ms"]
    columns += [f"ratio{what}{way}" for way in ("", ", figures") for what in (" CPU", "")]
    began = time.monotonic()
    print(f"One submission more; {machine()}\n")
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", flush=True)
    for lesson in lessons:
        found, theirs, count = measure(lesson, options.most, options.few, options.seconds)
        times = [_both(one.all) for one in found.values()] + [_both(theirs)]
        cells = [lesson, str(count), *(f"{1000 * t:,.0f}" for pair in times for t in pair)]
        for one in found.values():
            pairs = zip(_both(theirs), _both(one.few), strict=True)
            cells += [f"{a / b:.0f}" if b > 0 else "?" for a, b in pairs]
        print(f"| {' | '.join(cells)} |", flush=True)
    took = (time.monotonic() - began) / 60
    print(f"\nAll scores were the same. Measured in {took:.1f} minutes; {machine()}")


def _both(taken: Run) -> tuple[float, float]:
    return taken.cpu_seconds, taken.seconds


if __name__ == "__main__":
    main()
