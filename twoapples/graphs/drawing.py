"""Matplotlib's pictures of computational graphs, and of difference quotients.

Each is made in two steps: first numbers and texts are worked out from a learner's nodes and
functions, then a picture is drawn from these alone, so that it can be drawn once for a class.
`twoapples.graphs.graph` shows them; where everything stands is worked out in
`twoapples.graphs.layout`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, Patch

from twoapples.graphs.layout import RADIUS, half_width, in_box, labels, layout, text_of
from twoapples.plots.style import BLUE, Drawing, in_style
from twoapples.plots.style import GRADIENT as GRADIENT

if TYPE_CHECKING:
    from twoapples.graphs.graph import Edge, Graph

INK = "#222222"
PAPER = "#FFFFFF"
VALUE = BLUE
FAINT = "#B5B5B5"


def graph_parts(graph: Graph, title: str = "", focus: Edge | None = None) -> dict[str, Any]:
    """Work out what `graph_picture` draws: places, numbers and texts, and no object of a graph.

    See `twoapples.graphs.graph.draw` for the parameters.
    """
    places = layout(graph)
    left, right, lowest, highest = places.box(graph)
    edges = [
        {
            "name": edge.name,
            "is_input": edge.source is None,
            "is_output": edge.target is None,
            "ends": places.ends[edge],
            "level": places.levels[edge],
            "points": places.path(edge),
            "labels": (*labels(edge), places.label_middle(edge)),
            "bright": focus is None or focus.source in (edge.source, edge.target),
        }
        for edge in graph.edges
    ]
    operations = [
        (op.symbol, centre, half_width(op), in_box(op), focus is None or focus.source is op)
        for op, centre in places.centres.items()
    ]
    legend = []
    if any(edge.value is not None for edge in graph.edges):
        legend.append((0.0, "above a line: value", False))
    if any(edge.gradient is not None for edge in graph.edges):
        legend.append((1.75, f"below, with ←: gradient of {graph.output.name}", True))
    return {
        "title": title,
        "box": (
            left,
            max(right, left + 5.0),  # room for the legend
            lowest - 0.8,
            highest + (0.95 if title else 0.5),
        ),
        "edges": edges,
        "operations": operations,
        "legend": legend,
    }


@in_style
def graph_picture(parts: dict[str, Any], alt: str) -> Drawing:
    """Show what `graph_parts` has worked out."""
    left, right, bottom, top = parts["box"]
    figure = yield alt, (right - left, top - bottom)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.axis("off")
    if parts["title"]:
        axes.text(left + 0.15, top - 0.3, parts["title"], fontsize=13, color=INK, va="center")
    for edge in parts["edges"]:
        _draw_edge(axes, edge)
    for operation in parts["operations"]:
        _draw_operation(axes, *operation)
    for across, words, is_gradient in parts["legend"]:
        style: dict[str, Any] = {"fontsize": 10, "va": "center"}
        style |= {"color": GRADIENT, "style": "italic"} if is_gradient else {"color": VALUE}
        axes.text(left + 0.15 + across, bottom + 0.22, words, **style)


def _draw_operation(
    axes: Axes, symbol: str, centre: tuple[float, float], side: float, boxed: bool, bright: bool
) -> None:
    colour = INK if bright else FAINT
    style: dict[str, Any] = dict(facecolor="#F2F2F2", edgecolor=colour, linewidth=1.6, zorder=3)
    outline: Patch
    if boxed:
        corner = (centre[0] - side, centre[1] - RADIUS)
        rounded = "round,pad=0,rounding_size=0.08"
        outline = FancyBboxPatch(corner, 2 * side, 2 * RADIUS, boxstyle=rounded, **style)
    else:
        outline = Circle(centre, RADIUS, **style)
    axes.add_patch(outline)
    size = 17 if len(symbol) == 1 else 11
    axes.text(*centre, symbol, fontsize=size, color=colour, ha="center", va="center", zorder=4)


def _draw_edge(axes: Axes, edge: dict[str, Any]) -> None:
    ink, value_colour, gradient_colour = (INK, VALUE, GRADIENT) if edge["bright"] else (FAINT,) * 3
    (start, end), level, points = edge["ends"], edge["level"], edge["points"]
    name: dict[str, Any] = {"fontsize": 12, "color": ink, "va": "center", "zorder": 4}
    if edge["is_input"]:
        axes.text(start, level, edge["name"], ha="right", **name)
    if edge["is_output"]:
        axes.text(end, level, edge["name"], ha="left", **name)
    axes.plot(*zip(*points, strict=True), color=ink, linewidth=1.4, zorder=2)
    arrow = {"arrowstyle": "-|>", "color": ink, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=points[-1], xytext=points[-2], arrowprops=arrow, zorder=2)

    above, below, middle = edge["labels"]
    text: dict[str, Any] = {"fontsize": 11.5, "ha": "center", "va": "center", "zorder": 5}
    axes.text(middle, level + 0.15, above, color=value_colour, **text)
    axes.text(middle, level - 0.16, below, color=gradient_colour, style="italic", **text)


def difference_parts(
    f: Callable[[Any], Any], derivative: Callable[[float], float], x: float, h: float
) -> dict[str, Any]:
    """Work out what `differences_picture` draws: numbers and texts, and no function.

    See `twoapples.graphs.graph.draw_differences` for the parameters.
    """
    t = np.linspace(x - 1.3 * h, x + 1.3 * h, 200)
    steps = 10.0 ** np.arange(0, -12.5, -0.5)
    lines = []
    for name, back in (("forward difference", 0), ("central difference", 1)):
        a, b = x - back * h, x + h
        slope = (f(b) - f(a)) / (b - a)
        slopes = [(f(x + s) - f(x - back * s)) / ((1 + back) * s) for s in steps]
        errors = np.abs(np.array(slopes) - derivative(x))
        shown = errors > 0  # a logarithmic axis has no zero
        lines.append(
            {
                "name": name,
                "slope": text_of(slope),
                "line": f(a) + slope * (t - a),
                "ends": ([a, b], [f(a), f(b)]),
                "errors": (steps[shown], errors[shown]),
            }
        )
    return {
        "curve": (t, f(t)),
        "tangent": (f(x) + derivative(x) * (t - x), text_of(derivative(x))),
        "title": f"Slopes at x = {text_of(x)} with h = {text_of(h)}",
        "lines": lines,
    }


@in_style
def differences_picture(parts: dict[str, Any], alt: str) -> Drawing:
    """Show what `difference_parts` has worked out."""
    figure = yield alt, (9.5, 3.9)
    left, right = figure.subplots(1, 2)
    t, curve = parts["curve"]
    left.plot(t, curve, color=INK, linewidth=2, label="the curve")
    tangent, slope = parts["tangent"]
    left.plot(t, tangent, color="#777777", linewidth=1.2, label=f"tangent, {slope}")
    looks = ((GRADIENT, "--", "s"), (VALUE, "-.", "o"))
    for line, (colour, dashes, marker) in zip(parts["lines"], looks, strict=True):
        label = f"{line['name']}, {line['slope']}"
        left.plot(t, line["line"], color=colour, linestyle=dashes, label=label)
        left.plot(*line["ends"], color=colour, marker=marker, linestyle="none")
        look = {"color": colour, "linestyle": dashes, "marker": marker, "markersize": 4}
        right.plot(*line["errors"], label=line["name"], **look)
    left.set(xlabel="x", ylabel="f(x)", title=parts["title"])
    left.legend(fontsize=9, frameon=True)
    right.set(
        xscale="log", yscale="log", xlabel="step h", ylabel="error", title="Error of the slope"
    )
    right.grid(alpha=0.3)
    right.legend(fontsize=9, frameon=True)
