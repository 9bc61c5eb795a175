"""Garbage in place of exports, names and times: refused with a reason; all stays in its place."""

import contextlib
import datetime
import io
import json
import re
import shutil
import tempfile
import unicodedata
import warnings
import zipfile
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import mini_course
import pytest
from fuzzing import ODD, broken, fuzzed, texts
from hypothesis import example, given
from hypothesis import strategies as st

from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.late import parse_stamp
from grader.lms import names
from grader.lms.collect import Options, collect
from grader.lms.placing import Place, safe_id
from grader.lms.roster import Person, Roster
from grader.lms.sources import RefusedError, clean_path, open_source
from grader.tools.text import one_line

pytestmark = pytest.mark.slow

SEOUL = ZoneInfo("Asia/Seoul")
LONG = "9" * 5_000
parts = st.one_of(
    texts,
    st.sampled_from([
        "Ada Lovelace_11_assignsubmission_file_", "x.ipynb", "_LATE_", "_5_6_", "anon_a1B2c_", LONG,
        "39786-640693 - Ada - Nov 22, 2026 4-05 PM", " - ", "-2", " (3)", "/", "..", "01-doubling",
        "김민지", "e\u200d\u0301", "con", "COM1.ipynb", "\u212a", ".zip",
    ]),
)  # fmt: skip
called = st.lists(parts, min_size=1, max_size=5).map("".join)


@fuzzed(300)
@given(st.lists(called, max_size=4))
@example([f"ada_5_{LONG}_x.ipynb"])
@example([f"Ada_{LONG}_assignsubmission_file_/x.ipynb"])
def test_every_path_is_read_or_is_none(paths):
    found = []
    for text in paths:
        try:
            found.append(clean_path(text))
        except RefusedError as error:
            assert str(error).isprintable()
    for path in found:
        assert not path.is_absolute() and ".." not in path.parts
        for form in names.FORMS:
            names.parse(path, form)
        names.is_message(path)
        names.copy_number(path.stem)
    assert names.guess_form(found) in names.FORMS
    named = names.from_folders(found, "01-doubling", "doubling")
    assert set(named) == set(found)


@fuzzed(300)
@given(called)
@example("e\u200d\u0301")
@example("\u200d".join("con"))
@example("." * 127 + "a" + "." * 9)
@example("한" * 67 + "." * 9)
def test_an_id_is_a_folders_name_and_stays_the_same(text):
    student = safe_id(text)
    assert safe_id(student) == student
    if student:
        assert PurePosixPath(student).parts == (student,) and student not in (".", "..")
        assert len(student.encode()) <= 255 and student.isprintable()
        assert unicodedata.is_normalized("NFC", student)
        Place(Path("/nowhere"), student, "01-doubling", "doubling")


@fuzzed(200)
@given(texts)
def test_what_is_printed_does_nothing_to_a_terminal(text):
    assert all(char.isprintable() for char in one_line(text))


times = st.one_of(
    texts,
    st.datetimes().map(str),
    st.builds(
        "{} {}, {} {}-{} {}".format,
        st.sampled_from(["Nov", "Sept.", "xxx", "dec"]), st.integers(0, 99), st.integers(0, 9999),
        st.integers(0, 99), st.sampled_from(["05", "60", "٠٥"]), st.sampled_from(["PM", "am", ""]),
    ),
    st.builds("{}/{}/{}, {}:{:02}".format, *[st.integers(0, 99)] * 5),
)  # fmt: skip


@fuzzed(300)
@given(times, st.sampled_from([datetime.UTC, SEOUL, ZoneInfo("America/New_York")]))
@example("0001-01-01T00:00:00", SEOUL)
@example("9999-12-31T23:59:59", ZoneInfo("America/New_York"))
@example("Jan 1, 0001 0-00 AM", SEOUL)
@example("31/12/9999, 23:59", ZoneInfo("America/New_York"))
def test_a_time_is_in_utc_or_none(text, zone):
    found = names.parse_time(text, zone)
    assert found is None or found.tzinfo is datetime.UTC


