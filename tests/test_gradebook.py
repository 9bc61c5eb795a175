"""The lean path leaves the rows and files that nbgrader's own Autograde leaves, all of them."""

import json
import os
import shutil
import sqlite3
import stat

import mini_course
import nbformat
import pytest
from by_nbgrader import grade_by_nbgrader
from instant import grade_with
from mini_course import LESSON, NOTEBOOK, answer, cell, hand_in
from nbformat.v4 import new_code_cell

from grader.build.build import build_lesson
from grader.build.hidden_cases import make_plan
from grader.course.course import Course
from grader.gradebook import late, released
from grader.grading.run import Listener
from grader.nbgrader_api.read_config import read_settings
from grader.tools import files

pytestmark = pytest.mark.slow

LATE_RULE = """
from nbgrader.plugins import BasePlugin


class PointADay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return None if student_id == "forgiven" else total_seconds_late / 86_400


c.AssignLatePenalties.plugin_class = PointADay
"""

OUTPUTS = """
OUTPUTS = [
    {"output_type": "stream", "name": "stdout", "text": "one\\n" * 700},
    {"output_type": "stream", "name": "stderr", "text": "two\\n" * 700},
    {"output_type": "stream", "name": "stdout", "text": "three\\n"},
    {"output_type": "display_data", "data": {
        "text/html": "<b>x</b>\\n<i>ü</i>", "image/png": "iVBORw0KGgo=\\n",
        "image/svg+xml": "<svg>\\n</svg>", "application/json": {"b": [1, None], "a": "é\\n"}},
     "metadata": {"image/png": {"width": 3}}},
    {"output_type": "execute_result", "execution_count": 7, "data": {"text/plain": "1\\n2\\n"}},
]
"""


def make_class(course):
    right = mini_course.solved(course)

    def variant(**code):
        return answer(nbformat.from_dict(json.loads(json.dumps(right))), **code)

    def with_cell(source):
        notebook = variant()
        notebook.cells.insert(1, new_code_cell(source, id="added"))
        return notebook

    def file(student, name, content):
        path = course.root / "submitted" / student / LESSON / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    hand_in(course, "right", variant())
    file("right", "timestamp.txt", b"2026-11-20 18:00:00.250 UTC\n")
    hand_in(course, "untouched", mini_course.stub(course))
    hand_in(course, "half", variant(double="def double(x):\n    return x * x"))
    file("half", "timestamp.txt", b"2026-11-23 06:00:00 UTC")  # a day and a half late
    hand_in(course, "late-untouched", mini_course.stub(course))
    file("late-untouched", "timestamp.txt", b"2026-12-01 00:00:00")
    hand_in(course, "forgiven", variant())
    file("forgiven", "timestamp.txt", b"2026-12-01T00:00:00+09:00")
    hand_in(course, "extended", variant())
    file("extended", "timestamp.txt", b"2026-11-22 12:00:00 UTC")
    hand_in(course, "shows", with_cell(OUTPUTS))
    hand_in(course, "raises", with_cell("raise ValueError('x' * 150)"))
    hand_in(course, "prints", with_cell("print('line\\n' * 1200)"))
    written = variant()
    at = written.cells.index(cell(written, "why")) + 1
    written.cells[at].source = "Nothing added to nothing.\n\n- 영 + 영 = 영"
    hand_in(course, "김하늘", written)
    hand_in(course, "files", variant())
    file("files", "data.csv", b"1,2\n")
    file("files", "deep/er/notes.txt", b"mine")
    file("files", "traces.json", b"{}")  # ours is put back
    file("files", "__pycache__/x.pyc", b"ignored")
    file("files", ".hidden", b"copied all the same")
    file("files", "other.ipynb", b"{}")
    hand_in(course, "empty", "")
    hand_in(course, "deleted", None)
    notebook = variant()
    notebook.cells.remove(cell(notebook, "check-double"))
    notebook.cells.remove(cell(notebook, "Counter"))
    hand_in(course, "deleted", notebook)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Grade a class by the lean path and by nbgrader, and again after a person has graded."""
    folder = tmp_path_factory.mktemp("class")
    lean = mini_course.make_course(folder / "lean")
    with open(lean.root / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write(LATE_RULE)
    build_lesson(lean, LESSON)
    make_class(lean)
    change(lean, "UPDATE assignment SET duedate = '2026-11-21 18:00:00.000000'")
    shutil.copytree(lean.root, folder / "nbgrader")
    theirs = Course(folder / "nbgrader")
    states = []
    for regrade in (False, True):
        told = []
        listener = Listener(say=told.append)
        outcomes = grade_with(lean, LESSON, new_seed=regrade, workers=1, listener=listener)
        assert told == []  # so it is the lean path
        assert {outcome.state for outcome in outcomes} == {"graded"}
        grade_by_nbgrader(theirs, make_plan(lean, LESSON))
        states.append([(tables(c), tree(c.root / "autograded")) for c in (lean, theirs)])
        for course in (lean, theirs):
            grade_by_hand(course)
            leave_something(course.root / "autograded" / "right" / LESSON)
    return states


def change(course, *statements):
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0
    connection.close()


def grade_by_hand(course):
    one = (
        "(SELECT g.id FROM grade g JOIN submitted_notebook n ON n.id = g.notebook_id "
        "JOIN submitted_assignment s ON s.id = n.assignment_id "
        "JOIN base_cell b ON b.id = g.cell_id WHERE s.student_id = '{}' AND b.name = '{}')"
    )
    of = one.format
    change(
        course,
        f"UPDATE grade SET manual_score = 1.5 WHERE id IN {of('half', 'check-double')}",
        f"UPDATE grade SET extra_credit = 0.5 WHERE id IN {of('half', 'check-Counter')}",
        f"UPDATE grade SET manual_score = 3, needs_manual_grade = 0 WHERE id IN "
        f"{of('right', 'why')}",
        "UPDATE comment SET manual_comment = 'Well done.'",
        "UPDATE submitted_assignment SET extension = '1970-01-03 00:00:00.000000' "
        "WHERE student_id = 'extended'",
        "UPDATE student SET first_name = 'Ada' WHERE id = 'right'",
    )


def leave_something(folder):
    """Put into a graded folder what the next run must remove."""
    (folder / "old" / "er").mkdir(parents=True)
    (folder / "old" / "er" / "stale.txt").write_text("from before")
    (folder / "stale.ipynb").write_text("{}")


def tree(folder):
    """Return what lies below a folder: kind, permissions and content by relative path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes() if path.is_file() else None
        found[path.relative_to(folder).as_posix()] = (mode, content)
    return found


