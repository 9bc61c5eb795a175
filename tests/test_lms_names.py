"""What the names in an export tell: learner, number, time, whether it was late."""

import datetime
from pathlib import PurePosixPath as P
from zoneinfo import ZoneInfo

import pytest

from grader.lms.names import copy_number, from_folders, guess_form, is_message, parse, parse_time

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("path", "name", "number", "file"),
    [
        ("Ada Lovelace_11_assignsubmission_file_/x.ipynb", "Ada Lovelace", "11", "x.ipynb"),
        ("Ada Lovelace_11_assignsubmission_file/x.ipynb", "Ada Lovelace", "11", "x.ipynb"),
        ("Ada Lovelace_11_assignsubmission_file_x_1.ipynb", "Ada Lovelace", "11", "x_1.ipynb"),
        ("김 민지_12_assignsubmission_file_/deep/x.ipynb", "김 민지", "12", "x.ipynb"),
        (
            "group/Ann-Lee O'Brien_3_assignsubmission_file/x.ipynb",
            "Ann-Lee O'Brien",
            "3",
            "x.ipynb",
        ),
        ("A_B_7_assignsubmission_file_/x.ipynb", "A B", "7", "x.ipynb"),
    ],
)
def test_moodle(path, name, number, file):
    named = parse(P(path), "moodle")
    assert (named.name, named.number, named.file) == (name, number, file)


@pytest.mark.parametrize(
    "path", ["Ada_11_assignsubmission_onlinetext_/onlinetext.html", "x.ipynb", "Ada_11/x.ipynb"]
)
def test_not_moodle(path):
    assert parse(P(path), "moodle") is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("lovelaceada_501_9001_x.ipynb", ("lovelaceada", "501", "x.ipynb", False, 9001)),
        ("lovelaceada_LATE_501_9001_x-1.ipynb", ("lovelaceada", "501", "x-1.ipynb", True, 9001)),
        ("all/김민지_502_7_02_a_b.ipynb", ("김민지", "502", "02_a_b.ipynb", False, 7)),
        ("oneill_late_501_1_x.ipynb", ("oneill_late", "501", "x.ipynb", False, 1)),
        ("anon_a1B2c_77_x.ipynb", ("", "anon_a1B2c", "x.ipynb", False, 77)),
        ("LATE_anon_a1B2c_77_x.ipynb", ("", "anon_a1B2c", "x.ipynb", True, 77)),
    ],
)
def test_canvas(path, expected):
    named = parse(P(path), "canvas")
    assert (named.name, named.number, named.file, named.late, named.order) == expected


def test_brightspace():
    path = P("Lesson 2/39786-640693 - Ada - Maria Lovelace - Nov 22, 2026 4-05 PM/x.ipynb")
    named = parse(path, "brightspace")
    assert (named.name, named.number) == ("Ada - Maria Lovelace", "39786")
    time = parse_time(named.handed_in, SEOUL)
    assert time == datetime.datetime(2026, 11, 22, 7, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nov 22, 2026 405 PM", (2026, 11, 22, 16, 5)),
        ("Oct 10, 2025 1022 AM", (2025, 10, 10, 10, 22)),
        ("November 2, 2026 12:05 AM", (2026, 11, 2, 0, 5)),
        ("Sept. 2, 2026 12.05 p.m.", (2026, 9, 2, 12, 5)),
        ("Sunday, 22 November 2026, 4:05 PM", (2026, 11, 22, 16, 5)),
        ("22 Nov 2026, 16:05", (2026, 11, 22, 16, 5)),
        ("22/11/26, 16:05", (2026, 11, 22, 16, 5)),
        ("2026-11-22 16:05:30 UTC", (2026, 11, 22, 16, 5, 30)),
    ],
)
def test_times(text, expected):
    assert parse_time(text, datetime.UTC) == datetime.datetime(*expected, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "text",
    ["", "-", "Never", "Smarch 4, 2026 1:00 PM", "Feb 31, 2026 100 PM", "Nov 2, 2026 2561 PM"],
)
def test_no_times(text):
    assert parse_time(text, datetime.UTC) is None


def test_the_form_is_guessed_from_most_files():
    moodle = [P(f"S {i}_{i}_assignsubmission_file_/x.ipynb") for i in range(5)]
    canvas = [P(f"s_{i}_{i}_x.ipynb") for i in range(5)]
    brightspace = [P(f"{i}-2 - A B - Nov 22, 2026 405 PM/x.ipynb") for i in range(5)]
    assert guess_form([*moodle, P("strange.ipynb")]) == "moodle"
    assert guess_form(canvas) == "canvas"
    assert guess_form([*brightspace, P("index.html")]) == "brightspace"
    assert guess_form([P("ada/x.ipynb"), P("bo.ipynb")]) == "folder"


