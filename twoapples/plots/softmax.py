"""Pictures of scores, probabilities and losses.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = [
    "gradient_bars",
    "loss_curve",
    "minus_log_curve",
    "probability_bars",
    "softmax_bars",
    "tangent_line",
]

_BLUE, _ORANGE, _GREEN, _VERMILION = PALETTE[:4]


def _class_names(names, count):
    if names is None:
        return [f"class {k}" for k in range(count)]
    names = [str(name) for name in names]
    if len(names) != count:
        raise ValueError(f"{len(names)} names for {count} classes")
    return names


def _number(value):
    """Write a number for a label: whole numbers as they are, others with three decimals."""
    if not np.isfinite(value):
        return str(float(value))
    if value != 0 and not 0.0005 <= abs(value) < 10000:
        return f"{value:.1e}"
    return f"{value:.0f}" if value == round(value) else f"{value:.3f}"


def _bars(axes, values, colour, names, title, ylabel):
    """Draw one bar a class, each with its number; values that are not finite get no bar."""
    heights = np.where(np.isfinite(values), values, 0.0)
    bars = axes.bar(names, heights, color=colour, width=0.6)
    axes.bar_label(bars, [_number(value) for value in values], padding=3, fontsize=9)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_title(title)
    axes.set_ylabel(ylabel)
    axes.set_xlabel("class")
    axes.margins(y=0.15)


def _listed(names, values):
    return ", ".join(f"{name} {_number(value)}" for name, value in zip(names, values, strict=True))


@in_style
def softmax_bars(s, p, names=None):
    """Show the scores of one case, and the probabilities that were made of them.

    Parameters
    ----------
    s : ndarray, shape (C,)
        Scores.
    p : ndarray, shape (C,)
        Probabilities.
    names : list of str, optional
        Names of the C classes.
    """
    s, p = np.asarray(s, dtype=float), np.asarray(p, dtype=float)
    if s.ndim != 1 or s.shape != p.shape:
        raise ValueError(f"s and p need one shape (C,), not {s.shape} and {p.shape}")
    names = _class_names(names, len(s))
    fig = Figure(figsize=(7, 3))
    left, right = fig.subplots(1, 2)
    _bars(left, s, _BLUE, names, "scores", "score s")
    _bars(right, p, _ORANGE, names, "probabilities", "probability p")
    right.set_ylim(0, 1.1)
    show(
        fig,
        alt=f"Two bar charts side by side. Scores: {_listed(names, s)}. "
        f"Probabilities: {_listed(names, p)}.",
    )


@in_style
def probability_bars(rows, labels, names=None):
    """Show several rows of probabilities over the same classes, one panel a row.

    Parameters
    ----------
    rows : list of ndarray, each of shape (C,)
        Probabilities.
    labels : list of str
        A title for every row.
    names : list of str, optional
        Names of the C classes.
    """
    rows = [np.asarray(row, dtype=float) for row in rows]
    if len(rows) != len(labels):
        raise ValueError(f"{len(labels)} labels for {len(rows)} rows")
    names = _class_names(names, len(rows[0]))
    fig = Figure(figsize=(2.6 * len(rows) + 0.4, 3))
    panels = fig.subplots(1, len(rows), sharey=True, squeeze=False)[0]
    for axes, row, label in zip(panels, rows, labels, strict=True):
        _bars(axes, row, _ORANGE, names, label, "probability p" if axes is panels[0] else "")
        axes.set_ylim(0, 1.1)
    listed = "; ".join(
        f"{label}: {_listed(names, row)}" for label, row in zip(labels, rows, strict=True)
    )
    show(fig, alt=f"Bar charts of probabilities side by side. {listed}.")


@in_style
def minus_log_curve(marks=(0.9, 0.5, 0.1)):
    """Show -log(p) over the probability p of the true class, beside the straight line 1 - p.

    Parameters
    ----------
    marks : sequence of float, optional
        Probabilities, above 0 and at most 1, at which the curve is marked with its value.
    """
    p = np.linspace(0.004, 1, 400)
    fig = Figure(figsize=(6, 3.4))
    axes = fig.subplots()
    axes.plot(p, -np.log(p), color=_BLUE, linewidth=2, label="-log(p)")
    axes.plot(p, 1 - p, color=_VERMILION, linewidth=2, linestyle="--", label="1 - p")
    for mark in marks:
        loss = -np.log(mark)
        axes.plot(mark, loss, "o", color=_BLUE)
        axes.annotate(
            f"p = {mark:g}: {loss:.3f}",
            (mark, loss),
            xytext=(8, 10),
            textcoords="offset points",
            # Near the right edge the text goes to the left of its point.
            horizontalalignment="left" if mark < 0.8 else "center",
        )
    axes.set_xlabel("probability p of the true class")
    axes.set_ylabel("loss of one case")
    axes.set_xlim(0, 1.05)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    marked = ", ".join(f"{-np.log(mark):.3f} at p = {mark:g}" for mark in marks)
    show(
        fig,
        alt="A curve and a dashed straight line over the probability of the true class, from "
        "0 to 1. The curve -log(p) is 0 at p = 1 and climbs without end towards p = 0: "
        f"{marked}. The line 1 - p stays below the curve and ends at 1.",
    )


@in_style
def gradient_bars(p, t, names=None):
    """Show probabilities, targets, and the difference p - t of one case.

    Parameters
    ----------
    p : ndarray, shape (C,)
        Probabilities.
    t : ndarray, shape (C,)
        One-hot (or soft) targets.
    names : list of str, optional
        Names of the C classes.
    """
    p, t = np.asarray(p, dtype=float), np.asarray(t, dtype=float)
    if p.ndim != 1 or p.shape != t.shape:
        raise ValueError(f"p and t need one shape (C,), not {p.shape} and {t.shape}")
    names = _class_names(names, len(p))
    fig = Figure(figsize=(8.2, 3))
    panels = fig.subplots(1, 3, sharey=True)
    _bars(panels[0], p, _ORANGE, names, "probabilities p", "value")
    _bars(panels[1], t, _GREEN, names, "targets t", "")
    _bars(panels[2], p - t, _VERMILION, names, "gradient p - t", "")
    panels[0].set_ylim(-1.15, 1.15)
    show(
        fig,
        alt=f"Three bar charts side by side. Probabilities: {_listed(names, p)}. "
        f"Targets: {_listed(names, t)}. Their difference: {_listed(names, p - t)}.",
    )


def tangent_line(f, x, slope, xlabel="x", ylabel="f(x)", reach=4.0):
    """Show a function of one number, and the straight line that touches it at one point.

    Parameters
    ----------
    f : callable
        Takes a float, returns a float.
    x : float
        Where the line touches the curve.
    slope : float
        Slope of the line: the derivative of `f` at `x`.
    xlabel, ylabel : str, optional
        Names of the two axes.
    reach : float, optional
        How far the picture goes to the left and to the right of `x`.
    """
    x, slope = float(x), float(slope)
    positions = np.linspace(x - reach, x + reach, 121)
    values = np.array([float(f(position)) for position in positions])
    _tangent_line(positions, values, x, float(f(x)), slope, xlabel, ylabel)


@in_style
def _tangent_line(positions, values, x, here, slope, xlabel, ylabel):
    """Draw a sampled curve and its tangent at `x`, where the value is `here`."""
    reach = positions[-1] - x
    near = np.array([x - reach / 2, x + reach / 2])
    fig = Figure(figsize=(6, 3.4))
    axes = fig.subplots()
    axes.plot(positions, values, color=_BLUE, linewidth=2, label=ylabel)
    axes.plot(
        near,
        here + slope * (near - x),
        color=_VERMILION,
        linewidth=2,
        linestyle="--",
        label=f"slope {slope:.3f}",
    )
    axes.plot(x, here, "o", color="black")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.legend(frameon=False)
    show(
        fig,
        alt=f"A curve of {ylabel} over {xlabel}, with a dashed straight line that touches it at "
        f"{xlabel} = {_number(x)}, where the value is {here:.3f} and the slope is {slope:.3f}.",
    )


@in_style
def loss_curve(losses, xlabel="step"):
    """Show how a loss goes down (or does not) from step to step.

    Parameters
    ----------
    losses : sequence of float
        The loss before the first step, after it, after the second, and so on.
    xlabel : str, optional
        What is counted on the horizontal axis.
    """
    losses = np.asarray(losses, dtype=float)
    fig = Figure(figsize=(6, 3.2))
    axes = fig.subplots()
    axes.plot(losses, color=_BLUE, linewidth=2, marker="o", markersize=4)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(xlabel)
    axes.set_ylabel("mean loss")
    if np.all(losses >= 0):
        axes.set_ylim(bottom=0)
    show(
        fig,
        alt=f"A curve of the mean loss over {len(losses)} values of {xlabel}: it starts at "
        f"{_number(losses[0])} and ends at {_number(losses[-1])}.",
    )
