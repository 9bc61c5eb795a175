"""Reading back the box that `check` shows, from a graded notebook.

The grader writes the box into the check cell as HTML (`twoapples.box.as_html`), and its
verdict into the cell's metadata. Only text is taken from the HTML, and the page sets it anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

_COUNT = re.compile(r"\d+ of \d+ cases hold so far\.")
_NOTE = re.compile(r"Note: (.*)", re.DOTALL)


@dataclass(frozen=True)
class Box:
    """What a check told.

    Attributes
    ----------
    rows : tuple of (str, str)
        The first public case that fails: what it is, inputs, expected, found. Empty if none does.
    count : str
        How many cases hold, as a sentence; empty where that is said elsewhere.
    notes : tuple of str
        Further remarks; code stands between backticks.
    """

    rows: tuple[tuple[str, str], ...] = ()
    count: str = ""
    notes: tuple[str, ...] = ()


def read_box(outputs: Any) -> Box:
    """Read the box among a check cell's outputs; without one, return an empty box."""
    for output in outputs if isinstance(outputs, list) else []:
        data = output.get("data") if isinstance(output, Mapping) else None
        html = data.get("text/html", "") if isinstance(data, Mapping) else ""
        html = "".join(html) if isinstance(html, list) else str(html)
        if html.startswith('<div role="status" class="twoapples-check"'):
            reader = _Reader()
            reader.feed(html)
            reader.close()
            return reader.box()
    return Box()


class _Reader(HTMLParser):
    """Collects the text of table cells and of the divs inside of the box."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._rows: list[list[str]] = []
        self._lines: list[str] = []
        self._into: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td") and self._rows:
            self._rows[-1].append("")
            self._into = self._rows[-1]
        elif tag == "div":
            self._lines.append("")
            self._into = self._lines
        elif tag == "code" and self._into is self._lines:
            self.handle_data("`")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td", "div"):
            self._into = None
        elif tag == "code" and self._into is self._lines:
            self.handle_data("`")

    def handle_data(self, data: str) -> None:
        if self._into:
            self._into[-1] += data

    def box(self) -> Box:
        rows = tuple((row[0], row[1]) for row in self._rows if len(row) == 2)
        count = next((line for line in self._lines if _COUNT.fullmatch(line)), "")
        notes = tuple(match[1] for line in self._lines if (match := _NOTE.fullmatch(line)))
        return Box(rows, count, notes)
