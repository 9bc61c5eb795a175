"""What was graded without a sandbox is marked wherever an instructor reads grades."""

import csv
import hashlib
import io
import json
import shutil
import sqlite3
from types import SimpleNamespace

import class_of_twelve
import mini_course
import pytest
from class_of_twelve import STUDENTS, copied, grade, states
from click.testing import CliRunner
from instant import InstantExecutor
from killed_run import run_killed
from mini_course import LESSON, NOTEBOOK, hand_in

from grader.cli import main
from grader.cli.progress import count
from grader.course.course import Course
from grader.gradebook import ledger, writer
from grader.gradebook.grades import read_released_grades
from grader.gradebook.ledger import Entry
from grader.gradebook.opening import open_database
from grader.gradebook.unprotected import Unprotected, isolation_of
from grader.grading.run import Listener
from grader.grading.schedulers.local import InThisProcess
from grader.judging.isolation import NOTHING_RUN, UNKNOWN, weaker
from grader.lms.export import FORMATS
from grader.nbgrader_api import converters as nbgrader_course
from grader.plugins import autograde as nbgrader_plugin
from grader.policies.attempts import choose_attempts
from grader.policies.reading import read_policies
from grader.report.data import read_class
from grader.report.results import read_results
from grader.tools.files import signature

pytestmark = pytest.mark.slow

OLD_TABLE = [name for name in ledger._COLUMNS if name != "isolation"]


class Sandboxed(InstantExecutor):
    isolation = "default"


def in_sandbox(order):
    return InThisProcess(order, Sandboxed())


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    return class_of_twelve.make(tmp_path_factory.mktemp("class"))


@pytest.fixture
def course(handed_in, tmp_path):
    return copied(handed_in, tmp_path / "course")


def totals(course):
    return read_released_grades(course, LESSON).students


def run(course, *arguments):
    return CliRunner().invoke(main, ["--course", str(course.root), *arguments])


def told(course):
    """Return what each reader of grades says of each student's sandbox; all must agree."""
    rows = {row.student: row.isolation for row in read_results(course, LESSON)}
    report = {s.student: s.isolation for s in read_class(course, LESSON).students}
    assert rows == report == {s: one.isolation for s, one in totals(course).items()}
    return rows


def path_of(course, student):
    return course.graded_notebook(student, LESSON)


def entries(course):
    database = open_database(course.database, course.root, print)
    try:
        return ledger.all_entries(database, LESSON)
    finally:
        database.close()


def change(course, *statements):
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def make_old(course):
    """Turn the ledger into one of the version that had no such column."""
    columns = ", ".join(OLD_TABLE)
    change(
        course,
        "ALTER TABLE twoapples_graded RENAME TO newer",
        ledger._CREATE.replace("    isolation VARCHAR(16) DEFAULT '' NOT NULL,\n", ""),
        f"INSERT INTO twoapples_graded ({columns}) SELECT {columns} FROM newer",
        "DROP TABLE newer",
    )


def rewrite(course, student, **summary):
    """Change the summary in a graded notebook; None takes an entry away."""
    path = path_of(course, student)
    notebook = json.loads(path.read_bytes())
    graded = notebook["metadata"]["twoapples"]["graded"]
    graded.update(summary)
    for key in [key for key, value in graded.items() if value is None]:
        del graded[key]
    path.unlink()
    path.write_text(json.dumps(notebook), encoding="utf-8")


# The readers


