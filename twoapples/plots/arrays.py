"""Pictures of arrays with their numbers, side by side, as in a calculation on paper."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = ["array_picture"]

# All lengths are inches: one unit of the axes is one inch of the figure.
_CELL_HEIGHT = 0.36
_CHARACTER = 0.105  # about the width of one digit
_GAP = 0.22  # between an array and a symbol
_MARGIN = 0.2
_CAPTION = 0.34  # room for a name and a shape

_INK = "#222222"
_PLAIN, _MARKED = "#F2F2F2", PALETTE[6]  # the palette's yellow: dark numbers stay readable on it


def _number(value):
    """Write a number for a cell: whole numbers as they are, others with up to four digits."""
    if isinstance(value, (np.integer, int)):
        return str(value).replace("-", "−")
    return f"{float(value):.4g}".replace("-", "−")


class _Grid:
    """An array, ready to be drawn: its texts, its size on paper, its marked cells."""

    def __init__(self, name, array, mark):
        self.name = name
        array = np.asarray(array)
        if array.ndim > 2:
            raise ValueError(f"{name} has {array.ndim} axes; a picture has two at most")
        self.shape = array.shape
        self.texts = [[_number(v) for v in row] for row in np.atleast_2d(array)]
        self.marked = np.zeros(array.shape, dtype=bool)
        if mark is not None:
            self.marked[mark] = True
        self.marked = np.atleast_2d(self.marked)
        self.cell = _CHARACTER * max(len(t) for row in self.texts for t in row) + 0.22
        columns = len(self.texts[0])
        # As wide as what is written above and below it needs.
        self.width = max(columns * self.cell, 0.09 * max(len(name), len(str(self.shape))))
        self.inset = (self.width - columns * self.cell) / 2
        self.height = len(self.texts) * _CELL_HEIGHT

    def draw(self, axes, left, middle):
        top = middle + self.height / 2
        for i, row in enumerate(self.texts):
            for j, text in enumerate(row):
                x, y = left + self.inset + j * self.cell, top - (i + 1) * _CELL_HEIGHT
                marked = self.marked[i, j]
                axes.add_patch(
                    Rectangle(
                        (x, y),
                        self.cell,
                        _CELL_HEIGHT,
                        facecolor=_MARKED if marked else _PLAIN,
                        edgecolor=_INK,
                        linewidth=0.8,
                    )
                )
                axes.text(
                    x + self.cell / 2,
                    y + _CELL_HEIGHT / 2,
                    text,
                    ha="center",
                    va="center_baseline",
                    fontsize=11,
                    # Bold as well, so that a mark does not depend on colour.
                    fontweight="bold" if marked else "normal",
                    color=_INK,
                )
        centre = left + self.width / 2
        axes.text(
            centre, top + 0.1, self.name, ha="center", va="bottom", fontsize=12, color=PALETTE[0]
        )
        shape = f"({', '.join(map(str, self.shape))}{',' if len(self.shape) == 1 else ''})"
        axes.text(
            centre,
            top - self.height - 0.1,
            shape,
            ha="center",
            va="top",
            fontsize=10,
            color="#555555",
        )

    def words(self):
        rows = "; ".join(", ".join(row) for row in self.texts)
        size = " by ".join(map(str, self.shape)) or "one number"
        marked = [t for row, m in zip(self.texts, self.marked, strict=True)
                  for t, is_marked in zip(row, m, strict=True) if is_marked]  # fmt: skip
        note = f" (marked: {', '.join(marked)})" if marked else ""
        return f"{self.name}, {size}: {rows}{note}"


@in_style
def array_picture(*parts, title="", marks=None):
    """Show arrays and the symbols between them, in one line.

    Above every array stands its name, below it its shape.

    Parameters
    ----------
    *parts : (str, ndarray) or str
        An array with its name, or a text to stand between arrays, such as ``"→"`` or ``"@"``. An
        array has two axes at most.
    title : str, optional
        A heading.
    marks : dict, optional
        By an array's name the index of the elements to be marked, for example
        ``{"x": (0, slice(None))}`` for its first row.
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
    fig = Figure(figsize=(width, height))
    fig.set_layout_engine("none")  # everything has its place already
    axes = fig.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.axis("off")
    middle = (height - heading) / 2
    if title:
        axes.text(_MARGIN, height - 0.25, title, va="center", fontsize=13, color=_INK)
    left = _MARGIN
    for item, item_width in zip(items, widths, strict=True):
        if isinstance(item, _Grid):
            item.draw(axes, left, middle)
        else:
            axes.text(
                left + item_width / 2, middle, item, ha="center", va="center", fontsize=15,
                color=_INK,
            )  # fmt: skip
        left += item_width + _GAP
    words = " ".join(item if isinstance(item, str) else f"[{item.words()}]" for item in items)
    show(fig, alt=f"{title + '. ' if title else ''}Arrays side by side. {words}.")
