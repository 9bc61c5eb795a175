"""The instructor's guide: "A first class in ten minutes" run as written, with a smaller class."""

import csv
import json
import re
import shlex
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.course.course import Course
from grader.demo.moodle import MOST_STUDENTS, write_moodle_export
from grader.lms.roster import read_roster

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "instructor.md"
LESSON = "02-softmax-cross-entropy"
STUDENTS = 6
# What the guide names is there in the small class as well: the first students are always the same.
OVERRIDDEN = "20260005"

_BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^>]*) -->\n)?^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.M | re.S
)


def walk():
    """Return the steps of the walk: command lines, and edits as (file, before, after)."""
    text = GUIDE.read_text(encoding="utf-8")
    section = text[text.index("## A first class in ten minutes") :]
    section = section[: section.index("\n## ", 3)]
    steps = []
    for block in _BLOCK.finditer(section):
        note = block["note"] or ""
        if block["language"] == "sh" and not note.startswith("not run"):
            steps += [shlex.split(line) for line in block["body"].splitlines()]
        elif block["language"] == "diff":
            before, after = block["body"].splitlines()
            steps.append((note.removeprefix("edit: "), before[1:], after[1:]))
    return steps


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Walk through the guide; return the course folder, and what each command said."""
    folder = tmp_path_factory.mktemp("guide") / "course"
    for name in ("source", "solutions"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    said = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for step in walk():
            if isinstance(step, tuple):
                file, before, after = step
                text = (folder / file).read_text(encoding="utf-8")
                assert text.count(before) == 1, "the guide edits a line that is not there"
                (folder / file).write_text(text.replace(before, after), encoding="utf-8")
                continue
            program, *words = step
            assert program == "grader"
            words = [str(STUDENTS) if word == "60" else word for word in words]
            if words[0] == "prove":
                words += ["--seeds", "1"]
            done = CliRunner().invoke(main, words)
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            assert done.exit_code == 0, f"{' '.join(words)}: {done.output}"
            said[" ".join(words)] = done.output
    return folder, said


def test_the_walk_has_every_step():
    names = [step[1] if isinstance(step, list) else "edit" for step in walk()]
    in_order = "demo collect collect grade report override edit prove build regrade export"
    assert " ".join(names) == in_order


def test_submissions_are_collected_and_graded(walked):
    folder, said = walked
    assert f"{STUDENTS} collected" in said["collect 02 moodle.zip --roster moodle.csv"]
    assert len(list((folder / "submitted").iterdir())) == STUDENTS
    assert (folder / "feedback" / OVERRIDDEN / LESSON / "softmax-cross-entropy.html").is_file()


def test_the_report_names_the_misconception_and_the_alike(walked):
    folder, _ = walked
    report = json.loads((folder / "reports" / f"{LESSON}.json").read_text(encoding="utf-8"))
    met = [m for m in report["misconceptions"] if m["exercise"] == "cross_entropy"]
    sentence = "The losses of the cases were added up"
    (summed,) = [m for m in met if m["sentence"].startswith(sentence)]
    assert OVERRIDDEN in summed["students"]
    assert sentence in GUIDE.read_text(encoding="utf-8")
    assert ["20260002", "20260003"] in [pair["students"] for pair in report["alike"]]
    assert sentence in (folder / "reports" / f"{LESSON}.html").read_text(encoding="utf-8")


def test_the_regrade_changes_the_corrected_exercise_only(walked):
    folder, _ = walked
    (file,) = (folder / "grading").glob("regrade-*.csv")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["exercise"] for row in rows} == {"cross_entropy"}
    by_student = {row["student"]: row for row in rows}
    # One of the four cases holds, and counts for more than before; what a person gave stands.
    changed = by_student[OVERRIDDEN]
    assert (changed["from"], changed["to"], changed["counts"]) == ("1", "1.14", "3")
    assert all(float(row["to"]) > float(row["from"]) for row in rows)


def test_canvas_gets_the_grades(walked):
    folder, _ = walked
    header, possible, *rows = csv.reader(
        (folder / "canvas.csv").read_text(encoding="utf-8").splitlines()
    )
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON]
    assert possible == ["    Points Possible", "", "", "", "", "16"]
    scores = {row[3]: float(row[-1]) for row in rows}
    assert len(scores) == STUDENTS
    assert scores["20260002"] == 12  # all but the written answer
    assert scores[OVERRIDDEN] == 4 + 3 + 4


def test_the_whole_class_is_as_the_guide_says(tmp_path):
    text = " ".join(GUIDE.read_text(encoding="utf-8").split())
    _, worksheet = write_moodle_export(Course(ROOT), tmp_path / "moodle.zip", 60)
    people = {p.participant: p.student for p in read_roster(worksheet).people}
    with zipfile.ZipFile(tmp_path / "moodle.zip") as archive:
        files = archive.infolist()
        empty = [f.filename for f in files if not f.file_size]
        codes = [archive.read(f) for f in files if f.file_size]
    assert len(files) == len(people) == 60
    (name,) = empty
    assert f"`{people[name.split('_')[1]]}` needs a person" in text
    # The commonest wrong answer of `cross_entropy`.
    assert "nine of sixty" in text
    assert sum(is_summed(json.loads(code)) for code in codes) == 9


def is_summed(notebook):
    """Whether the answer to `cross_entropy` adds the losses up, as the sample class's does."""
    source = "".join(
        line
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "cross_entropy"
        for line in cell["source"]
    )
    return source.rstrip().endswith("return -np.sum(t * np.log(p + 1e-7))")


def test_names_and_bytes_of_the_larger_class(tmp_path):
    contents = []
    for name in ("one.zip", "two.zip"):
        write_moodle_export(Course(ROOT), tmp_path / name, 20)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        names = [name.partition("_")[0] for name in archive.namelist()]
    assert len(set(names)) == 20
    assert MOST_STUDENTS == 400
