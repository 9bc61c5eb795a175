"""The training explorer in JupyterLab: play, move the rate while it runs, rewind, errors."""

from __future__ import annotations

import shutil

import pytest
from browser import ROOT, choose_theme, new_page, run_lab, until
from widget_pages import Widget, WidgetNotebook, write_notebook

pytestmark = pytest.mark.browser

SETUP = """\
from solutions.layers import Affine, ReLU, SoftmaxWithLoss
from twoapples.widgets import explore_training

LAYERS = {"Affine": Affine, "ReLU": ReLU, "SoftmaxWithLoss": SoftmaxWithLoss}"""
EXPLORER = """\
explorer = explore_training("moons", (8,), layers=LAYERS, rate=1e-5)
explorer"""
BROKEN = """\
class Broken(ReLU):
    def backward(self, dout):
        return dout * self.nothing


explore_training("moons", layers={**LAYERS, "ReLU": Broken})"""
OTHER = 'print("updates so far:", explorer.trainer.updates)'


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("lab")
    course = scratch / "course"
    course.mkdir()
    (course / "solutions").symlink_to(ROOT / "solutions")
    cells = {"setup": SETUP, "explorer": EXPLORER, "broken": BROKEN, "other": OTHER}
    write_notebook(course / "explorer.ipynb", cells)
    with run_lab(course, scratch) as lab:
        yield lab


@pytest.fixture
def page(chromium):
    page = new_page(chromium, viewport={"width": 1280, "height": 1000})
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    page.close()


class Explorer(Widget):
    """The training explorer below a cell."""

    def __init__(self, notebook, cell):
        super().__init__(notebook.widget(cell).panel)

    def playing(self):
        return self.panel.get_attribute("data-ta-playing") == "true"

    def numbers(self):
        """Return the number of updates, and the training loss."""
        text = self.panel.locator(".ta-numbers").inner_text()
        return int(text.split("update ")[1].split(",")[0]), float(
            text.split("training: loss ")[1].split(",")[0]
        )

    def wait_for_updates(self, n):
        until(lambda: self.numbers()[0] >= n, f"{n} updates")
        return self.numbers()


def test_the_rate_bends_the_curve_of_a_training_in_progress(lab, page):
    notebook = WidgetNotebook(page, lab, "explorer.ipynb")
    notebook.run("setup")
    explorer = Explorer(notebook, "explorer")
    _, at_first = explorer.numbers()
    explorer.press("step")
    explorer.press("step")
    assert explorer.numbers()[0] == 2
    first_losses = loss_curve(notebook)

    explorer.press("play")
    until(explorer.playing, "it to play")
    updates, flat = explorer.wait_for_updates(60)
    assert abs(flat - at_first) < 0.01
    # Another cell runs while the training goes on.
    output = notebook.run("other").inner_text()
    assert int(output.split(":")[1]) >= 60

    explorer.move("rate", 0.5, log=True)
    updates = explorer.numbers()[0]
    _, bent = explorer.wait_for_updates(updates + 150)
    assert explorer.playing()
    assert bent < 0.7 * at_first
    explorer.press("play")
    until(lambda: not explorer.playing(), "it to pause")
    paused = explorer.numbers()

    explorer.press("rewind")
    assert explorer.numbers() == (0, at_first)
    explorer.move("rate", 1e-5, log=True)
    explorer.press("step")
    explorer.press("step")
    assert loss_curve(notebook) == first_losses
    assert explorer.numbers() != paused
    # The run from before is still there to compare with, with both of its rates.
    runs = explorer.panel.locator(".ta-runs").inner_text()
    assert "SGD 1e-05 → 0.5" in runs

    # Keys: an arrow moves the slider, and a letter is no command of the notebook's.
    slider = explorer.panel.locator('[data-ta-name="rate"]')
    before, cells = float(slider.input_value()), page.locator(".jp-Cell").count()
    slider.focus()
    for key in ("ArrowRight", "d", "d", "b"):
        page.keyboard.press(key)
    assert float(slider.input_value()) == pytest.approx(before + 0.05)
    assert page.locator(".jp-Cell").count() == cells

    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        choose_theme(page, theme)
        curve = explorer.panel.locator('canvas[aria-label^="Loss against updates"]')
        assert curve.evaluate(COLOURS) > 20, theme
    assert page.problems == []


def loss_curve(notebook):
    """Return the first losses of the record, as another cell prints them."""
    notebook.cell("other").locator(".cm-content").click()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type("print(explorer.trainer.history.loss[:3])")
    losses = notebook.run("other").inner_text().strip()
    notebook.cell("other").locator(".cm-content").click()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type(OTHER)
    assert losses.startswith("[") and losses.count(",") == 2
    return losses


# How many different colours a canvas shows: an empty one has one.
COLOURS = """canvas => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
}"""


def test_an_error_of_the_learners_is_shown_and_a_rest_remains(lab, page):
    notebook = WidgetNotebook(page, lab, "explorer.ipynb")
    notebook.run("setup")
    explorer = Explorer(notebook, "broken")
    explorer.press("play")
    problem = explorer.panel.locator(".ta-problem")
    problem.wait_for()
    told = problem.inner_text()
    assert "AttributeError: 'Broken' object has no attribute 'nothing'" in told
    assert "->   3         return dout * self.nothing" in told
    assert "Cell In[" in told and "line 3, in Broken.backward" in told
    until(lambda: not explorer.playing(), "it to stop")
    explorer.press("rewind")
    assert problem.is_hidden()

    # Without its kernel the notebook shows the picture of the end, and the words.
    output = notebook.cell("broken").locator(".jp-Cell-outputArea")
    assert not output.locator(".ta-still").is_visible()
    until(lambda: output.locator(".ta-still img").count(), "the still picture to be kept")
    notebook.save()
    shutil.copy(lab.root / "explorer.ipynb", lab.root / "later.ipynb")
    later = WidgetNotebook(page, lab, "later.ipynb")  # a kernel of its own, without the widget
    still = later.cell("broken").locator(".ta-still")
    still.wait_for()
    assert "Training explorer" in still.inner_text()
    assert still.locator("img").first.get_attribute("alt").startswith("Decision boundary")
