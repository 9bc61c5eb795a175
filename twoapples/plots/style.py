"""How a picture of the course is made: first in words, then, where it is wanted, on a figure."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from twoapples.figures import PALETTE, rendered, show, show_words

Floats = NDArray[np.float64]
Look = dict[str, Any]  # keywords of Matplotlib
Curves = Mapping[str, ArrayLike]  # by their labels
Names = Sequence[str] | None
P = ParamSpec("P")

BLUE, ORANGE, GREEN, VERMILION, PURPLE, _, YELLOW, BLACK = PALETTE
GRADIENT = "#B84A00"  # vermilion, darker: small text needs more contrast

# Lines that differ in lightness, dashes and markers as well as in colour. Sky blue and yellow are
# too pale for a thin line on white.
LOOKS: list[Look] = [
    {"color": BLUE, "linestyle": "-", "marker": "o"},
    {"color": VERMILION, "linestyle": "--", "marker": "s"},
    {"color": GREEN, "linestyle": "-.", "marker": "^"},
    {"color": ORANGE, "linestyle": ":", "marker": "D"},
    {"color": PURPLE, "linestyle": (0, (5, 1, 1, 1, 1, 1)), "marker": "v"},
    {"color": BLACK, "linestyle": (0, (1, 3)), "marker": "*"},
]

# Typed loosely: the names that Matplotlib's own types allow differ from version to version.
_STYLE: dict[Any, Look] = {
    # An opaque light ground: dark text stays readable when the page around it is dark.
    "figure": {"facecolor": "white"},
    "axes": {"facecolor": "white", "titlesize": 11},
    "savefig": {"facecolor": "white"},
    "axes.spines": {"top": False, "right": False},
    "legend": {"frameon": False},
    # In inches, above and below: a title is not to touch the cell above the picture.
    "figure.constrained_layout": {"use": True, "h_pad": 0.12},
}

# Where submissions are graded the same picture is not drawn for each of them. Given a plot, its
# arguments and keywords, this shows the picture and returns True, or it returns False.
shown_elsewhere: Callable[..., bool] | None = None

# All that `in_style` has marked, by module and name: nothing else is called to be drawn elsewhere.
plots: dict[tuple[str, str], Callable[..., None]] = {}


# What a plot is: it yields its text and its size in inches, gets a figure and draws on it.
Drawing = Generator[tuple[str, tuple[float, float]], Figure, None]


def in_style(plot: Callable[P, Drawing]) -> Callable[P, None]:
    """Show what a plot draws, in the course's style, whatever style the reader's notebook has.

    What the picture shows in words is worked out before anything is drawn. Where figures are not
    rendered, this is all that is done.

    A plot that takes functions or a learner's objects works out numbers and texts first, and hands
    them to an inner one that takes nothing else: that one can be drawn once for a class.
    """

    @functools.wraps(plot)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        if shown_elsewhere is not None and shown_elsewhere(plot, args, kwargs):
            return
        drawing = plot(*args, **kwargs)
        alt, size = next(drawing)
        if not rendered():
            show_words(alt)
            return
        # The backend is not a matter of style, and setting it again can close the reader's figures.
        defaults = {k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k}
        with matplotlib.rc_context(defaults):
            for group, settings in _STYLE.items():
                matplotlib.rc(group, **settings)
            fig = Figure(figsize=size)
            with contextlib.suppress(StopIteration):
                drawing.send(fig)
            show(fig, alt)

    plots[plot.__module__, plot.__name__] = drawn
    return drawn


# What several plots do ---------------------------------------------------------------------------


def floats(values: ArrayLike) -> Floats:
    """Return numbers as an array of float64."""
    return np.asarray(values, dtype=np.float64)


def number(value: float, smallest: float = 0.0005, power: str = ".2e") -> str:
    """Write a number for a text: three decimals, or a power of ten where those show nothing."""
    if not np.isfinite(value):
        return str(float(value))
    if value != 0 and not smallest <= abs(value) < 10000:
        return f"{value:{power}}"
    return f"{value:.3f}"


def line_up(fig: Figure, count: int, columns: int = 0, **options: Any) -> list[Axes]:
    """Return `count` axes: side by side, or in rows of so many columns."""
    columns = min(columns or count, count)
    panels = fig.subplots(-(-count // columns), columns, squeeze=False, **options).ravel()
    for surplus in panels[count:]:
        surplus.remove()
    return list(panels[:count])


def plot_lines(
    axes: Axes, x: Floats | None, lines: Mapping[str, Floats], markers: bool = False
) -> None:
    """Draw lines, each with a look and a label; over 1, 2, 3, … where `x` is None."""
    for (label, values), look in zip(lines.items(), itertools.cycle(LOOKS)):
        look = look if markers else look | {"marker": None}
        positions = np.arange(1, len(values) + 1) if x is None else x
        axes.plot(positions, values, linewidth=2, markersize=4, label=label, **look)


def level_lines(axes: Axes) -> None:
    """Draw faint horizontal lines behind everything else."""
    axes.grid(axis="y", color="0.88", linewidth=0.8)
    axes.set_axisbelow(True)


def epochs_across(axes: Axes) -> None:
    """Count epochs on the horizontal axis."""
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    level_lines(axes)


def legend_beside(axes: Axes) -> None:
    """Put the legend to the right of the axes, where no line can cross it."""
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def centred(axes: Axes, x: float, y: float, text: str, **look: Any) -> Text:
    """Write a text with its middle at a point."""
    return axes.text(x, y, text, **{"ha": "center", "va": "center", **look})


def note(axes: Axes, text: str, at: Any, shift: tuple[float, float], **look: Any) -> None:
    """Write a text beside a point, moved by so many points of typography."""
    axes.annotate(text, at, shift, textcoords="offset points", **look)


def arrow(axes: Axes, start: Any, end: Any, zorder: float = 1, **look: Any) -> None:
    """Draw an arrow between two points."""
    axes.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", **look}, zorder=zorder)


def names_of(names: Names, count: int, what: str, default: str = "") -> list[str]:
    """Return `count` names, made of a default and a number where none are given."""
    if names is None:
        return [f"{default} {k}" for k in range(count)]
    if len(names) != count:
        raise ValueError(f"{len(names)} names for {count} {what}")
    return list(map(str, names))
