"""The report's page as text: nothing of a name is markup, everything is in it, colours contrast."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from page_checks import Elements, colour_lists, contrast
from report_samples import HOSTILE, SENTENCES, likeness, partly_without_sandbox, synthetic

from grader.report.likeness import marked_code, view_pairs
from grader.report.page import MOST_NAMES, _inline, render, shown_name

STYLE, SCRIPT, POLICY = _inline()
LIGHT, DARK, PRINT = colour_lists(STYLE)
FILLS = ("fill-right", "fill-partly", "fill-wrong", "fill-open")


@pytest.fixture(scope="module")
def page():
    return render(synthetic(80, names=HOSTILE), likeness(), ("x.csv", "x.json"))


def test_nothing_of_a_name_or_a_code_is_markup(page):
    found = Elements(page)
    assert found.tags.count("script") == 2 and found.tags.count("style") == 1
    assert not {"img", "b", "a "} & set(found.tags)
    assert not [a for a in found.attributes if a[1].startswith("on") or a[1] in ("style", "src")]
    links = [value for _, name, value in found.attributes if name == "href"]
    assert links and all(value.startswith("#") for value in links)
    text = " ".join(found.texts)
    assert "<script>window.hacked=1</script>" in text and "{{ 7*7 }}{% raw %}" in text
    # What cannot be seen is shown, in lists as in the table's data.
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\x00-\x08\x0b-\x1f]", page)
    assert "\\u202e" in page
    assert page.encode("utf-8")


def test_the_policy_allows_what_is_in_the_page_and_nothing_else(page):
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.replace("&#39;", "'") == POLICY
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in POLICY and "http" not in POLICY and "*" not in POLICY
    assert page.count(STYLE) == 1 and page.count(SCRIPT) == 1
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_table_is_the_class(page):
    results = synthetic(80, names=HOSTILE)
    (text,) = re.findall(r'id="students-data">(.*?)</script>', page, re.DOTALL)
    assert "<" not in text and "&" not in text
    data = json.loads(text)
    assert len(data["rows"]) == 80 and data["exercises"] == [e.name for e in results.exercises]
    for row, student in zip(data["rows"], results.students, strict=True):
        assert len(row) == 6 + 2 * 4
        assert row[3] == student.state and row[4] == student.score
        for place, result in enumerate(student.results):
            told = data["told"][row[6 + 2 * place + 1]]
            assert told["kind"] == result.verdict
            said = result.message.replace("*mean*", "mean")  # the script sets it as plain text
            assert told["message"] == (said if result.verdict == "misconception" else "")
    marked = {results.students[k].student for k in data["persons"]}
    assert marked == {s.student for s in results.students if s.problem or s.state == "not graded"}


def test_who_was_graded_without_a_sandbox_is_told_at_the_top(page):
    assert "sandbox</strong>" not in page and 'value="isolation:' not in page
    results, without, unknown = partly_without_sandbox(synthetic(80, names=HOSTILE))
    graded = sum(student.state == "graded" for student in results.students)
    shown = render(results)
    assert not {"img", "b"} & set(Elements(shown).tags)
    before, _, after = shown.partition('<dl class="facts">')
    text = re.sub(r"\s+", " ", "".join(Elements(before).texts))
    assert f"14 of {graded} submissions were graded without a sandbox" in text
    assert f"2 of {graded} submissions it is not known whether" in text
    assert "grader grade 02-softmax --sandbox-again" in text
    listed = [Elements(item).texts[0] for item in re.findall("<bdi>.*?</bdi>", before)]
    named = [shown_name(results.students[k]) for k in (*without, *unknown)]
    assert listed == named
    # The longer list is folded up, the shorter one is not.
    assert (before.count("<details>"), before.count("<details open>")) == (1, 1)
    assert 'value="isolation:none"' in after and 'value="isolation:unknown"' in after
    data = json.loads(re.findall(r'id="students-data">(.*?)</script>', shown, re.DOTALL)[0])
    assert data["unprotected"] == {"none": without, "unknown": unknown}


def test_what_a_person_looks_for_is_there(page):
    found = Elements(page)
    text = re.sub(r"\s+", " ", " ".join(found.texts))
    for sentence in (re.split("[`*]", s)[0].strip() for s in SENTENCES):
        assert sentence in text
    assert "*mean*" in SENTENCES[1] and "*mean*" not in page
    assert "The loss of a batch is their <em>mean</em>." in page
    for heading in ("Scores", "Misconceptions that were met", "Needs a person", "Students"):
        assert heading in text
    assert "Due 2026-11-20 18:00 UTC." in text and "x.csv" in text
    assert "answers wait to be graded in formgrader" in text
    # Headings go down one step at a time.
    assert found.headings[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(found.headings))
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = [value[1:] for tag, name, value in found.attributes if (tag, name) == ("a", "href")]
    assert set(links) <= set(ids)


def test_similar_submissions_are_shown_without_a_verdict(page):
    text = " ".join(Elements(page).texts).lower()
    assert "read side by side" in text and "no finding" in text
    for word in ("plagiar", "cheat", "copied", "copying", "suspic", "guilt", "fraud", "offen"):
        assert word not in text
    assert "<mark>value_0 = np.sin(0) + table[0, 0]" in page
    (pair,) = view_pairs(likeness())
    assert set(pair.students) == set(HOSTILE[:2]) and min(pair.percent) > 75
    # With names hidden the whole section goes.
    assert "side by side" not in render(
        synthetic(80).__class__(**{**vars(synthetic(80)), "hidden": True}), likeness()
    )


def test_marked_code_is_the_code():
    text = "a < b\nc\x07 = '\u202e'\n" + "d = 1\n" * 3
    html = str(marked_code(text, ((0, 5), (6, 9))))
    assert html.startswith("<mark>a &lt; b</mark>\n<mark>c\\x07 </mark>= &#39;\\u202e&#39;\n")
    assert marked_code("x" * 20_000, ((7_990, 9_000), (9_500, 9_600))).endswith(
        "<mark>xxxxxxxxxx</mark>\n(12000 more characters)"
    )


def test_long_lists_are_cut_and_found_in_the_table():
    page = render(synthetic(1500))
    assert page.count("<li><bdi>") <= 9 * MOST_NAMES
    assert re.search(r"And \d+ more\.", page) and "Show them in the table" in page


def test_the_page_of_an_odd_class():
    nobody = synthetic(40)
    for students in ((), tuple(s for s in nobody.students if s.state == "missing")):
        page = render(nobody.__class__(**{**vars(nobody), "students": students, "due": None}))
        assert "None was recognised." in page and "not computed: nobody has a score yet" in page


@pytest.mark.parametrize("colours", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_colours_contrast(colours):
    assert set(colours) == set(LIGHT)
    text = [("text", "page"), ("text", "block"), ("text", "mark"), ("quiet", "page")]
    text += [("link", "page"), *itertools.product(["on-fill"], FILLS)]
    for one, behind in text:
        assert contrast(colours[one], colours[behind]) >= 4.5, (one, behind)
    # What is no text: bars, frames of fields (WCAG 2.2, 1.4.11).
    for one in (*FILLS, "field", "link"):
        assert contrast(colours[one], colours["page"]) >= 3, one


def test_every_colour_comes_from_the_three_lists():
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.DOTALL)
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", rules)
    assert set(re.findall(r"var\(--([\w-]+)\)", rules)) == set(LIGHT)
