"""What the benchmarks share: a class of any size, what a command takes, a table."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from grader.build.build import build_lesson
from grader.build.hidden_cases import make_plan
from grader.build.notebooks import solved_notebook
from grader.course.course import Course
from grader.demo.samples import load_samples
from grader.notebook.cells import to_text

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = Path(sys.executable).parent
_LOOK = 0.2  # seconds between looks at the memory

console = Console()
Scores = dict[tuple[str, str], float | None]


@dataclass(frozen=True)
class Taken:
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


def make_class(folder: Path, name: str, submissions: int) -> tuple[Course, str]:
    """Lay out a course with a class's submissions for one lesson, built and ready to be graded.

    A submission is the solved notebook; each exercise is answered by the reference, by one of the
    sample class, or not at all, with something of its own in each. It is the same class every time.
    """
    folder.mkdir(parents=True)
    for part in ("source", "solutions"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, folder / part, ignore=ignore)
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    course = Course(folder)
    lesson = course.lesson(name)
    build_lesson(course, lesson.name)
    make_plan(course, lesson.name)
    shutil.copyfile(folder / "gradebook.db", folder / "released.db")

    solved = solved_notebook(lesson)
    file = f"{lesson.name}/{lesson.notebook}.ipynb"
    released = json.loads((folder / "notebooks" / file).read_text("utf-8"))["cells"]
    untouched = {_id(cell): "".join(cell["source"]) for cell in released}
    codes = {item.exercise.name: [untouched[item.exercise.name]] for item in lesson.codings}
    for sample in load_samples(course):
        if sample.lesson == lesson.name and sample.raw is None and sample.ends:
            for exercise, code in sample.answers.items():
                codes[exercise].append(dedent(code).strip("\n"))
    reference = {_id(cell): cell.source for cell in solved.cells}
    rng = np.random.default_rng(7)
    for number in range(submissions):
        for cell in solved.cells:
            if others := codes.get(_id(cell)):
                source = reference[_id(cell)]
                if rng.random() < 0.3:
                    source = others[int(rng.integers(len(others)))]
                cell.source = f"{source}\n# {rng.random()}"
        path = folder / "submitted" / f"student-{number:05d}" / file
        path.parent.mkdir(parents=True)
        path.write_text(to_text(solved), encoding="utf-8")
    return course, lesson.name


def _id(cell: dict) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def part_of(course: Course, students: int, folder: Path) -> Course:
    """Return a course with the first few submissions only."""
    shutil.copytree(course.root, folder, ignore=shutil.ignore_patterns("submitted"))
    (folder / "submitted").mkdir()
    for source in sorted((course.root / "submitted").iterdir())[:students]:
        shutil.copytree(source, folder / "submitted" / source.name)
    return Course(folder)


def forget_grades(course: Course) -> None:
    """Bring a course back to the moment before it was graded."""
    for name in ("autograded", "feedback"):
        shutil.rmtree(course.root / name, ignore_errors=True)
    shutil.copyfile(course.root / "released.db", course.root / "gradebook.db")


def scores(course: Course) -> Scores:
    """Return all scores in the gradebook, by student and cell."""
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as connection:
        rows = connection.execute(
            "SELECT s.student_id, b.name, g.auto_score FROM grade g "
            "JOIN submitted_notebook n ON n.id = g.notebook_id "
            "JOIN submitted_assignment s ON s.id = n.assignment_id "
            "JOIN base_cell b ON b.id = g.cell_id"
        )
        return {(student, cell): score for student, cell, score in rows}


def run(command: list[str], folder: Path, *, memory: bool = False) -> Taken:
    """Run a command; return what it took.

    Parameters
    ----------
    memory : bool
        Measure the memory of its processes, five times a second; that takes time itself.
    """
    env = {**os.environ, "PATH": os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", "")])}
    peak = [0.0]
    _adopt_orphans()
    others, before, start = _children(), _children_seconds(), time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        if memory:
            threading.Thread(target=_watch, args=(process.pid, peak), daemon=True).start()
        try:
            output = process.communicate()[0]
        except BaseException:
            process.send_signal(signal.SIGTERM)
            raise
    seconds = time.perf_counter() - start
    _wait_for(others)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-3000:]}")
    return Taken(seconds, _children_seconds() - before, peak[0])


def _adopt_orphans() -> None:
    """Have the processes that a command leaves behind become ours, so that their time counts."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _children() -> set[int]:
    return {process.pid for process in psutil.Process().children()}


def _wait_for(others: set[int]) -> None:
    """Wait until all that the command has left behind is gone."""
    limit = time.monotonic() + 20
    while (left := _children() - others) and time.monotonic() < limit:
        for number in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(number, os.WNOHANG)
        time.sleep(0.02)


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _watch(number: int, peak: list[float]) -> None:
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(number)
        while top.status() != psutil.STATUS_ZOMBIE:
            everybody = [top, *top.children(recursive=True)]
            peak[0] = max(peak[0], sum(map(_megabytes, everybody)))
            time.sleep(_LOOK)


def _megabytes(process: psutil.Process) -> float:
    """Return a process's share of memory: what n processes share counts 1/n."""
    try:
        return process.memory_full_info().pss / 2**20
    except psutil.Error:
        return 0.0


def table(title: str, *columns: str) -> Table:
    """Return an empty table of which all columns but the first are numbers."""
    made = Table(title=title, title_justify="left")
    made.add_column(columns[0], no_wrap=True)
    for column in columns[1:]:
        made.add_column(column, justify="right")
    return made


def machine() -> str:
    """Describe where this runs, and how busy it is."""
    busy = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load {busy:.1f}"
