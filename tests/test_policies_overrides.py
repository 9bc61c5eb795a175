"""Scores given by hand, and grading one exercise again for everybody."""

import csv
import json
import shutil
import sqlite3

import mini_course
import nbformat
import pytest
from click.testing import CliRunner
from instant import InstantExecutor, grade_with
from mini_course import EXERCISES, LESSON, NOTEBOOK, answer, hand_in

from grader.build.build import build_lesson
from grader.cli import main
from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.grades import read_released_grades
from grader.notebook.cells import to_text
from grader.policies.overrides import override, read_overrides, remove_override
from grader.policies.regrade import regrade

pytestmark = pytest.mark.slow

HALF = "def double(x):\n    return x * x"
# Right on the second half of all runs: what a submission that draws lots does.
LUCK = """
import pathlib
_count = pathlib.Path(PATH)
_runs = int(_count.read_text() or 0) if _count.exists() else 0
_count.write_text(str(_runs + 1))

class Counter:
    def __init__(self, start):
        self.start = self.count = start
    def step(self):
        self.count += 1 if _runs else 2
        return self.count
    def reset(self):
        self.count = self.start
"""


def grade(course, feedback=False, make_executor=InstantExecutor, **options):
    options = {"workers": 1, "feedback": feedback, "make_executor": make_executor, **options}
    return grade_with(course, LESSON, **options)


class SandboxedExecutor(InstantExecutor):
    isolation = "default"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    course = mini_course.make_course(tmp_path_factory.mktemp("made") / "course")
    build_lesson(course, LESSON)
    solved = mini_course.solved(course)

    def variant(**code):
        return answer(nbformat.from_dict(json.loads(json.dumps(solved))), **code)

    # The path stands in the code: worker processes have the environment of their first test.
    luck = LUCK.replace("PATH", repr(str(course.root.parent / "luck.txt")))
    hand_in(course, "right", variant())
    hand_in(course, "half", variant(double=HALF))
    hand_in(course, "lucky", variant(double=HALF, Counter=luck))
    hand_in(course, "untouched", to_text(mini_course.stub(course)))
    grade(course, feedback=True)
    return course


@pytest.fixture
def course(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "course")
    (made.root.parent / "luck.txt").write_text("1", encoding="utf-8")  # graded once
    return Course(tmp_path / "course")


def row(course, student, cell):
    query = (
        "SELECT g.auto_score, g.manual_score, g.needs_manual_grade FROM grade g "
        "JOIN base_cell b ON b.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id "
        "JOIN submitted_assignment s ON s.id = n.assignment_id "
        "WHERE s.student_id = ? AND b.name = ?"
    )
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        found = connection.execute(query, (student, cell)).fetchone()
    connection.close()
    return found


def page(course, student):
    path = course.root / "feedback" / student / LESSON / f"{NOTEBOOK}.html"
    return path.read_text(encoding="utf-8")


def totals(course):
    return read_released_grades(course, LESSON).students


def points(course, student):
    return totals(course)[student].points


def test_an_override_is_kept_shown_and_taken_back(course):
    before = row(course, "half", "check-double")
    assert before == (0.0, None, 0) and points(course, "half") == 2.0
    assert "the sign was copied" not in page(course, "half")
    given = override(course, "01", "half", "double", 3, "Right idea; the sign was copied wrongly.")
    assert (given.score, given.points, given.automatic) == (3.0, 4.0, 0.0)
    assert row(course, "half", "check-double") == (0.0, 3.0, 0)
    assert points(course, "half") == 5.0
    text = page(course, "half")
    assert "Graded by hand: 3 of 4 points." in text and "the sign was copied wrongly" in text
    # Graded again with new cases: nbgrader's own rule keeps a person's score.
    grade(course, feedback=True, new_seed=True)
    assert row(course, "half", "check-double")[:2] == (0.0, 3.0)
    assert "the sign was copied wrongly" in page(course, "half")
    # Changed, and taken back: all is as it was.
    override(course, LESSON, "half", "double", 1, "Second thoughts.")
    assert "the sign was copied" not in page(course, "half")
    assert list(read_overrides(course, LESSON)) == [("half", "double")]
    remove_override(course, LESSON, "half", "double")
    assert row(course, "half", "check-double") == before
    assert "Graded by hand" not in page(course, "half")
    assert read_overrides(course, LESSON) == {}


def test_an_override_leaves_others_comments_and_scores(course):
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        connection.execute("UPDATE comment SET manual_comment = 'Nice try.'")
        connection.execute("UPDATE grade SET manual_score = 1, needs_manual_grade = 0")
    connection.close()
    override(course, LESSON, "right", "why", 2.5, "See the scheme.")
    text = page(course, "right")
    assert "Nice try." in text and "2.5 of 3" in text
    remove_override(course, LESSON, "right", "why")
    assert row(course, "right", "why")[1:] == (1.0, 0)
    assert "Nice try." in page(course, "right") and "See the scheme" not in page(course, "right")


