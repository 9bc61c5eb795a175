"""Pictures of scores, probabilities and losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from twoapples.plots import style
from twoapples.plots.style import BLUE, ORANGE, VERMILION, Drawing, Floats, Names, floats, in_style

__all__ = [
    "gradient_bars",
    "loss_curve",
    "minus_log_curve",
    "probability_bars",
    "softmax_bars",
    "tangent_line",
]


def _number(value: float) -> str:
    """Write a number for a label: whole numbers as they are, others with three decimals."""
    if np.isfinite(value) and value == round(value) and abs(value) < 10000:
        return f"{value:.0f}"
    return style.number(value, power=".1e")


def _class_names(names: Names, **rows: Floats) -> list[str]:
    """Name the classes of rows, all of the same shape (C,)."""
    shapes = [row.shape for row in rows.values()]
    if len(set(shapes)) > 1 or len(shapes[0]) != 1:
        shapes_in_words = " and ".join(map(str, shapes))
        raise ValueError(f"{' and '.join(rows)} need one shape (C,), not {shapes_in_words}")
    return style.names_of(names, shapes[0][0], "classes", "class")


def _bars(
    axes: Axes, values: Floats, colour: str, names: list[str], title: str, ylabel: str = ""
) -> None:
    """Draw one bar a class, each with its number; values that are not finite get no bar."""
    heights = np.where(np.isfinite(values), values, 0.0)
    bars = axes.bar(names, heights, color=colour, width=0.6)
    axes.bar_label(bars, [_number(value) for value in values], padding=3, fontsize=9)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(title=title, ylabel=ylabel, xlabel="class")
    axes.margins(y=0.15)


def _listed(names: list[str], values: Floats) -> str:
    return ", ".join(f"{name} {_number(value)}" for name, value in zip(names, values, strict=True))


@in_style
def softmax_bars(s: ArrayLike, p: ArrayLike, names: Names = None) -> Drawing:
    """Show the scores of one case, (C,), and the probabilities that were made of them, (C,)."""
    s, p = floats(s), floats(p)
    names = _class_names(names, s=s, p=p)
    fig = yield (
        f"Two bar charts side by side. Scores: {_listed(names, s)}. "
        f"Probabilities: {_listed(names, p)}.",
        (7, 3),
    )
    left, right = fig.subplots(1, 2)
    _bars(left, s, BLUE, names, "scores", "score s")
    _bars(right, p, ORANGE, names, "probabilities", "probability p")
    right.set_ylim(0, 1.1)


@in_style
def probability_bars(
    rows: Sequence[ArrayLike], labels: Sequence[str], names: Names = None
) -> Drawing:
    """Show rows of probabilities over the same classes, each (C,), with a label a row."""
    if len(rows) != len(labels):
        raise ValueError(f"{len(labels)} labels for {len(rows)} rows")
    p = [floats(row) for row in rows]
    names = _class_names(names, **{f"row {k}": row for k, row in enumerate(p)})
    listed = "; ".join(
        f"{label}: {_listed(names, row)}" for label, row in zip(labels, p, strict=True)
    )
    fig = yield f"Bar charts of probabilities side by side. {listed}.", (2.6 * len(p) + 0.4, 3)
    panels = style.line_up(fig, len(p), sharey=True)
    for axes, row, label in zip(panels, p, labels, strict=True):
        _bars(axes, row, ORANGE, names, label)
    panels[0].set(ylim=(0, 1.1), ylabel="probability p")


@in_style
def minus_log_curve(marks: Sequence[float] = (0.9, 0.5, 0.1)) -> Drawing:
    """Show -log(p) over the probability p of the true class, beside the straight line 1 - p.

    The curve is marked with its value at some probabilities, above 0 and at most 1.
    """
    losses = [(mark, -np.log(mark)) for mark in marks]
    marked = ", ".join(f"{loss:.3f} at p = {mark:g}" for mark, loss in losses)
    fig = yield (
        "A curve and a dashed straight line over the probability of the true class, from "
        "0 to 1. The curve -log(p) is 0 at p = 1 and climbs without end towards p = 0: "
        f"{marked}. The line 1 - p stays below the curve and ends at 1.",
        (6, 3.4),
    )
    axes = fig.subplots()
    p = np.linspace(0.004, 1, 400)
    style.plot_lines(axes, p, {"-log(p)": -np.log(p), "1 - p": 1 - p})
    for mark, loss in losses:
        axes.plot(mark, loss, "o", color=BLUE)
        # Near the right edge the text goes to the left of its point.
        place = "left" if mark < 0.8 else "center"
        style.note(axes, f"p = {mark:g}: {loss:.3f}", (mark, loss), (8, 10), ha=place)
    axes.set(xlabel="probability p of the true class", ylabel="loss of one case", xlim=(0, 1.05))
    axes.set_ylim(bottom=0)
    axes.legend()


@in_style
def gradient_bars(p: ArrayLike, t: ArrayLike, names: Names = None) -> Drawing:
    """Show probabilities, one-hot (or soft) targets and p - t of one case, all of shape (C,)."""
    p, t = floats(p), floats(t)
    names = _class_names(names, p=p, t=t)
    fig = yield (
        f"Three bar charts side by side. Probabilities: {_listed(names, p)}. "
        f"Targets: {_listed(names, t)}. Their difference: {_listed(names, p - t)}.",
        (8.2, 3),
    )
    panels = fig.subplots(1, 3, sharey=True)
    _bars(panels[0], p, ORANGE, names, "probabilities p", "value")
    _bars(panels[1], t, style.GREEN, names, "targets t")
    _bars(panels[2], p - t, VERMILION, names, "gradient p - t")
    panels[0].set_ylim(-1.15, 1.15)


def tangent_line(
    f: Callable[[float], float], x: float, slope: float, xlabel: str = "x", ylabel: str = "f(x)"
) -> None:
    """Show a function of one number, and the straight line that touches it at `x`.

    The slope of the line is the derivative of `f` at `x`.
    """
    x = float(x)
    positions = np.linspace(x - 4, x + 4, 121)
    values = np.array([float(f(position)) for position in positions])
    _tangent_line(positions, values, x, float(f(x)), float(slope), xlabel, ylabel)


@in_style
def _tangent_line(
    positions: Floats, values: Floats, x: float, here: float, slope: float, xlabel: str, ylabel: str
) -> Drawing:
    """Draw a sampled curve and its tangent at `x`, where the value is `here`."""
    fig = yield (
        f"A curve of {ylabel} over {xlabel}, with a dashed straight line that touches it at "
        f"{xlabel} = {_number(x)}, where the value is {here:.3f} and the slope is {slope:.3f}.",
        (6, 3.4),
    )
    axes = fig.subplots()
    axes.plot(positions, values, color=BLUE, linewidth=2, label=ylabel)
    near = np.array([x - 2, x + 2])
    look: style.Look = {"color": VERMILION, "linestyle": "--", "label": f"slope {slope:.3f}"}
    axes.plot(near, here + slope * (near - x), linewidth=2, **look)
    axes.plot(x, here, "o", color="black")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.legend()


@in_style
def loss_curve(losses: ArrayLike, xlabel: str = "step") -> Drawing:
    """Show how a loss goes down (or does not): before the first step, after it, and so on."""
    losses = floats(losses)
    fig = yield (
        f"A curve of the mean loss over {len(losses)} values of {xlabel}: it starts at "
        f"{_number(losses[0])} and ends at {_number(losses[-1])}.",
        (6, 3.2),
    )
    axes = fig.subplots()
    axes.plot(losses, color=BLUE, linewidth=2, marker="o", markersize=4)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel=xlabel, ylabel="mean loss")
    if np.all(losses >= 0):
        axes.set_ylim(bottom=0)
