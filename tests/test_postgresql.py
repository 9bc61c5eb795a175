"""The gradebook on a real PostgreSQL server, started for these tests where one is installed.

Runs are killed while they write to it, and so is the server.
"""

import multiprocessing
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import warnings
from pathlib import Path

import mini_course
import pytest
from instant import InstantExecutor, grade_with
from mini_course import LESSON, answer, hand_in

from grader.course.course import Course
from grader.errors import CourseError, GraderError
from grader.gradebook import server as servers
from grader.gradebook import writer
from grader.gradebook.database import GradebookError
from grader.gradebook.grades import read_released_grades
from grader.gradebook.opening import open_database
from grader.grading.run import Listener
from grader.grading.schedulers.local import InThisProcess
from grader.nbgrader_api.converters import gradebook
from grader.nbgrader_api.read_config import read_settings
from grader.report.results import read_results

pytestmark = pytest.mark.slow

STUDENTS = [f"student-{number}" for number in range(6)]
CONFIG = """
c.CourseDirectory.course_id = "deep-learning"
c.CourseDirectory.db_url = {url!r}
c.LateSubmissionPlugin.penalty_method = "zero"
"""
TABLES = ["student", "submitted_assignment", "submitted_notebook", "grade", "comment"]


class Server:
    """A PostgreSQL server in a temporary folder, reachable by a socket in it and nothing else."""

    def __init__(self, programs, folder):
        self._programs, self.folder = programs, folder
        self._as = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}"]
            self._as.append("--clear-groups")
        self._run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")

    def _run(self, program, *arguments):
        command = [*self._as, str(self._programs / program), "-D", str(self.folder / "data")]
        done = subprocess.run(
            [*command, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self):
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        log = str(self.folder / "log")
        # Its output must not be ours, or the call waits for the server's end.
        self._run("pg_ctl", "-w", "-l", log, "-o", options, "start")

    def stop(self, how="fast"):
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def url(self, database="postgres"):
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, database):
        import psycopg

        with psycopg.connect(host=str(self.folder), user="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}")


@pytest.fixture(scope="module")
def server():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or (os.getuid() == 0 and shutil.which("setpriv") is None):
        pytest.skip("there is no PostgreSQL server on this machine")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path has to be short
    try:
        running = Server(found[-1].parent, folder)
        running.start()
        yield running
        running.stop("immediate")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    course = mini_course.make_course(tmp_path_factory.mktemp("class") / "course")
    for number, student in enumerate(STUDENTS):
        notebook = mini_course.solved(course)
        if number % 2:
            answer(notebook, double="def double(x):\n    return x * x")
        stamp = hand_in(course, student, notebook).with_name("timestamp.txt")
        stamp.write_text(f"2026-11-2{number} 18:00:00 UTC")
    return course


