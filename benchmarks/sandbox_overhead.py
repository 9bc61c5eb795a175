"""What the sandbox costs a submission: a bare fork against an enclosed one, in pairs.

Run ``python benchmarks/sandbox_overhead.py [--pairs N]``. The nursery has imported what lessons
import. Bare and enclosed forks alternate, so that what else the machine does meets both; the
difference is taken pair by pair, and its median is given. A child does nothing (`empty`), or the
work of a submission of about 90 ms (`work`). Milliseconds are of wall time, from before the fork
until the last process of the child is gone, and of CPU time, of the nursery and the child's
processes. The last column is the difference in percent of the bare child's time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.sandbox.isolation import Isolation
from grader.sandbox.rehearsal import Rehearsal, Result

PRELOAD = "numpy matplotlib.pyplot twoapples"
BUDGET = 15.0  # percent of a submission's time
CHILDREN = {
    "empty": "pass",
    # CPU time, not wall time: a busy machine stretches it as it does a submission.
    "work": "import time\nwhile time.process_time() < 0.09: sum(range(1000))",
}


Pairs = list[tuple[Result, Result]]


def pairs(rehearsal: Rehearsal, source: str, count: int) -> Pairs:
    """Return pairs of a bare and an enclosed child; which comes first alternates."""
    measured: Pairs = []
    for index in range(count):
        order = (False, True) if index % 2 else (True, False)
        results = {enclosed: rehearsal.run(source, enclosed=enclosed) for enclosed in order}
        assert all(result.status == 0 for result in results.values()), results
        measured.append((results[False], results[True]))
    return measured


def row(name: str, kind: str, times: list[tuple[float, float]]) -> tuple[str, float]:
    """Return a line of the table and the percentage in it."""
    bare, enclosed = (1000 * statistics.median(column) for column in zip(*times, strict=True))
    difference = 1000 * statistics.median(b - a for a, b in times)
    percent = 100 * difference / bare
    line = f"{name:<8} {kind:<6} {bare:>8.1f} {enclosed:>10.1f} {difference:>12.1f} {percent:>8.0f}"
    return line, percent


def start(isolation: Isolation) -> float:
    """Return the milliseconds from starting a nursery that imports nothing until it is ready."""
    begin = time.perf_counter()
    with Rehearsal(isolation) as rehearsal:
        assert rehearsal.started, rehearsal.complaints()
        return 1000 * (time.perf_counter() - begin)


def main() -> int:
    """Print the table; exit with 1 if the enclosure costs a submission more than the budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=40)
    count = parser.parse_args().pairs
    over = False
    print(
        f"{'child':<8} {'time':<6} {'bare':>8} {'enclosed':>10} {'difference':>12} {'percent':>8}"
    )
    with Rehearsal(preload=PRELOAD) as rehearsal:
        assert rehearsal.started, rehearsal.complaints()
        for name, source in CHILDREN.items():
            pairs(rehearsal, source, 3)
            measured = pairs(rehearsal, source, count)
            line, percent = row(name, "wall", [(a.seconds, b.seconds) for a, b in measured])
            print(line)
            print(row(name, "CPU", [(a.cpu_seconds, b.cpu_seconds) for a, b in measured])[0])
            over |= name == "work" and percent > BUDGET
    starts = [(start(Isolation.NONE), start(Isolation.DEFAULT)) for _ in range(max(5, count // 4))]
    bare_start, sandboxed = (statistics.median(column) for column in zip(*starts, strict=True))
    print(
        f"starting a nursery: {bare_start:.0f} ms bare, {sandboxed:.0f} ms in bubblewrap "
        "(once for a worker; for each submission in strict isolation)"
    )
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
