"""The sandbox as a whole: what works in it, what stays of a submission, how it ends."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sandbox_inside import alive, need_sandbox, rehearsing, wait_until

from grader.inside.enclose import shared_memory
from grader.inside.isolation import Isolation
from grader.inside.limits import Limits
from grader.sandbox import bubblewrap, view
from grader.sandbox.rehearsal import Rehearsal

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["this", "ordinary"])
def inside(request):
    with rehearsing(request.param) as inside:
        yield inside


@pytest.fixture(scope="module")
def lessons():
    """A nursery with what lessons import."""
    need_sandbox()
    with Rehearsal(preload="numpy matplotlib.pyplot") as lessons:
        yield lessons


@pytest.fixture(scope="module")
def bare():
    with Rehearsal(Isolation.NONE) as bare:
        yield bare


def lines(text):
    return textwrap.dedent(text)


def children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text(encoding="ascii").split()]


# What a notebook needs works


def test_numpy_figures_and_their_fonts_work(lessons):
    result = lessons.run(
        lines("""
        import io, warnings
        warnings.simplefilter("error")
        import numpy as np
        import matplotlib.pyplot as plt
        from matplotlib import font_manager
        figure, axes = plt.subplots()
        axes.plot(np.linalg.solve(np.eye(3), np.ones(3)), label=r"$x^2$")
        axes.set_title("가 apples")
        axes.legend()
        picture = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a glyph may be missing where Nanum is
            figure.savefig(picture, format="png")
        print(picture.getvalue()[:4], len(font_manager.fontManager.ttflist) > 10)
        """)
    )
    assert (result.output, result.status) == ("b'\\x89PNG' True\n", 0)


def test_files_processes_threads_and_terminals_work(inside):
    result = inside.run(
        lines("""
        import multiprocessing, os, pty, subprocess, tempfile, threading
        assert os.getcwd() == "/submission/work" and os.listdir() == []
        for folder in (None, "/dev/shm", os.environ["HOME"]):
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"x")
        assert subprocess.run(["echo", "a"], capture_output=True).stdout == b"a\\n"
        done = []
        thread = threading.Thread(target=done.append, args=(1,))
        thread.start()
        thread.join()
        assert done == [1]
        multiprocessing.Lock().acquire()
        assert os.isatty(pty.openpty()[1])
        assert os.path.expanduser("~") == "/submission/home"
        import getpass
        assert (getpass.getuser(), os.getuid()) == ("learner", 1000)
        print("all")
        """)
    )
    assert (result.output, result.status) == ("all\n", 0)


def test_tmp_can_be_written_unless_python_lies_there(inside):
    result = inside.run(
        lines("""
        import os, sys
        own = any(path.startswith("/tmp/") for path in sys.path)
        try:
            open("/tmp/a", "w").close()
            print(not own)
        except OSError:
            print(own)
        """)
    )
    assert result.output == "True\n"


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("pass", 0),
        ("raise SystemExit(3)", 3),
        ("1 / 0", 1),
        ("import os; os._exit(7)", 7),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    ],
)
def test_its_end_is_the_submissions_end(inside, bare, source, status):
    assert inside.run(source).status == bare.run(source).status == status


@pytest.mark.parametrize("source", ["os.kill(os.getpid(), 9)", "os.kill(0, 9)", "os.kill(-1, 9)"])
def test_signals_that_it_sends_itself_reach_nobody(inside, source):
    """It is process 1 of its namespace, and the only one in its group."""
    assert inside.run(f"import os\ntry:\n    {source}\nexcept OSError:\n    pass").status == 0
    assert inside.run("print(1)").output == "1\n"


def test_a_child_that_does_not_end_is_killed(inside):
    result = inside.run("import time; time.sleep(60)", seconds=0.5)
    assert (result.output, result.status) == ("", -signal.SIGKILL)
    assert inside.run("print(1)").output == "1\n"


def test_an_interrupt_reaches_the_submission_and_nothing_else(lessons):
    source = "import time\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('stop')"
    assert lessons.run(source, interrupt=0.3).output == "stop\n"
    assert lessons.run("print(1)").output == "1\n"


# Nothing stays, nothing is shared

_DAEMON = """
import ctypes, os, signal, time
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in (1, 2, 15):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(0, 100)
    ctypes.CDLL(None).prctl(15, b"{marker}", 0, 0, 0)  # its name
    time.sleep(600)
    os._exit(0)
"""

_UNTIL_IT_RUNS = """
def names():
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        yield open(f"/proc/{{pid}}/comm").read().strip()
while "{marker}" not in names():
    time.sleep(0.01)
