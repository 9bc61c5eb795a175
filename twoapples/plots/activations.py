"""Pictures of activation functions, and of what becomes of a gradient on its way back.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = ["activation_curves", "steepness_curves", "vanishing_gradients"]

_BLUE, _VERMILION = PALETTE[0], PALETTE[3]

# Colours that also differ in lightness, each with a line style and a marker of its own.
_LINES = [
    (PALETTE[0], "-", "o"),
    (PALETTE[3], "--", "s"),
    (PALETTE[2], "-.", "^"),
    (PALETTE[1], ":", "D"),
]


def _number(value):
    """Write a number for a text: three decimals, or a power of ten where those show nothing."""
    if not np.isfinite(value):
        return str(float(value))
    if value != 0 and not 0.0005 <= abs(value) < 10000:
        return f"{value:.2e}"
    return f"{value:.3f}"


def _values(label, function, x):
    """Return function(x), or say that it does not fit."""
    values = np.asarray(function(x.copy()), dtype=float)
    if values.shape != x.shape:
        raise ValueError(f"{label}: {x.shape} went in, but {values.shape} came out")
    return values


def activation_curves(layers, reach=5.0):
    """Show what layers make of a number, and the derivative that their `backward` gives.

    Parameters
    ----------
    layers : dict
        For each label an object with the methods ``forward(x)`` and ``backward(dout)``.
    reach : float, optional
        How far the pictures go to the left and to the right of 0.
    """
    if not layers:
        raise ValueError("no layer to draw")
    x = np.linspace(-reach, reach, 401)
    curves = []
    for label, layer in layers.items():
        out = _values(label, layer.forward, x)
        slope = _values(label, lambda _, layer=layer: layer.backward(np.ones_like(x)), x)
        curves.append((label, out, slope))
    _activation_curves(x, curves)


@in_style
def _activation_curves(x, curves):
    """Draw outputs and derivatives over `x`, a panel for each label."""
    columns = min(len(curves), 2)
    rows = -(-len(curves) // columns)
    fig = Figure(figsize=(3.7 * columns, 2.7 * rows) if len(curves) > 1 else (5, 2.8))
    panels = fig.subplots(rows, columns, squeeze=False).ravel()
    texts = []
    for axes, (label, out, slope) in zip(panels, curves, strict=False):
        axes.axhline(0, color="0.6", linewidth=0.8)
        axes.plot(x, out, color=_BLUE, linewidth=2, label="output")
        axes.plot(x, slope, color=_VERMILION, linewidth=2, linestyle="--", label="derivative")
        axes.set_title(label)
        axes.set_xlabel("x")
        axes.set_ylabel("value")
        # Left of 0 and above the curves there is room in every one of these pictures.
        axes.legend(frameon=False, loc="upper left", fontsize=9)
        axes.set_ylim(*_limits(out, slope))
        ends = [0, len(x) // 2, -1]
        listed = ", ".join(
            f"{_number(out[i])} with derivative {_number(slope[i])} at x = {x[i]:g}" for i in ends
        )
        texts.append(f"{label}: {listed}.")
    for axes in panels[len(curves) :]:
        axes.remove()
    show(
        fig,
        alt="Curves of activation functions, solid, and of their derivatives, dashed. "
        + " ".join(texts),
    )


def _limits(*curves):
    """Return limits of the vertical axis, with room for a legend at the top."""
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    room = max(high - low, 0.1)
    return low - 0.08 * room, high + 0.4 * room


def steepness_curves(function, factors=(1, 3, 10), reach=4.0):
    """Show a function of a·x for several factors a, beside the step from 0 to 1.

    Parameters
    ----------
    function : callable
        Takes an array and returns one of the same shape.
    factors : sequence of float, optional
        The factors a; at most four.
    reach : float, optional
        How far the picture goes to the left and to the right of 0.
    """
    factors = list(factors)
    if not 1 <= len(factors) <= len(_LINES):
        raise ValueError(f"{len(factors)} factors; from 1 to {len(_LINES)} can be told apart")
    x, near = np.linspace(-reach, reach, 401), reach / 8
    curves = []
    for factor in factors:
        values = _values(f"a = {factor:g}", function, factor * x)
        value = _values("", function, np.array([factor * near]))[0]
        curves.append((factor, values, float(value)))
    _steepness_curves(x, curves, near)


@in_style
def _steepness_curves(x, curves, near):
    """Draw a curve for each factor; the third of each is its value at `near`."""
    reach = x[-1]
    fig = Figure(figsize=(6, 3.2))
    axes = fig.subplots()
    axes.plot([-reach, 0, 0, reach], [0, 0, 1, 1], color="0.45", linewidth=4, alpha=0.5)
    axes.annotate("step", (-reach * 0.12, 1.0), horizontalalignment="right", color="0.3")
    for (factor, values, _), (colour, line, _) in zip(curves, _LINES, strict=False):
        axes.plot(x, values, color=colour, linestyle=line, linewidth=2, label=f"a = {factor:g}")
    axes.set_xlabel("x")
    axes.set_ylabel("function of a·x")
    axes.legend(frameon=False, loc="lower right")
    listed = ", ".join(f"{_number(value)} for a = {factor:g}" for factor, _, value in curves)
    show(
        fig,
        alt="Curves of one function of a·x over x, beside a step from 0 to 1 at x = 0. "
        f"The larger a is, the nearer a curve is to the step: at x = {near:g} it is {listed}.",
    )


@in_style
def vanishing_gradients(runs, xlabel="layers passed on the way back", ylabel="gradient"):
    """Show on a logarithmic axis how large gradients are after each layer.

    Parameters
    ----------
    runs : dict
        For each label a list of positive numbers, one a layer, in the order in which the gradient
        passes them; at most four lists.
    xlabel, ylabel : str, optional
        Names of the two axes.
    """
    runs = {str(label): np.asarray(sizes, dtype=float) for label, sizes in runs.items()}
    if not 1 <= len(runs) <= len(_LINES):
        raise ValueError(f"{len(runs)} lists; from 1 to {len(_LINES)} can be told apart")
    for label, sizes in runs.items():
        if sizes.ndim != 1 or sizes.size == 0 or not np.all(sizes > 0):
            raise ValueError(f"{label}: a logarithmic axis needs a list of positive numbers")
    fig = Figure(figsize=(6.4, 3.4))
    axes = fig.subplots()
    for (label, sizes), (colour, line, marker) in zip(runs.items(), _LINES, strict=False):
        axes.semilogy(
            np.arange(1, len(sizes) + 1),
            sizes,
            color=colour,
            linestyle=line,
            marker=marker,
            markersize=4,
            linewidth=2,
            label=label,
        )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(LogLocator(numticks=8))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color="0.88", linewidth=0.8)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    # Beside the lines: below them there may be no room, and above them neither.
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    listed = "; ".join(
        f"{label}: {_number(sizes[0])} at the first and {_number(sizes[-1])} at the last"
        for label, sizes in runs.items()
    )
    show(fig, alt=f"Lines of {ylabel} over {xlabel}, on a logarithmic axis. {listed}.")
