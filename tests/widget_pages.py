"""Widgets in JupyterLab, used as a person uses them: for browser tests and the benchmark."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from browser import NotebookPage, new_page, run_lab, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator


def write_notebook(path: Path, cells: dict[str, str]) -> None:
    """Write a notebook of code cells, which are named by their ids."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text, id=name) for name, text in cells.items()],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)


@contextmanager
def open_widgets(
    chromium: Browser, scratch: Path, cells: dict[str, str], *files: Path
) -> Iterator[WidgetNotebook]:
    """Open a notebook of these cells in JupyterLab and run all; at its end no script has failed.

    Parameters
    ----------
    chromium : Browser
        Runs.
    scratch : Path
        A folder for the course and for JupyterLab's settings.
    cells : dict
        Code by the names of cells; those called ``setup`` have no widget.
    *files : Path
        What the cells import, copied beside the notebook.
    """
    root = scratch / "course"
    root.mkdir()
    for file in files:
        shutil.copy(file, root)
    write_notebook(root / "widgets.ipynb", cells)
    with run_lab(root, scratch) as lab:
        page = new_page(chromium, viewport={"width": 1280, "height": 1000})
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        notebook = WidgetNotebook(page, lab, "widgets.ipynb")
        for name in cells:
            # What never appears fails once, here, and not in every test.
            if name == "setup":
                notebook.run(name)
            else:
                notebook.widget(name)
        yield notebook
        assert wrong == []
        page.close()


class WidgetNotebook(NotebookPage):
    """A notebook with widgets below its cells."""

    def widget(self, cell: str) -> Widget:
        """Run a cell and wait until its widget has drawn something."""
        self.run(cell)
        return self.shown(cell)

    def shown(self, cell: str) -> Widget:
        """Scroll to the widget of a cell that has run, once it has drawn something."""
        return Widget(self.cell(cell).locator(".ta-panel").first)


class Widget:
    """A widget on a page; its controls go by their names, `data-ta-name`.

    A control moves at once, but the picture and the words follow when Python has answered. What is
    done here therefore ends with `rest`: after it everything that is seen belongs together.
    """

    def __init__(self, panel: Locator) -> None:
        self.panel, self.page = panel, panel.page
        self.panel.wait_for()
        until(lambda: self.frames() > 0, "the first frame of a widget")
        self.panel.scroll_into_view_if_needed()

    # --- what is seen -----------------------------------------------------------------------

    def frames(self) -> int:
        """Return how many frames it has drawn."""
        return int(self.panel.get_attribute("data-ta-frame") or 0)

    def control(self, name: str, nth: int = 0) -> Locator:
        """Find a control, or a place with text."""
        return self.panel.locator(f'[data-ta-name="{name}"]').nth(nth)

    def text(self, name: str) -> str:
        """Return what stands in a control."""
        return self.control(name).inner_text()

    def value(self, name: str, nth: int = 0) -> float:
        """Return where a slider stands."""
        return float(self.control(name, nth).input_value())

    def canvas(self, nth: int = 0) -> Locator:
        """Find a picture."""
        return self.panel.locator("canvas").nth(nth)

    def labels(self) -> list[str]:
        """Return what the pictures say to those who do not see them."""
        return [el.get_attribute("aria-label") or "" for el in self.panel.locator("canvas").all()]

    def shows(self, words: str) -> None:
        """Wait until exactly these words stand somewhere in it."""
        self.panel.get_by_text(words, exact=True).wait_for()

    # --- what is done -----------------------------------------------------------------------

    def rest(self) -> None:
        """Wait until the picture has followed all that was done."""
        until(
            lambda: self.panel.get_attribute("data-ta-waiting") == "no",
            "Python to answer the widget",
        )

    def press(self, name: str) -> None:
        """Press a button that Python answers with a frame, and wait for that."""
        before = self.frames()
        self.control(name).click()
        self.rest()
        until(lambda: self.frames() > before, f"a frame after {name}")

    def choose(self, name: str, value: str) -> None:
        """Choose an entry of a list."""
        self.control(name).select_option(value)
        self.rest()

    def move(self, name: str, value: float, nth: int = 0, log: bool = False) -> None:
        """Move a slider, as a browser does when its thumb is dragged there."""
        self.control(name, nth).evaluate(
            "(i, v) => { i.value = v; i.dispatchEvent(new Event('input', {bubbles: true})); }",
            str(math.log10(value) if log else value),
        )
        self.rest()

    def type(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        for key in keys:
            self.page.keyboard.press(key)
        self.rest()

    def drag(
        self, on: Locator, start: tuple[float, float], end: tuple[float, float], steps: int = 6
    ) -> None:
        """Press the mouse at one place of an element, move it to another and let go."""
        mouse = self.page.mouse
        on.hover(position={"x": start[0], "y": start[1]})  # it waits until the page stands still
        mouse.down()
        box = on.bounding_box()
        assert box is not None
        mouse.move(box["x"] + end[0], box["y"] + end[1], steps=steps)
        mouse.up()
        self.rest()