@fuzzed(150)
@given(
    st.one_of(
        st.binary(max_size=40),
        times.map(lambda t: t.encode("utf-8", "replace")),
        st.datetimes().map(lambda t: f"{t} UTC\n".encode()),
    )
)
@example(b"2026-11-22 18:0" + b"6" * 60 + b":00")  # found by tests/fuzz_atheris.py
@example(b"9999-99-99 99:99:99 UTC")
@example(b"0000-01-01 00:00:00 UTC")
@example(b"9999-12-31 23:59:59.999999 UTC")
@example(b"0001-01-01T00:00:00+23:59")
@example(b"2026-11-22 10:00:00 " + b"+" * 200)
@example(("2026-11-22 10:00:0" + "٣").encode())
def test_a_stamp_is_a_time_or_a_value_error(stamp):  # fmt: skip
    try:
        found = parse_stamp(stamp)
    except ValueError:
        return
    assert isinstance(found, datetime.datetime) and found.tzinfo is None


# Whole exports

NOTEBOOK = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


FILES = [
    ("ada_5_6_x.ipynb", NOTEBOOK),
    ("bob_LATE_7_8_x.ipynb", NOTEBOOK * 3),
    ("김민지_9_10_x.ipynb", "{}"),
    ("eve_11_12_x.zip", zipped([("x.ipynb", NOTEBOOK), ("../y.ipynb", NOTEBOOK)])),
]
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
SAMPLES = [zipped(FILES, method) for method in METHODS]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return mini_course.make_course(tmp_path_factory.mktemp("fuzz") / "course").root


def collected(root, content):
    """Collect an export in a course of its own; return the files that are there afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder) / "course")
        shutil.copytree(root / "source", course.root / "source")
        before = {path for path in Path(folder).rglob("*")}
        export = Path(folder) / "export.zip"
        export.write_bytes(content)
        try:
            done = collect(course, "01", export, Options())
        except GraderError as error:
            assert str(error)
            done = None
        made = {path for path in Path(folder).rglob("*")} - before - {export}
        if done is not None:
            for line in done.lines:
                assert all(char.isprintable() for char in f"{line.student}{line.name}{line.file}")
                assert all(note.isprintable() for note in line.notes)
            for refused in done.refused:
                assert refused.name.isprintable() and refused.why
        allowed = ("submitted", "attempts", "grading")
        for path in made:
            assert path.relative_to(course.root).parts[0] in allowed, path
            if path.is_file() and path.relative_to(course.root).parts[0] != "grading":
                assert path.name in ("doubling.ipynb", "timestamp.txt"), path
        return done, made


def test_the_samples_can_be_read(root):
    for sample in SAMPLES:
        done, made = collected(root, sample)
        assert done.count("new") == 4
        assert sum(path.suffix == ".ipynb" for path in made) == 4


@fuzzed(60)
@given(st.sampled_from(SAMPLES).flatmap(broken))
def test_a_damaged_archive(root, content):
    collected(root, content)


@pytest.mark.parametrize("name", [b"\0da_5_6_x.ipynb", b"ada_5_6\0x.ipynb", b"/da_5_6_x.ipynb"])
def test_a_name_that_begins_with_nothing(root, name):
    """The first was found by tests/fuzz_atheris.py; Python's own `ZipInfo.is_dir` fails on it."""
    content = zipped([("ada_5_6_x.ipynb", NOTEBOOK), ("bob_7_8_x.ipynb", NOTEBOOK)])
    done, _ = collected(root, content.replace(b"ada_5_6_x.ipynb", name))
    assert done.count("new") == 1 and len(done.refused) == 1


@pytest.mark.parametrize("method", METHODS)
def test_an_archive_with_every_byte_wrong_once(tmp_path, method):
    """A byte in turn is changed: headers, names, sizes, packed content, the directory."""
    content = bytearray(zipped([("ada_5_6_x.ipynb", NOTEBOOK), ("김_7_8_x.ipynb", "{}")], method))
    path = tmp_path / "export.zip"
    for place in range(len(content)):
        before = content[place]
        content[place] = before ^ (0xFF if place % 2 else 0x08)
        path.write_bytes(content)
        content[place] = before
        try:
            with open_source(path) as source:
                for entry in source.entries:
                    try:
                        entry.read()
                    except RefusedError as error:
                        assert str(error)
        except GraderError as error:
            assert str(error)


