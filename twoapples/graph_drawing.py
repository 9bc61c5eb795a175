"""Matplotlib's pictures of computational graphs, and of difference quotients.

`twoapples.graphs` shows them; where everything stands is worked out in `twoapples.graph_layout`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, Patch

from twoapples.figures import PALETTE
from twoapples.graph_layout import RADIUS, Layout, half_width, in_box, labels, layout, text_of

if TYPE_CHECKING:
    from twoapples.graphs import Edge, Graph, Operation

INK = "#222222"
PAPER = "#FFFFFF"
VALUE = PALETTE[0]
GRADIENT = "#B84A00"  # the palette's vermilion, darker: small text needs more contrast
FAINT = "#B5B5B5"


def graph_figure(graph: Graph, title: str = "", focus: Edge | None = None) -> plt.Figure:
    """Draw a graph; see `twoapples.graphs.draw`."""
    places = layout(graph)
    left, right, lowest, highest = places.box(graph)
    right = max(right, left + 5.0)  # room for the legend
    top = highest + (0.95 if title else 0.5)
    bottom = lowest - 0.8

    figure = plt.figure(figsize=(right - left, top - bottom), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.axis("off")
    if title:
        axes.text(left + 0.15, top - 0.3, title, fontsize=13, color=INK, va="center")

    for edge in graph.edges:
        bright = focus is None or focus.source in (edge.source, edge.target)
        _draw_edge(axes, edge, places, bright=bright)
    for operation, centre in places.centres.items():
        bright = focus is None or focus.source is operation
        _draw_operation(axes, operation, centre, bright=bright)
    _draw_legend(axes, graph, left + 0.15, bottom + 0.22)
    return figure


def _draw_operation(
    axes: Axes, operation: Operation, centre: tuple[float, float], *, bright: bool
) -> None:
    colour = INK if bright else FAINT
    style: dict[str, Any] = {
        "facecolor": "#F2F2F2",
        "edgecolor": colour,
        "linewidth": 1.6,
        "zorder": 3,
    }
    side = half_width(operation)
    outline: Patch
    if in_box(operation):
        corner = (centre[0] - side, centre[1] - RADIUS)
        rounded = "round,pad=0,rounding_size=0.08"
        outline = FancyBboxPatch(corner, 2 * side, 2 * RADIUS, boxstyle=rounded, **style)
    else:
        outline = Circle(centre, RADIUS, **style)
    axes.add_patch(outline)
    size = 17 if len(operation.symbol) == 1 else 11
    axes.text(
        *centre, operation.symbol, fontsize=size, color=colour, ha="center", va="center", zorder=4
    )


def _draw_edge(axes: Axes, edge: Edge, places: Layout, *, bright: bool) -> None:
    ink, value_colour, gradient_colour = (INK, VALUE, GRADIENT) if bright else (FAINT,) * 3
    level = places.levels[edge]
    start, end = places.ends[edge]
    name: dict[str, Any] = {"fontsize": 12, "color": ink, "va": "center", "zorder": 4}
    if edge.source is None:
        axes.text(start, level, edge.name, ha="right", **name)
    if edge.target is None:
        axes.text(end, level, edge.name, ha="left", **name)
    points = places.path(edge)
    axes.plot(*zip(*points, strict=True), color=ink, linewidth=1.4, zorder=2)
    arrow = {"arrowstyle": "-|>", "color": ink, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=points[-1], xytext=points[-2], arrowprops=arrow, zorder=2)

    above, below = labels(edge)
    text: dict[str, Any] = {"fontsize": 11.5, "ha": "center", "va": "center", "zorder": 5}
    middle = places.label_middle(edge)
    axes.text(middle, level + 0.15, above, color=value_colour, **text)
    axes.text(middle, level - 0.16, below, color=gradient_colour, style="italic", **text)


def _draw_legend(axes: Axes, graph: Graph, x: float, y: float) -> None:
    style: dict[str, Any] = {"fontsize": 10, "va": "center"}
    if any(edge.value is not None for edge in graph.edges):
        axes.text(x, y, "above a line: value", color=VALUE, **style)
    if any(edge.gradient is not None for edge in graph.edges):
        words = f"below, with ←: gradient of {graph.output.name}"
        axes.text(x + 1.75, y, words, color=GRADIENT, style="italic", **style)


def differences_figure(
    f: Callable[[Any], Any], derivative: Callable[[float], float], x: float, h: float
) -> plt.Figure:
    """Draw two difference quotients and their errors; see `twoapples.graphs.draw_differences`."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.5, 3.9), facecolor=PAPER, layout="constrained"
    )
    lines = (
        ("forward difference", GRADIENT, "--", "s", (x, x + h)),
        ("central difference", VALUE, "-.", "o", (x - h, x + h)),
    )

    t = np.linspace(x - 1.3 * h, x + 1.3 * h, 200)
    left.plot(t, f(t), color=INK, linewidth=2, label="the curve")
    tangent = f(x) + derivative(x) * (t - x)
    left.plot(
        t, tangent, color="#777777", linewidth=1.2, label=f"tangent, {text_of(derivative(x))}"
    )
    for name, colour, dashes, marker, (a, b) in lines:
        slope = (f(b) - f(a)) / (b - a)
        label = f"{name}, {text_of(slope)}"
        left.plot(t, f(a) + slope * (t - a), color=colour, linestyle=dashes, label=label)
        left.plot([a, b], [f(a), f(b)], color=colour, marker=marker, linestyle="none")
    left.set(xlabel="x", ylabel="f(x)", title=f"Slopes at x = {text_of(x)} with h = {text_of(h)}")
    left.legend(fontsize=9)

    steps = 10.0 ** np.arange(0, -12.5, -0.5)
    for name, colour, dashes, marker, _ in lines:
        back = 1 if name.startswith("central") else 0
        slopes = [(f(x + s) - f(x - back * s)) / ((1 + back) * s) for s in steps]
        errors = np.abs(np.array(slopes) - derivative(x))
        shown = errors > 0  # a logarithmic axis has no zero
        right.plot(
            steps[shown],
            errors[shown],
            color=colour,
            linestyle=dashes,
            marker=marker,
            markersize=4,
            label=name,
        )
    right.set(
        xscale="log", yscale="log", xlabel="step h", ylabel="error", title="Error of the slope"
    )
    right.grid(alpha=0.3)
    right.legend(fontsize=9)
    return figure
