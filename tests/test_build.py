"""From a lesson's text to the notebook that a learner opens."""

import json

import mini_course
import nbformat
import pytest

from grader.build.build import build_lesson, check_lesson, solve_lesson
from grader.course.course import Course
from grader.errors import CourseError
from grader.notebook.cells import digest
from twoapples.checking import traces

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    course = mini_course.make_course(tmp_path_factory.mktemp("course"))
    assert build_lesson(course, mini_course.LESSON) == []
    return course


def released(course):
    folder = course.root / "notebooks" / mini_course.LESSON
    return nbformat.read(folder / f"{mini_course.NOTEBOOK}.ipynb", as_version=4)


def test_learner_gets_signature_docstring_and_an_empty_body(built):
    source = mini_course.cell(released(built), "double").source
    assert source.startswith("def double(x):\n")
    assert "Double every number." in source
    assert source.endswith("    # Your code here.\n    raise NotImplementedError()")
    assert "return" not in source and "Addition" not in source


def test_of_a_class_only_the_named_methods_are_emptied(built):
    source = mini_course.cell(released(built), "Counter").source
    assert "self.start = start" in source
    assert source.count("raise NotImplementedError()") == 2
    assert "self.count += 1" not in source


def test_no_solution_reaches_the_learner(built):
    folder = built.root / "notebooks" / mini_course.LESSON
    assert sorted(p.name for p in folder.iterdir()) == ["doubling.ipynb", "traces.json"]
    text = "".join(p.read_text(encoding="utf-8") for p in folder.iterdir())
    for secret in ("x + x", "self.count += 1", "BEGIN SOLUTION", "MARK SCHEME", mini_course.MARKS):
        assert secret not in text


def test_check_cells_are_locked_and_carry_the_points(built):
    check = mini_course.cell(released(built), "check-double")
    assert check.source == 'check("double")'
    assert check.metadata["nbgrader"]["points"] == 4
    assert check.metadata["nbgrader"]["locked"] and not check.metadata["editable"]


def test_written_exercise_keeps_question_and_a_place_for_the_answer(built):
    notebook = released(built)
    task = mini_course.cell(notebook, "why")
    assert task.metadata["nbgrader"]["task"] and task.metadata["nbgrader"]["points"] == 3
    assert task.source.startswith("Why is two times zero zero?")
    following = notebook.cells[notebook.cells.index(task) + 1]
    assert following.metadata["twoapples"] == {"answers": "why"}


def test_same_text_builds_the_same_bytes(built, tmp_path):
    again = mini_course.make_course(tmp_path)
    build_lesson(again, mini_course.LESSON)
    for name in ("doubling.ipynb", "traces.json"):
        first, second = (c.root / "notebooks" / mini_course.LESSON / name for c in (built, again))
        assert first.read_bytes() == second.read_bytes()


def test_notebook_is_valid_and_its_ids_tell_what_they_are(built):
    notebook = released(built)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert {"setup", "double", "check-double", "Counter", "check-Counter", "why"} <= set(ids)
    assert "jupytext" not in notebook.metadata
    assert notebook.metadata["twoapples"]["digest"] == digest(notebook)


def test_public_traces_hold_cases_values_and_sentences_only(built):
    path = built.root / "notebooks" / mini_course.LESSON / "traces.json"
    found = traces.read(path)
    assert list(found) == ["double", "Counter"]
    assert [case.title for case in found["double"].cases] == ["two", "a row of numbers", "a table"]
    assert set(found["double"].cases[0].mistakes) == {"squared", "turned", "first_row"}
    assert json.loads(path.read_text(encoding="utf-8"))["format"] == traces.FORMAT


@pytest.fixture
def fresh(tmp_path):
    course = mini_course.make_course(tmp_path)
    build_lesson(course, mini_course.LESSON)
    return course


def test_check_sees_what_is_out_of_date(fresh):
    assert check_lesson(fresh, mini_course.LESSON) == []
    text = fresh.root / "source" / mini_course.LESSON / "doubling.md"
    text.write_text(text.read_text(encoding="utf-8").replace("Twice two", "Two twos"), "utf-8")
    assert "doubling.ipynb differs" in check_lesson(fresh, mini_course.LESSON)[0]


