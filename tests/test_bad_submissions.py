"""A class in which nearly everything that can go wrong has: all are graded, nobody stops anybody.

The whole class is graded once; each test looks at one submission of it.
"""

import copy
import json
import sys

import mini_course
import nbformat
import pytest
from click.testing import CliRunner
from mini_course import LESSON, NOTEBOOK, answer, cell, hand_in
from nbformat.v4 import new_code_cell

from grader.cli import main
from grader.execution import Limits
from grader.grading.options import GradingOptions
from grader.grading.run import grade_lesson
from grader.report.results import read_results

DOUBLE = "def double(x):\n    return 2 * x"
COUNTER = """
    class Counter:
        def __init__(self, start):
            self.start = self.count = start

        def step(self):
            self.count += 1
            return self.count

        def reset(self):
            self.count = self.start
"""
FULL = {"double": 4, "Counter": 2}


def v3(notebook):
    """Return the notebook as Jupyter wrote it in 2014."""
    return json.dumps(nbformat.convert(copy.deepcopy(notebook), 3))


def make_class(course):
    solved = mini_course.solved(course)

    def right():
        return copy.deepcopy(solved)

    def changed(change):
        notebook = right()
        change(notebook)
        return notebook

    def with_metadata(grade_id, **metadata):
        return changed(lambda nb: cell(nb, grade_id).metadata.update(metadata))

    def put_first(source):
        return changed(lambda nb: nb.cells.insert(1, new_code_cell(source)))

    def other_kernel(nb):
        nb.metadata["kernelspec"] = {"name": "julia-1.9", "display_name": "Julia", "language": "j"}

    def copied_check(nb):
        position = nb.cells.index(cell(nb, "check-double"))
        nb.cells.insert(position + 1, copy.deepcopy(nb.cells[position]))

    def copied_solution(nb):
        position = nb.cells.index(cell(nb, "double"))
        nb.cells.insert(position, copy.deepcopy(nb.cells[position]))
        answer(nb, double="def double(x):\n    return x")  # an old try, above the right one

    def renamed_id(nb):
        cell(nb, "double").metadata["nbgrader"]["grade_id"] = "mine"

    def moved_solution(nb):
        nb.cells.append(new_code_cell(cell(nb, "double").source))
        nb.cells.remove(cell(nb, "double"))

    def points(nb):
        cell(nb, "check-double").metadata["nbgrader"]["points"] = 4000

    def retyped(nb):
        check = cell(nb, "check-double")
        check.cell_type = "markdown"
        del check["outputs"], check["execution_count"]

    hand_in(course, "right", right())
    hand_in(course, "untouched", mini_course.stub(course))
    hand_in(course, "empty-file", "")
    hand_in(course, "invalid-json", '{"cells": [')
    hand_in(course, "not-text", bytes(range(256)))
    hand_in(course, "nested", "[" * 100_000)
    hand_in(course, "a-list", "[1, 2, 3]")
    hand_in(course, "no-cells", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 7}')
    hand_in(course, "missing", None)
    hand_in(course, "folder", None).mkdir()
    hand_in(course, "renamed", right(), "my solution (1).ipynb")
    hand_in(course, "two-notebooks", right(), "a.ipynb")
    hand_in(course, "two-notebooks", right(), "b.ipynb")
    hand_in(course, "other-lesson", json.dumps(nbformat.v4.new_notebook()))
    hand_in(course, "other-kernel", changed(other_kernel))
    hand_in(course, "old-format", v3(right()))
    hand_in(course, "byte-order-mark", "\ufeff" + nbformat.writes(right()))
    hand_in(course, "김하늘", right(), "두 배.ipynb")
    hand_in(course, "[a]*?{b}", right())
    hand_in(course, "check-copied", changed(copied_check))
    hand_in(course, "check-deleted", changed(lambda nb: nb.cells.remove(cell(nb, "check-double"))))
    hand_in(
        course, "check-first", changed(lambda nb: nb.cells.sort(key=lambda c: c.id[:5] != "check"))
    )
    hand_in(course, "check-markdown", changed(retyped))
    hand_in(course, "check-edited", changed(lambda nb: cell(nb, "check-double").update(source="4")))
    hand_in(course, "check-skipped", with_metadata("check-double", tags=["skip-execution"]))
    hand_in(course, "solution-skipped", with_metadata("double", tags=["skip-execution"]))
    hand_in(course, "setup-deleted", changed(lambda nb: nb.cells.remove(cell(nb, "setup"))))
    hand_in(course, "solution-copied", changed(copied_solution))
    hand_in(course, "solution-deleted", changed(lambda nb: nb.cells.remove(cell(nb, "double"))))
    hand_in(course, "solution-elsewhere", changed(moved_solution))
    hand_in(course, "id-renamed", changed(renamed_id))
    hand_in(course, "points-raised", answer(changed(points), double="def double(x): pass"))
    hand_in(
        course,
        "warns",
        answer(
            right(),
            double="""
        def double(x):
            import warnings, sys
            warnings.warn("careful")
            print("trouble", file=sys.stderr)
            return 2 * x
        np.log(0)
    """,
        ),
    )
    hand_in(course, "cell-raises", put_first("1 / 0"))
    hand_in(course, "cell-loops", put_first("while True:\n    pass"))
    hand_in(
        course,
        "cell-clings",
        put_first(
            "while True:\n    try:\n        import time; time.sleep(0.1)\n"
            "    except KeyboardInterrupt:\n        pass"
        ),
    )
    hand_in(course, "loops", answer(right(), double="def double(x):\n    while True: pass"))
    hand_in(
        course,
        "loops-sometimes",
        answer(
            right(),
            double="""
        def double(x):
            while x.ndim == 2: pass
            return 2 * x
    """,
        ),
    )
    hand_in(course, "prints-50-mb", put_first("print('x' * 50_000_000)"))
    hand_in(
        course,
        "prints-on",
        answer(
            right(),
            double="""
        def double(x):
            print("y" * 1_000_000)
            return 2 * x
    """,
        ),
    )
    hand_in(course, "exits", put_first("exit()"))
    hand_in(course, "dies", answer(right(), Counter="import os\nos._exit(3)"))
    hand_in(course, "calls-exit", answer(right(), double="def double(x):\n    exit()"))
    (hand_in(course, "bad-timestamp", right()).parent / "timestamp.txt").write_text("yesterday-ish")


pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId"),
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = mini_course.make_course(tmp_path_factory.mktemp("class"))
    make_class(course)
    limits = Limits(cell_seconds=4, total_seconds=60)
    options = GradingOptions(limits=limits, feedback=False)
    outcomes = {o.student: o for o in grade_lesson(course, LESSON, options)}
    scores, messages = {}, {}
    for row in read_results(course, LESSON):
        if row.exercise != "why":
            scores.setdefault(row.student, {})[row.exercise] = row.score
            messages.setdefault(row.student, {})[row.exercise] = (row.verdict, row.message)
    return course, outcomes, scores, messages


def test_everybody_has_a_grade(graded):
    course, outcomes, scores, _ = graded
    students = {folder.name for folder in (course.root / "submitted").iterdir()}
    assert set(outcomes) == set(scores) == students
    assert {outcome.state for outcome in outcomes.values()} == {"graded"}
    for student in students:
        assert (course.root / "autograded" / student / LESSON / f"{NOTEBOOK}.ipynb").is_file()


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("empty-file", "doubling.ipynb is empty"),
        ("invalid-json", "not a notebook: invalid JSON"),
        ("not-text", "not a text file in UTF-8"),
        ("nested", "doubling.ipynb is"),
        ("a-list", "doubling.ipynb is not a"),
        ("no-cells", "doubling.ipynb is not a notebook"),
        ("missing", "there is no doubling.ipynb"),
        ("folder", "there is no doubling.ipynb"),
        ("two-notebooks", "there is no doubling.ipynb, and 2 other notebooks to choose from"),
        ("other-lesson", "holds no cell of lesson 01-doubling"),
    ],
)
def test_what_cannot_be_read_scores_0_and_needs_a_person(graded, student, reason):
    _, outcomes, scores, messages = graded
    assert scores[student] == {"double": 0, "Counter": 0}
    assert reason in outcomes[student].problem
    assert len(outcomes[student].problem.splitlines()) == 1
    verdict, message = messages[student]["double"]
    assert verdict == "unreadable" and reason in message


