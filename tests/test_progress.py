"""How far a learner has come, kept beside the notebooks."""

import importlib
import json

import pytest

from twoapples.check import CheckFailed, check
from twoapples.checking import traces
from twoapples.checking.traces import Case, Trace

progress = importlib.import_module("twoapples.progress")


def trace(name, points):
    step = {"do": "call", "on": {"subject": True}, "arguments": [3], "keywords": {}, "names": ["x"]}
    case = Case("three", 1.0, [step], [{"value": 6}], {})
    return Trace(name, "function", 1e-6, 1e-9, [], {}, [case], points)


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    for lesson, exercises in (("01-a", [("twice", 4), ("thrice", 2)]), ("02-b", [("other", 3)])):
        (tmp_path / lesson).mkdir()
        traces.write(tmp_path / lesson / traces.FILE_NAME, [trace(*item) for item in exercises])
    return tmp_path


def test_counts_what_was_right_at_the_latest_check(lessons, monkeypatch, capsys):
    import __main__

    monkeypatch.setattr(__main__, "twice", lambda x: 2 * x, raising=False)
    check("twice", folder=lessons / "01-a")
    first, second = progress.read_progress(lessons / "01-a")
    assert (first.lesson, first.passed, first.left) == ("01-a", ("twice",), ("thrice",))
    assert (first.points, first.of, second.points, second.of) == (4, 6, 0, 3)

    monkeypatch.setattr(__main__, "twice", lambda x: x)
    with pytest.raises(CheckFailed):
        check("twice", folder=lessons / "01-a")
    assert progress.read_progress(lessons / "02-b")[0].passed == ()


def test_is_shown_as_text_and_table(lessons, capsys):
    (lessons / "01-a" / progress.FILE_NAME).write_text(
        json.dumps({"twice": {"right": True}, "thrice": {"right": True}}), encoding="utf-8"
    )
    progress.progress(lessons / "02-b")
    text = capsys.readouterr().out
    assert "2 of 3 exercises are right, 6 of 9 points." in text
    assert "next: other" in text
    table = progress._as_html(progress.read_progress(lessons / "02-b"))
    assert "<code>other</code>" in table and "✓ done" in table


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"twice": 3}', '{"twice": {}}'])
def test_a_damaged_file_counts_as_none(lessons, content):
    (lessons / "01-a" / progress.FILE_NAME).write_text(content, encoding="utf-8")
    assert progress.read_progress(lessons / "01-a")[0].passed == ()


def test_a_folder_that_cannot_be_written_to_does_not_fail_the_check(lessons, monkeypatch):
    import __main__

    monkeypatch.setattr(__main__, "twice", lambda x: 2 * x, raising=False)
    monkeypatch.setattr("pathlib.Path.write_text", lambda *a, **k: (_ for _ in ()).throw(OSError()))
    check("twice", folder=lessons / "01-a")


def test_without_lessons_says_so(tmp_path, capsys):
    (tmp_path / "empty" / "lesson").mkdir(parents=True)
    progress.progress(tmp_path / "empty" / "lesson")
    assert "There are no lessons here." in capsys.readouterr().out