@fuzzed(40)
@given(
    st.lists(
        st.tuples(
            called.filter(lambda n: n.isascii() or n.isprintable()),
            st.sampled_from([NOTEBOOK, "", "{"]),
        ),
        max_size=5,
    )
)
@example([("ada_5_6_x.ipynb", NOTEBOOK), ("ADA_6_7_x.ipynb", NOTEBOOK)])
@example([(f"{odd}_5_6_x.ipynb", NOTEBOOK) for odd in ODD if "\ud800" not in odd])
def test_odd_names_in_an_archive(root, files):  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that are there twice
            content = zipped(files)
    except (ValueError, IndexError):  # no archive can hold such a name
        return
    collected(root, content)


# A class whose names are made to be read as somebody else's, in exports made as each LMS makes
# them: numbers are the LMS's, and names lose what it takes out of them.

USERS = {"777": "Vera Victim", "98765": "Al Other"}
HOSTILE = [
    "Vera Victim", "Al Other", "_777", "_98765", "_777_", "_888_assignsubmission_file_", "_LATE",
    "_777_assignsubmission_file_", " - ", "777-1 - Vera Victim - ", "Nov 1, 2026 1-00 PM",
    " - Nov 1, 2026 1-00 PM - ", "mal", "-", "_", "doubling", " (2)", "2026001_", "victimvera",
]  # fmt: skip
hostile = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map("".join)


def in_moodle(number, name, file, folders):
    prefix = f"{name.replace('_', ' ')}_{number}_assignsubmission_file_"
    return f"{prefix}/{file}" if folders else f"{prefix}{file}"


def in_canvas(number, name, file, late):
    plain = re.sub(r"_(\d+)_", r"\1", name)
    plain = re.sub(r"\W", "", plain).lower()
    return f"{plain}{'_LATE' if late else ''}_{number}_{int(number) + 9}_{file}"


def in_brightspace(number, name, file, folders):
    between = "/" if folders else " - "
    return f"{number}-640693 - {name} - Nov 22, 2026 4-05 PM{between}{file}"


MAKE = {"moodle": in_moodle, "canvas": in_canvas, "brightspace": in_brightspace}


@fuzzed(120)
@given(
    st.sampled_from(sorted(MAKE)),
    st.lists(st.tuples(hostile, hostile), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from(["none", "of the LMS", "by hand"]),
)
@example("moodle", [("mal", "Vera Victim_777_assignsubmission_file_x")], False, "of the LMS")
@example("moodle", [("mal", "Vera Victim_777_assignsubmission_file_x")], False, "by hand")
@example("canvas", [("mal_98765", "x")], False, "of the LMS")
@example("canvas", [("victimvera_777", "x")], False, "of the LMS")
@example("brightspace", [("Vera Victim", "x")], False, "none")
def test_nobody_hands_in_for_another(root, form, attackers, variant, roster_of):
    people, files = dict(USERS), dict.fromkeys(USERS, "doubling")
    for number, (name, file) in enumerate(attackers, 111):
        people[str(number)], files[str(number)] = name, file
    kind = {"moodle": "participant", "canvas": "canvas"}.get(form, "")
    numbered = roster_of == "of the LMS"
    roster = Roster(
        Person(f"id{number}", name, **({kind: number} if numbered and kind else {}))
        for number, name in people.items()
        if numbered or number in USERS  # by hand, nobody has written what others call themselves
    )
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder) / "course")
        shutil.copytree(root / "source", course.root / "source")
        export = Path(folder) / "export.zip"
        export.write_bytes(
            zipped(
                (MAKE[form](number, name, f"{files[number]}.ipynb", variant), number)
                for number, name in people.items()
            )
        )
        with contextlib.suppress(GraderError):
            collect(course, "01", export, Options(form, None if roster_of == "none" else roster))
        owners = {
            path.parent.parent.name: path.read_bytes().decode()
            for path in course.submitted.rglob("*.ipynb")
        }
    for student, number in owners.items():
        if roster_of == "none" and form != "canvas":
            # The folder is called after a name. Nobody else in the export has it.
            called = [safe_id(name.replace("_", " ").strip()) for name in people.values()]
            if form == "moodle":
                assert called.count(student) == 1
                assert student == safe_id(people[number].replace("_", " ").strip())
        else:
            assert student == (number if roster_of == "none" else f"id{number}")
