"""The graph stepper in JupyterLab: lesson 03 as built, with MulNode written in it."""

from __future__ import annotations

import ast
import re

import nbformat
import pytest
from browser import ROOT, NotebookPage, choose_theme, copy_course, new_page, run_lab, until

pytestmark = pytest.mark.browser

LESSON = "03-computational-graphs"
NOTEBOOK = f"notebooks/{LESSON}/computational-graphs.ipynb"
STUBBED = f"notebooks/{LESSON}/stubbed.ipynb"


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    """The lesson as built, in two notebooks: one as handed out, one with the nodes written."""
    scratch = tmp_path_factory.mktemp("lab")
    course = copy_course(scratch / "course")
    built = nbformat.read(course / NOTEBOOK, as_version=4)
    nbformat.write(built, course / STUBBED)
    for cell in built.cells:
        if cell["id"].endswith("Node") and cell.cell_type == "code":
            cell.source = reference(cell["id"]) or cell.source
    nbformat.write(built, course / NOTEBOOK)
    with run_lab(course, scratch) as lab:
        yield lab


def reference(name):
    text = (ROOT / "solutions" / "graphs.py").read_text(encoding="utf-8")
    found = [node for node in ast.parse(text).body if getattr(node, "name", "") == name]
    return ast.get_source_segment(text, found[0]) if found else ""


@pytest.fixture
def page(chromium):
    page = new_page(chromium)
    yield page
    page.close()


class Stepper:
    """The widget of a cell, as a person meets it."""

    def __init__(self, notebook, cell):
        self.notebook, self.page = notebook, notebook.page
        self.panel = notebook.cell(cell).locator('[data-ta-widget="step_graph"]')
        self.panel.locator("svg").wait_for()

    def press(self, name):
        self.panel.locator(f'[data-ta-name="{name}"]').click()

    def texts(self, kind):
        """Return what stands above (`value`) or below (`gradient`) the edges."""
        found = self.panel.locator(f".ta-graph-{kind}").all_text_contents()
        # Of a number that the picture rounds, Python's own digits are a tooltip.
        return [re.sub(r"Python has .*", "", text) for text in found if text]

    @property
    def place(self):
        return self.panel.locator(".ta-graph-place").inner_text()

    @property
    def said(self):
        return self.panel.locator(".ta-graph-said").inner_text()

    def heard(self, piece):
        return until(
            lambda: piece in self.panel.locator(".ta-aloud").text_content(), f"to hear {piece!r}"
        )

    def move(self, name, value):
        """Move a slider, and wait until the picture is drawn."""
        before = int(self.panel.get_attribute("data-ta-frame"))
        self.panel.locator(f'input[data-ta-name="{name}"]').evaluate(
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }",
            str(value),
        )
        until(lambda: int(self.panel.get_attribute("data-ta-frame")) > before, "a new frame")


def cells_with(lab, path, *pieces):
    """Return the ids of the code cells that have a piece, one for each piece."""
    cells = nbformat.read(lab.root / path, as_version=4).cells
    codes = [cell for cell in cells if cell.cell_type == "code"]
    return [next(c["id"] for c in codes if piece in c.source) for piece in pieces]