def test_a_written_answer(course):
    override(course, LESSON, "right", "why", 3, "Well said.")
    assert row(course, "right", "why")[1:] == (3.0, 0)
    assert totals(course)["right"].waiting == 0
    remove_override(course, LESSON, "right", "why")
    assert row(course, "right", "why")[1:] == (None, 1)


@pytest.mark.parametrize(
    ("student", "exercise", "score", "why", "message"),
    [
        ("nobody", "double", 1, "x", "no graded submission of nobody"),
        ("half", "dubble", 1, "x", "There are: Counter, double, why"),
        ("half", "double", 5, "x", "from 0 to 4, not 5"),
        ("half", "double", -1, "x", "from 0 to 4, not -1"),
        ("half", "double", float("nan"), "x", "from 0 to 4"),
        ("half", "double", 1, "  ", "Say why"),
    ],
)
def test_overrides_that_cannot_be(course, student, exercise, score, why, message):
    with pytest.raises(GraderError, match=message):
        override(course, LESSON, student, exercise, score, why)
    assert read_overrides(course, LESSON) == {}
    with pytest.raises(GraderError, match="has no override"):
        remove_override(course, LESSON, student, exercise)


def test_an_override_changes_the_penalty(course):
    folder = course.root / "submitted" / "half" / LESSON
    (folder / "timestamp.txt").write_text("2026-11-21 00:00:00 UTC", encoding="utf-8")
    grade(course)
    (course.root / "policies.toml").write_text(
        "[late]\npercent = 10\n[lessons.01]\ndue = 2026-11-20T18:00:00\n", encoding="utf-8"
    )
    arguments = ["--course", str(course.root)]
    assert CliRunner().invoke(main, [*arguments, "policies", "01"]).exit_code == 0
    assert totals(course)["half"].penalty == pytest.approx(0.2)
    override(course, LESSON, "half", "double", 4, "x")
    assert totals(course)["half"].penalty == pytest.approx(0.6)
    remove_override(course, LESSON, "half", "double")
    assert totals(course)["half"].penalty == pytest.approx(0.2)


def test_the_override_command(course):
    def run(*arguments):
        return CliRunner().invoke(main, ["--course", str(course.root), "override", *arguments])

    result = run("01", "half", "double", "3", "--why", "[b]Sign.")
    assert (result.exit_code, result.output) == (
        0,
        "half, double: 3 of 4 by hand; the checks give 0\n",
    )
    assert "[b]Sign." in run("01").output
    assert run("01", "half", "double").exit_code == 2
    assert run("01", "half", "double", "3", "--remove").exit_code == 2
    result = run("01", "half", "double", "--remove")
    assert result.output == "half, double: 0 of 4, as before the override\n"


# Regrading


def change_check(course, old, new):
    path = course.root / "source" / LESSON / "exercises.py"
    text = EXERCISES.replace(old, new)
    assert text != EXERCISES
    path.write_text(text, encoding="utf-8")


EASIER = (
    '@double.case("a row of numbers", weight=3, draws=2)\n'
    "def row(double, rng):\n    double(rng.normal(size=3))",
    '@double.case("zeros and twos", weight=3, draws=2)\n'
    "def row(double, rng):\n    double(2.0 * rng.integers(0, 2, size=3))",
)


def run_regrade(course, *names, stop=False, **options):
    said = []

    def run(feedback):
        grade(course, feedback=feedback, **options)
        return stop

    return regrade(course, "01", names, run, said.append), said


