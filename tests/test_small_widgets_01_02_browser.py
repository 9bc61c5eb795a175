"""The widgets of lessons 01 and 02 in JupyterLab: moved with mouse, keys and sliders."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from browser import ROOT, NotebookPage, choose_theme, new_page, run_lab, until

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
    scratch = tmp_path_factory.mktemp("lab")
    course = scratch / "course"
    course.mkdir()
    cells = []
    for name, text in CELLS.items():
        cell = nbformat.v4.new_code_cell(text)
        cell["id"] = name
        cells.append(cell)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(made, course / "widgets.ipynb")
    with run_lab(course, scratch) as lab:
        page = new_page(chromium, viewport={"width": 1280, "height": 1000})
        opened = NotebookPage(page, lab, "widgets.ipynb")
        opened.run_all()
        for name in CELLS:
            if name != "setup":
                Seen(opened, name)  # what never appears fails once, here, and not in every test
        yield opened
        page.close()


class Seen:
    """A widget on the page."""

    def __init__(self, notebook: NotebookPage, name: str) -> None:
        self.notebook = notebook
        self.panel = notebook.cell(name).locator(".ta-panel").first
        until(lambda: self.frame() > 0, f"the first frame of {name}")
        self.panel.scroll_into_view_if_needed()

    def frame(self) -> int:
        return int(self.panel.get_attribute("data-ta-frame") or 0)

    def told(self) -> str:
        return " ".join(self.panel.locator(".ta-told").inner_text().split())

    def tells(self, words: str) -> None:
        try:
            until(lambda: words in self.told(), repr(words), 15)
        except TimeoutError as error:
            raise AssertionError(f"{error}; it says {self.told()!r}") from None

    def shows(self, words: str) -> None:
        self.panel.get_by_text(words, exact=True).wait_for()

    def slide(self, name: str, value: float, nth: int = 0) -> None:
        """Move a slider as a browser does when a thumb is dragged there."""
        self.panel.locator(f'input[data-ta-name="{name}"]').nth(nth).evaluate(
            "(el, value) => { el.value = value; el.dispatchEvent(new Event('input')); }", value
        )

    def value(self, name: str, nth: int = 0) -> float:
        return float(self.panel.locator(f'input[data-ta-name="{name}"]').nth(nth).input_value())

    def press(self, name: str) -> None:
        self.panel.locator(f'button[data-ta-name="{name}"]').click()

    def canvas(self, nth: int = 0):
        return self.panel.locator("canvas").nth(nth)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where on the page a point of the plane of four corners is, -0.4 … 1.4."""
        box = self.canvas().bounding_box()
        left, right, top, bottom = 46, 10, self.top, 36
        width, height = box["width"] - left - right, box["height"] - top - bottom
        u = box["x"] + left + (x + 0.4) / 1.8 * width
        return u, box["y"] + top + (1.4 - y) / 1.8 * height

    top = 10

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.notebook.page.mouse
        mouse.move(*self.place(*start))
        mouse.down()
        mouse.move(*self.place(*end), steps=6)
        mouse.up()

    def picture(self, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.panel.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def test_the_line_is_dragged_turned_and_moved_with_keys(notebook):
    seen = Seen(notebook, "line")
    seen.tells("All 4 points are right.")
    # The line passes through (0.25, 0.25); drag it past (0, 1) and (1, 0), half-way to (1, 1).
    seen.drag((0.25, 0.25), (0.75, 0.75))
    # The words come true on the way; the last move is drawn later.
    seen.tells("2 of 4 points are misclassified: (0, 1) and (1, 0).")
    until(lambda: seen.value("b") == pytest.approx(-1.5, abs=0.06), "the end of the way")
    assert seen.value("w1") == seen.value("w2") == 1
    seen.picture("perceptron-dragged")
    # The arrow's foot is the middle of the line; turn its tip to the right: the line is upright.
    tip = 0.75 + 0.36 / 2**0.5
    seen.drag((tip, tip), (1.3, 0.75))
    seen.tells("misclassified: (0, 1).")
    until(lambda: seen.value("w2") == pytest.approx(0, abs=0.06), "an upright line")
    assert seen.value("w1") == pytest.approx(2**0.5, abs=0.06)
    canvas = seen.canvas()
    canvas.focus()
    for _ in range(9):
        notebook.page.keyboard.press("ArrowLeft")
    until(lambda: seen.value("w1") == pytest.approx(1, abs=0.06), "nine turns of 5 degrees")
    for _ in range(10):
        notebook.page.keyboard.press("ArrowDown")
    seen.tells("All 4 points are right.")
    assert "All 4 points are right." in canvas.get_attribute("aria-label")
    seen.press("rewind")
    until(lambda: seen.value("b") == -0.5, "the start")
    assert seen.panel.locator("button[data-ta-name=step]").is_hidden()


def test_sliders_tasks_and_the_steps_of_the_learners_rule(notebook):
    seen = Seen(notebook, "learning")
    seen.shows("J(w) = 2")
    seen.picture("perceptron-learning")
    # The numbers of the lesson: 2, 0.3, 0.3, 0.3, 0.
    for loss in ("0.3", "0.3", "0.3", "0"):
        before = seen.frame()
        seen.press("step")
        until(lambda n=before: seen.frame() > n, "a step")
        seen.shows(f"J(w) = {loss}")
    seen.tells("All 4 points are right. 4 steps of your delta_rule.")
    assert [seen.value(name) for name in ("b", "w1", "w2")] == pytest.approx([-0.1, 1.4, 0.2])
    seen.panel.locator('select[data-ta-name="task"]').select_option("XOR")
    seen.tells("1 of 4 points is misclassified: (1, 1).")
    seen.slide("b", -3)
    seen.tells("2 of 4 points are misclassified: (0, 1) and (1, 0).")
    seen.slide("w1", 0)
    seen.slide("w2", 0)
    seen.tells("there is no line")


def test_an_error_of_the_learner_is_shown_and_the_widget_lives_on(notebook):
    seen = Seen(notebook, "broken")
    seen.tells("All 4 points are right.")
    problem = seen.panel.locator(".ta-problem")
    assert problem.is_hidden()
    seen.slide("w1", 1.5)
    problem.wait_for()
    shown = problem.inner_text()
    assert "ValueError" in shown
    assert re.search(r"Cell In ?\[\d+\], line 3, in broken", shown)
    assert "->   3" in shown and "return x @ w @ b" in shown
    assert "learner_calls" not in shown
    seen.picture("perceptron-error")
    seen.slide("w1", 0.9)
    seen.tells("All 4 points are right.")
    until(problem.is_hidden, "the error to go")


def test_two_lines_make_xor_separable(notebook):
    seen = Seen(notebook, "xor")
    seen.top = 24
    seen.tells("Not separable: every point has a place of its own")
    seen.picture("xor-start")
    # z1 becomes OR: its arrow is turned, its line then moved.
    seen.drag((0.86, 0.23), (0.8, 0.53))
    seen.drag((0.5, 0.23), (0.385, 0.115))
    until(lambda: seen.value("b") == pytest.approx(-0.35, abs=0.06), "line 1 to be moved")
    # z2 becomes NAND, with keys alone: turned by 225 degrees, then moved away from the arrow.
    seen.canvas().focus()
    notebook.page.keyboard.press("2")
    for _ in range(27):
        notebook.page.keyboard.press("ArrowLeft")
    for _ in range(7):
        notebook.page.keyboard.press("ArrowDown")
    seen.tells("Separable: in the plane of the answers one line divides")
    right = seen.canvas(1).get_attribute("aria-label")
    assert "z1 + z2 − 1.5 = 0" in right
    seen.picture("xor-separable")
    # Both lines the same: a square and a circle meet.
    for nth, names in ((0, (1, 1, -0.5)), (1, (1, 1, -0.5))):
        for name, value in zip(("w1", "w2", "b"), names, strict=True):
            seen.slide(name, value, nth)
    seen.tells("go to the same place, (1, 1).")


def test_scores_temperature_and_loss(notebook):
    seen = Seen(notebook, "softmax")
    seen.tells("True class cat with the probability 0.665: loss 0.408.")
    seen.picture("softmax-start")
    seen.panel.locator('select[data-ta-name="true"]').select_option("ship")
    seen.tells("True class ship with the probability 0.090: loss 2.408.")
    seen.slide("temperature", 1)  # in decades: T = 10
    seen.tells("probability 0.301")
    seen.slide("added", 1000)
    seen.tells("probability 0.301")
    seen.slide("temperature", -1)
    seen.tells("True class ship with the probability 2.06e−9: loss 16.098.")
    seen.picture("softmax-sure-and-wrong")
    seen.press("rewind")
    seen.tells("loss 2.408.")
    assert seen.value("temperature") == 0
    # With the keyboard: the slider of ship in focus, twenty steps of 0.1 to the right.
    seen.panel.locator('input[data-ta-name="score 2"]').focus()
    for _ in range(20):
        notebook.page.keyboard.press("ArrowRight")
    seen.tells("True class ship with the probability 0.422")
    assert "ship 0.422" in seen.canvas().get_attribute("aria-label")


def test_a_softmax_that_overflows_says_why(notebook):
    seen = Seen(notebook, "naive")
    seen.tells("The most, 0.665, goes to cat.")
    seen.slide("added", 1000)
    seen.tells("Not all of them are numbers: the largest score given to softmax is 1002")
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
