"""Pictures of arrays with their numbers, side by side, as in a calculation on paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from twoapples.plots.style import BLUE, YELLOW, Drawing, Look, centred, in_style

__all__ = ["array_picture"]

# All lengths are inches: one unit of the axes is one inch of the figure.
_CELL_HEIGHT = 0.36
_CHARACTER = 0.105  # about the width of one digit
_GAP = 0.22  # between an array and a symbol
_MARGIN = 0.2
_CAPTION = 0.34  # room for a name and a shape

_INK = "#222222"


def _number(value: Any) -> str:
    """Write a number for a cell: whole numbers as they are, others with up to four digits."""
    whole = isinstance(value, (np.integer, int))
    return (str(value) if whole else f"{float(value):.4g}").replace("-", "−")


class _Grid:
    """An array, ready to be drawn: its texts, its size on paper, its marked cells."""

    def __init__(self, name: str, values: ArrayLike, mark: Any) -> None:
        self.name = name
        array = np.asarray(values)
        if array.ndim > 2:
            raise ValueError(f"{name} has {array.ndim} axes; a picture has two at most")
        self.shape = array.shape
        self.texts = [[_number(v) for v in row] for row in np.atleast_2d(array)]
        marked = np.zeros(array.shape, dtype=bool)
        if mark is not None:
            marked[mark] = True
        self.marked = np.atleast_2d(marked)
        self.cell = _CHARACTER * max(len(t) for row in self.texts for t in row) + 0.22
        columns = len(self.texts[0])
        # As wide as what is written above and below it needs.
        self.width = max(columns * self.cell, 0.09 * max(len(name), len(str(self.shape))))
        self.inset = (self.width - columns * self.cell) / 2
        self.height = len(self.texts) * _CELL_HEIGHT

    def draw(self, axes: Axes, left: float, middle: float) -> None:
        top = middle + self.height / 2
        for (i, j), marked in np.ndenumerate(self.marked):
            x, y = left + self.inset + j * self.cell, top - (i + 1) * _CELL_HEIGHT
            # The palette's yellow, on which dark numbers stay readable; bold as well, so that a
            # mark does not depend on colour.
            fill, weight = (YELLOW, "bold") if marked else ("#F2F2F2", "normal")
            look: Look = {"facecolor": fill, "edgecolor": _INK, "linewidth": 0.8}
            axes.add_patch(Rectangle((x, y), self.cell, _CELL_HEIGHT, **look))
            look = {"va": "center_baseline", "fontsize": 11, "fontweight": weight, "color": _INK}
            centred(axes, x + self.cell / 2, y + _CELL_HEIGHT / 2, self.texts[i][j], **look)
        across, below = left + self.width / 2, top - self.height - 0.1
        centred(axes, across, top + 0.1, self.name, va="bottom", fontsize=12, color=BLUE)
        centred(axes, across, below, str(self.shape), va="top", fontsize=10, color="#555555")

    def words(self) -> str:
        rows = "; ".join(", ".join(row) for row in self.texts)
        size = " by ".join(map(str, self.shape)) or "one number"
        marked = ", ".join(self.texts[i][j] for i, j in np.argwhere(self.marked))
        return f"{self.name}, {size}: {rows}{f' (marked: {marked})' if marked else ''}"


@in_style
def array_picture(
    *parts: tuple[str, ArrayLike] | str, title: str = "", marks: Mapping[str, Any] | None = None
) -> Drawing:
    """Show arrays and the symbols between them, in one line.

    A part is an array of at most two axes with its name, which stands above it as its shape does
    below it, or a text such as ``"→"`` or ``"@"``. `marks` has, by an array's name, the index of
    the elements to be marked: ``{"x": (0, slice(None))}`` for its first row.
    """
    marks = marks or {}
    items = [
        part if isinstance(part, str) else _Grid(part[0], part[1], marks.get(part[0]))
        for part in parts
    ]
    grids = [item for item in items if isinstance(item, _Grid)]
    if unknown := set(marks) - {grid.name for grid in grids}:
        raise ValueError(f"there is no array named {sorted(unknown)[0]!r} to be marked")
    widths = [item.width if isinstance(item, _Grid) else 0.16 * len(item) + 0.06 for item in items]
    heading = 0.4 if title else 0.0
    width = sum(widths) + _GAP * (len(items) - 1) + 2 * _MARGIN
    width = max(width, 0.095 * len(title) + 2 * _MARGIN)
    height = max(grid.height for grid in grids) + 2 * _CAPTION + heading + 0.1
    words = " ".join(item if isinstance(item, str) else f"[{item.words()}]" for item in items)
    fig = yield f"{title + '. ' if title else ''}Arrays side by side. {words}.", (width, height)
    fig.set_layout_engine("none")  # everything has its place already
    axes = fig.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    left, middle = _MARGIN, (height - heading) / 2
    axes.text(left, height - 0.25, title, va="center", fontsize=13, color=_INK)
    for item, item_width in zip(items, widths, strict=True):
        if isinstance(item, _Grid):
            item.draw(axes, left, middle)
        else:
            centred(axes, left + item_width / 2, middle, item, fontsize=15, color=_INK)
        left += item_width + _GAP