@pytest.fixture
def course(handed_in, server, tmp_path, request):
    copy = Course(shutil.copytree(handed_in.root, tmp_path / "course"))
    name = request.node.name.split("[")[0]
    server.create(name)
    with open(copy.root / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write(CONFIG.format(url=server.url(name)))
    return copy


def grade(course, **options):
    make = {"make_scheduler": lambda order: InThisProcess(order, InstantExecutor())}
    outcomes = grade_with(course, LESSON, **make, **options)
    return [outcome.state for outcome in outcomes]


def tables(course):
    """Return nbgrader's tables as its own models see them, without random ids."""
    from sqlalchemy import text

    with gradebook(course) as book:
        found = {
            name: [dict(row._mapping) for row in book.db.execute(text(f"SELECT * FROM {name}"))]
            for name in TABLES
        }
        submissions = [s.to_dict() for s in book.assignment_submissions(LESSON)]
        cells = {
            row.id: f"{row.name} {row.type}"
            for row in book.db.execute(text("SELECT id, name, type FROM base_cell"))
        }
    students = {row["id"]: row["student_id"] for row in found["submitted_assignment"]}
    notebooks = {row["id"]: students[row["assignment_id"]] for row in found["submitted_notebook"]}
    known = {**cells, **students, **notebooks}
    for rows in found.values():
        for row in rows:
            row.pop("assignment_id" if "student_id" in row else "", None)
            for key in ("id", "notebook_id", "assignment_id", "cell_id"):
                if key in row and (key != "id" or len(str(row[key])) == 32):
                    row[key] = known.get(row[key], "")
            for key, value in row.items():
                plain = float(value) if isinstance(value, (bool, int)) else value
                row[key] = str(plain).removesuffix(".000000")
        rows.sort(key=str)
    found["scores"] = sorted((s["student"], s["score"], s["timestamp"]) for s in submissions)
    return found


def totals(course):
    return read_released_grades(course, LESSON).students


def test_the_rows_are_those_of_sqlite(course, handed_in, tmp_path):
    other = Course(shutil.copytree(handed_in.root, tmp_path / "sqlite"))
    for one in (course, other):
        assert grade(one) == ["graded"] * 6
        shutil.copytree(course.root / "grading", other.root / "grading", dirs_exist_ok=True)
    ours, wanted = tables(course), tables(other)
    for name in wanted:
        assert ours[name] == wanted[name], name
    assert [score for _, score, _ in ours["scores"]] == [6, 2] * 3
    assert not (course.root / "gradebook.db").exists()
    assert grade(course) == ["unchanged"] * 6
    assert [row.score for row in read_results(course, LESSON)][:3] == [4, 2, None]


def test_handing_in_late_and_an_extension(course):
    from sqlalchemy import text

    grade(course)
    with gradebook(course) as book:
        book.db.execute(text("UPDATE assignment SET duedate = '2026-11-21 20:00:00'"))
        book.grant_extension(LESSON, "student-4", days=5)
        book.db.commit()
    assert grade(course, new_seed=True) == ["graded"] * 6
    with gradebook(course) as book:
        penalties = {
            s.student.id: s.notebooks[0].late_submission_penalty
            for s in book.assignment_submissions(LESSON)
        }
    assert penalties == {
        "student-0": None, "student-1": None, "student-2": 6, "student-3": 2, "student-4": None,
        "student-5": 2,
    }  # fmt: skip


def test_a_server_that_is_restarted_is_waited_for(course, server, monkeypatch):
    init = writer.Writer.__init__
    monkeypatch.setattr(writer.Writer, "__init__", lambda *a, **k: init(*a, **{**k, "batch": 2}))
    said, done = [], []

    def progress(outcome):
        done.append(outcome)
        if len(done) == 2:  # while the others are graded
            server.stop("immediate")

    def say(sentence):
        said.append(sentence)
        server.start()

    assert grade(course, listener=Listener(progress=progress, say=say)) == ["graded"] * 6
    assert len(said) == 1 and "cannot be reached; waiting for it" in said[0]
    assert grade(course) == ["unchanged"] * 6
    assert len(tables(course)["grade"]) == 3 * 6


def test_runs_on_other_machines_are_seen(course):
    grade(course)
    elsewhere = open_database(read_settings(course).db_url, course.root, print)
    assert elsewhere.claim()
    with pytest.raises(GraderError, match="graded already"):
        grade(course)
    elsewhere.close()
    assert grade(course) == ["unchanged"] * 6


def test_a_server_needs_a_name_for_the_course(course):
    path = course.root / "nbgrader_config.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("c.CourseDirectory.course_id", "unused"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"set c\.CourseDirectory\.course_id"):
        grade(course)


def test_a_ledger_of_an_older_version_gets_its_new_column(course):
    from sqlalchemy import inspect, text

    assert grade(course) == ["graded"] * 6
    with gradebook(course) as book:
        wanted = book.db.execute(text("SELECT * FROM twoapples_graded ORDER BY student")).all()
        book.db.execute(text("ALTER TABLE twoapples_graded DROP COLUMN isolation"))
        book.db.commit()
    # The graded notebooks say it; looking changes nothing.
    assert {row.isolation for row in read_results(course, LESSON)} == {"none"}
    assert {total.isolation for total in totals(course).values()} == {"none"}
    with gradebook(course) as book:
        columns = inspect(book.engine).get_columns("twoapples_graded")
        assert "isolation" not in {column["name"] for column in columns}
    assert grade(course) == ["unchanged"] * 6
    with gradebook(course) as book:
        found = book.db.execute(text("SELECT * FROM twoapples_graded ORDER BY student")).all()
        assert found == wanted and {row.isolation for row in found} == {"none"}
        # What another machine's older version writes meanwhile is not known.
        book.db.execute(text("UPDATE twoapples_graded SET isolation = DEFAULT"))
        book.db.commit()
    shutil.rmtree(course.root / "autograded")
    assert {row.isolation for row in totals(course).values()} == {"unknown"}


def test_a_server_that_is_not_there_is_told(server, tmp_path):
    with pytest.raises(GradebookError, match="cannot be opened"):
        open_database(server.url("nowhere"), tmp_path, print)


# Killed while it writes ---------------------------------------------------------------------------

BATCH = 2


def small_batches(patch):
    init = writer.Writer.__init__
    patch.setattr(writer.Writer, "__init__", lambda *a, **k: init(*a, **{**k, "batch": BATCH}))


def run_killed(course, fatal, told):
    """Grade in this process, and end it before a statement or before the end of a transaction."""
    count = 0

    def step():
        nonlocal count
        count += 1
        if count == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    run, transact = servers._ServerTransaction.run, servers.ServerDatabase.transact

    def and_step(self, sql, parameters):
        step()
        return run(self, sql, parameters)

    def and_step_at_its_end(self, work, *, write=True):
        def counted(transaction):
            result = work(transaction)
            step()
            return result

        return transact(self, counted, write=write)

    servers._ServerTransaction.run = and_step
    servers.ServerDatabase.transact = and_step_at_its_end
    small_batches(pytest.MonkeyPatch())
    grade(course)
    told.send(count)


def in_its_own_process(course, fatal):
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run_killed, args=(course, fatal, theirs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    process.join(120)
    return process.exitcode, ours.recv() if ours.poll() else 0


def test_killed_and_continued(course):
    """The server takes back what was not committed, and frees the lock that the dead run held."""
    status, steps = in_its_own_process(course, 0)
    assert status == 0 and steps > 20
    whole = tables(course)
    assert len(whole["submitted_assignment"]) == 6
    for part in range(4):
        empty(course)
        fatal = 2 + part * (steps - 3) // 3
        assert in_its_own_process(course, fatal) == (-signal.SIGKILL, 0)
        states = grade(course)
        assert set(states) <= {"graded", "unchanged"}
        assert tables(course) == whole
        assert set(grade(course)) == {"unchanged"}


def empty(course):
    """Take all grades out of the gradebook again, and the graded files away."""
    from sqlalchemy import text

    with gradebook(course) as book:
        for table in ("comment", "grade", "submitted_notebook", "submitted_assignment"):
            book.db.execute(text(f"DELETE FROM {table}"))
        book.db.execute(text("DELETE FROM student"))
        book.db.execute(text("DELETE FROM twoapples_graded"))
        book.db.commit()
    shutil.rmtree(course.root / "autograded")


def test_the_server_is_killed_while_a_transaction_is_open(course, server, monkeypatch):
    """Not at a quiet moment: between two statements of one transaction."""
    said, killed = [], []
    run = servers._ServerTransaction.run

    def and_kill(self, sql, parameters):
        if sql.startswith("UPDATE grade") and not killed:
            killed.append(sql)
            server.stop("immediate")
        return run(self, sql, parameters)

    def say(sentence):
        said.append(sentence)
        server.start()

    monkeypatch.setattr(servers._ServerTransaction, "run", and_kill)
    small_batches(monkeypatch)
    assert grade(course, listener=Listener(say=say)) == ["graded"] * 6
    assert killed and len(said) == 1 and "cannot be reached; waiting for it" in said[0]
    assert len(tables(course)["grade"]) == 3 * 6
    assert grade(course) == ["unchanged"] * 6
