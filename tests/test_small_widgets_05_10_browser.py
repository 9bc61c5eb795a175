"""The widgets of lessons 05, 06, 08 and 10 in JupyterLab: moved by mouse and by keyboard."""

from __future__ import annotations

import re

import nbformat
import pytest
from browser import NotebookPage, choose_theme, new_page, run_lab, until

Error = pytest.importorskip("playwright.sync_api").Error

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
    scratch = tmp_path_factory.mktemp("lab")
    root = scratch / "course"
    root.mkdir()
    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    written = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(written, root / "widgets.ipynb")
    with run_lab(root, scratch) as lab:
        page = new_page(chromium)
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        notebook = NotebookPage(page, lab, "widgets.ipynb")
        # On a busy machine JupyterLab draws the cells once more just after the notebook has opened.
        until(lambda: attached(notebook), "the cells to stay where they are")
        for name in CELLS:
            notebook.run(name)
            Widget(notebook, name)  # what never appears fails once, here, and not in every test
        yield notebook
        assert wrong == []
        page.close()


def attached(notebook):
    """Whether a cell can be scrolled to: it is not while it is being drawn anew."""
    try:
        notebook.cell("draw")
        notebook.cell("activations")
    except Error:
        return False
    return True


class Widget:
    """One widget on the page."""

    def __init__(self, notebook, cell):
        self.page = notebook.page
        self.root = notebook.cell(cell).locator(".ta-panel")
        self.root.scroll_into_view_if_needed()
        until(lambda: self.frame > 0, f"the first picture of {cell}")

    @property
    def frame(self):
        return int(self.root.get_attribute("data-ta-frame"))

    def control(self, name):
        return self.root.locator(f'[data-ta-name="{name}"]')

    def text(self, name):
        return self.control(name).inner_text()

    def move(self, name, value):
        """Put a slider somewhere."""
        self.control(name).evaluate(
            "(el, v) => { el.value = v; el.dispatchEvent(new Event('input', {bubbles: true})); }",
            str(value),
        )

    def waits_for(self, name, pattern):
        until(lambda: re.search(pattern, self.text(name)), f"{pattern} in {name}", 20)

    def labels(self):
        return [el.get_attribute("aria-label") for el in self.root.locator("canvas").all()]

    def pictures(self):
        """Return what the canvases show, as long texts."""
        canvases = self.root.locator(".ta-pictures canvas").all()
        return [el.evaluate("el => el.toDataURL()") for el in canvases]


def test_activations(notebook):
    widget = Widget(notebook, "activations")
    before = widget.pictures()
    widget.move("x", 0)
    widget.waits_for("product", r"^9\.54e-7$")
    assert all(old != new for old, new in zip(before, widget.pictures(), strict=True))
    assert "At x = 0 the output is 0.5; the tangent has the slope 0.25" in widget.labels()[0]

    # Weight 4 makes up for the quarter, but only where each layer gets 0.
    widget.move("weight", 0.6)
    widget.waits_for("product", r"^(1|0\.9\d+|0\.8\d+)$")
    widget.control("chained").select_option("yes")
    widget.waits_for("product", r"^7\.\d+e-10$")

    slider = widget.control("x")
    slider.focus()
    widget.page.keyboard.press("ArrowRight")
    until(lambda: "At x = 0.1 " in widget.labels()[0], "one step to the right")


def test_an_error_in_the_learners_layer_is_shown_and_passes(notebook):
    widget = Widget(notebook, "activations")
    widget.move("weight", 0)
    widget.control("chained").select_option("no")
    widget.move("x", 7)
    problem = widget.root.locator(".ta-problem")
    until(problem.is_visible, "the error")
    assert "RuntimeError: too large for me" in problem.inner_text()
    assert "Halting.forward" in problem.inner_text()
    assert 'raise RuntimeError("too large for me")' in problem.inner_text()
    widget.move("x", 3)
    until(problem.is_hidden, "the error to go")
    until(lambda: "At x = 3 " in widget.labels()[0], "the picture to go on")


