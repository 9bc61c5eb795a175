"""Policies in a course: penalties, extensions, attempts, as nbgrader's own autograde has them."""

import datetime
import json
import shutil

import mini_course
import nbformat
import pytest
from by_nbgrader import grade_by_nbgrader
from click.testing import CliRunner
from instant import InstantExecutor
from lms_exports import zip_of
from mini_course import LESSON, NOTEBOOK, answer, hand_in

from grader.build.build import build_lesson
from grader.build.hidden_cases import make_plan
from grader.cli import main
from grader.cli.grade import run_grading
from grader.course.course import Course
from grader.gradebook.grades import read_released_grades
from grader.grading.options import GradingOptions
from grader.grading.run import grade_lesson
from grader.grading.schedulers.local import InThisProcess
from grader.lms.collect import collect
from grader.lms.placing import Place
from grader.nbgrader_api.read_config import read_settings
from grader.notebook.cells import to_text
from grader.policies import reading
from grader.policies.attempts import choose_attempts
from grader.policies.before import before_grading
from grader.policies.gradebook import apply, stale_penalties
from grader.policies.reading import read_policies

pytestmark = pytest.mark.slow

POLICIES = """\
[late]
percent = 10
points = 0.25
cap_percent = 60
grace_minutes = 30

[lessons.01]
due = 2026-11-20T18:00:00

[extensions]
extended = "2 days"
elsewhere = "2 days"
"""
TIMES = {
    "early": "2026-11-20 17:00:00 UTC",
    "grace": "2026-11-20 18:30:00 UTC",
    "late": "2026-11-20 18:31:00 UTC",
    "later": "2026-11-23 18:00:00 UTC",
    "never": "2027-01-01 00:00:00 UTC",
    "extended": "2026-11-23 18:00:00 UTC",
    "unstamped": None,
}
EXPECTED = {
    "early": 0,
    "grace": 0,
    "late": 0.6 + 0.25,
    "later": 3 * (0.6 + 0.25),
    "never": 3.6,
    "extended": 0.6 + 0.25,
    "unstamped": 0,
}


def grade(course):
    said = []
    options = GradingOptions(workers=1, feedback=False, make_executor=InstantExecutor)
    settings = read_settings(course)
    before_grading(course, LESSON, options, settings, say=said.append)
    grade_lesson(course, LESSON, options, settings=settings)
    return said


def brought_into_line(course):
    return apply(course, LESSON, read_policies(course.root), read_settings(course))


def chosen(course, executor):
    return choose_attempts(course, LESSON, read_policies(course.root), executor)


def penalties(course):
    totals = read_released_grades(course, LESSON).students
    return {s: t.penalty for s, t in totals.items() if t.points is not None}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    course = mini_course.make_course(tmp_path_factory.mktemp("made") / "course")
    build_lesson(course, LESSON)
    right = to_text(mini_course.solved(course))
    for student, stamp in TIMES.items():
        folder = hand_in(course, student, right).parent
        if stamp:
            (folder / "timestamp.txt").write_text(stamp, encoding="utf-8")
    return course


@pytest.fixture
def course(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "course")
    return Course(tmp_path / "course")


def write(course, text):
    (course.root / "policies.toml").write_text(text, encoding="utf-8")


def test_both_ways_give_the_same(course, tmp_path):
    write(course, POLICIES)
    brought_into_line(course)
    shutil.copytree(course.root, tmp_path / "nbgrader")
    theirs = Course(tmp_path / "nbgrader")
    said = grade(course)
    assert said == []  # it was applied already
    assert penalties(course) == pytest.approx(EXPECTED)
    grade_by_nbgrader(theirs, make_plan(course, LESSON))
    assert penalties(theirs) == pytest.approx(EXPECTED)


