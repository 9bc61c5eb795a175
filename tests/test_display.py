"""The box of `check`: nothing in it is run, and it can be read without colour."""

import io
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learners import ask, record

from twoapples.box import as_html, as_mimebundle, as_text, show_report, verdict
from twoapples.checking.diagnose import Diagnosis, Report

NASTY = '<script>alert("x")</script><img src=x onerror=alert(1)> & `</code><b>`'


def report(headline="It is wrong.", details=(), held=(False, True), notes=(), kind="value"):
    diagnosis = Diagnosis(kind, headline, tuple(details))
    return Report("softmax", held, (1.0,) * len(held), diagnosis, tuple(notes))


class Reader(HTMLParser):
    """Collects elements and text, and sees whether they are closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.words = set(), set(), [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


OWN_TAGS = {"div", "strong", "code", "table", "tbody", "tr", "th", "td", "em"}
OWN_ATTRIBUTES = {"style", "class", "role", "scope"}


def read(html):
    reader = Reader(html)
    assert reader.tags <= OWN_TAGS and reader.attributes <= OWN_ATTRIBUTES
    return "".join(reader.words)


class TestHtml:
    @pytest.mark.parametrize("place", ["headline", "name", "value", "note"])
    def test_no_script_survives(self, place):
        html = as_html(
            report(
                NASTY if place == "headline" else "x",
                [(NASTY if place == "name" else "a", NASTY if place == "value" else "b")],
                notes=[NASTY if place == "note" else "c"],
            )
        )
        assert "alert(1)" in read(html)
        assert "<script" not in html and "<img" not in html

    @given(st.text(), st.text(), st.text())
    @settings(deadline=None)
    def test_any_text(self, headline, name, value):
        read(as_html(report(headline, [(name, value)], notes=[value])))

    def test_from_a_learner(self):
        trace = record(lambda x: "text", lambda f, rng: f(1.0), name="f")
        found = ask(trace, f"def f(x):\n    return {NASTY!r}")
        assert "alert(1)" in read(as_html(found))
        found = ask(trace, f"def f(x):\n    raise ValueError({NASTY!r})")
        assert "onerror" in read(as_html(found))

    def test_code_between_backticks(self):
        assert "<code>a &lt; b</code> holds" in as_html(report("`a < b` holds"))

    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("says *where* to look", "says <em>where</em> to look"),
            ("(*N < D* rows), *x*.", "(<em>N &lt; D</em> rows), <em>x</em>."),
            ("`*a*` and `2*b` * `c*d`", "<code>*a*</code> and <code>2*b</code> * <code>c*d</code>"),
            ("2*x*y, x**2, a * b * c, **not**", "2*x*y, x**2, a * b * c, **not**"),
            ("*one `a` two* *", "*one <code>a</code> two* *"),
        ],
    )
    def test_emphasis_between_stars(self, said, shown):
        html = as_html(report(said))
        assert f"<div>{shown}</div>" in html
        read(html)

    def test_text_colour_is_the_pages(self):
        html = as_html(report(details=[("a", "b")]))
        colours = re.findall(r"(?<!-)color: ([^;\"]+)", html)
        assert colours and set(colours) == {"inherit"}

    def test_lines_of_a_value_are_kept(self):
        html = as_html(report(details=[("x", "[[1]\n [2]]")]))
        assert "white-space: pre-wrap" in html and "[[1]\n [2]]" in html


class TestWithoutColour:
    @pytest.mark.parametrize(
        ("held", "word", "mark"),
        [
            ((True, True), "Right", "✓"),
            ((True, False), "Partly right", "◐"),
            ((False, False), "Not right yet", "✗"),
        ],
    )
    def test_verdict_in_words(self, held, word, mark):
        shown = report(held=held)
        assert verdict(shown) == word
        assert as_text(shown).startswith(f"{mark} {word}: softmax\n")
        assert read(as_html(shown)).startswith(f"{mark} {word}: softmax")

    def test_count(self):
        assert "1 of 2 cases hold so far." in as_text(report())
        assert "1 of 2 cases hold so far." in as_html(report())
        assert "so far" not in as_text(report(held=(False,))) + as_text(report(held=(True, True)))


class TestText:
    def test_whole(self):
        shown = report(
            "`f(x)` is wrong.", [("x", "[[1]\n [2]]"), ("expected", "3")], notes=["A note."]
        )
        assert as_text(shown).splitlines() == [
            "◐ Partly right: softmax",
            "  `f(x)` is wrong.",
            "  x         [[1]",
            "             [2]]",
            "  expected  3",
            "  1 of 2 cases hold so far.",
            "  Note: A note.",
        ]

    def test_details_can_be_left_out(self):
        shown = report(details=[("expected", "3.25")])
        assert "3.25" not in as_text(shown, details=False) + as_html(shown, details=False)

    def test_control_characters_are_shown_not_obeyed(self):
        shown = report("Bad \x1b[31m.", [("a", "\x1b[2J\x00\ud800 Äpfel\t사과")])
        for text in (as_text(shown), as_html(shown)):
            assert "\x1b" not in text and "\x00" not in text
            assert r"\x1b[2J\x00\ud800 Äpfel" in text and "사과" in text
            text.encode("utf-8")


class TestShow:
    @pytest.fixture(autouse=True)
    def no_notebook(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "IPython", None)

    def test_printed_without_a_notebook(self, capsys):
        show_report(report())
        assert capsys.readouterr().out == as_text(report()) + "\n"

    def test_a_terminal_that_cannot_write_a_check_mark(self, monkeypatch):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
        show_report(report("off by −1"))
        sys.stdout.flush()
        assert raw.getvalue().startswith(b"? Partly right: softmax")

    def test_ipython_is_not_imported_for_it(self):
        code = (
            "import sys; from twoapples.checking.diagnose import Diagnosis, Report;"
            "from twoapples.box import show_report;"
            "show_report(Report('f', (True,), (1.0,), Diagnosis('right', 'Good.')));"
            "assert 'IPython' not in sys.modules"
        )
        # `twoapples` itself offers figures; here only the box is of interest.
        code = "import types, sys; m = types.ModuleType('twoapples');" + (
            f"m.__path__ = [{str(__import__('twoapples').__path__[0])!r}];"
            "sys.modules['twoapples'] = m;" + code
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

    def test_mimebundle(self):
        bundle = as_mimebundle(report())
        assert set(bundle) == {"text/html", "text/plain"}
        assert bundle["text/plain"] == as_text(report())


def test_arrays_of_a_real_report():
    trace = record(lambda x: x * 2, lambda f, rng: f(np.eye(2)), name="double")
    text = read(as_html(ask(trace, "double = lambda x: x + 1")))
    assert "[[2. 0.]\n [0. 2.]]" in text and "`" not in text
