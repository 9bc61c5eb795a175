"""How long `check()` takes for every exercise of the built lessons, on the reference solution.

Run from the repository's root: ``python benchmarks/check_latency.py [LESSON …]``. Prints the median
and the largest of 20 runs in milliseconds; what counts for a learner is the time between pressing
the key and reading the box, and 100 ms of it may be ours.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import sys
import time
from pathlib import Path

from grader.course.course import Course
from twoapples import check
from twoapples.checking.traces import FILE_NAME

ROOT = Path(__file__).resolve().parents[1]
RUNS = 20


def times(name: str, folder: Path) -> list[float]:
    """Return the milliseconds of each run of ``check(name)``."""
    measured = []
    for _ in range(RUNS):
        with contextlib.redirect_stdout(io.StringIO()):
            start = time.perf_counter()
            check(name, folder=folder)
            measured.append(1000 * (time.perf_counter() - start))
    return measured


def main() -> None:
    """Print a line for each exercise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="numbers or names; all built lessons if none")
    wanted = parser.parse_args().lessons
    os.chdir(ROOT)
    namespace = vars(sys.modules["__main__"])  # where check looks outside of a notebook
    print(f"{'exercise':<36} {'median':>9} {'largest':>9}")
    for path in sorted(ROOT.glob(f"notebooks/*/{FILE_NAME}")):
        if wanted and not any(path.parent.name.startswith(name) for name in wanted):
            continue
        references = Course(ROOT).lesson(path.parent.name).references()
        own = dict(namespace)
        namespace.update(references)
        for name in references:
            measured = times(name, path.parent)
            median = statistics.median(measured)
            print(f"{name:<36} {median:>6.1f} ms {max(measured):>6.1f} ms")
        namespace.clear()
        namespace.update(own)


if __name__ == "__main__":
    main()
