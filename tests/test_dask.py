"""Grading on a Dask cluster: two worker processes on loopback, some of them killed."""

import contextlib
import copy
import json
import multiprocessing
import pickle
import shutil
from functools import partial
from importlib.metadata import version

import dask
import mini_course
import psutil
import pytest
from class_of_twelve import copied, files, rows
from click.testing import CliRunner
from cluster_executors import (
    Dying,
    Noting,
    come_in,
    forget_the_path,
    look_into,
    own_code_again,
    pretend_other_code,
    remember_the_path,
    stay_out,
    tried,
)
from distributed import Client, LocalCluster
from instant import InstantExecutor, grade_with
from mini_course import LESSON, answer, hand_in

from grader.build.build import build_lesson
from grader.cli import main
from grader.execution import choose_executor
from grader.grading.run import Listener
from grader.grading.schedulers.dask import ClusterError, Dask
from grader.grading.schedulers.dask_worker import code_digest
from grader.grading.schedulers.local import InThisProcess
from grader.tools.imports import ROOT, needed

pytestmark = pytest.mark.slow

STUDENTS = [f"student-{number:02d}" for number in range(8)]
WRONG = "def double(x):\n    return x * x"
DEADLY = "def double(x):\n    return x + x  # the worker dies"


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course with eight submissions, graded on this machine, and the same one not yet graded."""
    course = mini_course.make_course(tmp_path_factory.mktemp("class"))
    build_lesson(course, LESSON)
    right = mini_course.solved(course)
    for number, student in enumerate(STUDENTS):
        code = {2: DEADLY, 5: WRONG}.get(number)
        notebook = copy.deepcopy(right)
        hand_in(course, student, answer(notebook, double=code) if code else notebook)
    whole = copied(course, tmp_path_factory.mktemp("whole") / "course")
    outcomes = grade(whole, lambda order: InThisProcess(order, InstantExecutor()))
    assert {outcome.state for outcome in outcomes} == {"graded"}
    seed = course.root / "grading" / f"{LESSON}.json"
    seed.parent.mkdir()
    seed.write_bytes((whole.root / "grading" / seed.name).read_bytes())
    return course, whole


@pytest.fixture
def course(handed_in, tmp_path):
    return copied(handed_in[0], tmp_path / "course")


@pytest.fixture(scope="module")
def whole(handed_in):
    return handed_in[1]


@contextlib.contextmanager
def two_workers():
    """A cluster of two worker processes."""
    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.worker.multiprocessing-method": "forkserver",
    }
    # Workers start the sooner.
    multiprocessing.set_forkserver_preload(["distributed", "grader.grading.worker_imports"])
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0"
        ) as cluster,
    ):
        yield cluster


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes, of which none dies: no test waits for one to come back."""
    with two_workers() as cluster:
        yield cluster


@pytest.fixture
def mortals():
    """Two worker processes that may be killed."""
    with two_workers() as cluster:
        yield cluster


