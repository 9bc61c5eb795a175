"""How long running one submission takes: in a kernel, forked, and the cells alone.

Run from the repository's root: ``python benchmarks/executor.py [LESSON …]``. Each lesson's
solved notebook is run by all of them in turn, again and again, so that they meet the same noise.
The floor is what nobody can go below: the cells' code, executed in one process that has imported
everything, one after the other. Milliseconds a submission: wall time (median), and processor time
of all processes (mean; without start-up). The ratio compares wall times of the same turn (median).
"""

from __future__ import annotations

import argparse
import copy
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from grader.imports import import_nbformat  # noqa: E402

import_nbformat()

from grader.course import Course  # noqa: E402
from grader.execution import ForkedExecutor, KernelExecutor  # noqa: E402
from grader.notebooks import solved_notebook  # noqa: E402
from grader.plan import make_plan  # noqa: E402
from grader.repair import repair  # noqa: E402

TICK = 1000 / os.sysconf("SC_CLK_TCK")


class Floor:
    """Executes the cells' code in a process of its own, one warm process for all runs."""

    PROGRAM = """
import os, sys, json, time, contextlib, io, warnings
sys.path.insert(0, os.getcwd())
warnings.simplefilter("ignore")
from IPython.core.interactiveshell import InteractiveShell
from IPython.core import displaypub
shell = InteractiveShell(); shell.history_manager.enabled = False
displaypub.DisplayPublisher.publish = lambda *a, **k: None
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt
from twoapples.answers import answer
for line in sys.stdin:
    steps, questions = json.loads(line)
    names = {"__name__": "__main__", "display": lambda *a, **k: None}
    start, cpu = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        for kind, what in steps:
            try:
                if kind == "cell":
                    exec(compile(what, "<cell>", "exec"), names)
                else:
                    answer(what, questions[what], names)
            except Exception:
                pass
        plt.close("all")
    print(json.dumps([time.perf_counter() - start, time.process_time() - cpu]), flush=True)
"""

    def __init__(self, figures: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TWOAPPLES_WIDGETS": "off"}
        if not figures:
            env["TWOAPPLES_FIGURES"] = "off"
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.folder.name,
            env=env,
            text=True,
        )

    def run(self, steps: list[Any], questions: dict[str, Any], files: dict[str, bytes]) -> Any:
        """Return wall and processor seconds of the cells."""
        import json

        for name, content in files.items():
            path = Path(self.folder.name) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([steps, questions]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def tree_seconds(process: int | None) -> float:
    """Return processor seconds of this process, of a process, and of all that they waited for."""
    total = sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    waiting = [process] if process else []
    while waiting:
        number = waiting.pop()
        try:
            stat = Path(f"/proc/{number}/stat").read_text()
            children = Path(f"/proc/{number}/task/{number}/children").read_text()
        except OSError:
            continue
        total += sum(map(int, stat.rpartition(")")[2].split()[11:15])) * TICK / 1000
        waiting += map(int, children.split())
    return total


def timed(run: Callable[[], Any], process: Callable[[], int | None]) -> tuple[float, float]:
    """Return wall and processor seconds of a call."""
    cpu, start = tree_seconds(process()), time.perf_counter()
    run()
    return time.perf_counter() - start, tree_seconds(process()) - cpu


def main() -> None:
    """Print a table for each lesson."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", default=["02"], help="numbers or names")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--isolation", default="none")
    parser.add_argument("--no-kernel", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("source", "solutions"):
            (Path(folder) / name).symlink_to(ROOT / name)
        for lesson in options.lessons:
            table(Course(Path(folder)), lesson, options)


def table(course: Course, name: str, options: Any) -> None:
    """Run one lesson's solved notebook every way in turn, and print the times."""
    plan = make_plan(course, course.lesson(name).name)
    notebook, _ = repair(solved_notebook(course.lesson(name)), plan.record)
    questions = {item.name: item.questions for item in plan.exercises}
    executors: dict[str, Any] = {} if options.no_kernel else {"a kernel": KernelExecutor()}
    for figures in (True, False):
        text = "forked" if figures else "forked, figures not rendered"
        executors[text] = ForkedExecutor(isolation=options.isolation, figures=figures)
    floors = {"floor": Floor(True), "floor, figures not rendered": Floor(False)}
    times: dict[str, list[tuple[float, float]]] = {n: [] for n in (*executors, *floors)}
    results = {}
    for executor in executors.values():
        if isinstance(executor, ForkedExecutor):
            executor.prepare(plan.record)
    for turn in range(-1, options.runs):  # the first one warms up
        for text, executor in executors.items():
            copied = copy.deepcopy(notebook)

            def run(executor: Any = executor, copied: Any = copied, text: str = text) -> None:
                results[text] = executor.execute(copied, questions, plan.supplements)

            nursery = getattr(executor, "_nursery", None)
            number = nursery.process.pid if nursery else None
            taken = timed(run, lambda number=number: number)
            if turn >= 0:
                times[text].append(taken)
        for text, floor in floors.items():
            steps = _steps(executors["forked"], notebook, questions)
            taken = floor.run(steps, questions, plan.supplements)
            if turn >= 0:
                times[text].append((taken[0], taken[1]))
    for executor in (*executors.values(), *floors.values()):
        executor.close()
    answers = [execution.answers for execution in results.values()]
    assert all(given == answers[0] for given in answers), "the answers differ"
    assert not any(execution.incidents for execution in results.values())
    print(f"\n{plan.lesson}: {len(notebook.cells)} cells, isolation {options.isolation}")
    print(f"{'':<32} {'wall':>8} {'CPU':>8} {'ratio':>8}")
    first = next(iter(times.values()))
    for text, taken in times.items():
        wall = statistics.median(t[0] for t in taken) * 1000
        cpu = statistics.mean(t[1] for t in taken) * 1000
        ratio = statistics.median(a[0] / b[0] for a, b in zip(first, taken, strict=True))
        print(f"{text:<32} {wall:>8.0f} {cpu:>8.0f} {ratio:>8.1f}")


def _steps(executor: ForkedExecutor, notebook: Any, questions: Any) -> list[list[str]]:
    from grader.execution.executor import is_run, places

    asked = places(notebook, questions)
    steps = []
    for index, cell in enumerate(notebook.cells):
        if is_run(cell):
            steps.append(["cell", cell.source])
        steps += [["ask", name] for name in asked.get(index, [])]
    return steps


if __name__ == "__main__":
    main()
