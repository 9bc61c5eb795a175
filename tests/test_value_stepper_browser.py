"""The stepper of lesson 09 in JupyterLab: shares that meet, branches, and a learner's mistakes."""

from __future__ import annotations

import re

import pytest
from browser import ROOT, until
from widget_pages import Widget, open_widgets

pytestmark = pytest.mark.browser

CELLS = {
    "twice": """\
from autograd import Value, topological_order
from twoapples.widgets import step_values


def out(x):
    m = 2 * x
    s = m**2
    return m + s


step_values(out, Value, x=3, ranges={"x": (-3, 3, 0.25)})""",
    "branched": """\
class Unfinished(Value):
    def tanh(self):
        raise NotImplementedError()


def branched(a):
    return a * 2 if a.data < 2 else a.tanh() if a.data < 4 else a**2


step_values(branched, Unfinished, a=1, ranges={"a": (0, 5, 1)})""",
    "wrong": """\
class Replacing(Value):
    def backward(self):
        order = topological_order(self)
        upstream = dict.fromkeys(order, 0.0)
        upstream[self] = 1.0
        for value in reversed(order):
            value.grad += upstream[value]
            for parent, local in zip(value.parents, value.local_gradients):
                upstream[parent] = upstream[value] * local


def wrong(x):
    m = 2 * x
    total = m + m**2
    total.__class__ = Replacing
    return total


step_values(wrong, Value, x=3)""",
}


@pytest.fixture(scope="module")
def notebook(chromium, tmp_path_factory):
    with open_widgets(
        chromium, tmp_path_factory.mktemp("lab"), CELLS, ROOT / "solutions" / "autograd.py"
    ) as notebook:
        yield notebook


class Stepper(Widget):
    """The widget of a cell. Stepping needs no kernel; a slider does, and `move` waits for it."""

    def __init__(self, notebook, cell):
        super().__init__(notebook.shown(cell).panel)

    def texts(self, kind):
        found = self.panel.locator(f".ta-graph-{kind}").all_text_contents()
        return [text for text in found if text]

    def symbols(self):
        return self.texts("symbol")

    def said(self):
        return self.panel.locator(".ta-graph-said").inner_text()

    def rows(self):
        return self.panel.locator(".ta-graph-told tbody tr").all_inner_texts()

    def height_of_slider(self):
        """Return how far a slider stands below the top of its widget."""
        return self.panel.locator("input[type=range]").evaluate(
            "el => el.getBoundingClientRect().top"
            " - el.closest('.ta-panel').getBoundingClientRect().top"
        )

    def problem(self):
        return self.panel.locator(".ta-problem")


def test_two_shares_come_back_to_a_value_that_is_used_twice(notebook):
    stepper = Stepper(notebook, "twice")
    assert stepper.symbols() == ["×", "•", "**2", "+"]
    stepper.control("forward").click()
    assert stepper.said() == "Forward, ×: number 2 and x 3 go in, m 6 comes out."
    stepper.panel.locator(".ta-graph-stage").focus()
    for _ in range(7):
        stepper.page.keyboard.press("ArrowRight")
    assert stepper.said() == "Backward through •: m is used twice; its 2 shares are added."
    assert stepper.texts("gradient") == ["← 13", "← 1", "← 12", "← 1", "← 1"]
    assert stepper.texts("product") == ["= 1 + 12"]
    assert [row.split("\t") for row in stepper.rows()] == [["m", "1 and 12", "1 and 1", "← 13"]]
    stepper.page.keyboard.press("End")
    assert "← 26" in stepper.texts("gradient")
    assert stepper.panel.locator(".ta-broken").count() == 0

    stepper.move("x", -0.25)
    assert stepper.texts("gradient") == ["← 0", "← 0", "← 0", "← 1", "← −1", "← 1", "← 1"]
    assert stepper.problem().is_hidden()
    stepper.control("x").focus()
    stepper.type("ArrowRight")
    assert "m = 0" in stepper.texts("value")

    stepper.panel.locator("summary").click()
    text = stepper.panel.locator(".ta-text")
    until(lambda: "• → m, m" in text.inner_text(), "the tables")


def test_the_picture_follows_the_branch_that_was_taken_and_an_error_is_shown(notebook):
    stepper = Stepper(notebook, "branched")
    assert stepper.symbols() == ["×"]
    before = stepper.height_of_slider()
    stepper.move("a", 5)
    assert stepper.symbols() == ["**2"]
    assert stepper.height_of_slider() == pytest.approx(before, abs=1)
    stepper.control("end").click()
    assert stepper.texts("gradient") == ["← 10", "← 1"]

    stepper.move("a", 3)
    told = stepper.problem().inner_text()
    assert "Unfinished.tanh is not written yet." in told
    assert re.search(r"Cell In\[\d+\], line 3, in Unfinished\.tanh", told)
    assert re.search(r"->\s+3\s+raise NotImplementedError", told)
    assert stepper.said() == "The inputs are known: a 3. The walk ends here: see the error below."
    assert stepper.texts("value") == ["3"]
    assert stepper.control("forward").is_disabled()

    stepper.move("a", 1)
    assert stepper.problem().is_hidden()
    assert stepper.symbols() == ["×"]
    assert stepper.control("forward").is_enabled()


def test_a_gradient_that_was_not_added_is_shown_as_the_learners_own(notebook):
    stepper = Stepper(notebook, "wrong")
    stepper.control("end").click()
    assert stepper.texts("gradient")[:3] == ["← 24", "← 36", "← 12"]
    assert stepper.texts("cross") == ["✗"]
    assert stepper.panel.locator(".ta-broken .ta-graph-symbol").all_text_contents() == ["•"]
    stepper.control("back").click()
    assert "✗ Your backward gives m the gradient 12, and that is not the sum" in stepper.said()
    stepper.control("back").click()
    assert stepper.texts("cross") == []
