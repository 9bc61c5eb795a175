"""Processes are killed, the disk is full, the clock jumps: afterwards the same command continues.

`tests/test_resume.py` kills the writer at every kind of step, `tests/test_grading_run.py` stops the
command by signals and `tests/test_dask.py` takes machines away; here is what they leave.
"""

import builtins
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import mini_course
import pytest
from class_of_twelve import STUDENTS, copied, files, grade, rows, states
from click.testing import CliRunner
from execution_pairs import PATIENT
from instant import InstantExecutor
from mini_course import LESSON
from watched_command import Telling, start_command

from grader.build.hidden_cases import make_plan
from grader.cli import main
from grader.errors import GraderError
from grader.execution import can_fork
from grader.execution.forked import ForkedExecutor
from grader.execution.run import SubmissionRun
from grader.gradebook.database import GradebookError
from grader.grading.run import Listener
from grader.grading.schedulers.local import InThisProcess, Processes
from grader.judging.task import grade_notebook
from grader.tools import files as gradebook_files

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
forked = pytest.mark.skipif(not can_fork(), reason="forked submissions are for Linux")


@pytest.fixture
def course(class_to_grade, tmp_path):
    return copied(class_to_grade, tmp_path / "course")


def check_continued(course, class_graded, *, left=None):
    """Continue; then all is as after a run that nothing disturbed, and nothing is done twice."""
    outcomes = states(grade(course))
    assert set(outcomes) <= {"graded", "unchanged"}
    assert left is None or outcomes.count("graded") == left
    assert rows(course) == rows(class_graded)
    assert files(course) == files(class_graded)
    assert set(states(grade(course))) == {"unchanged"}


# Processes are killed


def family(process):
    """Return a process with all that it has started, and so on."""
    found = [process]
    for pid in found:
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                found += [int(child) for child in path.read_text().split()]
            except OSError:
                continue
    return found


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not come about"
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_the_command_is_killed_while_its_workers_work(course, class_graded, tmp_path):
    process = start_command(course, tmp_path / "begun", Telling, batch=1)
    wait_until(lambda: len(os.listdir(tmp_path / "begun")) > 3 or process.poll() is not None)
    assert process.poll() is None, process.stderr.read()
    everybody = family(process.pid)
    assert len(everybody) >= 4  # it, the server of processes, two workers
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    (tmp_path / "begun" / "go").touch()
    wait_until(lambda: not [pid for pid in everybody if is_running(pid)])
    check_continued(course, class_graded)


class Killing(InstantExecutor):
    """Sends a signal once, at the first wrong submission: to the worker or to what started it."""

    def __init__(self, folder, who, number):
        self.folder, self.who, self.number = folder, who, number

    def execute(self, notebook, questions, supplements):
        mark = self.folder / "done"
        if "x * x" in "".join(cell.source for cell in notebook.cells) and not mark.exists():
            mark.touch()
            target = {"worker": os.getpid, "server of processes": os.getppid}[self.who]()
            os.kill(target, self.number)
        return super().execute(notebook, questions, supplements)


@pytest.mark.parametrize(
    ("who", "number"),
    [
        ("worker", signal.SIGKILL),
        ("worker", signal.SIGTERM),
        ("worker", signal.SIGSEGV),
        ("server of processes", signal.SIGKILL),
    ],
)
def test_one_of_the_processes_is_killed(course, class_graded, tmp_path, who, number):
    make = partial(Killing, tmp_path, who, number)
    outcomes = grade(course, make_scheduler=lambda o: Processes(o.to_bytes(), make, workers=2))
    assert (tmp_path / "done").exists()
    assert set(states(outcomes)) == {"graded"}
    check_continued(course, class_graded, left=0)


@pytest.fixture(scope="module")
def executor():
    with ForkedExecutor(PATIENT) as executor:
        yield executor


def nursery_of(executor):
    """Return the nursery's own process, behind bubblewrap's and before the submission's."""
    for pid in family(executor._nursery.process.pid):
        program, *arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"python" in program and b"grader.inside.nursery" in arguments:
            return pid
    raise AssertionError("there is no nursery")


@forked
@pytest.mark.parametrize("who", ["nursery", "bubblewrap"])
@pytest.mark.parametrize("when", ["begins", "first cell", "last step", "between"])
def test_the_nursery_is_killed(class_to_grade, executor, monkeypatch, when, who):
    """By event: when a run begins, when a cell is done, or when nothing runs."""
    plan = make_plan(class_to_grade, LESSON)
    notebook = mini_course.solved(class_to_grade)
    wanted = [
        verdict.score for verdict in grade_notebook(plan, notebook, executor).verdicts.values()
    ]
    assert wanted == [4, 2]
    killed = []

    def kill():
        if not killed:
            process = executor._nursery.process
            killed.append(nursery_of(executor) if who == "nursery" else process.pid)
            os.kill(killed[0], signal.SIGKILL)

    begin, done = SubmissionRun._begin, SubmissionRun._done

    def and_kill_begin(self):
        begin(self)
        if when == "begins":
            kill()

    def and_kill_done(self, frame):
        if (when == "first cell" and self.step == 0) or (
            when == "last step" and self.step == len(self.steps) - 1
        ):
            kill()
        return done(self, frame)

    monkeypatch.setattr(SubmissionRun, "_begin", and_kill_begin)
    monkeypatch.setattr(SubmissionRun, "_done", and_kill_done)
    if when == "between":
        kill()
    graded = grade_notebook(plan, notebook, executor)
    assert killed
    assert [verdict.score for verdict in graded.verdicts.values()] == wanted
    assert graded.problem == ""
    wait_until(lambda: not is_running(killed[0]))


# The disk


