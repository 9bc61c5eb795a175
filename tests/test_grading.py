"""The sample class, graded by `grader grade` and by nbgrader's own command: the same scores."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.course.course import Course
from grader.demo import demo
from grader.execution import Limits
from grader.grading.options import GradingOptions
from grader.grading.run import grade_lesson
from grader.nbgrader_api.converters import gradebook
from grader.report.results import as_csv, as_json, read_results

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
LESSONS = ["02-softmax-cross-entropy", "03-computational-graphs"]
LIMITS = Limits(cell_seconds=10)


@pytest.fixture(scope="module")
def sample_class(tmp_path_factory):
    """Grade the sample class once, as `grader demo` does."""
    folder = tmp_path_factory.mktemp("class") / "demo"
    outcomes = {}

    def grade(course, lesson):
        # With any seed two of the shorter numbers, a hidden and a shown one, could look alike.
        (course.root / "grading").mkdir(exist_ok=True)
        seed = json.dumps({"lesson": lesson, "seed": 20_261_123})
        (course.root / "grading" / f"{lesson}.json").write_text(seed)
        graded = grade_lesson(course, lesson, GradingOptions(limits=LIMITS))
        outcomes[lesson] = {o.student: o for o in graded}

    scores = demo.run(Course(ROOT), folder, grade)
    return Course(folder), scores, outcomes


def test_everybody_gets_the_score_they_deserve(sample_class):
    _, scores, _ = sample_class
    assert len(scores) == 12
    got = {(s.sample.student, s.sample.lesson): s.score for s in scores}
    assert got == {(s.sample.student, s.sample.lesson): s.sample.score for s in scores}


def test_who_needs_a_person_is_told(sample_class):
    _, _, outcomes = sample_class
    needs = {(lesson, s) for lesson in outcomes for s, o in outcomes[lesson].items() if o.problem}
    assert needs == {(LESSONS[0], "hana"), (LESSONS[1], "kim")}


def test_the_table_in_readme_is_the_demos_output(sample_class):
    _, scores, _ = sample_class
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = demo.as_table(scores)
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=110, color_system=None).print(table)
    for line in out.getvalue().splitlines():
        assert line.rstrip() in readme


def test_misconceptions_are_named(sample_class):
    course, _, _ = sample_class
    rows = {(r.student, r.exercise): r for r in read_results(course, LESSONS[0])}
    assert rows["emil", "softmax"].verdict == "misconception"
    assert "divided by the sum over the whole batch" in rows["emil", "softmax"].message
    assert "N times too large" in rows["김하늘", "softmax_cross_entropy_gradient"].message
    assert rows["gus", "softmax"].verdict == "not started"
    assert rows["ada", "softmax"].verdict == "right"


def test_written_answers_wait_for_a_person(sample_class):
    course, _, _ = sample_class
    rows = {(r.student, r.exercise): r for r in read_results(course, LESSONS[0])}
    row = rows["ada", "p_minus_t"]
    assert (row.verdict, row.score) == ("waits for a person", None)
    with gradebook(course) as book:
        submission = book.find_submission_notebook("softmax-cross-entropy", LESSONS[0], "ada")
        assert submission.needs_manual_grade


def test_results_as_csv_and_json_say_the_same(sample_class):
    course, _, _ = sample_class
    rows = read_results(course, LESSONS[0])
    table = list(csv.DictReader(io.StringIO(as_csv(rows))))
    assert list(table[0]) == [
        "student",
        "lesson",
        "exercise",
        "points",
        "score",
        "verdict",
        "message",
        "isolation",
    ]
    data = json.loads(as_json(rows))
    for field in ("message", "isolation"):
        assert [r[field] for r in table] == [r[field] for r in data]
    assert {r["student"] for r in table} == {
        s for s in ["ada", "bo", "chidi", "dora", "emil", "gus", "hana", "김하늘"]
    }


def test_results_command_prints_every_format(sample_class):
    course, _, _ = sample_class
    for form, start in (("csv", "student,lesson"), ("json", "["), ("table", "┏")):
        result = CliRunner().invoke(
            main, ["--course", str(course.root), "results", "02", "--format", form]
        )
        assert result.exit_code == 0 and result.output.startswith(start)


def test_autograded_notebook_holds_outputs_and_verdicts(sample_class):
    course, _, _ = sample_class
    path = course.root / "autograded" / "emil" / LESSONS[0] / "softmax-cross-entropy.ipynb"
    notebook = nbformat.read(path, as_version=4)
    check = next(c for c in notebook.cells if c.id == "check-softmax")
    assert check.source == 'check("softmax")'
    box, score = check.outputs
    assert "whole batch" in box.data["text/html"] and "expected" in box.data["text/plain"]
    assert float(score.data["text/plain"]) == 2.0
    text = path.read_text(encoding="utf-8")
    assert "vnd.twoapples" not in text
    # Nobody asked for figures, and feedback pages need none.
    assert not any(
        "image/png" in o.get("data", {}) for c in notebook.cells for o in c.get("outputs", [])
    )


def test_feedback_page_tells_the_sentence_and_no_hidden_value(sample_class):
    course, _, _ = sample_class
    page = (
        course.root / "feedback" / "dora" / LESSONS[0] / "softmax-cross-entropy.html"
    ).read_text(encoding="utf-8")
    assert "overflows to infinity" in page
    assert "MARK SCHEME" not in page and "Model answer" not in page
    hidden = json.loads((course.root / "grading" / f"{LESSONS[0]}.json").read_text())["seed"]
    exercise = course.lesson(LESSONS[0]).coding("softmax")
    reference = exercise.reference.load()
    public = as_a_page_writes_them(exercise.exercise.public_trace(reference))
    numbers = as_a_page_writes_them(exercise.exercise.hidden_trace(reference, hidden))
    assert len(numbers) > 50
    # Written in full they count as well: so each is rounded as a page rounds it.
    shown = re.findall(r"\d+\.\d{4,}", page)
    shown = {*shown, *(f"{float(n):.6f}" for n in shown)}
    assert public & shown
    assert not numbers & shown


def as_a_page_writes_them(trace):
    """Return the numbers that a trace's steps hold, rounded as pages round those of arrays."""
    held = re.findall(r"\d+\.\d{4,}", json.dumps([case.steps for case in trace.cases]))
    return {f"{float(n):{form}}" for n in held for form in (".6f", ".6g")}


