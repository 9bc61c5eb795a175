"""One worker, two workers, and a Dask cluster with two, on the same submissions.

Run ``python benchmarks/workers.py [--quick]``. The three alternate; the ratio to one worker is
taken turn by turn and its median is given. The Dask scheduler and its two workers, of one thread
each, run on this machine and are there before; what they take on top of two processes is the price
of the network.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measuring import (
    GRADER,
    LESSON,
    console,
    forget_grades,
    machine,
    make_class,
    run,
    scores,
    table,
)


@contextlib.contextmanager
def cluster(workers: int, folder: Path) -> Iterator[str]:
    """Run a Dask scheduler and workers, as one starts them by hand; yields the address."""
    file = folder / "scheduler.json"
    python = [sys.executable, "-m"]
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    commands = [[*scheduler, "--no-dashboard", "--scheduler-file", str(file)]]
    worker = ["distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard"]
    worker += ["--local-directory", str(folder), "--scheduler-file", str(file)]
    commands += [worker] * workers
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            while processes and not file.exists():
                time.sleep(0.1)
            processes.append(
                subprocess.Popen(
                    [*python, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            )
        from distributed import Client

        with Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(workers, timeout=120)
            address = str(client.scheduler.address)
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(30)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="12 submissions, one turn")
    parser.add_argument("--lesson", default=LESSON)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--figures", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    if options.quick:
        options.submissions, options.turns = 12, 1
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        course, lesson = make_class(folder / "course", options.lesson, options.submissions)
        grade = [GRADER, "grade", lesson, "--no-feedback"]
        grade += [] if options.figures else ["--no-figures"]
        with cluster(2, folder) as address:
            ways = {
                "1 worker": [*grade, "--workers", "1"],
                "2 workers": [*grade, "--workers", "2"],
                "Dask, 2 workers": [*grade, "--scheduler", address],
            }
            taken: dict[str, list[float]] = {text: [] for text in ways}
            given = []
            for _ in range(options.turns):
                for text, command in ways.items():
                    forget_grades(course)
                    taken[text].append(run(command, course.root).seconds)
                    given.append(scores(course))
    assert all(found == given[0] for found in given), "the scores differ"
    shown = table(
        f"{lesson}, {options.submissions} submissions, {options.turns} turns; {machine()}",
        "", "seconds", "ms a submission", "ratio",
    )  # fmt: skip
    first = taken["1 worker"]
    for text, times in taken.items():
        median = statistics.median(times)
        ratio = statistics.median(a / b for a, b in zip(first, times, strict=True))
        milliseconds = 1000 * median / options.submissions
        shown.add_row(text, f"{median:.1f}", f"{milliseconds:.0f}", f"{ratio:.2f}")
    console.print(shown)


if __name__ == "__main__":
    main()
