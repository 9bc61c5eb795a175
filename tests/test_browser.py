"""A learner in JupyterLab: from a wrong softmax to a right one, and nbgrader's Validate agrees."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from browser import (
    EXERCISES,
    LESSON,
    NOTEBOOK,
    STUB_LINES,
    WRONG_SOFTMAX,
    NotebookPage,
    choose_theme,
    copy_course,
    new_page,
    reference_body,
    run_lab,
)

from twoapples.checking import traces

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("lab")
    with run_lab(copy_course(scratch / "course"), scratch) as lab:
        yield lab


@pytest.fixture
def page(chromium):
    page = new_page(chromium)
    yield page
    page.close()


def sentence(lab, exercise, misconception):
    """Return what the built lesson says of a misconception, as it looks on the page."""
    folder = lab.root / "notebooks" / LESSON
    return traces.find(exercise, folder).misconceptions[misconception].replace("`", "")


def test_from_a_wrong_softmax_to_a_lesson_that_validates(lab, page):
    elsewhere = []
    page.on("request", lambda r: elsewhere.append(r.url) if leaves_machine(r.url) else None)
    notebook = NotebookPage(page, lab, f"notebooks/{LESSON}/{NOTEBOOK}")
    notebook.run("setup")

    notebook.write("softmax", WRONG_SOFTMAX, replacing=STUB_LINES)
    notebook.run("softmax")
    output = notebook.run("check-softmax")
    box = output.locator(".twoapples-check")
    assert re.match(r"\S Partly right: softmax", box.inner_text())
    assert sentence(lab, "softmax", "whole_batch") in box.inner_text()
    assert "CheckFailed: softmax is not right yet" in output.inner_text()
    assert "Traceback" not in output.inner_text()

    told = notebook.validate()
    for exercise in EXERCISES:
        assert f'check("{exercise}")' in told
    assert sentence(lab, "softmax", "whole_batch") in " ".join(told.split())

    right = reference_body("softmax", "softmax")
    notebook.write("softmax", right, replacing=len(WRONG_SOFTMAX.splitlines()))
    notebook.run("softmax")
    output = notebook.run("check-softmax")
    assert re.match(r"\S Right: softmax", output.locator(".twoapples-check").inner_text())
    assert "CheckFailed" not in output.inner_text()

    for exercise in EXERCISES[1:]:
        notebook.write(exercise, reference_body("softmax", exercise), replacing=STUB_LINES)
    told = notebook.validate()
    assert "Success" in told
    assert "failed" not in told
    assert elsewhere == []


def leaves_machine(url):
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1"


def test_box_is_readable_in_light_and_dark(lab, page):
    notebook = NotebookPage(
        page, lab, "notebooks/03-computational-graphs/computational-graphs.ipynb"
    )
    notebook.run_all()  # as handed out: it ends at the first exercise
    box = notebook.cell("check-MulNode").locator(".twoapples-check")
    assert re.match(r"\S Not right yet: MulNode", box.inner_text())
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        choose_theme(page, theme)
        contrasts = box.evaluate(CONTRASTS)
        assert contrasts
        # What WCAG 2 asks of text at level AA.
        assert {text: ratio for text, ratio in contrasts.items() if ratio < 4.5} == {}, theme


# For each piece of text in an element: the contrast with all that lies behind it.
CONTRASTS = """box => {
    const numbers = colour => {
        const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
        return [r, g, b, a];
    };
    const over = (top, under) => {
        const a = top[3];
        return [0, 1, 2].map(i => a * top[i] + (1 - a) * under[i]).concat(1);
    };
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map(v => v / 255).map(
            v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const chain = element => element ? [...chain(element.parentElement), element] : [];
    const found = {};
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        if (!text) continue;
        let ground = [255, 255, 255, 1], opacity = 1;
        for (const element of chain(walker.currentNode.parentElement)) {
            const style = getComputedStyle(element);
            ground = over(numbers(style.backgroundColor), ground);
            opacity *= Number(style.opacity);
        }
        const ink = numbers(getComputedStyle(walker.currentNode.parentElement).color);
        ink[3] *= opacity;
        const [a, b] = [light(ground), light(over(ink, ground))];
        found[text] = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }
    return found;
}"""