def tables(course):
    """Return all of nbgrader's tables, with names in the place of random ids."""
    connection = sqlite3.connect(course.root / "gradebook.db")
    names = {
        row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    assert "twoapples_graded" in names or course.root.name == "nbgrader"
    content = {}
    for name in sorted(names - {"twoapples_graded"}):
        cursor = connection.execute(f'SELECT * FROM "{name}"')
        columns = [column[0] for column in cursor.description]
        content[name] = [dict(zip(columns, row, strict=True)) for row in cursor]
    connection.close()
    known = {}
    for table, parts in (
        ("submitted_assignment", ("student_id",)),
        ("submitted_notebook", ("assignment_id",)),
        ("grade", ("notebook_id", "cell_id")),
        ("comment", ("notebook_id", "cell_id")),
    ):
        for row in content[table]:
            known[row["id"]] = table + "".join(f" {known.get(row[p], row[p])}" for p in parts)
    for rows in content.values():
        for row in rows:
            row.update({key: known.get(value, value) for key, value in row.items()})
        rows.sort(key=lambda row: json.dumps(row, sort_keys=True))
    return content


@pytest.mark.parametrize("time", ["first", "regraded"])
def test_all_tables_are_the_same(both, time):
    (ours, _), (theirs, _) = both[time == "regraded"]
    assert set(ours) == set(theirs)
    for table in theirs:
        assert ours[table] == theirs[table], table
    assert len(theirs["grade"]) == 3 * 13 and len(theirs["comment"]) == 3 * 13


@pytest.mark.parametrize("time", ["first", "regraded"])
def test_all_files_are_the_same(both, time):
    (_, ours), (_, theirs) = both[time == "regraded"]
    assert sorted(ours) == sorted(theirs)
    for path in theirs:
        assert ours[path] == theirs[path], path
    assert f"files/{LESSON}/deep/er/notes.txt" in theirs and f"right/{LESSON}/old" not in theirs


def test_the_class_covers_what_rows_can_hold(both):
    """The comparison above is worth as much as the variety of what is compared."""
    rows = both[1][0][0]
    penalties = {
        r["assignment_id"]: r["late_submission_penalty"] for r in rows["submitted_notebook"]
    }
    late = {name.split()[-1]: value for name, value in penalties.items() if value is not None}
    assert late == {"half": 1.5, "late-untouched": 0.0}
    assert {r["auto_comment"] for r in rows["comment"]} == {None, "No response."}
    assert {r["needs_manual_grade"] for r in rows["grade"]} == {0, 1}
    assert len({r["auto_score"] for r in rows["grade"]}) >= 4
    stamps = [r["timestamp"] for r in rows["submitted_assignment"] if r["timestamp"]]
    assert "2026-11-20 18:00:00.250000" in stamps and "2026-11-30 15:00:00.000000" in stamps


def test_checksums_are_nbgraders(tmp_path):
    from nbgrader.utils import compute_checksum

    notebook = mini_course.stub(mini_course.make_course(tmp_path))
    cells = [c for c in notebook.cells if "nbgrader" in c.metadata]
    assert len(cells) == 6
    for one in cells:
        assert released.checksum(one) == compute_checksum(one)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 18:00:00 UTC",
        "2026-11-20 18:00:00",
        "2026-11-20 18:00:00.5 UTC",
        "2026-11-20 18:00:00.123456 UTC\n",
        "2026-11-20 18:00:00 +0900",
        "2026-11-20T18:00:00+09:00",
        "20 Nov 2026 6 pm",
    ],
)
def test_times_are_read_as_nbgrader_reads_them(text):
    from nbgrader.utils import parse_utc

    assert late.parse_stamp(text.encode()) == parse_utc(text.strip())


