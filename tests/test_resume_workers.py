"""The command with two workers is killed, or one of them: nothing stays behind, nothing is lost."""

import contextlib
import copy
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import killed_command
import mini_course
import psutil
import pytest
from class_of_twelve import STUDENTS, copied, files, grade, rows, states
from instant import InstantExecutor
from mini_course import LESSON, answer, hand_in

from grader.execution import can_fork
from grader.execution.forked import ForkedExecutor
from grader.execution.run import SubmissionRun
from grader.grading.schedulers.local import Processes
from grader.tools.processes import process_context

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_fork(), reason="Linux tells whose processes are left"),
]

# At each moment so many submissions are in the gradebook.
MOMENTS = {
    ("a worker is started", 2): 0,
    ("a task is given", 4): 0,
    ("a result is here", 1): 0,
    ("a file is written and has no name", 2): 0,
    ("rows are written and not committed", 1): 0,
    ("rows are committed", 1): 3,
    ("a result is here", 8): 6,
    ("rows are written and not committed", 3): 6,
    ("rows are committed", 3): 9,
    ("workers are to end", 1): 12,
}


@pytest.fixture
def course(class_to_grade, tmp_path):
    return copied(class_to_grade, tmp_path / "course")


def with_two(make_executor):
    return lambda order: Processes(order.to_bytes(), make_executor, workers=2)


def start_command(course, *arguments):
    program = (
        "import sys\nfrom grader.tools.imports import import_nbformat\nimport_nbformat()\n"
        "import killed_command\ncourse, name, number, isolation = sys.argv[1:]\n"
        "killed_command.run(course, name, int(number), isolation)\n"
    )
    paths = [str(Path(__file__).parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    # Into a file, because a pipe would stay open for as long as a survivor has it.
    with open(course.root / "problems.txt", "w", encoding="utf-8") as file:
        return subprocess.Popen(
            [sys.executable, "-c", program, str(course.root), *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdout=subprocess.PIPE, stderr=file, text=True, start_new_session=True,
        )  # fmt: skip


def problems(course):
    return (course.root / "problems.txt").read_text(encoding="utf-8")


class Orphans:
    """Whoever loses its parent becomes a child of this process while the block lasts."""

    def __enter__(self):
        self._before = set(psutil.Process().children(recursive=True))
        self._adopt(True)
        return self

    def __exit__(self, *_):
        for process in self.left(0):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.left(10)
        self._adopt(False)

    def left(self, seconds):
        """Wait until all have ended, but not for ever; return those that have not."""
        limit = time.monotonic() + seconds
        while True:
            found = set(psutil.Process().children(recursive=True)) - self._before
            for process in found:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(process.pid, os.WNOHANG)
            if not found or time.monotonic() >= limit:
                return found
            time.sleep(0.02)

    def _adopt(self, adopt):
        PR_SET_CHILD_SUBREAPER = 36
        assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0) == 0


def test_what_is_left_behind_is_seen():
    with Orphans() as orphans:
        subprocess.run(["sh", "-c", "sleep 1000 & kill -9 $$"], check=False)
        (process,) = orphans.left(0)
        assert process.name() == "sleep" and process.ppid() == os.getpid()
    assert not process.is_running()


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment[0]} {moment[1]}")
def test_the_command_is_killed_with_two_workers_and_continued(course, class_graded, moment):
    name, number = moment
    with Orphans() as orphans:
        with start_command(course, name, str(number), "") as process:
            assert process.wait(300) == -signal.SIGKILL, problems(course)
        assert orphans.left(60) == set()
    assert len(rows(course)[2]) == MOMENTS[moment]
    outcomes = states(grade(course, make_scheduler=with_two(InstantExecutor)))
    assert outcomes.count("unchanged") == MOMENTS[moment]
    assert outcomes.count("graded") == len(STUDENTS) - MOMENTS[moment]
    assert rows(course) == rows(class_graded)
    assert files(course) == files(class_graded)


def nursery_processes(process):
    """Return nurseries and what was forked from them, but not bubblewrap around them."""
    found = []
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            program, *arguments = child.cmdline() or [""]
            if "python" in program and "grader.inside.nursery" in arguments:
                found.append(child)
    return found


@pytest.mark.parametrize("isolation", ["default", "none"])
def test_the_command_is_killed_while_submissions_run(course, class_graded, isolation):
    right = mini_course.solved(course)
    kept = {}
    for student in STUDENTS[killed_command.BATCH :]:
        path = course.root / "submitted" / student / LESSON / f"{mini_course.NOTEBOOK}.ipynb"
        kept[path] = path.read_bytes()
        endless = answer(copy.deepcopy(right), double="import time\ntime.sleep(1000)")
        hand_in(course, student, endless)
    with Orphans() as orphans:
        with start_command(course, "", "0", isolation) as process:
            done = 0
            while done < killed_command.BATCH:
                line = process.stdout.readline()
                assert line, problems(course)
                done += json.loads(line)["event"] == "graded"
            # Two are nurseries, so one is a submission at least; of those that are left none ends.
            while len(nursery_processes(psutil.Process(process.pid))) < 4:
                assert process.poll() is None, problems(course)
                time.sleep(0.02)
            process.kill()
        assert orphans.left(60) == set()
    for path, content in kept.items():
        path.write_bytes(content)
    outcomes = states(grade(course))
    assert outcomes.count("unchanged") == killed_command.BATCH
    assert outcomes.count("graded") == len(kept)
    assert rows(course)[:2] == rows(class_graded)[:2]


def worker_that_falls(folder):
    """Make an executor whose worker is killed, once, when a submission has run its first cell."""
    done = SubmissionRun._done

    def and_die(self, frame):
        with contextlib.suppress(FileExistsError):
            (folder / "killed").touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)
        return done(self, frame)

    SubmissionRun._done = and_die
    return ForkedExecutor(figures=False)


def test_a_worker_is_killed_while_its_submission_runs(course, class_graded, tmp_path):
    process_context("grader.grading.worker_imports")  # what starts workers is to stay
    with Orphans() as orphans:
        outcomes = grade(course, make_scheduler=with_two(partial(worker_that_falls, tmp_path)))
        assert (tmp_path / "killed").exists()
        assert orphans.left(60) == set()
    assert set(states(outcomes)) == {"graded"}
    assert rows(course)[:2] == rows(class_graded)[:2]
    assert set(states(grade(course))) == {"unchanged"}
