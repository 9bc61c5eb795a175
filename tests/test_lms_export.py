"""Grades out: each file is read back with the csv module against the LMS's documented header."""

import csv
import datetime
import io

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from lms_exports import BRIGHTSPACE, CANVAS, WORKSHEET

from grader.cli import main
from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.grades import CellGrade, Grades, LessonGrades
from grader.lms import export as exporting
from grader.lms.export import export
from grader.lms.roster import read_roster
from grader.tools.csv import as_csv, number, read_table, safe

LESSON = "01-doubling"
STAMP = datetime.datetime(2026, 11, 20, 9, 0, 1)


def grades(student, points=None, waits=False, **more):
    cells = {"check-double": CellGrade(6.0, points), "why": CellGrade(3.0, waits=waits)}
    return Grades(student, LESSON, cells=cells, **more)


STUDENTS = {
    "ada": grades("ada", 9.0, handed_in=STAMP, first_name="Ada", last_name="Lovelace"),
    "minji": grades("minji", 4.5, penalty=1.25, waits=True, first_name="민지", last_name="김"),
    "eve": grades("eve"),
    '=HYPERLINK("http://x","y")': grades('=HYPERLINK("http://x","y")', 1.0, last_name="-2+3\n,"),
    "-17": grades("-17", 1.0, penalty=3.0, email="@sum"),
}


def read_as(monkeypatch, students):
    found = LessonGrades(LESSON, students, most=9.0)
    monkeypatch.setattr(exporting, "read_released_grades", lambda course, lesson: found)


@pytest.fixture
def course(tmp_path, monkeypatch):
    (tmp_path / "source" / LESSON).mkdir(parents=True)
    (tmp_path / "source" / LESSON / "doubling.md").touch()
    (tmp_path / "solutions").mkdir()
    read_as(monkeypatch, STUDENTS)
    return Course(tmp_path)


def write(course, name, text):
    path = course.root / name
    path.write_text(text, encoding="utf-8")
    return path


def read(path, *, bom):
    text = path.read_bytes().decode("utf-8")
    assert text.startswith("\ufeff") == bom
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_plain_csv(course):
    out = course.root / "out.csv"
    done = export(course, ["01"], "csv", out)
    header, *rows = read(out, bom=True)
    assert header[:3] == ["lesson", "student", "name"] and header[-1] == "waiting_for_a_person"
    by_student = {row[1]: dict(zip(header, row, strict=True)) for row in rows}
    assert set(by_student) == {"ada", "minji", "eve", "-17", '\'=HYPERLINK("http://x","y")'}
    assert by_student["minji"]["name"] == "민지 김"
    assert [by_student["minji"][k] for k in ("points", "late_penalty", "score", "max_score")] == [
        "4.5",
        "1.25",
        "3.25",
        "9",
    ]
    assert by_student["-17"]["score"] == "0" and by_student["-17"]["email"] == "'@sum"
    assert by_student['\'=HYPERLINK("http://x","y")']["name"] == "'-2+3\n,"
    assert by_student["eve"]["score"] == "" and by_student["ada"]["handed_in_utc"].startswith(
        "2026"
    )
    assert done.rows == 4 and "1 submissions have written answers" in done.notes[0]
    export(course, ["01"], "csv", out, missing_as_zero=True)
    assert [row[7] for row in read(out, bom=True) if row[1] == "eve"] == ["0"]


def test_canvas(course):
    roster = read_roster(write(course, "canvas.csv", CANVAS))
    out = course.root / "out.csv"
    done = export(course, [LESSON], "canvas", out, roster=roster)
    header, points, *rows = read(out, bom=False)
    # The importer asks for Student and ID first and for Section last before the assignments.
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Doubling (901)"]
    assert points == ["    Points Possible", "", "", "", "", "18.00"]
    assert [(row[0], row[1], row[5]) for row in rows] == [
        ("Lovelace, Ada", "501", "18"),
        ("김, 민지", "502", "6.5"),
        ("'=cmd, Eve", "503", ""),
        ("Student, Test", "504", ""),
    ]
    notes = " ".join(done.notes)
    assert "scaled from 9 points to 18" in notes
    assert "2 students are not in the roster" in notes and "apostrophe" in notes