def test_nbgrader_reads_the_extension(course):
    from nbgrader.api import Gradebook

    write(course, POLICIES)
    grade(course)
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as book:
        submission = book.find_submission(LESSON, "extended")
        assert submission.extension == datetime.timedelta(days=2)
        assert submission.duedate == datetime.datetime(2026, 11, 22, 18)
        assert submission.total_seconds_late == 86_400
        # Who has not handed in has no submission because of an extension.
        assert {student.id for student in book.students} == set(TIMES)


def test_changed_policies_change_what_is_graded(course):
    grade(course)
    assert set(penalties(course).values()) == {0.0}
    write(course, POLICIES)
    assert "3 late penalties" not in str(stale_penalties(course, LESSON))
    done = brought_into_line(course)
    assert done.due and done.extended == ["extended"]
    assert penalties(course) == pytest.approx(EXPECTED)
    assert set(done.penalties) == {student for student, points in EXPECTED.items() if points}
    assert brought_into_line(course) == type(done)()
    # A lesson's own rule.
    write(course, POLICIES.replace("[lessons.01]", "[lessons.01]\nlate = {percent = 20}"))
    assert stale_penalties(course, LESSON) == [
        f"{LESSON}: 3 late penalties are not what policies.toml gives now, because it was changed "
        f"or somebody was graded by hand since; `grader policies {LESSON}` mends them"
    ]
    result = CliRunner().invoke(main, ["--course", str(course.root), "policies", "01"])
    assert "late penalty of extended: 0.85 → 1.45" in result.output
    assert penalties(course)["late"] == pytest.approx(1.45)
    assert stale_penalties(course, LESSON) == []


def test_grading_knows_the_lessons_own_penalty(course):
    write(course, POLICIES.replace("[lessons.01]", "[lessons.01]\nlate = {percent = 20}"))
    grade(course)
    assert penalties(course)["late"] == pytest.approx(0.2 * 6 + 0.25)