print("runs")
"""


def test_no_process_survives_its_submission(inside):
    marker = "ta-daemon-test"
    source = (_DAEMON + _UNTIL_IT_RUNS).format(marker=marker)
    assert inside.run(source).output == "runs\n"
    assert alive(marker) == []


def test_a_process_is_seen_from_outside_while_it_runs():
    """The test above looks where such a process would be."""
    marker = "ta-daemon-seen"
    source = f"open('/proc/self/comm', 'w').write({marker!r}); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", source]) as process:
        try:
            assert wait_until(lambda: alive(marker))
        finally:
            process.kill()
    assert alive(marker) == []


# What a submission might find changed by the one before it.
_STATE = """
import builtins, fcntl, os, socket, sys
found = {}
for place in ("/submission", "/tmp", "/dev/shm", "/dev/mqueue", "/dev/pts", "/run", "/home"):
    for folder, folders, files in os.walk(place):
        found[folder] = (sorted(folders), sorted(files))
found["builtins"] = sorted(vars(builtins))
found["print"] = print is getattr(builtins, "print") and print.__module__
found["modules"] = sorted(set(sys.modules) - {"fcntl", "_socket", "socket", "selectors", "array"})
found["environment"] = dict(os.environ)
found["limits"] = os.umask(0o22), os.nice(0)
found["host"] = os.uname().nodename
found["offset"] = [os.lseek(n, 0, 1) for n in (0,) ]
with socket.socket(socket.AF_UNIX) as end:
    found["socket"] = end.connect_ex("\\0left-behind")
with open(os.__file__) as file:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(file, fcntl.LOCK_UN)
sys.stdout.write(repr(found))
"""

_MISCHIEF = """
import builtins, ctypes, fcntl, os, socket, sys
for place in ("/submission", "/submission/matplotlib", "/tmp", "/dev/shm", "/dev", "/run",
              "/dev/mqueue", "/home", sys.prefix, "/usr/lib"):
    for name in ("left-behind", "numpy.py", "sitecustomize.py"):
        try:
            with open(os.path.join(place, name), "w") as file:
                file.write("x")
        except OSError:
            pass
builtins.print = builtins.left_behind = len
sys.modules["left_behind"] = sys
os.environ["LEFT_BEHIND"] = "1"
os.umask(0)
libc = ctypes.CDLL(None, use_errno=True)
assert libc.shmget(0x7A, 4096, 0o1666) == -1
assert libc.semget(0x7A, 1, 0o1666) == -1
assert libc.msgget(0x7A, 0o1666) == -1
assert libc.mq_open(b"/left-behind", os.O_CREAT | os.O_RDWR, 0o666, None) == -1
end = socket.socket(socket.AF_UNIX)
end.bind("\\0left-behind")
end.listen()
held = open(os.__file__)
fcntl.flock(held, fcntl.LOCK_EX)
for module in ("io", "os", "json"):
    for thing in vars(sys.modules[module]).copy():
        if not thing.startswith("__"):
            setattr(sys.modules[module], thing, None)
sys.stdout.write("done")
"""


def test_nothing_of_a_submission_is_seen_by_the_next(inside):
    before = inside.run(_STATE)
    assert before.status == 0, before
    assert inside.run(_MISCHIEF).output == "done"
    assert inside.run(_STATE).output == before.output


def test_mischief_is_seen_by_the_submission_itself(inside):
    """The test above can fail: within one submission the same look finds the traces."""
    both = f"import os\nif os.fork():\n    os.wait()\n    exec({_STATE!r})\n"
    left = "else:\n    open('/submission/left-behind', 'w').close()\n    os._exit(0)"
    assert inside.run(both + left).output != inside.run(_STATE).output


def test_memory_mapped_as_shared_is_found():
    assert shared_memory() == [] or all(
        "memfd" in line or "shm" in line for line in shared_memory()
    )
    with mmap.mmap(-1, mmap.PAGESIZE) as shared:
        shared[0] = 1
        assert any("rw-s" in line for line in shared_memory())


def test_the_nursery_is_as_before_after_mischief(inside):
    """Its memory is another process's: what it passes on at the next fork has not changed."""
    look = "import io, json, os; print(all(map(callable, (os.open, io.open, json.dumps, print))))"
    assert inside.run(_MISCHIEF).output == "done"
    assert inside.run(look).output == "True\n"


# The worker ends

_WORKER = """
import sys
from grader.sandbox.rehearsal import Rehearsal
rehearsal = Rehearsal()
print("ready", flush=True)
rehearsal.run('''
import ctypes, time
ctypes.CDLL(None).prctl(15, b"{marker}", 0, 0, 0)
time.sleep(600)
''')
"""