class FullDisk:
    """Counts writes to files; from the fatal one on there is no room."""

    def __init__(self, fatal, number=errno.ENOSPC):
        self.fatal, self.number, self.count = fatal, number, 0

    def open(self, path, mode="r", *arguments, **options):
        if "w" in mode:
            self.count += 1
            if self.fatal and self.count >= self.fatal:
                raise OSError(self.number, os.strerror(self.number), str(path))
        return builtins.open(path, mode, *arguments, **options)


@pytest.fixture(scope="module")
def writes(class_to_grade, tmp_path_factory):
    """How many files a run writes."""
    course = copied(class_to_grade, tmp_path_factory.mktemp("counted") / "course")
    disk = FullDisk(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gradebook_files, "open", disk.open, raising=False)
        grade(course)
    assert disk.count > len(STUDENTS)
    return disk.count


@pytest.mark.parametrize("part", range(6))
def test_the_disk_is_full_at_some_point(course, class_graded, writes, monkeypatch, part):
    first, last = 1 + part * writes // 6, (part + 1) * writes // 6
    disk = FullDisk(random.Random(part).randint(first, last))
    with monkeypatch.context() as patch:
        patch.setattr(gradebook_files, "open", disk.open, raising=False)
        with pytest.raises(GraderError, match=r"No space left.*the same command continues"):
            grade(course)
    check_continued(course, class_graded)


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.EROFS, errno.EIO])
def test_other_errors_of_the_disk(course, class_graded, monkeypatch, number):
    with monkeypatch.context() as patch:
        patch.setattr(gradebook_files, "open", FullDisk(7, number).open, raising=False)
        with pytest.raises(GradebookError, match=os.strerror(number)):
            grade(course)
    check_continued(course, class_graded)


def test_what_a_person_sees_of_a_full_disk(course, monkeypatch):
    monkeypatch.setattr(gradebook_files, "open", FullDisk(1).open, raising=False)
    monkeypatch.setattr("grader.grading.options.choose_executor", lambda *a, **k: InstantExecutor())
    arguments = ["--course", str(course.root), "grade", "01", "--isolation", "none"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "No space left on device" in result.output and "continues" in result.output


def test_a_file_that_was_partly_written_is_not_left_behind(tmp_path, monkeypatch):
    """The kernel's own limit on the size of a file stands in for a disk that fills up."""
    program = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from grader.tools.files import write_atomically\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "path = Path(sys.argv[1])\nwrite_atomically(path, b'old')\n"
        "try:\n    write_atomically(path, b'new' * 1000)\n"
        "except OSError as error:\n    print(error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "file")], capture_output=True, text=True
    )
    assert done.stdout.split() == [str(errno.EFBIG)], done.stderr
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"old")]


# The database


def test_another_process_holds_the_database(course, class_graded):
    (course.root / "grading").mkdir(exist_ok=True)
    program = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\nconnection.execute('BEGIN EXCLUSIVE')\n"
        "print('locked', flush=True)\nsys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(course.root / "gradebook.db")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert other.stdout.readline() == "locked\n"
    said = []

    def say(sentence):
        said.append(sentence)
        other.kill()  # with a transaction open: SQLite has to take it back
        other.wait()

    with other:
        assert set(states(grade(course, listener=Listener(say=say)))) == {"graded"}
    assert said == ["gradebook.db is locked by another program; waiting for it"]
    check_continued(course, class_graded, left=0)


# The clock


@forked
def test_the_clock_jumps(course, class_graded, monkeypatch):
    """Deadlines are counted by a clock that nobody can set; what time it is does not matter."""
    jumps = random.Random(5)
    asked = []

    def jumping():
        asked.append(1)
        return 1.8e9 + jumps.choice([-1, 1]) * jumps.uniform(0, 1e9)

    monkeypatch.setattr(time, "time", jumping)
    monkeypatch.setattr(time, "time_ns", lambda: int(jumping() * 1e9))
    outcomes = grade(
        course,
        make_scheduler=lambda order: InThisProcess(order, ForkedExecutor(PATIENT, figures=False)),
    )
    assert set(states(outcomes)) == {"graded"}
    assert not [outcome.problem for outcome in outcomes.values() if outcome.problem]
    monkeypatch.undo()
    # Files are not compared: run for real, the notebooks hold other outputs.
    assert rows(course)[:2] == rows(class_graded)[:2]
    assert set(states(grade(course))) == {"unchanged"}


def test_files_from_the_future_are_graded_once(course, class_graded):
    """The clock was ahead when they were written, and was then set right."""
    grade(course)
    ahead = time.time() + 1e8
    for path in (course.root / "autograded").rglob("*"):
        os.utime(path, (ahead, ahead))
    os.utime(course.root / "gradebook.db", (ahead, ahead))
    check_continued(course, class_graded, left=0)


def test_no_deadline_depends_on_the_time_of_day():
    """What runs submissions, and what waits for somebody, asks a clock that never jumps."""
    folders = ("execution", "sandbox", "schedulers", "gradebook")
    modules = [path for name in folders for path in (HERE.parent / "grader" / name).glob("*.py")]
    assert len(modules) > 25
    assert [path for path in modules if "time.time(" in path.read_text(encoding="utf-8")] == []


def test_json_of_a_run_that_the_disk_stopped(course, monkeypatch):
    """A machine that reads our lines is told by the exit status, and gets no half a line."""
    monkeypatch.setattr("grader.grading.options.choose_executor", lambda *a, **k: InstantExecutor())
    for student in STUDENTS[1:]:
        folder = course.root / "submitted" / student
        folder.rename(course.root / student)
    monkeypatch.setattr(gradebook_files, "open", FullDisk(2).open, raising=False)
    arguments = ["--course", str(course.root), "grade", "01", "--json", "--isolation", "none"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert all(json.loads(line)["event"] for line in result.stdout.splitlines())