def test_a_run_reads_configuration_and_policies_once(course, monkeypatch):
    write(course, POLICIES)
    with open(course.root / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write("open('executed', 'a').write('once\\n')\n")
    parsed, parse = [], reading.parse_policies
    monkeypatch.setattr(reading, "parse_policies", lambda *a: parsed.append(a) or parse(*a))
    monkeypatch.chdir(course.root)
    options = GradingOptions(
        workers=1, make_scheduler=lambda order: InThisProcess(order, InstantExecutor())
    )
    outcomes, _ = run_grading(course, LESSON, options)
    assert [outcome.state for outcome in outcomes] == ["graded"] * len(TIMES)
    assert (course.root / "executed").read_text() == "once\n"
    assert len(parsed) == 1
    assert penalties(course) == pytest.approx(EXPECTED)


def test_nbgraders_plugin_knows_the_lesson(course, monkeypatch):
    from nbgrader.preprocessors import AssignLatePenalties

    from grader.nbgrader_api.converters import load_config

    write(course, POLICIES.replace("[lessons.01]", "[lessons.01]\nlate = {percent = 20}"))
    step = AssignLatePenalties(config=load_config(course.root))
    step.assignment_id = LESSON
    step.init_plugin()
    assert type(step.plugin_inst).__name__ == "PolicyPenalty"
    assert step.plugin_inst.late_submission_penalty("late", 6.0, 3600) == pytest.approx(1.45)
    write(course, "[attempts]\ncounts = 'best'\n")
    step.init_plugin()
    assert step.plugin_inst.late_submission_penalty("late", 6.0, 3600) is None
    (course.root / "policies.toml").unlink()
    assert "PolicyPenalty" not in str(load_config(course.root))


def test_the_command_checks(course):
    arguments = ["--course", str(course.root), "policies"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and "no policies.toml" in result.output
    write(course, POLICIES)
    result = CliRunner().invoke(main, [*arguments, "--check"])
    assert result.exit_code == 0 and "due 2026-11-20 18:00 UTC" in result.output
    write(course, "[late]\nprecent = 3")
    result = CliRunner().invoke(main, [*arguments, "--check"])
    assert result.exit_code == 2 and "late.precent" in result.output


# Attempts


def exported(course, tmp_path, name, notebook, day):
    path = f"7-9 - Ada - Nov {day}, 2026 600 PM/{NOTEBOOK}.ipynb"
    return zip_of(tmp_path / name, {path: to_text(notebook)})


@pytest.fixture
def three_attempts(course, tmp_path):
    """First nothing right, then all right, then half right and a day late."""

    def variant(**code):
        solved = mini_course.solved(course)
        return answer(nbformat.from_dict(json.loads(json.dumps(solved))), **code)

    shutil.rmtree(course.root / "submitted")
    notebooks = [
        mini_course.stub(course),
        variant(),
        variant(double="def double(x):\n    return x * x"),
    ]
    for day, notebook in zip((18, 21, 22), notebooks, strict=True):
        collect(course, LESSON, exported(course, tmp_path, f"{day}.zip", notebook, day))
    return course


def counting(course):
    return (course.root / "submitted" / "Ada" / LESSON / "timestamp.txt").read_text()[:10]


def test_the_latest_attempt_counts(three_attempts):
    course = three_attempts
    assert counting(course) == "2026-11-22"
    assert grade(course) == []
    write(course, POLICIES)
    assert chosen(course, InstantExecutor)[0].number == 3


def test_the_best_attempt_counts(three_attempts):
    course = three_attempts
    write(course, POLICIES + "[attempts]\ncounts = 'best'\n")
    said = grade(course)
    # 0 points; 6 and a day late; 2 points (the class) and two days late.
    assert said[-1] == "Ada: attempt 2 counts, the best of 0, 5.15, 1.1 points."
    assert counting(course) == "2026-11-21"
    total = read_released_grades(course, LESSON).students["Ada"]
    assert (total.points, total.penalty) == (6.0, pytest.approx(0.85))

    class NeverExecutor(InstantExecutor):
        def execute(self, *arguments):
            raise AssertionError("it was graded already")

    choices = chosen(course, NeverExecutor)
    assert [(c.points, c.number, c.changed) for c in choices] == [((0.0, 5.15, 1.1), 2, False)]
    # Back to the latest.
    write(course, POLICIES)
    assert grade(course)[-1] == "Ada: attempt 3 counts, the latest."
    assert counting(course) == "2026-11-22"
    assert read_released_grades(course, LESSON).students["Ada"].points == 2.0


def test_an_attempt_that_came_another_way_is_kept(three_attempts):
    course = three_attempts
    write(course, "[attempts]\ncounts = 'best'\n")
    path = course.root / "submitted" / "Ada" / LESSON / f"{NOTEBOOK}.ipynb"
    path.write_text(to_text(mini_course.stub(course)) + "\n", encoding="utf-8")
    (path.parent / "timestamp.txt").write_text("2026-11-25 00:00:00 UTC\n", encoding="utf-8")
    choice = chosen(course, InstantExecutor)[0]
    assert choice.points == (0.0, 6.0, 2.0, 0.0) and choice.number == 2
    attempts = Place(course.root, "Ada", LESSON, NOTEBOOK).attempts()
    assert [attempt.number for attempt in attempts] == [1, 2, 3, 4]


def test_before_the_first_grading(course, tmp_path, monkeypatch):
    (course.root / "gradebook.db").rename(tmp_path / "built.db")
    write(course, POLICIES)
    assert brought_into_line(course).due is False
    monkeypatch.setattr(
        "grader.build.build.build_lesson",
        lambda course, *_, **__: shutil.copyfile(
            tmp_path / "built.db", course.root / "gradebook.db"
        ),
    )
    said = grade(course)
    assert said == [
        "The due date of policies.toml was written to the gradebook.",
        "Extensions were written for extended.",
    ]
    assert penalties(course) == pytest.approx(EXPECTED)
