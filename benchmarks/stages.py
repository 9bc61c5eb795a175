"""Time and memory of each stage that a submission goes through.

Run ``python benchmarks/stages.py [--quick]``. Everything happens in one process, one submission
after the other, with a warm nursery; so the sum is what one worker and the writer need for it.
Wall time is the median, processor time the mean; that of `run` includes the submission's own
process. Memory is what a stage has at its peak beyond what was there before, measured in a turn of
its own; of `run` it is the submission's process, at its largest, without what it shares with the
nursery.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from measuring import LESSON, Course, console, machine, make_class, table

from grader.course import Course as _Course
from grader.execution import ForkedExecutor
from grader.feedback.gradebook import read_grades
from grader.feedback.pages import page
from grader.gradebook.database import open_database
from grader.gradebook.ledger import prepare
from grader.gradebook.notebook import finish, to_bytes, write_verdicts
from grader.gradebook.released import read_released
from grader.gradebook.settings import read_settings
from grader.gradebook.writer import FilesRecorder, Writer
from grader.plan import make_plan
from grader.repair import repair
from grader.submissions import decode_notebook, find_submissions, read_files
from grader.verdicts import judge_all
from grader.work import Graded, Order, Result, Task

assert _Course is Course
STAGES = ("read", "parse", "repair", "run", "judge", "compose", "send", "files", "rows", "page")
WHAT = {
    "read": "the file's bytes, their digest",
    "parse": "JSON, checked against nbformat's schema",
    "repair": "locked cells, ids and points restored",
    "run": "fork, sandbox, cells, questions",
    "judge": "answers compared, verdicts explained",
    "compose": "the autograded notebook's bytes",
    "send": "task and result as bytes, there and back",
    "files": "the autograded folder",
    "rows": "the gradebook's rows, 64 a transaction",
    "page": "the feedback page",
}
BATCH = 64


class Meter:
    """Adds up what stages take.

    Parameters
    ----------
    memory : bool
        Measure memory, and not time.
    """

    def __init__(self, memory: bool, executor: ForkedExecutor) -> None:
        self.memory, self.executor = memory, executor
        self.wall: dict[str, list[float]] = {stage: [] for stage in STAGES}
        self.cpu: dict[str, list[float]] = {stage: [] for stage in STAGES}
        self.peak: dict[str, float] = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def stage(self, name: str, share: int = 1) -> Iterator[None]:
        """Measure what happens inside; `share` is how many submissions it is for."""
        if self.memory:
            watch = _Watch(self.executor) if name == "run" else None
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            yield
            peak = (tracemalloc.get_traced_memory()[1] - before) / 2**20
            if watch is not None:
                peak = watch.stop()
            self.peak[name] = max(self.peak[name], peak)
            return
        cpu, start = self._cpu(name), time.perf_counter()
        yield
        self.wall[name].append((time.perf_counter() - start) / share)
        self.cpu[name].append((self._cpu(name) - cpu) / share)

    def _cpu(self, name: str) -> float:
        own = time.process_time()
        return own + _seconds(self.executor) if name == "run" else own


def _nursery(executor: ForkedExecutor) -> list[psutil.Process]:
    """Return the processes of the nursery, bubblewrap's included."""
    if executor._nursery is None:
        return []
    top = psutil.Process(executor._nursery.process.pid)
    return [top, *top.children(recursive=True)]


def _seconds(executor: ForkedExecutor) -> float:
    """Return processor seconds of the nursery and of all submissions that it has seen end."""
    ticks = 0
    for process in _nursery(executor):
        try:
            stat = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        ticks += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


class _Watch(threading.Thread):
    """Looks how large a submission's process gets."""

    def __init__(self, executor: ForkedExecutor) -> None:
        super().__init__(daemon=True)
        self.known = {process.pid for process in _nursery(executor)}
        self.executor, self.peak, self.ended = executor, 0.0, False
        self.start()

    def run(self) -> None:
        while not self.ended:
            own = sum(_private(p) for p in _nursery(self.executor) if p.pid not in self.known)
            self.peak = max(self.peak, own)
            time.sleep(0.005)

    def stop(self) -> float:
        self.ended = True
        self.join()
        return self.peak


def _private(process: psutil.Process) -> float:
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    lines = [line.split() for line in text.splitlines()]
    return sum(int(line[1]) for line in lines if line[0].startswith("Private_")) / 1024