@pytest.fixture
def threads():
    """A cluster in this process: workers are threads, at first there are none."""
    with LocalCluster(
        n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as cluster:
        yield cluster


def on(address, make_executor, isolation="none", **options):
    return partial(
        Dask, address, make_executor=make_executor, isolation=isolation, again="the command",
        **options,
    )  # fmt: skip


def grade(course, make_scheduler, **options):
    return grade_with(course, LESSON, make_scheduler=make_scheduler, **options)


def failures(outcomes):
    return {o.student: o.problem for o in outcomes if o.state != "graded"}


def test_a_worker_is_killed_and_nothing_is_lost_or_graded_twice(mortals, course, whole, tmp_path):
    told = []
    make = partial(Dying, "the worker dies", tmp_path, always=False)
    outcomes = grade(
        course, on(mortals.scheduler_address, make), listener=Listener(progress=told.append)
    )
    assert (tmp_path / "killed").exists()
    assert [outcome.student for outcome in outcomes] == STUDENTS
    assert failures(outcomes) == {}
    assert sorted(outcome.student for outcome in told) == STUDENTS
    assert rows(course) == rows(whole)
    assert files(course) == files(whole)


def test_workers_need_no_shared_disk_and_no_database(cluster, course, whole, monkeypatch):
    """All that reaches them are bytes, in which there is no name and no path."""
    sent, begun = [], []
    submit, run = Client.submit, Client.run

    def note_task(self, function, name, task, **options):
        sent.append(task)
        return submit(self, function, name, task, **options)

    def note_start(self, function, *arguments, **options):
        begun.append(arguments)
        return run(self, function, *arguments, **options)

    with Client(cluster) as client:
        client.run(stay_out, str(course.root))
        assert set(client.run(look_into, str(course.root / "gradebook.db")).values()) == {True}
        assert {len(found) for found in client.run(tried).values()} == {2}
        with monkeypatch.context() as patch:
            patch.setattr(Client, "submit", note_task)
            patch.setattr(Client, "run", note_start)
            outcomes = grade(course, on(cluster.scheduler_address, InstantExecutor))
        assert set(map(len, client.run(tried).values())) == {0}
        client.run(come_in)
    assert failures(outcomes) == {}
    assert rows(course) == rows(whole)
    assert files(course) == files(whole)
    assert {type(task) for task in sent} == {bytes} and len(sent) == len(STUDENTS)
    assert begun
    for travelled in (*sent, *map(pickle.dumps, begun)):
        assert b"student-" not in travelled and str(course.root).encode() not in travelled


def test_a_submission_that_kills_workers_fails_alone(mortals, course, tmp_path):
    make = partial(Dying, "the worker dies", tmp_path, always=True)
    outcomes = grade(course, on(mortals.scheduler_address, make))
    assert failures(outcomes) == {STUDENTS[2]: "2 workers died that were grading it"}
    assert len(rows(course)[2]) == len(STUDENTS) - 1


def test_forked_submissions_are_graded_the_same_and_nurseries_end(cluster, course):
    for student in STUDENTS[3:]:
        (course.root / "submitted" / student / LESSON).rename(course.root / student)
    outcomes = grade(
        course, on(cluster.scheduler_address, partial(choose_executor, isolation="none"))
    )
    assert [(o.state, o.problem, o.score) for o in outcomes] == [("graded", "", 6.0)] * 3
    with Client(cluster) as client:
        assert set(client.run(nurseries).values()) == {0}


def nurseries():
    return sum(
        "grader.inside.nursery" in " ".join(child.cmdline())
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE
    )


@pytest.fixture
def other_code(tmp_path):
    """A copy of the code in which one file decides otherwise about answers."""
    for name in ("grader", "twoapples"):
        shutil.copytree(ROOT / name, tmp_path / "other" / name)
    with open(tmp_path / "other/grader/judging/verdicts.py", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    return tmp_path / "other"


def test_what_must_be_the_same_is_what_grades_and_what_that_imports(other_code):
    (other_code / "grader/judging/verdicts.py").write_bytes(
        (ROOT / "grader/judging/verdicts.py").read_bytes()
    )
    same = code_digest(ROOT)
    assert code_digest(other_code) == same
    for path, matters in {
        "grader/judging/task.py": True,
        "grader/inside/wire.py": True,
        "grader/execution/run.py": True,  # judging imports it
        "grader/sandbox/view.py": True,  # execution does
        "twoapples/datasets/shipped.py": True,  # learners' code may
        "grader/report/page.py": False,
        "grader/gradebook/writer.py": False,
    }.items():
        needed.cache_clear()
        content = (other_code / path).read_bytes()
        (other_code / path).write_bytes(content + b"\n# changed\n")
        assert (code_digest(other_code) != same) is matters, path
        (other_code / path).write_bytes(content)


def test_a_worker_with_other_code_grades_nothing(cluster, course, other_code, tmp_path):
    said = []
    with Client(cluster) as client:
        other, good = client.run(own_number)
        client.run(pretend_other_code, other_code, workers=[other])
        number = client.run(own_number, workers=[good])[good]
        outcomes = grade(
            course, on(cluster.scheduler_address, partial(Noting, tmp_path), say=said.append)
        )
        assert failures(outcomes) == {}
        assert (tmp_path / f"{number}").read_text() == "." * len(STUDENTS)
        assert {p.name for p in tmp_path.glob("[0-9]*")} == {f"{number}", f"{number}-closed"}
        (text,) = said
        ours = version("twoapples")
        assert text.startswith(
            f"the worker {other} grades nothing: it has twoapples {ours}, "
            f"{code_digest(other_code)[:12]} instead of {ours}, {code_digest()[:12]}"
        )
        client.run(own_code_again, workers=[other])


def own_number():
    return psutil.Process().pid


def test_where_no_worker_can_isolate_nothing_is_graded(cluster, course, tmp_path):
    with Client(cluster) as client:
        addresses = list(client.run(forget_the_path))
        with pytest.raises(ClusterError, match="bubblewrap is not installed") as caught:
            grade(
                course,
                on(cluster.scheduler_address, partial(Noting, tmp_path), isolation="default"),
            )
        client.run(remember_the_path)
    assert any(f"the worker {address} grades nothing" in str(caught.value) for address in addresses)
    assert "the command" in str(caught.value)
    assert not list(tmp_path.glob("[0-9]*"))
    assert rows(course)[2] == []


def test_workers_may_come_later(threads, course, whole):
    said = []

    def say(sentence):
        said.append(sentence)
        threads.scale(1)  # an instant executor takes what is printed from the whole process

    outcomes = grade(course, on(threads.scheduler_address, InstantExecutor, say=say))
    assert failures(outcomes) == {}
    assert said == [f"{threads.scheduler_address} has no workers; waiting for one"]
    assert rows(course) == rows(whole)


def test_the_scheduler_goes_away_and_what_is_graded_is_kept(threads, course, whole):
    threads.scale(1)
    threads.wait_for_workers(1)
    seen = []

    def submit_and_leave(order):
        scheduler = on(threads.scheduler_address, InstantExecutor)(order)
        collect = scheduler.collect

        def then_close(seconds):
            finished = collect(seconds)
            if finished and not seen:
                seen.extend(finished)
                threads.close()
            return finished

        scheduler.collect = then_close
        return scheduler

    with pytest.raises(ClusterError, match=r"What is graded is in the gradebook\. To continue: th"):
        grade(course, submit_and_leave)
    kept = len(rows(course)[2])
    assert 0 < kept < len(STUDENTS)
    outcomes = grade(course, lambda order: InThisProcess(order, InstantExecutor()))
    assert [outcome.state for outcome in outcomes].count("unchanged") == kept
    assert rows(course) == rows(whole)
    assert files(course) == files(whole)


def test_the_command(threads, course, monkeypatch):
    threads.scale(1)
    threads.wait_for_workers(1)
    monkeypatch.setattr("grader.grading.options.choose_executor", lambda *a, **k: InstantExecutor())
    command = ["--course", str(course.root), "grade", "01", "--json", "--no-feedback"]
    command += ["--isolation", "none", "--scheduler"]
    result = CliRunner().invoke(main, [*command, threads.scheduler_address])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["graded"] == len(STUDENTS)
    monkeypatch.setattr("grader.grading.schedulers.dask._CONNECT", 0.5)
    result = CliRunner().invoke(main, [*command, "tcp://127.0.0.1:1", "--regrade"])
    assert result.exit_code == 2
    assert "There is no Dask scheduler at tcp://127.0.0.1:1" in result.output
