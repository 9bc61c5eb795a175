"""How time and memory grow with the class: `grader grade` over 10, 100, 1,000, 10,000 submissions.

Run ``python benchmarks/growth.py [--quick] [--most N]``. The time is of the whole command with
start-up. The last column is the growth itself: the time that each submission beyond those of the
line above took. Memory is the most that all processes of the command had together, looked at five
times a second.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measuring import GRADER, LESSON, console, machine, make_class, run, table

SIZES = (10, 100, 1_000, 10_000)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 and 40 submissions")
    parser.add_argument("--lesson", default=LESSON)
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--figures", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--feedback", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    sizes = (10, 40) if options.quick else [size for size in SIZES if size <= options.most]
    flags = [] if options.figures else ["--no-figures"]
    flags += [] if options.feedback else ["--no-feedback"]
    shown = table(
        f"grader grade {options.lesson} {' '.join(flags)}; {machine()}",
        "submissions", "seconds", "ms a submission", "CPU ms a submission", "MB",
        "ms for each one more",
    )  # fmt: skip
    previous = (0, 0.0)
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            course, lesson = make_class(Path(folder) / "course", options.lesson, size)
            taken = run([GRADER, "grade", lesson, *flags], course.root, memory=True)
        more = (taken.seconds - previous[1]) / (size - previous[0]) if previous[0] else None
        previous = (size, taken.seconds)
        shown.add_row(
            f"{size:,}",
            f"{taken.seconds:.1f}",
            f"{1000 * taken.seconds / size:.0f}",
            f"{1000 * taken.cpu_seconds / size:.0f}",
            f"{taken.megabytes:.0f}",
            "" if more is None else f"{1000 * more:.0f}",
        )
        console.print(f"{size:,}: {taken.seconds:.1f} s, {taken.megabytes:.0f} MB", highlight=False)
    console.print(shown)


if __name__ == "__main__":
    main()
