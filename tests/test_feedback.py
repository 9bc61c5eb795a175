"""A feedback page: what stands on it, and that nothing of a submission comes alive on it."""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from feedback_samples import (
    DETAILS,
    EVERYTHING,
    HOST,
    MATHML,
    RIGHT,
    WRONG,
    check,
    code,
    hostile,
    notebook,
    ordinary,
    tags_of,
    words,
    written,
)
from markupsafe import Markup

from grader.feedback.content import duration, view
from grader.feedback.pages import page, style_sheet
from grader.gradebook.grades import CellGrade, Grades
from grader.notebook.cells import ours
from twoapples.box import as_mimebundle
from twoapples.checking.report import Diagnosis, Report

# The page's own elements, Markdown's, and MathML's. No a but to a place on the page.
ELEMENTS = words(
    "html head meta title style body header main section h1 h2 h3 p dl dt dd div span strong bdi "
    "table thead tbody tfoot tr th td a code pre ul ol li em del blockquote hr br img"
)
ATTRIBUTES = words(
    "lang charset http-equiv content name class id href scope role tabindex translate start alt "
    "src aria-labelledby aria-hidden aria-label"
)
MATHML_ATTRIBUTES = words(
    "alttext class display displaystyle scriptlevel stretchy accent accentunder fence form "
    "largeop maxsize minsize movablelimits symmetric width mathvariant"
)


def text_of(html):
    return " ".join("".join(tags_of(html).text).split())


@pytest.fixture(scope="module")
def plain():
    return page(*ordinary())


@pytest.fixture(scope="module")
def attacked():
    return page(*hostile())


def test_page_tells_score_sentence_case_code_comment_answer_and_notes(plain):
    text = text_of(plain)
    assert "Feedback: 02 · Softmax, ada" in text
    assert "Ada King (ada)" in text and "2026-11-20 18:30 UTC, 1 day and 2 hours late" in text
    # 3.5 with the extra credit + 4 - 1.25; three points wait.
    assert "6.25 of 11 points so far; 3 more wait for a person; 1.25 taken off" in text
    assert "softmax ◐ Graded by hand 3.5 / 4" in text
    assert "The score was given by hand. The check gave 2." in text
    assert "Extra credit is included: 0.5." in text
    assert "The sum is over the batch: look at axis." in text and "<code>axis</code>" in plain
    assert "1 of 2 cases hold so far." in text and "s was not changed." in text
    for name, value in DETAILS:
        assert f"{name} {' '.join(value.split())}" in text
    assert "def softmax(s):" in text and "# not by row" in text
    assert "Look at axis once more" in text and "<strong>axis</strong>" in plain
    assert "✓ Right 4 of 4 points" in text and "Waits for a person – of 3 points" in text
    assert "What was unusual the locked cell setup had been changed" in text
    assert "secret" not in plain and "MARK SCHEME" not in plain


def test_only_our_elements_and_attributes_are_on_a_page(plain, attacked):
    for html in (plain, attacked):
        found = tags_of(html)
        for tag, attributes in found.tags:
            assert tag in ELEMENTS | MATHML, tag
            allowed = MATHML_ATTRIBUTES if tag in MATHML else ATTRIBUTES
            assert set(attributes) <= allowed, (tag, attributes)
            assert re.fullmatch(r"#exercise-\d+", attributes.get("href", "#exercise-1"))
            assert attributes.get("src", "data:image/png;base64,").startswith(
                "data:image/png;base64,"
            )
        assert found.declarations == ["DOCTYPE html"]
        names = [tag for tag, _ in found.tags]
        assert [names.count(tag) for tag in ("html", "head", "style", "main", "h1")] == [1] * 5
        assert [a["http-equiv"] for tag, a in found.tags if "http-equiv" in a] == [
            "Content-Security-Policy"
        ]


def test_what_attacks_is_shown_as_text(attacked):
    text = text_of(attacked)
    for shown in ("<script>window.hacked = 1</script>", "javascript:window.hacked=15"):
        assert shown in text
    assert f"outside ({HOST}/link)" in text  # the link's address, not the link
    assert f"[picture: outside, {HOST}/markdown.png]" in text
    assert "\\x1b[31mred" in text and "\\u202e" in text and "\\ud800" in text
    assert attacked.count("<img ") == 1  # the picture that is one