def test_folders_of_ones_own():
    def students(*paths):
        found = from_folders([P(path) for path in paths], "02-softmax", "softmax")
        return [named.number for named in found.values()]

    assert students("ada.ipynb", "bo.ipynb") == ["ada", "bo"]
    assert students("ada_softmax.ipynb", "bo-softmax (1).ipynb") == ["ada", "bo"]
    assert students("ada/softmax.ipynb", "bo/deep/softmax.ipynb") == ["ada", "bo"]
    assert students("ada/02-softmax/softmax.ipynb") == ["ada"]
    assert students("class/ada/softmax.ipynb", "class/bo/softmax.ipynb") == ["ada", "bo"]
    assert students("ada/softmax.ipynb") == ["ada"]


def levels(*paths, known=()):
    found = from_folders([P(path) for path in paths], "02-softmax", "softmax", known.__contains__)
    return [(named.number, bool(named.problem)) for named in found.values()]


def test_a_folder_within_a_students_folder_is_nobody_else():
    paths = ("al/vera/02-softmax/x (2).ipynb", "vera/02-softmax/softmax.ipynb")
    assert levels(*paths) == [("al", False), ("vera", False)]
    assert levels(*paths, known=("al", "vera")) == [("al", False), ("vera", False)]
    assert levels("al/vera/softmax.ipynb", "vera/softmax.ipynb")[0] == ("al", False)


def test_groups_stand_above_students_only_where_that_is_sure():
    sections = ("A/ada/softmax.ipynb", "A/bo/softmax.ipynb", "B/cy/softmax.ipynb")
    assert levels(*sections) == [("A", True), ("A", True), ("B", True)]
    assert levels(*sections, known=("ada", "bo", "cy")) == [
        ("ada", False),
        ("bo", False),
        ("cy", False),
    ]
    nbgrader = ("A/ada/02-softmax/softmax.ipynb", "B/cy/02-softmax/softmax.ipynb")
    assert levels(*nbgrader) == [("ada", False), ("cy", False)]
    assert levels("class/ada/02-softmax/softmax.ipynb") == [("class", True)]


def test_the_lms_writes_before_what_a_student_names():
    victim = "Vera Victim_777_assignsubmission_file_softmax (1).ipynb"
    flat = parse(P(f"Mal_8_assignsubmission_file_{victim}"), "moodle")
    assert (flat.name, flat.number, flat.file) == ("Mal", "8", victim)
    folder = parse(P(f"Mal_8_assignsubmission_file_/{victim}"), "moodle")
    assert (folder.name, folder.number) == ("Mal", "8")
    deep = parse(
        P("Mal_8_assignsubmission_file_/Vera_777_assignsubmission_file_/x.ipynb"), "moodle"
    )
    assert (deep.name, deep.number) == ("Mal", "8")
    time = "Nov 22, 2026 4-05 PM"
    late = parse(P(f"9-1 - Mal - {time} - Vera - Nov 1, 2026 1-00 PM - x.ipynb"), "brightspace")
    assert (late.number, late.name, late.handed_in) == ("9", "Mal", time)


def test_two_readings_of_a_name_of_canvas_are_both_told():
    named = parse(P("mallory_98765_111_222_hw.ipynb"), "canvas")
    assert (named.name, named.number) == ("mallory", "98765")
    assert (named.also.name, named.also.number, named.also.file) == (
        "mallory_98765",
        "111",
        "hw.ipynb",
    )
    assert parse(P("lovelaceada_501_9001_x_1_2_3.ipynb"), "canvas").also is None
    assert parse(P("lovelaceada_LATE_501_9001_x.ipynb"), "canvas").also is None


def test_brightspace_flat():
    named = parse(
        P("39786-640693 - Ada Lovelace - Nov 22, 2026 405 PM - hw-1.ipynb"), "brightspace"
    )
    assert (named.name, named.number, named.file) == ("Ada Lovelace", "39786", "hw-1.ipynb")


def test_copies_and_messages():
    assert copy_number("softmax-cross-entropy-2") == ("softmax-cross-entropy", 2)
    assert copy_number("softmax (3)") == ("softmax", 3)
    assert copy_number("softmax") == ("softmax", 0)
    assert is_message(P("index.html"))
    assert is_message(P("lovelaceada_501_text.html"))
    assert is_message(P("__MACOSX/ada/._x.ipynb"))
    assert not is_message(P("x.ipynb"))
