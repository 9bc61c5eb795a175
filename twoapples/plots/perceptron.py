"""Pictures of a single perceptron: its step, and how its inputs reach it.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from twoapples.figures import PALETTE, show
from twoapples.plots.planes import brief
from twoapples.plots.style import in_style

__all__ = ["perceptron_diagram", "threshold_steps"]

_BLUE, _GREEN, _PURPLE = PALETTE[0], PALETTE[2], PALETTE[4]


@in_style
def threshold_steps(theta):
    """Show a step at a threshold, and the same step moved to 0 by a bias.

    Parameters
    ----------
    theta : float
        The threshold. The bias is its negative.
    """
    theta = float(theta)
    fig = Figure(figsize=(8, 2.9))
    panels = fig.subplots(1, 2, sharey=True)
    for axes, at, xlabel, title in (
        (panels[0], theta, "weighted sum w · x", f"threshold θ = {brief(theta)}"),
        (panels[1], 0.0, "score s = w · x + b", f"bias b = {brief(-theta)}, threshold 0"),
    ):
        axes.plot([at - 1.4, at], [0, 0], color=_BLUE, linewidth=2.5)
        axes.plot([at, at + 1.4], [1, 1], color=_BLUE, linewidth=2.5)
        axes.axvline(at, color="black", linewidth=1, linestyle=":")
        # At the threshold itself the answer is 0: the filled end is the lower one.
        axes.plot(at, 0, "o", color=_BLUE, markersize=7)
        axes.plot(at, 1, "o", color=_BLUE, markersize=7, markerfacecolor="white")
        axes.set_xlabel(xlabel)
        axes.set_title(title)
        axes.set_yticks([0, 1])
        axes.set_ylim(-0.2, 1.25)
    panels[0].set_ylabel("answer")
    show(
        fig,
        alt=f"Two steps side by side. Left: the answer is 0 for weighted sums up to and including "
        f"{brief(theta)}, and 1 above. Right: with the bias {brief(-theta)} added, the same step "
        "lies at 0.",
    )


@in_style
def perceptron_diagram(w, b):
    """Show a perceptron as inputs, weights, sum, step and output.

    Parameters
    ----------
    w : ndarray, shape (D,)
        Weights, at most five.
    b : float
        Bias: the weight of an input that is always 1.
    """
    w = np.asarray(w, dtype=float)
    if w.ndim != 1 or not 1 <= len(w) <= 5:
        raise ValueError(f"w needs shape (D,) with D from 1 to 5, not {w.shape}")
    fig = Figure(figsize=(7, 0.7 * len(w) + 0.8))
    axes = fig.subplots()
    axes.set_axis_off()
    axes.set_aspect("equal")
    height = float(len(w))
    inputs = [("1", b, "b")] + [(f"x{k + 1}", weight, f"w{k + 1}") for k, weight in enumerate(w)]
    middle = height / 2
    stations = [(4.0, "sum", _GREEN), (6.0, "step", _PURPLE)]
    for k, (name, weight, symbol) in enumerate(inputs):
        y = height - k
        _arrow_between(axes, (0, y), (4.0, middle))
        _circle(axes, 0, y, name, _BLUE)
        at = 0.45
        axes.text(
            4.0 * at,
            y + (middle - y) * at,
            f"{symbol} = {brief(weight)}",
            horizontalalignment="center",
            verticalalignment="center",
            backgroundcolor="white",
            fontsize=10,
        )
    _arrow_between(axes, (4.0, middle), (6.0, middle))
    _arrow_between(axes, (6.0, middle), (8.0, middle))
    for x, name, colour in stations:
        _circle(axes, x, middle, name, colour)
    axes.text(5.0, middle + 0.18, "s", horizontalalignment="center", fontsize=11)
    axes.text(7.7, middle, "z: 0 or 1", verticalalignment="center", fontsize=11)
    axes.set_xlim(-0.6, 9.2)
    axes.set_ylim(-0.6, height + 0.6)
    listed = ", ".join(f"{name} with weight {brief(weight)}" for name, weight, _ in inputs)
    show(
        fig,
        alt=f"A perceptron from left to right. Inputs: {listed} (the first is the bias). Arrows "
        "lead from them to a sum, its result s to a step, and from there comes z, 0 or 1.",
    )


def _circle(axes, x, y, name, colour):
    axes.add_patch(Circle((x, y), 0.42, facecolor="white", edgecolor=colour, linewidth=2, zorder=3))
    axes.text(
        x, y, name, horizontalalignment="center", verticalalignment="center", fontsize=11, zorder=4
    )


def _arrow_between(axes, start, end):
    """Draw an arrow between the edges of two circles."""
    start, end = np.array(start, dtype=float), np.array(end, dtype=float)
    along = (end - start) / np.hypot(*(end - start)) * 0.45
    axes.annotate(
        "",
        xy=end - along,
        xytext=start + along,
        arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 1.2},
        zorder=1,
    )