def test_a_class_without_a_sandbox_is_marked_everywhere(course):
    hand_in(course, STUDENTS[0], "")  # nothing of it is run
    outcomes = list(grade(course).values())
    assert {s: e.isolation for s, e in entries(course).items()} == told(course)
    assert (count(outcomes)["without_sandbox"], count(outcomes)["sandbox_unknown"]) == (11, 0)
    wanted = {**dict.fromkeys(STUDENTS, "none"), STUDENTS[0]: NOTHING_RUN}
    assert told(course) == {o.student: o.isolation for o in outcomes} == wanted

    sentence = "11 of 12 submissions were graded without a sandbox (--isolation none): student-01, "
    command = f"grader grade {LESSON} --sandbox-again"
    table = run(course, "results", "01")
    assert sentence in table.stdout and command in table.stdout
    assert table.stdout.count("(no sandbox)") == 11

    rows = list(csv.DictReader(io.StringIO(run(course, "results", "01", "--format", "csv").stdout)))
    assert {row["student"]: row["isolation"] for row in rows} == wanted
    rows = json.loads(run(course, "results", "01", "--format", "json").stdout)
    assert {row["student"]: row["isolation"] for row in rows} == wanted

    report = run(course, "report", "01", "--no-similarity")
    assert sentence in report.stdout and command in report.stdout
    data = json.loads((course.root / "reports" / f"{LESSON}.json").read_bytes())
    assert data["graded_without_sandbox"] == STUDENTS[1:] and data["sandbox_unknown"] == []
    assert {s["student"]: s["isolation"] for s in data["students"]} == wanted
    with open(course.root / "reports" / f"{LESSON}.csv", encoding="utf-8-sig", newline="") as file:
        assert {row["student"]: row["isolation"] for row in csv.DictReader(file)} == wanted


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_warns_and_its_file_stays_as_the_lms_wants_it(course, form):
    file = course.root / "grades.csv"
    grade(course, make_scheduler=in_sandbox)
    clean = run(course, "export", "01", "--to", form, "--out", str(file))
    wanted = file.read_bytes()
    assert clean.exit_code == 0 and clean.stderr == ""
    change(course, "UPDATE twoapples_graded SET isolation = 'none' WHERE student > 'student-09'")
    warned = run(course, "export", "01", "--to", form, "--out", str(file))
    assert (warned.exit_code, warned.stdout) == (0, clean.stdout)
    assert file.read_bytes() == wanted
    assert (
        "2 of 12 submissions were graded without a sandbox (--isolation none): student-10, "
        "student-11." in warned.stderr
    )


