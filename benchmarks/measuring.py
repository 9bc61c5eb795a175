"""What the benchmarks of grading share: a class of any size, a run's time and memory, a table."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import psutil  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from grader.imports import import_nbformat  # noqa: E402

import_nbformat()

from grader.build import build_lesson  # noqa: E402
from grader.course import Course  # noqa: E402
from grader.notebooks import instructor_notebook, solved_notebook, to_text  # noqa: E402
from grader.plan import make_plan  # noqa: E402
from grader.samples import load_samples  # noqa: E402
from grader.stubs import stub_notebook  # noqa: E402

SCRIPTS = Path(sys.executable).parent
GRADER = str(SCRIPTS / "grader")
LESSON = "02"
_LOOK = 0.2  # seconds between looks at the memory

console = Console()


@dataclass(frozen=True)
class Run:
    """What a command took.

    Attributes
    ----------
    seconds, cpu_seconds : float
        Wall time, and processor time of all its processes that have ended.
    megabytes : float
        The most memory that all its processes had together; shared pages are counted once.
    """

    seconds: float
    cpu_seconds: float
    megabytes: float = 0.0


def make_class(folder: Path, name: str, submissions: int, seed: int = 7) -> tuple[Course, str]:
    """Lay out a course with a class's submissions for one lesson, built and ready to be graded.

    A submission is the solved notebook; each exercise is answered by the reference, by one of the
    sample class, or not at all, with something of its own in each.
    """
    folder.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__")
    for part in ("source", "solutions"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignore)
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    course = Course(folder)
    lesson = course.lesson(name)
    build_lesson(course, lesson.name)
    make_plan(course, lesson.name)
    shutil.copyfile(folder / "gradebook.db", folder / "released.db")
    write_submissions(course, name, submissions, seed)
    return course, lesson.name


def write_submissions(course: Course, name: str, submissions: int, seed: int = 7) -> None:
    """Write the submissions of a class; the same seed gives the same class."""
    from textwrap import dedent

    lesson = course.lesson(name)
    rng = np.random.default_rng(seed)
    solved = solved_notebook(lesson)
    stubs = {_id(cell): cell.source for cell in stub_notebook(instructor_notebook(lesson)).cells}
    exercises = {item.exercise.name for item in lesson.codings}
    codes = {exercise: [stubs[exercise]] for exercise in exercises}
    for sample in load_samples(course):
        if sample.lesson == lesson.name and sample.raw is None and sample.ends:
            for exercise, code in sample.answers.items():
                codes[exercise].append(dedent(code).strip("\n"))
    reference = {_id(cell): cell.source for cell in solved.cells}
    for number in range(submissions):
        for cell in solved.cells:
            exercise = _id(cell)
            if exercise in exercises:
                source = reference[exercise]
                if rng.random() < 0.3:
                    source = codes[exercise][int(rng.integers(len(codes[exercise])))]
                cell.source = f"{source}\n# {rng.random()}"
        folder = course.root / "submitted" / f"student-{number:05d}" / lesson.name
        folder.mkdir(parents=True)
        (folder / f"{lesson.notebook}.ipynb").write_text(to_text(solved), encoding="utf-8")


def _id(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def forget_grades(course: Course) -> None:
    """Bring a course back to the moment before it was graded."""
    for name in ("autograded", "feedback"):
        shutil.rmtree(course.root / name, ignore_errors=True)
    shutil.copyfile(course.root / "released.db", course.root / "gradebook.db")


def scores(course: Course) -> dict[tuple[str, str], float | None]:
    """Return all scores in the gradebook, by student and cell."""
    connection = sqlite3.connect(course.root / "gradebook.db")
    rows = connection.execute(
        "SELECT s.student_id, b.name, g.auto_score FROM grade g "
        "JOIN submitted_notebook n ON n.id = g.notebook_id "
        "JOIN submitted_assignment s ON s.id = n.assignment_id JOIN base_cell b ON b.id = g.cell_id"
    ).fetchall()
    connection.close()
    return {(student, cell): score for student, cell, score in rows}


def run(command: list[str], folder: Path, *, memory: bool = False) -> Run:
    """Run a command; return what it took.

    Parameters
    ----------
    memory : bool
        Measure the memory of its processes, five times a second; that takes time itself.
    """
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path}
    peak = [0.0]
    _adopt_orphans()
    others = _children()
    before = _children_seconds()
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        if memory:
            watch = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
            watch.start()
        try:
            output = process.communicate()[0]
        except BaseException:
            process.send_signal(signal.SIGTERM)
            raise
    seconds = time.perf_counter() - start
    _wait_for(others)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-3000:]}")
    return Run(seconds, _children_seconds() - before, peak[0])


def _adopt_orphans() -> None:
    """Have the processes that a command leaves behind become ours, so that their time counts."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _children() -> set[int]:
    return {process.pid for process in psutil.Process().children()}


def _wait_for(others: set[int]) -> None:
    """Wait until all that the command has left behind is gone."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        left = _children() - others
        if not left:
            return
        for number in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(number, os.WNOHANG)
        time.sleep(0.02)


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _watch(number: int, peak: list[float]) -> None:
    while True:
        try:
            top = psutil.Process(number)
            if top.status() == psutil.STATUS_ZOMBIE:
                return
            total = sum(map(memory_of, [top, *top.children(recursive=True)]))
        except psutil.Error:
            return
        peak[0] = max(peak[0], total)
        time.sleep(_LOOK)


def memory_of(process: psutil.Process) -> float:
    """Return a process's share of memory in megabytes: what n processes share counts 1/n."""
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def table(title: str, *columns: str) -> Table:
    """Return an empty table whose columns but the first are numbers."""
    made = Table(title=title, title_justify="left")
    made.add_column(columns[0])
    for column in columns[1:]:
        made.add_column(column, justify="right")
    return made


def machine() -> str:
    """Describe where this runs, and how busy it is."""
    import platform

    busy = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load {busy:.1f}"