def test_the_apple_graph_forwards_and_backwards(lab, page):
    notebook = NotebookPage(page, lab, NOTEBOOK)
    graph, cell = cells_with(lab, NOTEBOOK, "calculated by your nodes", "one node at a time")
    for name in ("setup", "MulNode", graph, cell):
        notebook.run(name)
    stepper = Stepper(notebook, cell)
    assert stepper.texts("value") == ["100", "2", "1.1", "price"]

    stepper.press("forward")
    assert "price = 200" in stepper.texts("value")
    stepper.press("forward")
    assert stepper.texts("value")[-1] == "220"
    assert stepper.panel.locator("title").text_content() == "Python has 220.00000000000003"
    assert stepper.texts("gradient") == []
    stepper.heard("total 220 comes out")

    stepper.press("forward")
    assert stepper.texts("gradient") == ["← 1"]
    stepper.press("forward")
    assert stepper.texts("gradient") == ["← 200", "← 1.1", "← 1"]
    assert stepper.texts("product") == ["= 1 × 200", "= 1 × 1.1"]
    stepper.press("forward")
    assert stepper.texts("gradient") == ["← 2.2", "← 110", "← 200", "← 1.1", "← 1"]
    assert stepper.texts("product") == ["= 1.1 × 2", "= 1.1 × 100"]
    rows = stepper.panel.locator(".ta-graph-told tbody tr").all_inner_texts()
    assert [row.split() for row in rows] == [
        ["apple", "1.1", "2", "←", "2.2"],
        ["count", "1.1", "100", "←", "110"],
    ]
    assert stepper.place == "step 5 of 5"
    assert stepper.panel.locator('[data-ta-name="forward"]').is_disabled()

    stepper.move("apple", 150)
    assert stepper.texts("value")[-1] == "330"
    assert stepper.texts("gradient") == ["← 2.2", "← 165", "← 300", "← 1.1", "← 1"]
    stepper.heard("total 330")
    stepper.press("as at first")
    until(lambda: stepper.texts("value")[-1] == "220", "the first values to be back")

    # The same by keyboard, from the picture; the slider keeps its own arrow keys.
    stepper.panel.locator(".ta-graph-stage").focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    assert stepper.texts("gradient") == ["← 1"]
    page.keyboard.press("Home")
    assert stepper.place == "step 0 of 5"
    page.keyboard.press("ArrowRight")
    assert stepper.said == "Forward, ×: apple 100 and count 2 go in, price 200 comes out."
    page.keyboard.press("End")
    assert stepper.texts("gradient")[0] == "← 2.2"
    stepper.panel.locator('[data-ta-name="back"]').focus()
    page.keyboard.press("Enter")
    assert stepper.place == "step 4 of 5"
    stepper.panel.locator('input[data-ta-name="count"]').focus()
    page.keyboard.press("ArrowRight")
    until(lambda: stepper.texts("value")[-1] == "330", "three apples")
    assert stepper.place == "step 4 of 5"

    stepper.panel.locator("summary").click()
    table = stepper.panel.locator(".ta-text table").last
    until(lambda: "330" in stepper.panel.locator(".ta-text").inner_text(), "the table to follow")
    assert table.locator("caption").inner_text() == "Backward, from total"
    assert table.locator("tbody tr").last.inner_text().split("\t") == [
        "5", "× → price", "count", "1.1", "100", "110",
    ]  # fmt: skip

    stepper.press("end")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        choose_theme(page, theme)
        ratios = stepper.panel.locator("svg").evaluate(CONTRASTS)
        assert len(ratios) > 10
        # What WCAG 2 asks of text at level AA.
        assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}, theme


def test_the_error_of_a_stub_is_shown_at_its_node(lab, page):
    notebook = NotebookPage(page, lab, STUBBED)
    graph, cell = cells_with(lab, STUBBED, "calculated by your nodes", "one node at a time")
    for name in ("setup", "MulNode", graph, cell):
        notebook.run(name)
    stepper = Stepper(notebook, cell)
    problem = stepper.panel.locator(".ta-problem")
    problem.wait_for()
    told = problem.inner_text()
    assert "MulNode.forward is not written yet." in told
    assert re.search(r"->\s+\d+\s+raise NotImplementedError", told)
    assert "Cell In[" in told
    assert stepper.panel.locator(".ta-broken").count() == 1
    assert stepper.panel.locator(".ta-graph-cross", has_text="✗").count() == 1
    assert stepper.panel.locator('[data-ta-name="forward"]').is_disabled()
    assert stepper.said.endswith("The walk ends here: see the error below.")
    stepper.move("apple", 150)
    assert stepper.texts("value")[0] == "150"
    assert problem.is_visible()


# For each text of a picture: the contrast of its fill with the page behind the picture.
CONTRASTS = """svg => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map(v => v / 255).map(
            v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    let ground = svg;
    while ((numbers(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) {
        ground = ground.parentElement;
    }
    const below = light(numbers(getComputedStyle(ground).backgroundColor));
    const found = {};
    for (const text of svg.querySelectorAll("text")) {
        if (!text.textContent.trim()) continue;
        // The symbol of a node stands on the node.
        const shape = text.parentElement.querySelector(".ta-graph-shape");
        const own = shape && text.matches(".ta-graph-symbol")
            ? light(numbers(getComputedStyle(shape).fill)) : below;
        const ink = light(numbers(getComputedStyle(text).fill));
        const ratio = (Math.max(ink, own) + 0.05) / (Math.min(ink, own) + 0.05);
        found[text.textContent] = Math.min(ratio, found[text.textContent] ?? 99);
    }
    return found;
}"""
