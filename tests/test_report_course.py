"""The report of a course that was really graded, through the command."""

from __future__ import annotations

import json
import sqlite3

import pytest
from click.testing import CliRunner
from instant import InstantExecutor, grade_with
from mini_course import LESSON, answer, hand_in, make_course, solved, stub

from grader.cli import main
from grader.course.course import Course
from grader.grading.schedulers.local import InThisProcess
from grader.report.data import read_class
from grader.report.likeness import compare_class

pytestmark = pytest.mark.slow

LONG = "\n".join(
    f"    y = y + np.where(x > {k}, np.exp({k} * x), x[{k}:].sum() / {k + 1})" for k in range(9)
)
ODD = f"def double(x):\n    y = x\n{LONG}\n    return x * 2\n"
DISGUISED = ODD.replace("y", "result").replace("x ", "numbers ") + "# mine"
HELPER = "def helper(a):\n    return a"


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    course = make_course(tmp_path_factory.mktemp("report"))
    squared = "def double(x):\n    return x * x"
    for student, code in {
        "ada": None,
        "bo": squared,
        "dora": squared,
        "odd": ODD,
        "odd-too": DISGUISED,
        "김하늘": None,
    }.items():
        content = answer(solved(course), double=code) if code else solved(course)
        hand_in(course, student, content)
    hand_in(course, "gus", stub(course))
    hand_in(course, "hana", "")
    (course.root / "submitted" / "bo" / LESSON / "timestamp.txt").write_text(
        "2026-11-20 18:30:00 UTC"
    )
    outcomes = grade_with(
        course, LESSON, make_scheduler=lambda order: InThisProcess(order, InstantExecutor())
    )
    assert len(outcomes) == 8
    gradebook = sqlite3.connect(course.root / "gradebook.db")
    with gradebook:
        gradebook.execute("UPDATE assignment SET duedate = '2026-11-20 18:00:00.000000'")
        gradebook.execute("INSERT INTO student VALUES ('fay', 'Fay', 'Missing', NULL, NULL)")
        gradebook.execute("UPDATE student SET first_name = 'Ada', last_name = 'L' WHERE id = 'ada'")
    gradebook.close()
    hand_in(course, "late-comer", stub(course))
    return course


def report(course, *options):
    result = CliRunner().invoke(main, ["--course", str(course.root), "report", "01", *options])
    return result.exit_code, result.output.replace("\n", " ")


def test_the_class_is_read_from_gradebook_and_folders(course):
    results = read_class(course, LESSON)
    students = {student.student: student for student in results.students}
    assert {name: student.state for name, student in students.items()} == {
        **dict.fromkeys(("ada", "bo", "dora", "gus", "hana", "odd", "odd-too", "김하늘"), "graded"),
        "fay": "missing",
        "late-comer": "not graded",
    }
    assert [e.name for e in results.exercises] == ["double", "Counter", "why"]
    assert (students["ada"].name, students["ada"].score) == ("Ada L", 6.0)
    assert students["hana"].problem == "doubling.ipynb is empty"
    assert students["bo"].late.total_seconds() == 1800
    assert students["bo"].results[0].verdict == "misconception"
    assert students["ada"].results[2].score is None
    assert f"{results.due:%Y-%m-%d}" == "2026-11-20"


def test_submissions_that_are_alike_are_found_in_graded_notebooks(course):
    likeness = compare_class(course, LESSON)
    pairs = [(p.first.student, p.second.student) for p in likeness.comparison.pairs]
    assert pairs == [("odd", "odd-too")]
    names = [piece.name for piece in likeness.works["odd"].pieces]
    assert names == ["double", "Counter"]  # the lesson's own cells are given


def test_the_command_writes_three_files(course):
    status, said = report(course)
    assert status == 0
    assert "8 of 10 students have been graded; pairs of submissions to read side by side: 1" in said
    folder = course.root / "reports"
    page = (folder / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "The numbers were squared." in page and "김하늘" in page and "Ada L (ada)" in page
    data = json.loads((folder / f"{LESSON}.json").read_text(encoding="utf-8"))
    assert data["misconceptions"][0]["students"] == ["bo", "dora"]
    assert data["alike"][0]["students"] == ["odd", "odd-too"]
    assert (folder / f"{LESSON}.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,name,state,")


def test_names_can_be_hidden(course, tmp_path):
    out = tmp_path / "new" / "page.html"
    options = ("--hide-names", "--out", str(out), "--json", str(tmp_path / "data.json"))
    assert report(course, *options)[0] == 0
    texts = [
        path.read_text(encoding="utf-8")
        for path in (out, out.with_suffix(".csv"), tmp_path / "data.json")
    ]
    for text in texts:
        assert not [
            n for n in ("Ada L", "odd-too", "김하늘", "late-comer", "Fay", "hana") if n in text
        ]
        assert text.count("Student ") >= 10
    codes = {one["student"] for one in json.loads(texts[2])["students"]}
    assert report(course, *options)[0] == 0
    again = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    assert {one["student"] for one in again["students"]} == codes  # the same next time


def test_similarity_can_be_left_out(course, tmp_path):
    out = str(tmp_path / "page.html")
    assert report(course, "--no-similarity", "--out", out)[0] == 0
    assert "side by side" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_an_edited_released_notebook_is_not_given_code(course):
    path = course.root / "notebooks" / LESSON / "doubling.ipynb"
    before = path.read_text(encoding="utf-8")
    notebook = json.loads(before)
    notebook["cells"][-1]["source"] = ODD
    path.write_text(json.dumps(notebook), encoding="utf-8")
    try:
        assert len(compare_class(course, LESSON).comparison.pairs) == 1
    finally:
        path.write_text(before, encoding="utf-8")


def test_what_goes_wrong_is_said_in_a_sentence(course, tmp_path):
    same = str(tmp_path / "x.html")
    for options, sentence in [
        (("--out", same, "--csv", same), "need three different files"),
        (("--out", str(course.root / "gradebook.db" / "x.html")), "cannot be written"),
    ]:
        status, said = report(course, "--no-similarity", *options)
        assert (status, sentence in said) == (2, True), said
    empty = make_course(tmp_path / "empty")
    assert "Grade 01-doubling first" in report(empty)[1]