def test_check_sees_a_changed_reference(fresh):
    path = fresh.root / "solutions" / "doubling.py"
    path.write_text(path.read_text(encoding="utf-8").replace("x + x", "x + x + 1"), "utf-8")
    fresh_course = Course(fresh.root)
    import sys

    for name in [n for n in sys.modules if n.split(".")[0] == "solutions"]:
        del sys.modules[name]
    assert any("traces.json differs" in line for line in check_lesson(fresh_course, "01"))


def test_check_sees_missing_and_stray_files(fresh):
    folder = fresh.root / "notebooks" / mini_course.LESSON
    (folder / "traces.json").unlink()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    lines = check_lesson(fresh, mini_course.LESSON)
    assert any("traces.json is missing" in line for line in lines)
    assert any("notes.txt is not built" in line for line in lines)


def test_last_digits_of_another_processor_are_not_out_of_date(fresh):
    path = fresh.root / "notebooks" / mini_course.LESSON / "traces.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    answer = data["exercises"][0]["cases"][1]["expected"][0]["value"]["array"]
    answer[0] *= 1 + 4e-16
    path.write_text(json.dumps(data), encoding="utf-8")
    assert check_lesson(fresh, mini_course.LESSON) == []
    answer[0] *= 1 + 1e-6
    path.write_text(json.dumps(data), encoding="utf-8")
    assert check_lesson(fresh, mini_course.LESSON) != []


def test_learners_work_is_not_overwritten(fresh):
    path = fresh.root / "notebooks" / mini_course.LESSON / "doubling.ipynb"
    notebook = nbformat.read(path, as_version=4)
    mini_course.answer(notebook, double="def double(x):\n    return 2 * x")
    nbformat.write(notebook, path)
    edited = path.read_bytes()
    left = build_lesson(fresh, mini_course.LESSON)
    assert left == [path]
    assert path.read_bytes() == edited
    assert build_lesson(fresh, mini_course.LESSON, overwrite=True) == []
    assert path.with_name("doubling.edited-1.ipynb").read_bytes() == edited
    assert "return 2 * x" not in path.read_text(encoding="utf-8")
    assert check_lesson(fresh, mini_course.LESSON) == []


def test_running_cells_is_not_editing(fresh):
    path = fresh.root / "notebooks" / mini_course.LESSON / "doubling.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = mini_course.cell(notebook, "setup")
    cell.execution_count, cell.outputs = 1, []
    nbformat.write(notebook, path)
    assert build_lesson(fresh, mini_course.LESSON) == []


def test_solved_notebook_runs_without_error_or_warning(fresh):
    notebook = nbformat.read(solve_lesson(fresh, mini_course.LESSON), as_version=4)
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert sum("Right" in o.data["text/plain"] for o in outputs if "data" in o) == 2


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("doubling.md", "{exercise}`doubling.double`", "", "declares double"),
        ("doubling.md", "`doubling.double`", "`doubling.triple`", "no Exercise('triple')"),
        ("doubling.md", "`doubling.double`", "`doubling`", "does not name a reference"),
        ("doubling.md", "(step, reset)", "(stop)", "no method stop"),
        ("doubling.md", "{written} why", "{written} how", "no WrittenExercise('how')"),
        ("exercises.py", "import numpy as np", "import nonsense", "does not run"),
        ("exercises.py", "double(rng.normal(size=3))", "pass", "asks nothing"),
        ("exercises.py", "size=3))", "size=3)).shape[0].x.y", "the reference solution raises"),
    ],
)
def test_mistakes_in_a_lesson_are_told_with_their_place(tmp_path, file, old, new, message):
    course = mini_course.make_course(tmp_path)
    path = course.root / "source" / mini_course.LESSON / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CourseError, match=message.replace("(", r"\(").replace(")", r"\)")):
        build_lesson(course, mini_course.LESSON)


def test_lessons_are_named_in_full_or_by_number(built):
    assert built.lesson_names == [mini_course.LESSON]
    assert built.resolve("01") == mini_course.LESSON
    with pytest.raises(CourseError, match="There are: 01-doubling"):
        built.resolve("07")


def test_a_folder_that_is_no_course_is_told(tmp_path):
    with pytest.raises(CourseError, match="not in a course folder"):
        Course.find(tmp_path)