@pytest.mark.parametrize("text", ["", "yesterday-ish", "2026-13-40 99:00:00", "\0"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError):
        late.parse_stamp(text.encode())


# Folders of strangers


def test_only_ordinary_files_are_copied(tmp_path):
    course = mini_course.make_course(tmp_path / "course")
    hand_in(course, "ada", mini_course.solved(course))
    secret = tmp_path / "secret.txt"
    secret.write_text("not yours")
    folder = course.root / "submitted" / "ada" / LESSON
    (folder / "link.txt").symlink_to(secret)
    (folder / "folder-link").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / "plain.txt").write_text("mine")
    (outcome,) = grade_with(course, LESSON)
    assert outcome.state == "graded"
    assert sorted(outcome.notes) == [
        "link.txt is no ordinary file and was not copied",
        "pipe is no ordinary file and was not copied",
    ]
    graded = {p.name for p in (course.root / "autograded" / "ada" / LESSON).iterdir()}
    assert graded == {f"{NOTEBOOK}.ipynb", "plain.txt", "traces.json"}


def test_a_notebook_that_is_a_link_is_not_followed(tmp_path):
    course = mini_course.make_course(tmp_path / "course")
    hand_in(course, "ada", mini_course.solved(course))
    path = hand_in(course, "bo", None)
    path.symlink_to(course.root / "submitted" / "ada" / LESSON / f"{NOTEBOOK}.ipynb")
    outcomes = grade_with(course, LESSON)
    assert [outcome.problem for outcome in outcomes] == [
        "",
        "doubling.ipynb is a link, a pipe or a device, not a file",
    ]


def test_reading_stops_at_the_limit(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert files.read_ordinary(path, 5) == b"12345"
    with pytest.raises(OSError, match="larger than"):
        files.read_ordinary(path, 4)


def test_half_of_a_surrogate_pair_survives(tmp_path):
    course = mini_course.make_course(tmp_path)
    text = json.dumps(mini_course.solved(course)).replace("Twice two", "Twice \\ud83d two")
    hand_in(course, "ada", text)
    (outcome,) = grade_with(course, LESSON)
    assert (outcome.state, outcome.score) == ("graded", 6)
    path = course.root / "autograded" / "ada" / LESSON / f"{NOTEBOOK}.ipynb"
    sources = ["".join(c["source"]) for c in json.loads(path.read_bytes())["cells"]]
    assert "# Doubling\n\nTwice \ud83d two is four." in sources


# Configuration


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("", ""),
        ("c.CourseDirectory.course_id = 'dl'", ""),
        ("c.Exchange.root = '/srv/exchange'", ""),
        ("c.ClearSolutions.code_stub = {'python': 'pass'}", ""),
        ("c.LimitOutput.max_lines = 5", "c.LimitOutput.max_lines"),
        ("c.Autograde.permissions = 664", "c.Autograde.permissions"),
        ("c.CourseDirectory.groupshared = True", "c.CourseDirectory.groupshared"),
        (
            "c.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']",
            "c.Autograde.autograde_preprocessors",
        ),
        ("c.NotebookExporter.nbformat_version = 3", "c.NotebookExporter.nbformat_version"),
    ],
)
def test_settings_that_the_lean_path_does_not_know(tmp_path, line, unknown):
    course = mini_course.make_course(tmp_path)
    with open(course.root / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write(line + "\n")
    assert read_settings(course).unknown == unknown


def test_nbgrader_itself_writes_what_the_lean_path_does_not_know(tmp_path):
    course = mini_course.make_course(tmp_path)
    with open(course.root / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write("c.LimitOutput.max_lines = 5\n")
    notebook = mini_course.solved(course)
    notebook.cells.insert(1, new_code_cell("print('a\\n' * 20)", id="added"))
    hand_in(course, "ada", notebook)
    said = []
    (outcome,) = grade_with(course, LESSON, listener=Listener(say=said.append))
    assert (outcome.state, outcome.score) == ("graded", 6)
    assert said == [
        "c.LimitOutput.max_lines is set: nbgrader's own converter writes the grades, "
        "which takes longer"
    ]
    path = course.root / "autograded" / "ada" / LESSON / f"{NOTEBOOK}.ipynb"
    assert "Output truncated" in path.read_text(encoding="utf-8")
    (outcome,) = grade_with(course, LESSON)
    assert outcome.state == "unchanged"


def test_another_version_in_the_gradebook_is_told(tmp_path):
    course = mini_course.make_course(tmp_path)
    build_lesson(course, LESSON)
    path = course.root / "source" / LESSON / f"{NOTEBOOK}.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("import numpy as np", "import numpy as np, math"), encoding="utf-8"
    )
    hand_in(course, "ada", mini_course.solved(course))
    said = []
    (outcome,) = grade_with(course, LESSON, listener=Listener(say=said.append))
    assert outcome.state == "graded"
    assert said[0].startswith("the locked cell setup has another text in the gradebook: nbgrader's")