def test_learning_rates(notebook):
    widget = Widget(notebook, "rates")
    widget.waits_for("why", r"^Rate 0\.06: The plain loss is no number from epoch 1 on: .*0 times")
    assert "the accuracy is 1.00 from epoch 3 on" in widget.text("why")
    assert [label.partition(":")[0] for label in widget.labels()] == [
        f"Rate {rate}" for rate in ("1e-7", "1e-5", "1e-4", "0.01", "0.06")
    ]
    before = widget.pictures()
    widget.move("rate", -3)
    widget.waits_for("why", "^Every loss is a number so far")
    after = widget.pictures()
    assert before[:4] == after[:4]
    assert before[4] != after[4]
    own = widget.root.locator("tbody tr").last.inner_text().split()
    assert own == ["1e-3", "10.745", "3.8e-4", "3.81e-4", "1.00"]

    widget.move("epochs", 6)
    until(lambda: "in 6 epochs" in widget.labels()[0], "six epochs")
    assert "0.67" in widget.root.locator("tbody tr").last.inner_text()
    widget.control("seed").click()
    until(lambda: "from 10.7" not in widget.labels()[0], "other weights")
    widget.control("seed-0").click()
    until(lambda: "from 10.7" in widget.labels()[0], "the first weights")


def test_fit(notebook):
    widget = Widget(notebook, "fit")
    until(lambda: "lowest test loss" in widget.root.inner_text(), "training to end")
    widget.move("epoch", 31)
    widget.waits_for("said", r"^16 hidden units after 2000 epochs: training loss 0\.00 and test")
    assert "lowest at epoch" in widget.labels()[1]
    late = widget.pictures()
    widget.move("width", 0)
    widget.waits_for("said", r"^1 hidden unit after 2000 epochs: training loss 0\.3\d")
    assert all(old != new for old, new in zip(late, widget.pictures(), strict=True))
    plane = widget.pictures()[0]
    widget.control("test-points").check()
    assert widget.pictures()[0] != plane
    widget.control("epoch").focus()
    widget.page.keyboard.press("Home")
    widget.waits_for("said", "after 0 epochs")


def test_draw_with_the_mouse(notebook):
    widget = Widget(notebook, "draw")
    widget.waits_for("said", "^The picture is a handwritten")
    widget.control("clear").click()
    widget.waits_for("said", r"^The picture is a blank sheet\. The network says 7")
    sheet = widget.root.locator(".ta-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    mouse = widget.page.mouse
    mouse.move(box["x"] + 130, box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + 130, box["y"] + 240, steps=5)
    mouse.up()
    widget.waits_for("said", "^The picture is your drawing")
    inked = int(re.search(r"(\d+) of 64", sheet.get_attribute("aria-label"))[1])
    assert 6 <= inked <= 16
    widget.control("noise").click()
    widget.waits_for("said", "^The picture is noise: no digit at all")
    # Without light only the biases are left, and they are for 7.
    widget.move("brightness", 0)
    widget.waits_for("said", r"at all, 0 times as bright\. The network says 7 and is 0\.23 sure")
    widget.move("brightness", 1)


def test_draw_with_the_keyboard(notebook):
    widget = Widget(notebook, "draw")
    widget.control("clear").click()
    widget.waits_for("said", "blank sheet")
    widget.control("brightness").focus()
    keyboard = widget.page.keyboard
    keyboard.press("Tab")
    sheet = widget.root.locator(".ta-sheet")
    assert sheet.evaluate("el => el === document.activeElement")
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    keyboard.press("Space")
    widget.waits_for("said", "^The picture is your drawing")
    until(lambda: "2 of 64 pixels" in sheet.get_attribute("aria-label"), "two pixels of ink")
    heard = widget.root.locator(".ta-aloud[aria-live]")
    until(
        lambda: "row 5, column 4: ink" in heard.inner_text() or "sure" in heard.inner_text(), "it"
    )
    keyboard.press("Delete")
    widget.waits_for("said", "blank sheet")


def test_a_dark_page(notebook):
    light = {name: Widget(notebook, name).pictures() for name in CELLS}
    choose_theme(notebook.page, "JupyterLab Dark")
    for name in CELLS:
        # The sheet of paper alone stays as it is.
        kept = 1 if name == "draw" else 0
        widget = Widget(notebook, name)
        until(lambda w=widget, n=name, k=kept: w.pictures()[k:] != light[n][k:], "dark pictures")