def test_one_exercise_for_all(course):
    seed = json.loads((course.root / "grading" / f"{LESSON}.json").read_text())["seed"]
    others = {s: row(course, s, "check-Counter") for s in ("right", "half", "lucky", "untouched")}
    assert others["lucky"][0] == 0.0
    change_check(course, *EASIER)  # two times two is two squared
    override(course, LESSON, "lucky", "double", 1, "A gift.")
    done, said = run_regrade(course, "double")
    assert said == [] and done.compared == 4
    told = {(c.student, c.exercise): c for c in done.changes}
    assert set(told) == {("half", "double"), ("lucky", "double"), ("lucky", "Counter")}
    half = told["half", "double"]
    assert (half.before, half.after, half.counts) == (0.0, 3.0, 3.0)
    assert (half.verdict_before, half.verdict_after) == ("misconception", "misconception")
    assert told["lucky", "double"].counts == 1.0
    assert told["lucky", "double"].note == "a person's score stands"
    lucky = told["lucky", "Counter"]
    assert (lucky.before, lucky.after, lucky.counts) == (0.0, 2.0, 0.0)
    assert lucky.note == "put back: it is not of this exercise"
    # Nobody's other exercise has moved, in the gradebook and in the graded notebook.
    assert {s: row(course, s, "check-Counter") for s in others} == others
    notebook = json.loads(course.graded_notebook("lucky", LESSON).read_bytes())
    verdicts = {
        cell["metadata"]["twoapples"]["exercise"]: cell["metadata"]["twoapples"]["score"]
        for cell in notebook["cells"]
        if "exercise" in cell["metadata"].get("twoapples", {})
    }
    assert verdicts == {"double": 3.0, "Counter": 0.0}
    assert json.loads((course.root / "grading" / f"{LESSON}.json").read_text())["seed"] == seed
    # Grading once more finds everything graded.
    assert {outcome.state for outcome in grade(course)} == {"unchanged"}
    assert not list((course.root / "grading" / "regrade").glob("*"))


def test_regraded_in_a_sandbox_only_what_was_put_back_is_marked(course):
    change_check(course, *EASIER)

    def told():
        return {student: t.isolation for student, t in totals(course).items()}

    assert set(told().values()) == {"none"}
    done, _ = run_regrade(course, "double", make_executor=SandboxedExecutor)
    assert [c.student for c in done.changes if c.note.startswith("put back")] == ["lucky"]
    wanted = {**dict.fromkeys(("half", "right", "untouched"), "default"), "lucky": "none"}
    assert told() == wanted
    # The graded notebook says the same, if the ledger is lost.
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        connection.execute("DELETE FROM twoapples_graded")
    connection.close()
    assert told() == wanted
    again = grade(course, make_executor=SandboxedExecutor, sandbox_again=True)
    assert {o.student: o.state for o in again if o.state == "graded"} == {"lucky": "graded"}
    assert set(told().values()) == {"default"}


def test_other_checks_that_have_changed_are_named(course):
    change_check(
        course, 'Counter = Exercise("Counter", points=2)', 'Counter = Exercise("Counter", points=1)'
    )
    for _ in range(2):
        with pytest.raises(GraderError, match="checks of Counter have changed as well"):
            run_regrade(course, "double")
    assert row(course, "right", "check-Counter")[0] == 2.0
    with pytest.raises(GraderError, match="There are: double, Counter"):
        run_regrade(course, "tripple")


def test_nothing_has_changed(course):
    done, said = run_regrade(course, "double")
    assert done.changes == [] and done.compared == 4
    assert said == ["The check of double is the same as when it was last graded."]


def test_a_regrade_that_is_stopped_goes_on(course):
    change_check(course, *EASIER)
    done, _ = run_regrade(course, "double", stop=True)
    assert done.stopped
    assert row(course, "half", "check-double")[0] == 3.0
    done, said = run_regrade(course, "double")
    assert said[-1] == "A regrade of this lesson was stopped before; it goes on."
    assert ("half", 0.0, 3.0) in [(c.student, c.before, c.after) for c in done.changes]


def test_who_hands_in_anew_meanwhile_keeps_all_new_scores(course):
    change_check(course, *EASIER)
    right = (course.root / "submitted" / "right" / LESSON / f"{NOTEBOOK}.ipynb").read_bytes()
    hand_in(course, "untouched", right)
    done, _ = run_regrade(course, "double")
    mine = {c.exercise: (c.after, c.note) for c in done.changes if c.student == "untouched"}
    assert mine == {"double": (4.0, "handed in anew"), "Counter": (2.0, "handed in anew")}
    assert row(course, "untouched", "check-Counter")[0] == 2.0


def test_the_regrade_command(course, monkeypatch):
    change_check(course, *EASIER)

    def run_grading(course, lesson, options):
        return grade(course, feedback=options.feedback), 0

    monkeypatch.setattr("grader.cli.policies.run_grading", run_grading)
    out = course.root / "diff.csv"
    arguments = ["--course", str(course.root), "regrade", "01", "--exercise", "double"]
    arguments += ["--isolation", "none"]
    result = CliRunner().invoke(main, [*arguments, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "2 of 4 students changed" in result.output
    with open(out, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["student"], r["exercise"], r["from"], r["to"], r["counts"]) for r in rows] == [
        ("half", "double", "0", "3", "3"),
        ("lucky", "Counter", "0", "2", "0"),
        ("lucky", "double", "0", "3", "3"),
    ]


def test_nothing_is_graded_yet(tmp_path):
    course = mini_course.make_course(tmp_path)
    with pytest.raises(GraderError, match="is graded yet"):
        regrade(course, "01", ["double"], lambda feedback: False)