def test_canvas_columns(course):
    roster = read_roster(write(course, "canvas.csv", CANVAS))
    out = course.root / "out.csv"
    titles = {"01": "Warm-up (900)"}
    export(course, ["01"], "canvas", out, roster=roster, titles=titles)
    assert read(out, bom=False)[0][5] == "Warm-up (900)"
    assert read(out, bom=False)[2][5] == "10"
    done = export(course, ["01"], "canvas", out, roster=roster, titles={"01": "Brand new"})
    header, points, ada, *_ = read(out, bom=False)
    assert (header[5], points[5], ada[5]) == ("Brand new", "9", "9")
    assert any("makes one" in note for note in done.notes)
    with pytest.raises(GraderError, match="no column “Gone"):
        export(course, ["01"], "canvas", out, roster=roster, titles={"01": "Gone (7)"})
    export(course, ["01"], "canvas", out)
    header, points, *rows = read(out, bom=False)
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON]
    assert points[0].strip() == "Points Possible" and points[5] == "9"
    assert ["Lovelace, Ada", "", "", "ada", "", "9"] in rows


def test_canvas_with_semicolons_and_two_columns(course):
    text = CANVAS.replace("Warm-up (900)", "doubling (900)").replace(",", ";").replace('"', "")
    roster = read_roster(write(course, "canvas.csv", text.replace("; ", ", ")))
    with pytest.raises(GraderError, match=r"doubling \(900\), Doubling \(901\)"):
        export(course, ["01"], "canvas", course.root / "o.csv", roster=roster)
    titles = {"01": "Doubling (901)"}
    export(course, ["01"], "canvas", course.root / "o.csv", roster=roster, titles=titles)
    line = (course.root / "o.csv").read_text(encoding="utf-8").splitlines()[2]
    assert line == "Lovelace, Ada;501;S-1;ada;A;18"


