"""Where the time of a submission goes, with figures, without, and without the sandbox.

Run ``python benchmarks/stages.py [--quick]``. A class is graded in one process, a submission after
the other, with a warm nursery, each way in turn; so the sum is what one worker and the writer need.
A stage is a function of the grader: its calls are timed, and what they call of other stages is
taken off. Milliseconds are of processor time, for each submission, the median of the turns; that of
`run` includes the submission's own processes. What the sandbox costs is the difference of the last
two columns. The report is written once for the class, with similar submissions searched.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from measuring import Course, console, forget_grades, machine, make_class, table

from grader import report
from grader.execution.forked import ForkedExecutor
from grader.grading.options import GradingOptions
from grader.grading.run import grade_lesson
from grader.grading.schedulers.local import InThisProcess

RUN = "ForkedExecutor.execute"
STAGES = {
    "read_files": "read: the file's bytes, their digest",
    "decode_notebook": "parse: JSON, nbformat's schema",
    "repair": "repair: locked cells, ids, points",
    RUN: "run: fork, sandbox, cells, questions",
    "judge_all": "judge: answers compared, explained",
    "perform": "compose, send: the autograded notebook",
    "FilesRecorder.record": "files: the autograded folder",
    "Writer.flush": "rows: the gradebook, 64 a transaction",
    "page": "page: the feedback page",
    "write_report": "report: the class, similar submissions",
}
WAYS = {"figures": ("default", True), "no figures": ("default", False), "bare": ("none", False)}


class Watch:
    """Adds up the processor seconds of each stage."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._within: list[float] = [0.0]

    def put_around(self, name: str) -> None:
        """Time a function or method of the grader, wherever it stands or was imported to."""
        outer, _, method = name.partition(".")
        modules = [m for n, m in sys.modules.items() if n.partition(".")[0] == "grader"]
        found = {id(one): one for m in modules if (one := getattr(m, outer, None))}
        found = {n: one for n, one in found.items() if getattr(one, "__qualname__", "") == outer}
        if len(found) != 1:
            raise SystemExit(f"stages.py: the grader has {len(found)} things called {outer}.")
        (thing,) = found.values()
        if method:
            setattr(thing, method, self._timed(name, getattr(thing, method)))
        else:
            timed = self._timed(name, thing)
            for module in modules:
                if getattr(module, outer, None) is thing:
                    setattr(module, outer, timed)

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begin = time.process_time()
            others = _others() if name == RUN else 0.0
            self._within.append(0.0)
            start = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.process_time() - start - self._within.pop()
                others = _others() - others if name == RUN else 0.0
                self.seconds[name] += took + others
                self._within[-1] += time.process_time() - begin

        return timed


def _others() -> float:
    """Return processor seconds of the nursery, and of all submissions that it has seen end."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


class Here(InThisProcess):
    """Grades in this process, and leaves the executor warm."""

    def close(self) -> None:
        """Do nothing."""


def grade(course: Course, lesson: str, executor: ForkedExecutor) -> None:
    """Grade a class, and write its pages and its report."""
    forget_grades(course)
    make = functools.partial(Here, executor=executor)
    outcomes = grade_lesson(course, lesson, GradingOptions(workers=1, make_scheduler=make))
    assert all(outcome.state == "graded" for outcome in outcomes), outcomes
    report.write_report(course, lesson)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="8 submissions, one turn")
    parser.add_argument("--lesson", default="02")
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    count, turns = (8, 1) if options.quick else (options.submissions, options.turns)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    watch = Watch()
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        contextlib.ExitStack() as stack,
    ):
        course, lesson = make_class(Path(folder) / "course", options.lesson, count)
        executors = {
            way: stack.enter_context(ForkedExecutor(isolation=isolation, figures=figures))
            for way, (isolation, figures) in WAYS.items()
        }
        for turn in range(-1, turns):  # the first one warms up, and imports what is timed
            for way, executor in executors.items():
                watch.seconds = dict.fromkeys(STAGES, 0.0)
                grade(course, lesson, executor)
                if turn >= 0:
                    taken[way].append(watch.seconds)
            if turn < 0:
                for name in STAGES:
                    watch.put_around(name)
    shown = table(f"{lesson}, {count} submissions, {turns} turns; {machine()}", "ms", *WAYS)
    each = {
        way: [1000 / count * statistics.median(one[name] for one in all_) for name in STAGES]
        for way, all_ in taken.items()
    }
    for number, what in enumerate(STAGES.values()):
        shown.add_row(what, *(f"{times[number]:.1f}" for times in each.values()))
    shown.add_section()
    shown.add_row("all", *(f"{sum(times):.1f}" for times in each.values()))
    console.print(shown)


if __name__ == "__main__":
    main()
