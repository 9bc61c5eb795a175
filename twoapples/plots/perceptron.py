"""Pictures of a single perceptron: its step, and how its inputs reach it."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from twoapples.plots import style
from twoapples.plots.planes import brief
from twoapples.plots.style import BLUE, Drawing, Look, arrow, centred, floats, in_style

__all__ = ["perceptron_diagram", "threshold_steps"]


@in_style
def threshold_steps(theta: float) -> Drawing:
    """Show a step at the threshold `theta`, and the same step moved to 0 by the bias -theta."""
    theta = float(theta)
    fig = yield (
        f"Two steps side by side. Left: the answer is 0 for weighted sums up to and including "
        f"{brief(theta)}, and 1 above. Right: with the bias {brief(-theta)} added, the same step "
        "lies at 0.",
        (8, 2.9),
    )
    panels = fig.subplots(1, 2, sharey=True)
    for axes, at, xlabel, title in (
        (panels[0], theta, "weighted sum w · x", f"threshold θ = {brief(theta)}"),
        (panels[1], 0.0, "score s = w · x + b", f"bias b = {brief(-theta)}, threshold 0"),
    ):
        axes.plot([at - 1.4, at], [0, 0], color=BLUE, linewidth=2.5)
        axes.plot([at, at + 1.4], [1, 1], color=BLUE, linewidth=2.5)
        axes.axvline(at, color="black", linewidth=1, linestyle=":")
        # At the threshold itself the answer is 0: the filled end is the lower one.
        axes.plot(at, 0, "o", color=BLUE, markersize=7)
        axes.plot(at, 1, "o", color=BLUE, markersize=7, markerfacecolor="white")
        axes.set(xlabel=xlabel, title=title, yticks=[0, 1], ylim=(-0.2, 1.25))
    panels[0].set_ylabel("answer")


@in_style
def perceptron_diagram(w: ArrayLike, b: float) -> Drawing:
    """Show a perceptron as inputs, weights, sum, step and output.

    The weights are (D,), at most five; the bias is the weight of an input that is always 1.
    """
    w = floats(w)
    if w.ndim != 1 or not 1 <= len(w) <= 5:
        raise ValueError(f"w needs shape (D,) with D from 1 to 5, not {w.shape}")
    inputs = [("1", b, "b"), *((f"x{k}", weight, f"w{k}") for k, weight in enumerate(w, start=1))]
    listed = ", ".join(f"{name} with weight {brief(weight)}" for name, weight, _ in inputs)
    height = float(len(w))
    fig = yield (
        f"A perceptron from left to right. Inputs: {listed} (the first is the bias). Arrows "
        "lead from them to a sum, its result s to a step, and from there comes z, 0 or 1.",
        (7, 0.7 * height + 0.8),
    )
    axes = fig.subplots()
    axes.axis("off")
    middle = height / 2
    places = [(0.0, height - k, name, BLUE) for k, (name, _, _) in enumerate(inputs)]
    stations = [(4.0, middle, "sum", style.GREEN), (6.0, middle, "step", style.PURPLE)]
    arrows = [((0, y), (4, middle)) for _, y, _, _ in places]
    for start, end in [*arrows, ((4, middle), (6, middle)), ((6, middle), (8, middle))]:
        # Between the edges of two circles.
        along = np.subtract(end, start) / np.hypot(*np.subtract(end, start)) * 0.45
        arrow(axes, start + along, end - along, color="black", linewidth=1.2)
    for x, y, name, colour in places + stations:
        look: Look = {"facecolor": "white", "edgecolor": colour, "linewidth": 2}
        axes.add_patch(Circle((x, y), 0.42, zorder=3, **look))
        centred(axes, x, y, name, fontsize=11, zorder=4)
    for (_, y, _, _), (_, weight, symbol) in zip(places, inputs, strict=True):
        text = f"{symbol} = {brief(weight)}"
        centred(axes, 1.8, y + (middle - y) * 0.45, text, backgroundcolor="white", fontsize=10)
    axes.text(5.0, middle + 0.18, "s", ha="center", fontsize=11)
    axes.text(7.7, middle, "z: 0 or 1", va="center", fontsize=11)
    axes.set(xlim=(-0.6, 9.2), ylim=(-0.6, height + 0.6), aspect="equal")