def test_no_character_without_a_shape_is_left(attacked):
    left = {c for c in attacked if c != "\n" and unicodedata.category(c) in ("Cc", "Cs", "Cf")}
    assert not left
    attacked.encode("utf-8")


def test_outputs_and_messages_of_the_submissions_own_are_left_out():
    notebook_, grades = ordinary()
    printed = {"output_type": "stream", "name": "stdout", "text": "the hidden input is 4711"}
    error = {"output_type": "error", "ename": "NameError", "evalue": "4712", "traceback": ["4713"]}
    notebook_["cells"][1]["outputs"] = [printed, error]
    html = page(notebook_, grades)
    assert "471" not in html
    assert "Its cell stopped with NameError when it was run." in text_of(html)
    error["ename"] = "Secret4714"
    assert "471" not in page(notebook_, grades)


def test_a_page_is_the_same_from_a_file_and_twice(plain):
    notebook_, grades = ordinary()
    for cell in notebook_["cells"]:  # as nbformat writes it: a list of lines
        cell["source"] = cell["source"].splitlines(keepends=True)
    assert page(json.loads(json.dumps(notebook_)), grades) == plain


def test_the_policy_lets_nothing_in_but_the_style_sheet(plain):
    style, policy = style_sheet()
    assert "default-src 'none'" in policy and "unsafe" not in policy and "script" not in policy
    assert f"<style>{style}</style>" in plain
    assert "url(" not in style and "@import" not in style and "</" not in style
    # Browsers report what a policy in a meta element may not say.
    assert "frame-ancestors" not in policy and "sandbox" not in policy


def test_headings_are_in_order(plain, attacked):
    for html in (plain, attacked):
        levels = [int(tag[1]) for tag, _ in tags_of(html).tags if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        ids = [a["id"] for _, a in tags_of(html).tags if "id" in a]
        assert len(ids) == len(set(ids))


def test_a_report_comes_back_from_data_as_it_was():
    for report in (WRONG, RIGHT, replace(WRONG, titles=("one row", "two rows"))):
        back = Report.from_data(json.loads(json.dumps(report.to_data())))
        assert replace(back, titles=()) == replace(report, titles=())
        assert back.titles == (report.titles or ("", ""))
        assert as_mimebundle(back) == as_mimebundle(report)


def test_a_report_as_data_has_a_bound():
    long = "x" * 10**6
    told = Diagnosis("value", long, ((long, long),) * 1000)
    data = Report("f", (False,) * 10**4, (1.0,) * 10**4, told, (long,) * 1000).to_data()
    assert len(json.dumps(data)) < 10**6
    assert Report.from_data(data).to_data() == data


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"cases": "none", "details": 3, "notes": {}, "message": ["x"], "exercise": None},
        {"cases": [None, {"held": "yes", "weight": "1"}], "details": ["ab", [1, 2], [1]]},
    ],
)
def test_data_of_any_shape_gives_a_report(data):
    report = Report.from_data(data)
    assert not any(report.held) and as_mimebundle(report)
    assert Report.from_data(report.to_data()) == report


def test_a_notebook_of_the_first_version_shows_the_box_that_it_holds():
    notebook_, grades = ordinary()
    cell = next(cell for cell in notebook_["cells"] if ours(cell).get("exercise") == "softmax")
    for key in ("cases", "details", "notes"):
        del cell["metadata"]["twoapples"][key]
    html = page(notebook_, grades)
    text = text_of(html)
    for shown in (
        "◐ Partly right: softmax",
        "1 of 2 cases hold so far.",
        "0.25 0.75",
    ):
        assert shown in text
    assert text.count("The sum is over") == 1 and " style=" not in html
    cell["outputs"][0]["data"]["text/html"] = EVERYTHING
    assert "<script" not in page(notebook_, grades) and "onerror" not in page(notebook_, grades)


