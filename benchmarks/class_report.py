"""How the class report and the search for similar submissions grow with the class.

    python benchmarks/class_report.py --students 300 3000 30000 --works 300 3000

Rows and submissions are made up, so that only the report is measured, not grading. In each class of
the second table every fiftieth student has another one's submission with other names in it, and the
table says how many of these were found.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from report_samples import HOSTILE, synthetic  # noqa: E402
from solutions_by_hand import LESSON_02, code  # noqa: E402

from grader.report.page import render  # noqa: E402
from grader.report.tables import class_json, students_csv  # noqa: E402
from grader.similarity import Piece, Work, compare  # noqa: E402

# What must hold: a page for 30,000 opens if it is not larger than this, and 300 submissions are
# compared while one waits.
MOST_MEGABYTES, MOST_SECONDS = 10.0, 10.0
CALLS = ("np.exp", "np.log", "x.sum", "x.max", "np.dot", "np.where", "abs", "x.copy", "x.argmax")


def made_up(number: int) -> Work:
    """Make a submission: an answer to each exercise of lesson 02, and four of one's own."""
    rng = random.Random(number)
    pieces = [Piece(n, code(v[rng.randrange(5)])) for n, v in LESSON_02.items()]
    for k in range(4):
        lines = "\n".join(_line(rng) for _ in range(rng.randint(5, 25)))
        pieces.append(Piece(f"exercise_{k}", f"def exercise_{k}(a, b):\n{lines}"))
    return Work(f"s{number:05}", tuple(pieces))


def _line(rng: random.Random) -> str:
    parts = [
        rng.choice(("a", "b", "c[0]", f"{rng.choice(CALLS)}(a, axis={rng.randint(-1, 2)})", "2"))
        for _ in range(rng.randint(2, 5))
    ]
    formula = "".join(part + rng.choice((" + ", " * ", " - ", " / ")) for part in parts)
    return f"{'    ' * rng.randint(1, 2)}{rng.choice(('x = ', 'y += ', 'return '))}{formula}1"


def renamed(work: Work, student: str) -> Work:
    """Copy a submission with other names."""
    pieces = [Piece(p.name, re.sub(r"\b([abxy])\b", r"my_\1", p.code)) for p in work.pieces]
    return Work(student, tuple(pieces))


def a_class(count: int) -> list[Work]:
    """Make a class in which every fiftieth has a copy."""
    works = [made_up(number) for number in range(count)]
    for number in range(0, count - 1, 50):
        works[number] = renamed(works[number + 1], works[number].student)
    return works


def main() -> int:
    """Print both tables; exit with 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, nargs="*", default=[300, 3000, 30_000])
    parser.add_argument("--works", type=int, nargs="*", default=[300, 3000])
    options = parser.parse_args()
    missed = False
    print(f"{'students':>9} {'page':>9} {'made in':>9} {'csv+json':>9} {'made in':>9}")
    for count in options.students:
        results = synthetic(count, names=HOSTILE)
        began = time.process_time()
        size = len(render(results).encode("utf-8")) / 1e6
        page = time.process_time() - began
        data = len((students_csv(results) + class_json(results, None)).encode("utf-8")) / 1e6
        rest = time.process_time() - began - page
        print(f"{count:>9} {size:>6.2f} MB {page:>7.2f} s {data:>6.2f} MB {rest:>7.2f} s")
        missed |= size > MOST_MEGABYTES
    print(f"{'works':>9} {'found':>9} {'listed':>9} {'CPU':>9} {'each':>9} {'memory':>9}")
    for count in options.works:
        works = a_class(count)
        began = time.process_time()
        pairs = compare(works).pairs
        seconds = time.process_time() - began
        made = {(f"s{n:05}", f"s{n + 1:05}") for n in range(0, count - 1, 50)}
        found = len({(p.first.student, p.second.student) for p in pairs} & made)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{count:>9} {found:>4}/{len(made):<4} {len(pairs):>9} {seconds:>7.2f} s "
            f"{1000 * seconds / count:>6.1f} ms {memory:>6} MB"
        )
        missed |= found < len(made) or (count <= 300 and seconds > MOST_SECONDS)
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
