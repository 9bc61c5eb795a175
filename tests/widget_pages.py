"""Widgets in JupyterLab, used as a person uses them: for browser tests and the benchmark."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from browser import NotebookPage, until

if TYPE_CHECKING:
    from playwright.sync_api import Locator


def write_notebook(path: Path, cells: dict[str, str]) -> None:
    """Write a notebook of code cells, which are named by their ids."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text, id=name) for name, text in cells.items()],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)


class WidgetNotebook(NotebookPage):
    """A notebook with widgets below its cells."""

    def widget(self, cell: str) -> Widget:
        """Run a cell and wait until its widget has drawn something."""
        self.run(cell)
        panel = self.cell(cell).locator(".ta-panel")
        panel.wait_for()
        widget = Widget(panel)
        until(lambda: widget.frames() > 0, f"the widget of cell {cell} to draw")
        return widget


class Widget:
    """A widget on a page; its controls go by their names, `data-ta-name`."""

    def __init__(self, panel: Locator) -> None:
        self.panel = panel

    def frames(self) -> int:
        """Return how many frames it has drawn."""
        return int(self.panel.get_attribute("data-ta-frame") or 0)

    def control(self, name: str) -> Locator:
        """Find a control."""
        return self.panel.locator(f'[data-ta-name="{name}"]')

    def press(self, name: str) -> None:
        """Press a button, and wait for the frame that answers."""
        before = self.frames()
        self.control(name).click()
        until(lambda: self.frames() > before, f"a frame after {name}")

    def move(self, name: str, value: float, log: bool = False) -> None:
        """Move a slider, as a drag does, without waiting for anything."""
        self.control(name).evaluate(
            "(i, v) => { i.value = v; i.dispatchEvent(new Event('input', {bubbles: true})); }",
            math.log10(value) if log else value,
        )