@pytest.mark.parametrize(
    ("grade", "verdict", "status"),
    [
        (CellGrade(4.0, 4.0), "right", "Right"),
        (CellGrade(4.0, 2.0), "value", "Partly right"),
        (CellGrade(4.0, 0.0), "value", "Not right yet"),
        (CellGrade(4.0, 0.0), "not started", "Not written yet"),
        (CellGrade(4.0, 0.0), "not defined", "Not found"),
        (CellGrade(4.0, 0.0), "unreadable", "Could not be read"),
        (CellGrade(4.0, 0.0, 1.0), "not started", "Graded by hand"),
        (CellGrade(4.0, waits=True), "value", "Waits for a person"),
        (None, "value", "Not graded"),
    ],
)
def test_status(grade, verdict, status):
    report = Report("f", (False,), (1.0,), Diagnosis(verdict, "A sentence."))
    cells = [code("def f(): pass", "f"), check("f", report, 0.0, 4.0)]
    grades = Grades("ada", "01-x", cells={"check-f": grade} if grade else {})
    (shown,) = view(notebook(cells, "X"), grades)["exercises"]
    assert shown.status == status and shown.name == "f" and shown.most == "4"
    assert bool(shown.codes) == (verdict != "unreadable")  # that cell holds our stub


def test_an_empty_answer_and_a_missing_one_are_said_to_be_empty():
    placeholder = "*Your answer here (double-click to write).*"
    for cells in (written("why", "Why?", placeholder), written("why", "Why?", " ")[:1]):
        (shown,) = view(notebook(cells, "X"), Grades("ada", "01-x"))["exercises"]
        assert shown.answer == "" and "Why?" in shown.question
        assert "Nothing was written." in page(notebook(cells, "X"), Grades("ada", "01-x"))


def test_a_mark_scheme_without_an_end_is_left_out_to_the_last_line():
    cells = written("why", "Why?", "So.")
    cells[0]["source"] = cells[0]["source"].replace("=== END MARK SCHEME ===", "more secret")
    assert "secret" not in page(notebook(cells, "X"), Grades("ada", "01-x"))


def test_code_in_another_cell_is_found():
    report = Report("f", (True,), (1.0,), Diagnosis("right", "The case holds."))
    cells = [
        code("# moved down", "f"),
        code("x = 1\n\ndef f(x):\n    return here"),
        code("def of_another():\n    def f(): ..."),
        check("f", report, 1.0, 1.0),
    ]
    (shown,) = view(notebook(cells, "X"), Grades("ada", "01-x"))["exercises"]
    assert ["moved" in c or "here" in c for c in shown.codes] == [True, True]


def test_what_is_shown_of_a_submission_has_a_bound(monkeypatch):
    monkeypatch.setattr("grader.feedback.content._MOST_OWN_CHARACTERS", 5000)
    names = [f"f{number}" for number in range(5)]
    report = Report("f", (True,), (1.0,), Diagnosis("right", "The case holds."))
    defined = "".join(f"def {name}():\n    pass\n\n" for name in names)
    cells = [check(name, report, 1, 1) for name in names]
    cells += [code(f"{defined}# {number}") for number in range(30)]
    cells += [*written("why", "Why?", "because"), *written("why", "", "because")[1:]]
    *coded, last = view(notebook(cells, "X"), Grades("ada", "01-x"))["exercises"]
    assert [len(shown.codes) for shown in coded] == [30, 19, 0, 0, 0]  # the last one cut
    shown = Markup("").join(code for shown in coded for code in shown.codes)
    assert len(shown.striptags()) < 5200
    told = [remark for shown in coded for remark in shown.remarks if "not shown" in remark]
    assert len(told) == 4
    assert "because" not in last.answer and last.answer.count("not shown") == 1


def test_a_penalty_does_not_go_below_zero():
    notebook_, grades = ordinary()
    grades.penalty = 50.0
    assert view(notebook_, grades)["score"] == "0"


def test_a_notebook_of_any_shape_gives_a_page():
    notebook_, grades = ordinary()
    broken = copy.deepcopy(notebook_)
    for cell in broken["cells"]:
        cell.pop("outputs", None)
        cell["metadata"] = "none"
    broken["cells"].append("no cell")
    for content in ({}, {"cells": []}, {"cells": [], "metadata": {"twoapples": []}}, broken):
        assert "This notebook holds no exercises." in page(content, grades)


def test_durations():
    assert duration(timedelta()) == ""
    assert duration(timedelta(seconds=30)) == "1 minute"
    assert duration(timedelta(days=3, minutes=1)) == "3 days and 1 minute"
