"""The widgets of lessons 05, 06, 08 and 10 in JupyterLab: moved by mouse and by keyboard."""

from __future__ import annotations

import re

import pytest
from browser import choose_theme, until
from widget_pages import Widget, open_widgets

pytestmark = pytest.mark.browser

CELLS = {
    "activations": """\
import numpy as np
from twoapples.widgets import explore_activations


class Halting:
    def forward(self, x):
        if len(x) == 1 and x[0] > 5:
            raise RuntimeError("too large for me")
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * self.out * (1 - self.out)


explore_activations({"sigmoid": Halting, "tanh": type("Tanh", (), {
    "forward": lambda self, x: np.tanh(x), "backward": lambda self, dout: dout})})""",
    "rates": """\
from twoapples.widgets import compare_learning_rates

compare_learning_rates()""",
    "fit": """\
from twoapples.widgets import explore_fit

explore_fit()""",
    "draw": """\
import numpy as np
from twoapples.widgets import draw_digit

rng = np.random.default_rng(0)
W, b = rng.normal(0, 0.1, (64, 10)), np.arange(10) == 7
draw_digit(lambda X: X @ W + b)""",
}


@pytest.fixture(scope="module")
def notebook(chromium, tmp_path_factory):
    """A notebook with the four widgets, all on the page."""
    with open_widgets(chromium, tmp_path_factory.mktemp("lab"), CELLS) as notebook:
        yield notebook


class Seen(Widget):
    """A widget on the page, with what it draws."""

    def __init__(self, notebook, cell):
        super().__init__(notebook.shown(cell).panel)

    def pictures(self):
        """Return what the canvases show, as long texts."""
        canvases = self.panel.locator(".ta-pictures canvas").all()
        return [el.evaluate("el => el.toDataURL()") for el in canvases]

    def tells(self, name, pattern):
        assert re.search(pattern, self.text(name))


def test_activations(notebook):
    seen = Seen(notebook, "activations")
    before = seen.pictures()
    seen.move("x", 0)
    seen.tells("product", r"^9\.54e-7$")
    assert all(old != new for old, new in zip(before, seen.pictures(), strict=True))
    assert "At x = 0 the output is 0.5; the tangent has the slope 0.25" in seen.labels()[0]

    # Weight 4 makes up for the quarter, but only where each layer gets 0.
    seen.move("weight", 0.6)
    seen.tells("product", r"^(1|0\.9\d+|0\.8\d+)$")
    seen.choose("chained", "yes")
    seen.tells("product", r"^7\.\d+e-10$")

    slider = seen.control("x")
    slider.focus()
    seen.type("ArrowRight")
    assert "At x = 0.1 " in seen.labels()[0]


def test_an_error_in_the_learners_layer_is_shown_and_passes(notebook):
    seen = Seen(notebook, "activations")
    seen.move("weight", 0)
    seen.choose("chained", "no")
    seen.move("x", 7)
    problem = seen.panel.locator(".ta-problem")
    assert problem.is_visible()
    assert "RuntimeError: too large for me" in problem.inner_text()
    assert "Halting.forward" in problem.inner_text()
    assert 'raise RuntimeError("too large for me")' in problem.inner_text()
    seen.move("x", 3)
    assert problem.is_hidden()
    assert "At x = 3 " in seen.labels()[0]


def test_learning_rates(notebook):
    seen = Seen(notebook, "rates")
    seen.tells("why", r"^Rate 0\.06: The plain loss is no number from epoch 1 on: .*0 times")
    assert "the accuracy is 1.00 from epoch 3 on" in seen.text("why")
    assert [label.partition(":")[0] for label in seen.labels()] == [
        f"Rate {rate}" for rate in ("1e-7", "1e-5", "1e-4", "0.01", "0.06")
    ]
    before = seen.pictures()
    seen.move("rate", -3)
    seen.tells("why", "^Every loss is a number so far")
    after = seen.pictures()
    assert before[:4] == after[:4]
    assert before[4] != after[4]
    own = seen.panel.locator("tbody tr").last.inner_text().split()
    assert own == ["1e-3", "10.745", "3.8e-4", "3.81e-4", "1.00"]

    seen.move("epochs", 6)
    assert "in 6 epochs" in seen.labels()[0]
    assert "0.67" in seen.panel.locator("tbody tr").last.inner_text()
    seen.press("seed")
    assert "from 10.7" not in seen.labels()[0]
    seen.press("seed-0")
    assert "from 10.7" in seen.labels()[0]


def test_fit(notebook):
    seen = Seen(notebook, "fit")
    until(lambda: "lowest test loss" in seen.panel.inner_text(), "training to end")
    seen.move("epoch", 31)
    seen.tells("said", r"^16 hidden units after 2000 epochs: training loss 0\.00 and test")
    assert "lowest at epoch" in seen.labels()[1]
    late = seen.pictures()
    seen.move("width", 0)
    seen.tells("said", r"^1 hidden unit after 2000 epochs: training loss 0\.3\d")
    assert all(old != new for old, new in zip(late, seen.pictures(), strict=True))
    plane = seen.pictures()[0]
    seen.control("test-points").check()
    assert seen.pictures()[0] != plane
    seen.control("epoch").focus()
    seen.type("Home")
    seen.tells("said", "after 0 epochs")


def test_draw_with_the_mouse(notebook):
    seen = Seen(notebook, "draw")
    seen.tells("said", "^The picture is a handwritten")
    seen.press("clear")
    seen.tells("said", r"^The picture is a blank sheet\. The network says 7")
    sheet = seen.panel.locator(".ta-sheet")
    seen.drag(sheet, (130, 30), (130, 240), steps=5)
    seen.tells("said", "^The picture is your drawing")
    inked = int(re.search(r"(\d+) of 64", sheet.get_attribute("aria-label"))[1])
    assert 6 <= inked <= 16
    seen.press("noise")
    seen.tells("said", "^The picture is noise: no digit at all")
    # Without light only the biases are left, and they are for 7.
    seen.move("brightness", 0)
    seen.tells("said", r"at all, 0 times as bright\. The network says 7 and is 0\.23 sure")
    seen.move("brightness", 1)


def test_draw_with_the_keyboard(notebook):
    seen = Seen(notebook, "draw")
    seen.press("clear")
    seen.tells("said", "blank sheet")
    seen.control("brightness").focus()
    seen.type("Tab")
    sheet = seen.panel.locator(".ta-sheet")
    assert sheet.evaluate("el => el === document.activeElement")
    seen.type("Space", "ArrowDown", "Space")
    seen.tells("said", "^The picture is your drawing")
    assert "2 of 64 pixels" in sheet.get_attribute("aria-label")
    heard = seen.panel.locator(".ta-aloud[aria-live]")
    until(
        lambda: "row 5, column 4: ink" in heard.inner_text() or "sure" in heard.inner_text(), "it"
    )
    seen.type("Delete")
    seen.tells("said", "blank sheet")


def test_a_dark_page(notebook):
    light = {name: Seen(notebook, name).pictures() for name in CELLS}
    choose_theme(notebook.page, "JupyterLab Dark")
    for name in CELLS:
        # The sheet of paper alone stays as it is.
        kept = 1 if name == "draw" else 0
        seen = Seen(notebook, name)
        until(lambda w=seen, n=name, k=kept: w.pictures()[k:] != light[n][k:], "dark pictures")
