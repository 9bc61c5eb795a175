"""Pictures of activation functions, and of what becomes of a gradient on its way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import ArrayLike

from twoapples.plots import style
from twoapples.plots.style import Curves, Drawing, Floats, floats, in_style, number

__all__ = ["activation_curves", "steepness_curves", "vanishing_gradients"]


def _values(label: str, function: Callable[[Floats], ArrayLike], x: Floats) -> Floats:
    """Return function(x), or say that it does not fit."""
    values = floats(function(x.copy()))
    if values.shape != x.shape:
        raise ValueError(f"{label}: {x.shape} went in, but {values.shape} came out")
    return values


def _at_most_four(count: int, what: str) -> None:
    if not 1 <= count <= 4:
        raise ValueError(f"{count} {what}; from 1 to 4 can be told apart")


def activation_curves(layers: Mapping[str, Any]) -> None:
    """Show what layers make of a number, and the derivative that their `backward` gives.

    `layers` has a layer, with ``forward(x)`` and ``backward(dout)``, under each label.
    """
    if not layers:
        raise ValueError("no layer to draw")
    x = np.linspace(-5, 5, 401)
    _activation_curves(
        x, {label: _out_and_slope(label, layer, x) for label, layer in layers.items()}
    )


def _out_and_slope(label: str, layer: Any, x: Floats) -> tuple[Floats, Floats]:
    out = _values(label, layer.forward, x)
    return out, _values(label, layer.backward, np.ones_like(x))


@in_style
def _activation_curves(x: Floats, curves: Mapping[str, tuple[Floats, Floats]]) -> Drawing:
    """Draw outputs and derivatives over `x`, a panel for each label."""
    texts = []
    for label, (out, slope) in curves.items():
        listed = ", ".join(
            f"{number(out[i])} with derivative {number(slope[i])} at x = {x[i]:g}"
            for i in (0, len(x) // 2, -1)
        )
        texts.append(f"{label}: {listed}.")
    fig = yield (
        "Curves of activation functions, solid, and of their derivatives, dashed. "
        + " ".join(texts),
        (7.4, 2.7 * -(-len(curves) // 2)) if len(curves) > 1 else (5, 2.8),
    )
    panels = style.line_up(fig, len(curves), 2)
    for axes, (label, (out, slope)) in zip(panels, curves.items(), strict=True):
        axes.axhline(0, color="0.6", linewidth=0.8)
        style.plot_lines(axes, x, {"output": out, "derivative": slope})
        axes.set(title=label, xlabel="x", ylabel="value", ylim=_limits(out, slope))
        # Left of 0 and above the curves there is room in every one of these pictures.
        axes.legend(loc="upper left", fontsize=9)


def _limits(*curves: Floats) -> tuple[float, float]:
    """Return limits of the vertical axis, with room for a legend at the top."""
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    room = max(high - low, 0.1)
    return low - 0.08 * room, high + 0.4 * room


def steepness_curves(
    function: Callable[[Floats], ArrayLike], factors: Sequence[float] = (1, 3, 10)
) -> None:
    """Show a function of a·x for one to four factors a, beside the step from 0 to 1.

    `function` takes an array and returns one of the same shape.
    """
    _at_most_four(len(factors), "factors")
    x, near = np.linspace(-4, 4, 401), np.array([0.5])
    curves, at_near = {}, {}
    for factor in factors:
        label = f"a = {factor:g}"
        curves[label] = _values(label, function, factor * x)
        at_near[label] = float(_values(label, function, factor * near)[0])
    _steepness_curves(x, curves, float(near[0]), at_near)


@in_style
def _steepness_curves(
    x: Floats, curves: Mapping[str, Floats], near: float, at_near: Mapping[str, float]
) -> Drawing:
    """Draw a curve for each label, and tell its value at `near`."""
    listed = ", ".join(f"{number(value)} for {label}" for label, value in at_near.items())
    fig = yield (
        "Curves of one function of a·x over x, beside a step from 0 to 1 at x = 0. "
        f"The larger a is, the nearer a curve is to the step: at x = {near:g} it is {listed}.",
        (6, 3.2),
    )
    axes = fig.subplots()
    axes.plot([x[0], 0, 0, x[-1]], [0, 0, 1, 1], color="0.45", linewidth=4, alpha=0.5)
    axes.annotate("step", (x[0] * 0.12, 1.0), ha="right", color="0.3")
    style.plot_lines(axes, x, curves)
    axes.set(xlabel="x", ylabel="function of a·x")
    axes.legend(loc="lower right")


@in_style
def vanishing_gradients(
    runs: Curves, xlabel: str = "layers passed on the way back", ylabel: str = "gradient"
) -> Drawing:
    """Show on a logarithmic axis how large gradients are after each layer.

    `runs` has under each label, at most four, a list of positive numbers: one a layer, in the order
    in which the gradient passes them.
    """
    lists = {str(label): floats(sizes) for label, sizes in runs.items()}
    _at_most_four(len(lists), "lists")
    for label, sizes in lists.items():
        if sizes.ndim != 1 or sizes.size == 0 or not np.all(sizes > 0):
            raise ValueError(f"{label}: a logarithmic axis needs a list of positive numbers")
    listed = "; ".join(
        f"{label}: {number(sizes[0])} at the first and {number(sizes[-1])} at the last"
        for label, sizes in lists.items()
    )
    fig = yield f"Lines of {ylabel} over {xlabel}, on a logarithmic axis. {listed}.", (6.4, 3.4)
    axes = fig.subplots()
    style.plot_lines(axes, None, lists, markers=True)
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(LogLocator(numticks=8))
    axes.yaxis.set_minor_locator(NullLocator())
    style.level_lines(axes)
    style.legend_beside(axes)