def test_moodle_worksheet(course):
    text = WORKSHEET.replace("2026001", "ada").replace("2026002", "minji").replace("2026004", "eve")
    roster = read_roster(write(course, "worksheet.csv", text))
    out = course.root / "out.csv"
    done = export(course, ["01"], "moodle", out, roster=roster)
    with open(out, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == next(csv.reader(io.StringIO(WORKSHEET)))
    assert [row["Identifier"] for row in rows] == [f"Participant {n}" for n in (11, 12, 13, 14)]
    # Moodle counts to 100 here; what is not handed in stays as it is.
    assert [row["Grade"] for row in rows] == ["100", "36.11", "", "5.00"]
    assert rows[3]["Full name"] == '\'=HYPERLINK("x")'
    assert rows[1]["Last modified (submission)"] == "Sunday, 22 November 2026, 12:05 AM"
    assert any("scaled from 9 points to 100" in note for note in done.notes)
    done = export(course, ["01"], "moodle", out, roster=roster, missing_as_zero=True)
    assert any("cannot be changed" in note for note in done.notes)
    with pytest.raises(GraderError, match="Set Moodle to English"):
        other = read_roster(write(course, "w.csv", text.replace("Grade,Max", "Note,Max")))
        export(course, ["01"], "moodle", out, roster=other)


def test_moodle_gradebook(course):
    text = (
        "First name,Last name,ID number,Email address,Assignment: Doubling (Real),Course total\n"
        "Ada,Lovelace,ada,ada@example.org,-,-\n민지,김,minji,minji@example.org,-,-\n"
    )
    roster = read_roster(write(course, "grades.csv", text))
    out = course.root / "out.csv"
    export(course, ["01"], "moodle", out, roster=roster)
    header, *rows = read(out, bom=True)
    assert header[2:] == ["ID number", "Email address", "Assignment: Doubling (Real)"]
    assert [row[2:] for row in rows] == [
        ["ada", "ada@example.org", "9"],
        ["minji", "minji@example.org", "3.25"],
    ]
    export(course, ["01"], "moodle", out)
    header, *rows = read(out, bom=True)
    assert header == ["Username", "Full name", LESSON] and ["ada", "Lovelace, Ada", "9"] in rows


def test_brightspace(course):
    roster = read_roster(write(course, "b.csv", BRIGHTSPACE), id_column="Username")
    out = course.root / "out.csv"
    titles = {"01": "Doubling"}
    export(course, ["01"], "brightspace", out, roster=roster, titles=titles)
    header, *rows = read(out, bom=False)
    assert header == [
        "OrgDefinedId",
        "Username",
        "Doubling Points Grade",
        "End-of-Line Indicator",
    ]
    assert rows == [["#2026001", "#ada", "9", "#"], ["#2026002", "#minji", "3.25", "#"]]
    export(course, ["01"], "brightspace", out)
    header, *rows = read(out, bom=False)
    assert header == ["Username", f"{LESSON} Points Grade", "End-of-Line Indicator"]
    assert ["ada", "9", "#"] in rows


def test_students_named_by_collect(course, monkeypatch):
    named = {"Ada-Lovelace": grades("Ada-Lovelace", 3.0), "501": grades("501", 2.0)}
    read_as(monkeypatch, named)
    out = course.root / "out.csv"
    roster = read_roster(write(course, "worksheet.csv", WORKSHEET))
    export(course, ["01"], "moodle", out, roster=roster)
    assert read(out, bom=True)[1][5] == "33.33"
    roster = read_roster(write(course, "canvas.csv", CANVAS))
    export(course, ["01"], "canvas", out, roster=roster)
    assert read(out, bom=False)[2][5] == "4"


def test_rosters(course):
    own = read_roster(write(course, "own.csv", "student;name\nada;Lovelace, Ada\nbo;Bo Li\n"))
    assert [person.student for person in own.find("ada LOVELACE")] == ["ada"]
    assert [person.student for person in own.find("lovelaceada")] == ["ada"]
    assert own.by_student("BO").name == "Bo Li"
    twice = read_roster(write(course, "t.csv", "student,name\na,Bo Li\nb,Li Bo\nc,Bo Li\n"))
    assert [person.student for person in twice.find("Bo Li")] == ["a", "c"]
    canvas = read_roster(write(course, "c.csv", CANVAS), id_column="SIS User ID")
    assert canvas.by_number("canvas", "501").student == "S-1" and len(canvas.people) == 4
    utf16 = course.root / "u.csv"
    utf16.write_text("student\tname\nada\t김민지\n", encoding="utf-16")
    assert read_roster(utf16).people[0].name == "김민지"
    for text, why in (("a,b\n1,2\n", "who is who"), ("", "is empty")):
        with pytest.raises(GraderError, match=why):
            read_roster(write(course, "bad.csv", text))
    with pytest.raises(GraderError, match=r"no column “SIS”\. Its columns: student, name"):
        read_roster(write(course, "own.csv", "student,name\n"), id_column="SIS")
    (course.root / "latin.csv").write_bytes("student,name\nx,Andr\xe9\n".encode("latin-1"))
    with pytest.raises(GraderError, match="not in UTF-8"):
        read_roster(course.root / "latin.csv")


def test_the_command(course):
    out = course.root / "o.csv"
    arguments = ["--course", str(course.root), "export", "01", "--out", str(out)]
    result = CliRunner().invoke(main, [*arguments, "--to", "canvas", "--column", "01=Doubling"])
    said = " ".join(result.output.split())  # a long path wraps the line
    assert result.exit_code == 0 and "4 rows with grades" in said
    assert read(out, bom=False)[0][5] == "Doubling"
    result = CliRunner().invoke(main, [*arguments, "--column", "01"])
    assert result.exit_code == 2 and "LESSON=TITLE" in result.output


def test_without_a_gradebook(tmp_path):
    (tmp_path / "source" / LESSON).mkdir(parents=True)
    (tmp_path / "source" / LESSON / "doubling.md").touch()
    (tmp_path / "solutions").mkdir()
    with pytest.raises(GraderError, match="no gradebook"):
        export(Course(tmp_path), ["01"], "csv", tmp_path / "o.csv")


cells = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=5))
def test_every_cell_survives(rows):
    text = as_csv(rows)
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert back == [[safe(cell) for cell in row] for row in rows]
    for row, original in zip(back, rows, strict=True):
        for cell, given_cell in zip(row, original, strict=True):
            assert cell.removeprefix("'") == given_cell.removeprefix("'")
            stripped = cell.lstrip(" \u00a0")
            is_number = stripped[:1] in "+-" and cell == given_cell
            assert not stripped.startswith(("=", "@", "\t", "\r", "\n")) or is_number
            if is_number and stripped and cell != "-":
                float(cell)


@pytest.mark.parametrize(
    "cell", ["=1", "+1+1", "-1+1", "@x", "\tx", "\r=1", " =1", "＝1", "-A1", "--1"]
)
def test_formulas_are_shown(cell):
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-", "-1", "-2.50", "+3", "-.5", "-1e-3", "x=1", "", "a@b", "'x"])
def test_what_is_no_formula_stays(cell):
    assert safe(cell) == cell


def test_numbers():
    values = (0, 1, 2.5, 1 / 3, 2.675, 0.005, -1.5, 1e-9, 100)
    shown = ["0", "1", "2.5", "0.33", "2.68", "0.01", "-1.5", "0", "100"]
    assert [number(value) for value in values] == shown


def test_a_table_keeps_rows_of_one_width(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1\n1,2,3\n\n", encoding="utf-8")
    assert read_table(path).rows == [["1", ""], ["1", "2"]]