@pytest.mark.parametrize(
    ("student", "note"),
    [
        ("right", ""),
        ("renamed", "the notebook was renamed to my solution (1).ipynb"),
        ("other-kernel", ""),
        ("old-format", ""),
        ("byte-order-mark", ""),
        ("김하늘", "the notebook was renamed to 두 배.ipynb"),
        ("[a]*?{b}", ""),
        ("check-copied", "the cell check-double was there twice; its copy was ignored"),
        ("check-deleted", "the cell check-double was missing and was put back"),
        ("check-first", ""),
        ("check-markdown", "the cell check-double had become a markdown cell"),
        ("check-edited", "the locked cell check-double had been changed"),
        ("check-skipped", ""),
        ("solution-skipped", ""),
        ("setup-deleted", "the cell setup was missing and was put back"),
        ("solution-copied", "the cell double was there twice; its copy was ignored"),
        ("solution-deleted", "the cell double was missing and was put back"),
        ("id-renamed", "the cell id 'mine' is unknown and was ignored"),
        ("warns", ""),
        ("cell-raises", ""),
        ("cell-loops", "cell 2 was stopped after 4 s"),
        ("prints-50-mb", "cell 2 printed more than is kept"),
        ("prints-on", ""),
        ("exits", ""),
        ("bad-timestamp", "timestamp.txt holds no time"),
        ("solution-elsewhere", "the cell double was missing and was put back"),
    ],
)
def test_right_answers_keep_their_points(graded, student, note):
    _, outcomes, scores, messages = graded
    wanted = dict(FULL)
    if student == "solution-deleted":
        wanted["double"] = 0
        assert messages[student]["double"][0] == "not defined"
    assert scores[student] == wanted
    assert outcomes[student].problem == ""
    if note:
        assert any(note in text for text in outcomes[student].notes)


def test_untouched_scores_0_without_a_person(graded):
    _, outcomes, scores, messages = graded
    assert scores["untouched"] == {"double": 0, "Counter": 0}
    assert outcomes["untouched"].problem == ""
    assert messages["untouched"]["Counter"][0] == "not started"


def test_points_come_from_the_record(graded):
    _, _, scores, messages = graded
    assert scores["points-raised"] == {"double": 0, "Counter": 2}
    assert messages["points-raised"]["double"][0] == "returns nothing"


def test_a_loop_costs_the_cases_it_is_in(graded):
    _, outcomes, scores, messages = graded
    assert scores["loops"] == {"double": 0, "Counter": 2}
    assert messages["loops"]["double"][0] == "timed out"
    assert scores["loops-sometimes"] == {"double": 3, "Counter": 2}
    assert outcomes["loops"].problem == ""


def test_what_cannot_be_stopped_is_ended_and_told(graded):
    _, outcomes, scores, messages = graded
    assert scores["cell-clings"] == {"double": 0, "Counter": 0}
    assert "could not be stopped" in outcomes["cell-clings"].problem
    assert messages["cell-clings"]["double"][0] == "no answer"


def test_a_process_that_ends_itself_keeps_what_it_had(graded):
    _, outcomes, scores, _ = graded
    assert scores["dies"] == {"double": 4, "Counter": 0}
    assert "its process ended" in outcomes["dies"].problem
    assert scores["calls-exit"] == {"double": 0, "Counter": 2}


def test_reports_are_one_line_each_and_name_student_lesson_and_reason(graded):
    course, _, _, _ = graded
    result = CliRunner().invoke(main, ["--course", str(course.root), "grade", "01"])
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert any(x.startswith("dies, 01-doubling: needs a person: its process") for x in lines)
    assert any(x.startswith("empty-file, 01-doubling: needs a person: doubling") for x in lines)
    assert "43 unchanged, 0 failed; 12 need a person" in result.output


def test_output_is_cut(graded):
    course, _, _, _ = graded
    for student in ("prints-50-mb", "prints-on"):
        path = course.root / "autograded" / student / LESSON / f"{NOTEBOOK}.ipynb"
        assert path.stat().st_size < 1_000_000


def test_submissions_are_left_as_they_were(graded):
    course, _, _, _ = graded
    path = course.root / "submitted" / "check-deleted" / LESSON / f"{NOTEBOOK}.ipynb"
    assert "check-double" not in path.read_text(encoding="utf-8")
    assert not (course.root / "build" / "submitted").exists()


def test_nothing_is_left_running():
    if sys.platform != "linux":
        pytest.skip("looks into /proc")
    import os

    children = os.popen(f"ps --ppid {os.getpid()} -o args=").read()
    assert "ipykernel_launcher" not in children