def test_nothing_remains_when_the_worker_is_killed():
    need_sandbox()
    marker = "ta-orphan-test"
    argv = [sys.executable, "-c", _WORKER.format(marker=marker)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None and worker.stdout.readline() == b"ready\n"
        assert wait_until(lambda: alive(marker))
        worker.kill()
    assert wait_until(lambda: not alive(marker))


def test_a_nursery_that_is_ended_leaves_no_process_and_no_zombie():
    need_sandbox()
    for _ in range(2):
        rehearsal = Rehearsal()
        assert rehearsal.run("print(1)").output == "1\n"
        pid = rehearsal.process.pid
        rehearsal.close()
        assert not os.path.exists(f"/proc/{pid}")
        assert pid not in children(os.getpid())


def test_submissions_leave_no_zombies_in_the_nursery(lessons):
    for _ in range(3):
        lessons.run("import os\nfor _ in range(3):\n    os.fork() or os._exit(0)")
    (first,) = children(lessons.process.pid)
    (nursery,) = children(first)
    assert children(nursery) == []


# How it is started


def test_of_the_course_only_packages_are_bound():
    shown = [str(path) for path in view.environment()]
    root = str(Path(view.__file__).parents[2])
    ours = sorted(path for path in shown if path.startswith(root + os.sep))
    allowed = [f"{root}/{name}" for name in ("twoapples", "grader/__init__.py", "grader/inside")]
    assert all(path in allowed or path.startswith(sys.prefix) for path in ours)
    for name in ("source", "solutions", "submitted", "gradebook.db", ".git", "tests"):
        assert f"{root}/{name}" not in shown
    assert root not in shown and sys.prefix not in shown


def test_a_fork_that_is_not_ours_is_not_enclosed(lessons):
    result = lessons.run(
        "from grader.inside import enclose, limits\nenclose.enclose(limits.Limits())",
        enclosed=False,
    )
    assert "RuntimeError: Fork with grader.inside.enclose.fork" in result.output


def test_a_refused_protection_ends_the_child_before_the_submission():
    """Fail closed: without namespaces nothing of the submission is run."""
    need_sandbox()
    with Rehearsal(preload="grader.inside.enclose") as rehearsal:
        result = rehearsal.run(
            "from grader.inside import enclose as child, limits\n"
            "from unittest import mock\n"
            "with mock.patch.object(child.linux, 'mount', side_effect=PermissionError('no')):\n"
            "    if child.fork(limits.Limits()) == 0:\n"
            "        child.enclose(limits.Limits())\n"
            "        print('enclosed')\n"
            "    else:\n"
            "        import os; os.wait()\n",
            enclosed=False,
        )
    assert "PermissionError: no" in result.output and "enclosed" not in result.output.split("\n")


def test_without_a_sandbox_there_are_a_scratch_folder_and_limits(bare):
    small = Limits(open_files=32, file_bytes=1 << 16)
    result = bare.run(
        "import os, resource\nopen('a', 'w').close()\n"
        "print(os.getcwd(), resource.getrlimit(resource.RLIMIT_NOFILE))",
        small,
    )
    folder, _, limits = result.output.partition(" ")
    assert limits == "(32, 32)\n" and not os.path.exists(folder)
    assert "TWOAPPLES_TEST_SECRET" not in bare.run("import os; print(dict(os.environ))").output


def test_the_environment_is_made_from_nothing(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("PYTHONPATH", "/x")
    for isolation in (Isolation.NONE, Isolation.DEFAULT):
        if isolation is Isolation.DEFAULT:
            need_sandbox()
        _, env = bubblewrap.command(["-I", "-c", "pass"], isolation=isolation)
        assert not {"AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "DISPLAY"} & set(env)
        assert env["TWOAPPLES_WIDGETS"] == "off" and env["OPENBLAS_NUM_THREADS"] == "1"


def test_python_may_be_started_by_a_path_from_elsewhere(monkeypatch):
    inside = os.path.join(os.path.dirname(sys.executable), "..", "bin")
    monkeypatch.setattr(sys, "executable", os.path.join(inside, os.path.basename(sys.executable)))
    need_sandbox()
    with Rehearsal() as rehearsal:
        assert rehearsal.started, rehearsal.complaints()
        assert rehearsal.run("print('here')").output == "here\n"


def test_a_closed_file_cannot_be_kept():
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    with pytest.raises(OSError):
        bubblewrap.command(["-c", "pass"], isolation=Isolation.NONE, keep_fds=[reading])
