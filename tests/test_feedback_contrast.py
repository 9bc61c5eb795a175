"""The feedback page's colours have the contrast that WCAG 2.2 asks of text: 4.5 to 1."""

from __future__ import annotations

import itertools
import re

import pytest
from page_checks import colour_lists, contrast

from grader.feedback.highlighting import _CLASSES
from grader.feedback.pages import style_sheet

STYLE = style_sheet()[0]
LIGHT, DARK, PRINT = colour_lists(STYLE)
TONES = ("right", "partly", "wrong", "open")


def pairs():
    """Text and background that meet on the page."""
    yield from itertools.product(("text", "quiet", "link"), ("page", "block"))
    yield from itertools.product(("text", "link"), ("comment-block",))
    for tone in TONES:
        yield from itertools.product(("text", tone), (f"{tone}-block",))
        yield tone, "page"
    yield from itertools.product(sorted(set(_CLASSES.values())), ("block", "comment-block"))


def test_the_measure_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_text_can_be_read(colours):
    assert set(colours) == set(LIGHT)
    for text, background in pairs():
        ratio = contrast(colours[text], colours[background])
        assert ratio >= 4.5, f"{text} on {background}: {ratio:.2f}"


def test_every_colour_comes_from_the_three_lists():
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.DOTALL)
    # White behind pictures, which are drawn for white paper.
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) == {"#ffffff"}
    assert set(re.findall(r"var\(--([\w-]+)\)", rules)) == set(LIGHT)
