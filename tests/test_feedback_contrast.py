"""The feedback page's colours have the contrast that WCAG 2.2 asks of text: 4.5 to 1."""

from __future__ import annotations

import itertools
import re

import pytest

from grader.feedback.highlighting import _CLASSES
from grader.feedback.pages import style_sheet


def colour_lists(style: str) -> list[dict[str, str]]:
    """Return the colours on light, on dark and on paper; both sheets of a page name some."""
    found = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    common, own = found[:3], found[3:]
    assert len(common) == len(own) == 3 and not common[0].keys() & own[0].keys()
    return [{**one, **other} for one, other in zip(common, own, strict=True)]


STYLE = style_sheet()[0]
LIGHT, DARK, PRINT = colour_lists(STYLE)
TONES = ("right", "partly", "wrong", "open")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


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
