"""The widgets of lessons 01 and 02 in JupyterLab: moved with mouse, keys and sliders."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from browser import ROOT, choose_theme, until
from widget_pages import Widget, WidgetNotebook, open_widgets

pytestmark = pytest.mark.browser

# For a look at every widget: PICTURES=folder pytest tests/test_small_widgets_01_02_browser.py
PICTURES = os.environ.get("PICTURES")


def source(module: str) -> str:
    """Return a module of references: here it is the code that a learner has written."""
    return (ROOT / "solutions" / f"{module}.py").read_text(encoding="utf-8")


CELLS = {
    "setup": source("perceptron")
    + source("softmax")
    + "from twoapples.datasets import gates, xor\n"
    + "from twoapples.widgets import explore_perceptron, explore_softmax, explore_xor",
    "line": "explore_perceptron(w=(1, 1), b=-0.5, perceptron=perceptron)",
    "learning": "explore_perceptron(perceptron=perceptron, perceptron_loss=perceptron_loss,\n"
    "                   delta_rule=delta_rule)",
    "broken": "def broken(x, w, b):\n    if w[0] > 1:\n        return x @ w @ b\n"
    "    return perceptron(x, w, b)\n\nexplore_perceptron(w=(1, 1), b=-0.5, perceptron=broken)",
    "xor": "explore_xor(perceptron=perceptron)",
    "softmax": "explore_softmax((2, 1, 0), ['cat', 'dog', 'ship'], softmax=softmax,\n"
    "                cross_entropy=cross_entropy)",
    "naive": "def naive(s):\n    e = np.exp(s)\n    return e / e.sum()\n\n"
    "explore_softmax((2, 1, 0), ['cat', 'dog', 'ship'], softmax=naive)",
}


@pytest.fixture(scope="module")
def notebook(chromium, tmp_path_factory):
    with open_widgets(chromium, tmp_path_factory.mktemp("lab"), CELLS) as notebook:
        yield notebook


class Seen(Widget):
    """A widget on the page that tells in words what it shows."""

    top = 10  # where a plane of four corners begins, below the upper edge of its picture

    def __init__(self, notebook: WidgetNotebook, name: str) -> None:
        super().__init__(notebook.shown(name).panel)

    def told(self) -> str:
        return " ".join(self.panel.locator(".ta-told").inner_text().split())

    def pull(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one point of the plane of four corners, -0.4 … 1.4, to another."""
        canvas = self.canvas()
        box = canvas.bounding_box()
        left, right, bottom = 46, 10, 36
        width, height = box["width"] - left - right, box["height"] - self.top - bottom
        self.drag(
            canvas,
            *(
                (left + (x + 0.4) / 1.8 * width, self.top + (1.4 - y) / 1.8 * height)
                for x, y in (start, end)
            ),
        )

    def picture(self, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.panel.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def test_the_line_is_dragged_turned_and_moved_with_keys(notebook):
    seen = Seen(notebook, "line")
    assert "All 4 points are right." in seen.told()
    # The line passes through (0.25, 0.25); drag it past (0, 1) and (1, 0), half-way to (1, 1).
    seen.pull((0.25, 0.25), (0.75, 0.75))
    assert "2 of 4 points are misclassified: (0, 1) and (1, 0)." in seen.told()
    assert seen.value("b") == pytest.approx(-1.5, abs=0.06)
    assert seen.value("w1") == seen.value("w2") == 1
    seen.picture("perceptron-dragged")
    # The arrow's foot is the middle of the line; turn its tip to the right: the line is upright.
    tip = 0.75 + 0.36 / 2**0.5
    seen.pull((tip, tip), (1.3, 0.75))
    assert "misclassified: (0, 1)." in seen.told()
    assert seen.value("w2") == pytest.approx(0, abs=0.06)
    assert seen.value("w1") == pytest.approx(2**0.5, abs=0.06)
    canvas = seen.canvas()
    canvas.focus()
    seen.type(*["ArrowLeft"] * 9)  # of 5 degrees each
    assert seen.value("w1") == pytest.approx(1, abs=0.06)
    seen.type(*["ArrowDown"] * 10)
    assert "All 4 points are right." in seen.told()
    assert "All 4 points are right." in canvas.get_attribute("aria-label")
    seen.press("rewind")
    assert seen.value("b") == -0.5
    assert seen.panel.locator("button[data-ta-name=step]").is_hidden()


def test_sliders_tasks_and_the_steps_of_the_learners_rule(notebook):
    seen = Seen(notebook, "learning")
    seen.shows("J(w) = 2")
    seen.picture("perceptron-learning")
    # The numbers of the lesson: 2, 0.3, 0.3, 0.3, 0.
    for loss in ("0.3", "0.3", "0.3", "0"):
        seen.press("step")
        seen.shows(f"J(w) = {loss}")
    assert "All 4 points are right. 4 steps of your delta_rule." in seen.told()
    assert [seen.value(name) for name in ("b", "w1", "w2")] == pytest.approx([-0.1, 1.4, 0.2])
    seen.choose("task", "XOR")
    assert "1 of 4 points is misclassified: (1, 1)." in seen.told()
    seen.move("b", -3)
    assert "2 of 4 points are misclassified: (0, 1) and (1, 0)." in seen.told()
    seen.move("w1", 0)
    seen.move("w2", 0)
    assert "there is no line" in seen.told()


def test_an_error_of_the_learner_is_shown_and_the_widget_lives_on(notebook):
    seen = Seen(notebook, "broken")
    assert "All 4 points are right." in seen.told()
    problem = seen.panel.locator(".ta-problem")
    assert problem.is_hidden()
    seen.move("w1", 1.5)
    shown = problem.inner_text()
    assert "ValueError" in shown
    assert re.search(r"Cell In ?\[\d+\], line 3, in broken", shown)
    assert "->   3" in shown and "return x @ w @ b" in shown
    assert "learner_calls" not in shown
    seen.picture("perceptron-error")
    seen.move("w1", 0.9)
    assert "All 4 points are right." in seen.told()
    assert problem.is_hidden()


def test_two_lines_make_xor_separable(notebook):
    seen = Seen(notebook, "xor")
    seen.top = 24
    assert "Not separable: every point has a place of its own" in seen.told()
    seen.picture("xor-start")
    # z1 becomes OR: its arrow is turned, its line then moved.
    seen.pull((0.86, 0.23), (0.8, 0.53))
    seen.pull((0.5, 0.23), (0.385, 0.115))
    assert seen.value("b") == pytest.approx(-0.35, abs=0.06)
    # z2 becomes NAND, with keys alone: turned by 225 degrees, then moved away from the arrow.
    seen.canvas().focus()
    seen.type("2", *["ArrowLeft"] * 27, *["ArrowDown"] * 7)
    assert "Separable: in the plane of the answers one line divides" in seen.told()
    right = seen.canvas(1).get_attribute("aria-label")
    assert "z1 + z2 − 1.5 = 0" in right
    seen.picture("xor-separable")
    # Both lines the same: a square and a circle meet.
    for nth, names in ((0, (1, 1, -0.5)), (1, (1, 1, -0.5))):
        for name, value in zip(("w1", "w2", "b"), names, strict=True):
            seen.move(name, value, nth)
    assert "go to the same place, (1, 1)." in seen.told()


def test_scores_temperature_and_loss(notebook):
    seen = Seen(notebook, "softmax")
    assert "True class cat with the probability 0.665: loss 0.408." in seen.told()
    seen.picture("softmax-start")
    seen.choose("true", "ship")
    assert "True class ship with the probability 0.090: loss 2.408." in seen.told()
    seen.move("temperature", 1)  # in decades: T = 10
    assert "probability 0.301" in seen.told()
    seen.move("added", 1000)
    assert "probability 0.301" in seen.told()
    seen.move("temperature", -1)
    assert "True class ship with the probability 2.06e−9: loss 16.098." in seen.told()
    seen.picture("softmax-sure-and-wrong")
    seen.press("rewind")
    assert "loss 2.408." in seen.told()
    assert seen.value("temperature") == 0
    # With the keyboard: the slider of ship in focus, twenty steps of 0.1 to the right.
    seen.control("score 2").focus()
    seen.type(*["ArrowRight"] * 20)
    assert "True class ship with the probability 0.422" in seen.told()
    assert "ship 0.422" in seen.canvas().get_attribute("aria-label")


def test_a_softmax_that_overflows_says_why(notebook):
    seen = Seen(notebook, "naive")
    assert "The most, 0.665, goes to cat." in seen.told()
    seen.move("added", 1000)
    assert "Not all of them are numbers: the largest score given to softmax is 1002" in seen.told()
    assert seen.panel.locator(".ta-problem").is_hidden()
    seen.picture("softmax-overflow")


def test_text_and_dark_page(notebook):
    for name in ("learning", "xor", "softmax"):
        seen = Seen(notebook, name)
        seen.panel.locator("summary").click()
        until(seen.panel.locator("table").count, f"the table of {name}")
    choose_theme(notebook.page, "JupyterLab Dark")
    for name in ("line", "learning", "xor", "softmax"):
        seen = Seen(notebook, name)
        seen.picture(f"dark-{name}")
        # What is drawn follows the page: the middle of a canvas's edge is not white.
        assert (
            seen.canvas().evaluate("c => getComputedStyle(c.closest('.ta-panel')).color")
            != "rgb(0, 0, 0)"
        )