def grade_all(course: Course, lesson: str, meter: Meter, executor: ForkedExecutor) -> None:
    """Take every submission through all stages."""
    plan = make_plan(course, lesson)
    settings = read_settings(course)
    database = open_database(settings.db_url, course.root, print)
    prepare(database)
    released = database.transact(
        lambda read: read_released(read, lesson, plan.notebook), write=False
    )
    assert released is not None
    source = course.root / settings.source_folder / lesson
    recorder = FilesRecorder(course.root, lesson, plan.notebook, source, settings.ignore)
    submissions = find_submissions(course, lesson, plan.notebook)
    order = Order.from_bytes(Order(plan, released.cells).to_bytes())
    plan = order.plan
    questions = {item.name: item.questions for item in plan.exercises}
    executor.prepare(plan.record)
    waiting: list[tuple[Any, Any, Result]] = []

    def write(done: Callable[..., None] = lambda written: None) -> None:
        writer = Writer(
            database, _Written(), released, settings, lesson, done, root=course.root, batch=10**6
        )
        for one in waiting:
            writer.add(*one)
        with meter.stage("rows", len(waiting)):
            writer.flush()
        waiting.clear()

    for submission in submissions:
        with meter.stage("read"):
            handed_in = read_files(submission, plan.notebook)
        with meter.stage("send"):
            task = Task(
                f"{plan.notebook}.ipynb", handed_in.content, "", submission.notes, handed_in.digest
            )
            task = Task.from_bytes(task.to_bytes())
        with meter.stage("parse"):
            notebook = decode_notebook(task.content, task.name)
        with meter.stage("repair"):
            repaired, notes = repair(notebook, plan.record)
        with meter.stage("run"):
            execution = executor.execute(repaired, questions, plan.supplements)
        with meter.stage("judge"):
            verdicts = judge_all(plan, execution)
        with meter.stage("compose"):
            graded = Graded(execution.notebook, verdicts, notes, "", task.digest, plan.digest)
            write_verdicts(graded.notebook, verdicts, graded.summary())
            assert order.cells is not None
            marks = finish(graded.notebook, order.cells)
            content = to_bytes(graded.notebook)
        result = Result(
            content,
            "",
            marks.scores,
            marks.comments,
            notes,
            "",
            task.digest,
            plan.digest,
            executor.isolation,
        )
        with meter.stage("send"):
            result = Result.from_bytes(result.to_bytes())
        with meter.stage("files"):
            pending = recorder.record(submission, handed_in, result)
        waiting.append((submission, handed_in, pending))
        if len(waiting) == BATCH:
            write()
    if waiting:
        write()
    _pages(course, lesson, plan.notebook, [s.student for s in submissions], settings.db_url, meter)
    database.close()


class _Written:
    """Stands for the recorder where the files are written already."""

    def record(self, submission: Any, handed_in: Any, result: Any) -> Any:
        return result


def _pages(
    course: Course, lesson: str, notebook: str, students: list[str], url: str, meter: Meter
) -> None:
    import json

    grades = read_grades(url, lesson, notebook, students, root=course.root, waiting=print)
    for student in students:
        path = course.root / "autograded" / student / lesson / f"{notebook}.ipynb"
        target = course.root / "feedback" / student / lesson / f"{notebook}.html"
        with meter.stage("page"):
            text = page(json.loads(path.read_text(encoding="utf-8")), grades[student])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="8 submissions")
    parser.add_argument("--lesson", default=LESSON)
    parser.add_argument("--submissions", type=int, default=100)
    parser.add_argument("--figures", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--isolation", default="default")
    options = parser.parse_args()
    count = 8 if options.quick else options.submissions
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        ForkedExecutor(isolation=options.isolation, figures=options.figures) as executor,
    ):
        course, lesson = make_class(Path(folder) / "course", options.lesson, count)
        few, _ = make_class(Path(folder) / "few", options.lesson, min(8, count))
        grade_all(few, lesson, Meter(False, executor), executor)  # it warms up
        time_of = Meter(False, executor)
        grade_all(course, lesson, time_of, executor)
        memory = Meter(True, executor)
        tracemalloc.start()
        grade_all(few, lesson, memory, executor)
        tracemalloc.stop()
    figures = "with" if options.figures else "without"
    shown = table(
        f"{lesson}, {count} submissions, {figures} figures; {machine()}",
        "stage", "ms wall", "ms CPU", "MB",
    )  # fmt: skip
    total_wall = total_cpu = 0.0
    for stage in STAGES:
        # A stage that a submission meets twice counts twice.
        times = len(time_of.wall[stage]) / count if stage != "rows" else 1
        wall = 1000 * statistics.median(time_of.wall[stage]) * times
        cpu = 1000 * statistics.mean(time_of.cpu[stage]) * times
        total_wall, total_cpu = total_wall + wall, total_cpu + cpu
        shown.add_row(
            f"{stage}: {WHAT[stage]}", f"{wall:.1f}", f"{cpu:.1f}", f"{memory.peak[stage]:.1f}"
        )
    shown.add_section()
    shown.add_row("all", f"{total_wall:.1f}", f"{total_cpu:.1f}", "")
    console.print(shown)


if __name__ == "__main__":
    main()