def test_grading_again_changes_nothing_and_does_nothing(sample_class):
    course, _, _ = sample_class
    before = as_csv(read_results(course, LESSONS[0]))
    outcomes = grade_lesson(course, LESSONS[0], GradingOptions(limits=LIMITS))
    assert {o.state for o in outcomes} == {"unchanged"}
    assert [o.student for o in outcomes if o.problem] == ["hana"]
    assert as_csv(read_results(course, LESSONS[0])) == before


def test_a_new_submission_alone_is_graded(sample_class, tmp_path):
    course = _copy(sample_class[0], tmp_path)
    folder = course.root / "submitted"
    name = "softmax-cross-entropy.ipynb"
    shutil.copyfile(folder / "ada" / LESSONS[0] / name, folder / "gus" / LESSONS[0] / name)
    outcomes = {
        o.student: o.state for o in grade_lesson(course, LESSONS[0], GradingOptions(feedback=False))
    }
    assert [s for s, state in outcomes.items() if state == "graded"] == ["gus"]
    rows = [r for r in read_results(course, LESSONS[0]) if r.student == "gus"]
    assert sum(r.score or 0 for r in rows) == 12


def test_regrading_gives_the_same_and_keeps_a_persons_score(sample_class, tmp_path):
    course = _copy(sample_class[0], tmp_path)
    for student in os.listdir(course.root / "submitted"):
        if student not in ("dora", "emil"):
            shutil.rmtree(course.root / "submitted" / student / LESSONS[0], ignore_errors=True)
    before = {(r.student, r.exercise): r for r in read_results(course, LESSONS[0])}
    with gradebook(course) as book:
        grade = book.find_grade("check-softmax", "softmax-cross-entropy", LESSONS[0], "emil")
        grade.manual_score = 3.5
        book.db.commit()
    outcomes = grade_lesson(course, LESSONS[0], GradingOptions(new_seed=True, feedback=False))
    assert {o.state for o in outcomes} == {"graded"}
    after = {(r.student, r.exercise): r for r in read_results(course, LESSONS[0])}
    assert after.pop(("emil", "softmax")).score == 3.5
    before.pop(("emil", "softmax"))
    assert after == before


def test_nbgraders_own_command_gives_the_same_scores(sample_class, tmp_path):
    """`nbgrader autograde` executes for itself here; only the recorded seed is shared."""
    course = _copy(sample_class[0], tmp_path)
    wanted = {(r.student, r.exercise): r for r in read_results(course, LESSONS[0])}
    shutil.rmtree(course.root / "autograded")
    for student in os.listdir(course.root / "submitted"):  # four are enough, and quicker
        if student not in ("ada", "dora", "emil", "gus"):
            shutil.rmtree(course.root / "submitted" / student)
    with gradebook(course) as book:
        for submission in book.assignment_submissions(LESSONS[0]):
            book.remove_submission(LESSONS[0], submission.student.id)
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", LESSONS[0]],
        cwd=course.root, env=environment, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {(r.student, r.exercise): r for r in read_results(course, LESSONS[0])}
    assert {student for student, _ in found} == {"ada", "dora", "emil", "gus"}
    for key, row in found.items():
        assert row == wanted[key]


def test_exit_status_says_whether_a_person_is_needed(sample_class):
    course, _, _ = sample_class
    run = CliRunner().invoke
    result = run(main, ["--course", str(course.root), "grade", "02"])
    assert result.exit_code == 1
    assert "hana, 02-softmax-cross-entropy: needs a person: " in result.output
    assert "0 graded, 8 unchanged, 0 failed; 1 need a person" in result.output


def test_nothing_handed_in_is_told_in_one_line(tmp_path):
    for name in ("source", "solutions"):
        shutil.copytree(ROOT / name, tmp_path / name)
    result = CliRunner().invoke(main, ["--course", str(tmp_path), "grade", "02"])
    assert result.exit_code == 2
    assert "Nothing was handed in for 02-softmax-cross-entropy" in result.output
    assert not (tmp_path / "grading").exists()


def _copy(course, target):
    copy = target / "course"
    shutil.copytree(course.root, copy)
    return Course(copy)