def test_in_a_sandbox_there_is_no_mark(course):
    outcomes = grade(course, make_scheduler=in_sandbox)
    assert count(list(outcomes.values()))["without_sandbox"] == 0
    assert set(told(course).values()) == {"default"}
    out = str(course.root / "x.csv")
    for command in (["results", "01"], ["report", "01"], ["export", "01", "--out", out]):
        said = run(course, *command)
        assert said.exit_code == 0 and "a sandbox" not in said.output
        assert "(no sandbox)" not in said.output
    page = (course.root / "reports" / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "graded without a sandbox" not in page.partition("<script>")[0]


def test_the_doctor_tells_what_to_grade_again(course, tmp_path, monkeypatch):
    monkeypatch.setattr("grader.sandbox.doctor.examine", lambda: [])
    quiet = run(course, "doctor")
    grade(course)
    said = run(course, "doctor")
    assert said.exit_code == quiet.exit_code == 0 and "sandbox (" not in quiet.output
    assert said.output.startswith(quiet.output)
    assert f"{LESSON}: 12 of 12 submissions were graded without a sandbox" in said.output
    grade(course, make_scheduler=in_sandbox, sandbox_again=True)
    assert run(course, "doctor").output == quiet.output
    # Where there is no course, or nothing that can be read, it is about the machine alone.
    (course.root / "gradebook.db").unlink()
    assert run(course, "doctor").output == quiet.output
    with open(course.root / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write("\nthis is no Python\n")
    assert run(course, "doctor").output == quiet.output
    elsewhere = CliRunner().invoke(main, ["--course", str(tmp_path), "doctor"])
    assert elsewhere.output == quiet.output


def test_students_are_not_told(course):
    """They can do nothing about it; their page is the same, however they were graded."""
    pages = []
    for scheduler in (class_of_twelve.in_process, in_sandbox):
        grade(course, make_scheduler=scheduler, feedback=True, sandbox_again=True)
        page = course.root / "feedback" / STUDENTS[0] / LESSON / f"{NOTEBOOK}.html"
        pages.append(page.read_text(encoding="utf-8"))
    assert pages[0] == pages[1] and "sandbox" not in pages[0]


# Graded again


def test_graded_again_in_a_sandbox_the_mark_is_gone(course):
    grade(course)
    before = run(course, "results", "01", "--format", "csv").stdout
    assert set(states(grade(course, make_scheduler=in_sandbox))) == {"unchanged"}
    assert set(told(course).values()) == {"none"}  # nothing was graded, so nothing is better
    again = grade(course, make_scheduler=in_sandbox, sandbox_again=True)
    assert set(states(again)) == {"graded"}
    after = run(course, "results", "01", "--format", "csv").stdout
    # The hidden cases are the same, and so the scores.
    assert after == before.replace(",none\n", ",default\n") != before
    assert set(states(grade(course, make_scheduler=in_sandbox, sandbox_again=True))) == {
        "unchanged"
    }
    # New cases without a sandbox: the mark is back.
    grade(course, new_seed=True)
    assert set(told(course).values()) == {"none"}


@pytest.fixture
def small_batches(monkeypatch):
    init = writer.Writer.__init__
    monkeypatch.setattr(writer.Writer, "__init__", lambda *a, **k: init(*a, **{**k, "batch": 2}))


def test_killed_without_a_sandbox_and_continued_in_one(course, tmp_path, small_batches):
    whole = copied(course, tmp_path / "whole")
    status, steps = run_killed(whole)
    assert status == 0
    assert run_killed(course, steps * 3 // 5)[0] != 0
    killed = set(entries(course))
    assert 0 < len(killed) < len(STUDENTS)
    outcomes = grade(course, make_scheduler=in_sandbox)
    wanted = {s: "none" if s in killed else "default" for s in STUDENTS}
    assert {s: o.isolation for s, o in outcomes.items()} == told(course) == wanted
    assert count(list(outcomes.values()))["without_sandbox"] == len(killed)
    assert set(read_class(course, LESSON).unprotected.without) == killed
    # A run that grades them again and is stopped leaves those marked that it has not reached.
    reached = []
    grade(
        course,
        make_scheduler=in_sandbox,
        sandbox_again=True,
        listener=Listener(progress=reached.append, stop=lambda: len(reached) > 1),
    )
    again = {o.student for o in reached if o.state == "graded"}
    assert again and killed - again
    assert told(course) == {s: "none" if s in killed - again else "default" for s in STUDENTS}
    grade(course, make_scheduler=in_sandbox, sandbox_again=True)
    assert set(told(course).values()) == {"default"}


def test_stopped_in_a_sandbox_and_continued_without_one(course, small_batches):
    reached = []
    listener = Listener(progress=reached.append, stop=lambda: len(reached) >= 4)
    grade(course, make_scheduler=in_sandbox, listener=listener)
    first = set(entries(course))
    assert 0 < len(first) < len(STUDENTS)
    grade(course)
    assert told(course) == {s: "default" if s in first else "none" for s in STUDENTS}


def test_the_command_says_how_to_continue_in_the_same_way(course, monkeypatch):
    monkeypatch.setattr("grader.grading.options.choose_executor", lambda *a, **k: InstantExecutor())
    for student in STUDENTS[1:]:
        shutil.rmtree(course.root / "submitted" / student)
    result = run(course, "grade", "01", "--isolation", "none", "--no-feedback")
    assert result.exit_code == 0, result.output
    assert "1 of 1 submissions was graded without a sandbox (--isolation none)" in result.stdout
    result = run(course, "grade", "01", "--isolation", "none", "--sandbox-again")
    assert result.exit_code == 2 and "--sandbox-again needs a sandbox" in result.output

    def stopped(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("grader.grading.run.grade_lesson", stopped)
    result = run(course, "grade", "01", "--isolation", "none")
    assert f"To continue: grader grade {LESSON} --isolation none\n" in result.output


# nbgrader's own command, and gradebooks of older versions


def by_nbgrader(course, student, isolation, monkeypatch):
    """Run nbgrader's own Autograde, as its command and formgrader's button do."""
    from nbgrader.converters import Autograde

    def executor(isolation, figures):
        made = InstantExecutor()
        made.isolation = isolation
        return made

    monkeypatch.setattr(nbgrader_plugin, "_executor", executor)
    config = nbgrader_course.load_config(course.root)
    config.GradeExercises.isolation = isolation
    converter = nbgrader_course.convert_one(Autograde, course, config, student, LESSON, NOTEBOOK)
    nbgrader_course.run_converter(converter, "grading one")


def test_nbgraders_own_command_is_marked_as_well(course, monkeypatch):
    grade(course, make_scheduler=in_sandbox)
    change(
        course, f"UPDATE twoapples_graded SET isolation = 'none' WHERE student = '{STUDENTS[1]}'"
    )
    by_nbgrader(course, STUDENTS[0], "none", monkeypatch)
    by_nbgrader(course, STUDENTS[1], "default", monkeypatch)
    shutil.copytree(course.root / "submitted" / STUDENTS[2], course.root / "submitted" / "newcomer")
    by_nbgrader(course, "newcomer", "none", monkeypatch)
    marked = {STUDENTS[0]: "none", "newcomer": "none"}
    assert told(course) == {**dict.fromkeys(STUDENTS, "default"), **marked}
    # Where nbgrader runs other steps than ours, nothing is known, and that is said.
    notebook = json.loads(path_of(course, "newcomer").read_bytes())
    del notebook["metadata"]["twoapples"]
    path_of(course, "newcomer").unlink()
    path_of(course, "newcomer").write_text(json.dumps(notebook), encoding="utf-8")
    assert told(course)["newcomer"] == UNKNOWN
    assert "Whether in a sandbox is not known." in run(course, "results", "01").stdout
    assert set(told(course).values()) == {"default", "none", UNKNOWN}
    assert states(grade(course, make_scheduler=in_sandbox)).count("graded") == 3
    assert set(told(course).values()) == {"default"}


def test_an_old_gradebook_is_read_and_made_new(course):
    grade(course)
    scores = [(r.student, r.score) for r in read_results(course, LESSON)]
    make_old(course)
    for student in STUDENTS[:3]:  # graded before notebooks said it
        rewrite(course, student, isolation=None)
        path = path_of(course, student)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        change(
            course,
            f"UPDATE twoapples_graded SET file = '{digest}', signature = '{signature(path)}' "
            f"WHERE student = '{student}'",
        )
    wanted = {s: UNKNOWN if s in STUDENTS[:3] else "none" for s in STUDENTS}
    before = (course.root / "gradebook.db").read_bytes()
    assert told(course) == wanted
    assert (course.root / "gradebook.db").read_bytes() == before  # looking changes nothing
    report = run(course, "report", "01")
    assert "9 of 12 submissions were graded without a sandbox" in report.stdout
    assert "3 of 12 submissions were graded by an older version" in report.stdout
    table = run(course, "results", "01").stdout
    assert (table.count("(no sandbox)"), table.count("(sandbox unknown)")) == (9, 3)

    assert set(states(grade(course, make_scheduler=in_sandbox))) == {"unchanged"}
    assert {s: e.isolation for s, e in entries(course).items()} == told(course) == wanted
    assert set(states(grade(course, make_scheduler=in_sandbox, sandbox_again=True))) == {"graded"}
    assert set(told(course).values()) == {"default"}
    assert [(r.student, r.score) for r in read_results(course, LESSON)] == scores


def test_without_a_ledger_notebooks_say_it(course):
    grade(course)
    change(course, "DROP TABLE twoapples_graded")
    assert set(told(course).values()) == {"none"}
    assert set(states(grade(course, make_scheduler=in_sandbox))) == {"unchanged"}
    assert set(told(course).values()) == {"none"}
    change(course, "DELETE FROM twoapples_graded")
    grade(course, make_scheduler=in_sandbox, sandbox_again=True)
    assert set(told(course).values()) == {"default"}


def test_who_is_not_graded_has_no_mark(course):
    grade(course, make_scheduler=in_sandbox)
    change(
        course,
        "INSERT INTO student VALUES ('fay', 'Fay', NULL, NULL, NULL)",
        # As nbgrader does it when somebody gets an extension before anything is graded.
        "INSERT INTO submitted_assignment (id, assignment_id, student_id) "
        "SELECT 'x', id, 'fay' FROM assignment",
    )
    students = {s.student: s.isolation for s in read_class(course, LESSON).students}
    assert students.pop("fay") == "" and set(students.values()) == {"default"}
    assert {r.isolation for r in read_results(course, LESSON) if r.student == "fay"} == {""}
    assert read_class(course, LESSON).unprotected.sentences() == []
    export = run(course, "export", "01", "--out", str(course.root / "x.csv"))
    assert export.stderr == ""


# Where ledger and notebook differ


@pytest.mark.parametrize(
    ("entry", "file", "submission", "wanted"),
    [
        ("none", "default", "digest", "none"),  # killed between the file and the rows
        ("default", "none", "digest", "none"),
        ("default", "strict", "digest", "default"),
        ("default", None, "digest", UNKNOWN),
        ("default", "nonsense", "digest", UNKNOWN),
        ("none", "default", "", "default"),  # nbgrader's own command has written it since
        ("default", "none", "", "none"),
        ("", "none", "digest", "none"),  # an older version's
        ("", None, "digest", UNKNOWN),
    ],
)
def test_a_file_that_is_not_the_ledgers(tmp_path, entry, file, submission, wanted):
    path = tmp_path / "doubling.ipynb"
    summary = {"submission": submission, "isolation": file}
    path.write_text(json.dumps({"metadata": {"twoapples": {"graded": summary}}}))
    one = Entry("id", "", "", "another digest", "another signature", isolation=entry)
    assert isolation_of(one, path) == wanted
    for broken in ("", "[]", '{"metadata": {"twoapples": {"graded": 1}}}', '{"metadata": 1}'):
        path.write_text(broken)
        assert isolation_of(one, path) == ("none" if entry == "none" else UNKNOWN)
    path.unlink()
    assert isolation_of(one, path) == (entry or UNKNOWN)
    assert isolation_of(None, path) == UNKNOWN


def test_what_is_merged_is_as_weak_as_its_weaker_part():
    assert weaker("default", NOTHING_RUN) == "default"
    assert weaker("none", "") == weaker("strict", "none") == "none"
    assert weaker(UNKNOWN, "strict") == weaker("", "default") == UNKNOWN


def test_many_names_are_not_all_listed():
    found = Unprotected.among(
        "02", (SimpleNamespace(student=f"s{k:02}", isolation="none") for k in range(40))
    )
    sentence = found.sentences()[0]
    assert sentence.startswith("40 of 40 submissions") and "s07, …" in sentence
    assert "s08" not in sentence


# Attempts


def test_attempts_judged_without_a_sandbox_are_judged_again_in_one(course, monkeypatch):
    (course.root / "policies.toml").write_text("[attempts]\ncounts = 'best'\n", encoding="utf-8")
    policies = read_policies(course.root)
    runs = []

    class Counting(Sandboxed):
        def execute(self, *arguments):
            runs.append(self.isolation)
            return super().execute(*arguments)

    class CountingWithout(Counting):
        isolation = "none"

    for number, notebook in enumerate((mini_course.solved(course), mini_course.stub(course)), 1):
        folder = course.root / "attempts" / "student-00" / LESSON / f"{number}"
        folder.mkdir(parents=True)
        mini_course.hand_in(course, "student-00", notebook)
        shutil.copytree(
            course.root / "submitted" / "student-00" / LESSON, folder, dirs_exist_ok=True
        )
    assert choose_attempts(course, LESSON, policies, CountingWithout)[0].points == (6.0, 0.0)
    assert runs == ["none"] * 2
    choose_attempts(course, LESSON, policies, CountingWithout)
    assert runs == ["none"] * 2  # each once
    assert choose_attempts(course, LESSON, policies, Counting, sandboxed=True)[0].number == 1
    assert runs == ["none"] * 2 + ["default"] * 2
    choose_attempts(course, LESSON, policies, Counting, sandboxed=True)
    choose_attempts(course, LESSON, policies, CountingWithout)
    assert len(runs) == 4


def test_the_course_can_be_anywhere(course, tmp_path, monkeypatch):
    grade(course)
    moved = Course(shutil.copytree(course.root, tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)
    assert set(told(moved).values()) == {"none"}  # all files have other times here
