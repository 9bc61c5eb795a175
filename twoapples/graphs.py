"""Pictures of lesson 03: computational graphs, and difference quotients.

A `Graph` describes a calculation: edges that carry numbers, and operations between them. It
calculates nothing itself. What an operation does is done by the node object it was given, for
example a learner's own `MulNode`, so the picture shows what that object really answers. `draw`
turns a graph into a picture; an interactive view can walk through the same graph with
`forward_steps` and `backward_steps`, one operation at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from twoapples.figures import PALETTE, show

__all__ = ["Edge", "Graph", "Operation", "describe", "draw", "draw_differences"]

SYMBOLS = {"MulNode": "×", "AddNode": "+", "MaxNode": "max", "BranchNode": "•"}

INK = "#222222"
PAPER = "#FFFFFF"
VALUE = PALETTE[0]
GRADIENT = "#B84A00"  # the palette's vermilion, darker: small text needs more contrast
FAINT = "#B5B5B5"

# All lengths are inches: one unit of the axes is one inch of the figure.
COLUMN = 1.6  # at least this far from one layer of operations to the next
LANE = 0.85  # from one input to the one below it
RADIUS = 0.27  # of an operation's circle
BEND = 0.65  # this far from the centre of an operation, a line turns towards it
CHARACTER = 0.092  # about the width of one character of a label


@dataclass(eq=False)
class Edge:
    """One number of a calculation, on its way from where it is made to where it is used.

    Attributes
    ----------
    name : str
        What the number is called.
    value : float, str or None
        What the forward pass brought. A text is drawn as it stands, formulas in ``$…$`` included.
    gradient : float, str or None
        What the backward pass brought: the derivative of the graph's output with respect to this.
    source, target : Operation or None
        The operation that makes the number (None for an input), and the one that uses it (None for
        the output).
    """

    name: str
    value: Any = None
    gradient: Any = None
    source: Operation | None = None
    target: Operation | None = None


@dataclass(eq=False)
class Operation:
    """One operation of a calculation: its symbol, its edges, and the node that does the work."""

    symbol: str
    node: Any
    inputs: list[Edge]
    outputs: list[Edge] = field(default_factory=list)

    def forward(self) -> None:
        """Let the node calculate the values of the outputs from those of the inputs."""
        result = self.node.forward(*(edge.value for edge in self.inputs))
        _put("value", self.outputs, result, f"forward of {self.symbol}")

    def backward(self) -> None:
        """Let the node calculate the gradients of the inputs from those of the outputs."""
        gradients = tuple(edge.gradient for edge in self.outputs)
        result = self.node.backward(gradients[0] if len(gradients) == 1 else gradients)
        _put("gradient", self.inputs, result, f"backward of {self.symbol}")


class Graph:
    """A computational graph, written down in the order of the calculation.

    Examples
    --------
    >>> graph = Graph()
    >>> apple, count = graph.inputs(apple=100, count=2)
    >>> price = graph.apply("×", apple, count, name="price", value=200)
    >>> draw(graph)
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.edges: list[Edge] = []

    def inputs(self, **values: Any) -> tuple[Edge, ...]:
        """Add inputs, by name. Underscores in a name are drawn as spaces.

        Returns
        -------
        tuple of Edge
            One edge for each input, in the order given.
        """
        edges = tuple(Edge(name.replace("_", " "), value) for name, value in values.items())
        self.edges += edges
        return edges

    def apply(self, node: Any, *inputs: Edge, name: Any, value: Any = None) -> Any:
        """Add an operation.

        Parameters
        ----------
        node : object or str
            An object with `forward` and `backward`; or only a symbol, for a picture whose values
            are given by hand.
        *inputs : Edge
            What goes in, in the order of the arguments of `forward`.
        name : str or tuple of str
            The name of what comes out; several names when several edges come out.
        value : float or str, optional
            The value of every edge that comes out, if it is given by hand.

        Returns
        -------
        Edge or tuple of Edge
            A tuple if `name` is one.
        """
        kind = type(node).__name__
        symbol = node if isinstance(node, str) else SYMBOLS.get(kind, kind.removesuffix("Node"))
        for edge in inputs:
            if edge.target is not None:
                raise ValueError(
                    f'"{edge.name}" already goes into {edge.target.symbol}. A value that is needed '
                    "in two places goes through a BranchNode first."
                )
        operation = Operation(symbol, None if isinstance(node, str) else node, list(inputs))
        for edge in inputs:
            edge.target = operation
        names = (name,) if isinstance(name, str) else tuple(name)
        operation.outputs = [Edge(text, value, source=operation) for text in names]
        self.operations.append(operation)
        self.edges += operation.outputs
        return operation.outputs[0] if isinstance(name, str) else tuple(operation.outputs)

    @property
    def output(self) -> Edge:
        """The edge that leaves the graph."""
        ends = [edge for edge in self.edges if edge.source and not edge.target]
        if len(ends) != 1:
            names = ", ".join(edge.name for edge in ends) or "none"
            raise ValueError(f"a graph has one output, this one has {len(ends)}: {names}")
        return ends[0]

    def forward_steps(self) -> Iterator[Operation]:
        """Calculate forward, one operation at a time; yields each when it has been done."""
        for operation in self.operations:
            operation.forward()
            yield operation

    def backward_steps(self, dout: float = 1) -> Iterator[Operation]:
        """Calculate backward from `dout`, one operation at a time; yields each after it."""
        for edge in self.edges:
            edge.gradient = None
        self.output.gradient = dout
        for operation in reversed(self.operations):
            operation.backward()
            yield operation

    def forward(self) -> Any:
        """Calculate the whole graph forward and return the value of its output."""
        for _ in self.forward_steps():
            pass
        return self.output.value

    def backward(self, dout: float = 1) -> dict[str, Any]:
        """Calculate the whole graph backward and return the gradients of the inputs, by name."""
        for _ in self.backward_steps(dout):
            pass
        return {edge.name: edge.gradient for edge in self.edges if edge.source is None}


def draw(
    graph: Graph, alt: str | None = None, *, title: str = "", focus: Edge | None = None
) -> None:
    """Show a graph: inputs on the left, output on the right.

    Values stand above the edges. Gradients, where they are known, stand below, in another colour,
    in italics and after an arrow to the left. Numbers are rounded to six digits.

    Parameters
    ----------
    graph : Graph
        The graph, with or without values and gradients.
    alt : str, optional
        The picture in words. By default `describe(graph)`.
    title : str
        A heading.
    focus : Edge, optional
        Draws everything faint except the operation that this edge comes out of.
    """
    figure = _figure(graph, title, focus)
    words = describe(graph)
    if focus is not None:
        words += f" All is faint but the operation that gives {focus.name}, and its edges."
    show(figure, alt=alt or words)


def describe(graph: Graph) -> str:
    """Say in words what `draw` shows."""
    sentences = ["A computational graph."]
    for operation in graph.operations:
        inputs = " and ".join(_with_value(edge) for edge in operation.inputs)
        outputs = " and ".join(_with_value(edge) for edge in operation.outputs)
        verb = "goes" if len(operation.inputs) == 1 else "go"
        sign = {"×": "times", "+": "plus", "•": "a branch"}.get(operation.symbol, operation.symbol)
        sentences.append(f"{inputs} {verb} into {sign}, out {_comes(operation)} {outputs}.")
    backward = [edge for edge in reversed(graph.edges) if edge.gradient is not None]
    if backward:
        gradients = ", ".join(f"{edge.name} {_text(edge.gradient)}" for edge in backward)
        sentences.append(f"Gradients of {graph.output.name}: {gradients}.")
    return " ".join(sentences)


def draw_differences(
    f: Callable[[Any], Any], derivative: Callable[[float], float], x: float, h: float = 1.0
) -> None:
    """Show two ways to measure a slope, and how wrong each is for steps of many sizes.

    Parameters
    ----------
    f : callable
        The function, of a number or of an array elementwise.
    derivative : callable
        Its true derivative.
    x : float
        Where the slope is measured.
    h : float
        The step in the left picture.
    """
    figure = _differences_figure(f, derivative, x, h)
    slopes = f"{_text((f(x + h) - f(x)) / h)} and {_text((f(x + h) - f(x - h)) / (2 * h))}"
    show(
        figure,
        alt=(
            f"Left: a curve near x = {_text(x)}, its tangent of slope {_text(derivative(x))}, and "
            f"two straight lines through points of the curve a step of {_text(h)} apart: forward "
            f"and central difference, of slopes {slopes}. Right: the error of both against the "
            "size of the step, on logarithmic axes. Both fall as the step gets smaller, the "
            "central difference faster; below a certain step both rise again."
        ),
    )


# ----------------------------------------------------------------------------
# A graph's values


def _put(attribute: str, edges: list[Edge], result: Any, what: str) -> None:
    """Hand the results of a node to the edges they belong to."""
    results = result if isinstance(result, (tuple, list)) else (result,)
    if len(results) != len(edges):
        raise ValueError(f"{what} gave {len(results)} results for {len(edges)} edges: {result!r}")
    for edge, item in zip(edges, results, strict=True):
        setattr(edge, attribute, item)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Real):
        return f"{float(value):.6g}".replace("-", "−")
    return str(value)


def _with_value(edge: Edge) -> str:
    return edge.name if edge.value is None else f"{edge.name} ({_text(edge.value)})"


def _comes(operation: Operation) -> str:
    return "comes" if len(operation.outputs) == 1 else "come"


# ----------------------------------------------------------------------------
# Where everything stands


@dataclass
class _Layout:
    """Centres of operations, and for every edge the height at which it runs and its two ends."""

    column: float
    centres: dict[Operation, tuple[float, float]]
    levels: dict[Edge, float]
    ends: dict[Edge, tuple[float, float]]  # x of source and target


def _layers(graph: Graph) -> dict[Operation, int]:
    """Number the operations so that each stands to the right of all that it needs."""
    layers: dict[Operation, int] = {}
    for operation in graph.operations:
        before = [layers[edge.source] for edge in operation.inputs if edge.source]
        layers[operation] = 1 + max(before, default=0)
    return layers


def _heights(graph: Graph) -> tuple[dict[Operation, float], dict[Edge, float]]:
    """Find the height of every operation and of every edge.

    Every input has a lane of its own, an operation stands level with the middle of what goes into
    it, and what comes out runs on at its height, or a lane apart if several edges come out.
    """
    heights: dict[Operation, float] = {}
    levels: dict[Edge, float] = {}
    lanes = 0

    def visit(edge: Edge) -> None:
        nonlocal lanes
        operation = edge.source
        if edge in levels:
            return
        if operation is None:
            levels[edge] = -LANE * lanes
            lanes += 1
            return
        for before in operation.inputs:
            visit(before)
        height = sum(levels[before] for before in operation.inputs) / len(operation.inputs)
        heights[operation] = height
        upward = (len(operation.outputs) - 1) / 2
        for i, after in enumerate(operation.outputs):
            levels[after] = height + LANE * (upward - i)

    visit(graph.output)
    return heights, levels


def _layout(graph: Graph) -> _Layout:
    layers = _layers(graph)
    heights, levels = _heights(graph)
    column = COLUMN
    for edge in graph.edges:
        # What one of several outputs carries stands beyond the bend that leads to its lane.
        bent = edge.source is not None and len(edge.source.outputs) > 1
        label = max(_width(text) for text in _labels(edge))
        column = max(column, (BEND if bent else RADIUS) + BEND + 0.1 + CHARACTER * label)
    ends = {}
    for edge in graph.edges:
        # An input stands one column before the operation that uses it.
        if edge.target:
            end = layers[edge.target]
            start = layers[edge.source] if edge.source else end - 1
        elif edge.source:
            start = layers[edge.source]
            end = start + 1
        else:
            raise ValueError(f'the input "{edge.name}" goes into no operation')
        ends[edge] = (column * start, column * end)
    centres = {op: (column * layer, heights[op]) for op, layer in layers.items()}
    return _Layout(column, centres, levels, ends)


def _labels(edge: Edge) -> tuple[str, str]:
    """Return what is written above and below an edge."""
    value = _text(edge.value)
    named = edge.source is not None and edge.target is not None  # else its end says the name
    gradient = "" if edge.gradient is None else f"← {_text(edge.gradient)}"
    # "x 4" would read as "x times 4"; and a shape is no number that the name could be equal to.
    sign = " =" if isinstance(edge.value, Real) else ":"
    if named:
        return f"{edge.name}{sign} {value}" if value else edge.name, gradient
    return value, gradient


def _width(text: str) -> int:
    """Estimate the width of a label in characters; the commands of a formula take no room."""
    return len(text) if "$" not in text else max(4, len(text) // 3)


# ----------------------------------------------------------------------------
# Drawing


def _figure(graph: Graph, title: str = "", focus: Edge | None = None) -> plt.Figure:
    layout = _layout(graph)
    name = max((len(edge.name) for edge in graph.edges if edge.source is None), default=0)
    left = -(CHARACTER * name + 0.4)
    right = layout.ends[graph.output][1] + CHARACTER * len(graph.output.name) + 0.4
    right = max(right, left + 5.0)  # room for the legend
    top = max(layout.levels.values()) + (0.95 if title else 0.5)
    bottom = min(layout.levels.values()) - 0.8

    figure = plt.figure(figsize=(right - left, top - bottom), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.axis("off")
    if title:
        axes.text(left + 0.15, top - 0.3, title, fontsize=13, color=INK, va="center")

    for edge in graph.edges:
        bright = focus is None or focus.source in (edge.source, edge.target)
        _draw_edge(axes, edge, layout, bright=bright)
    for operation, centre in layout.centres.items():
        bright = focus is None or focus.source is operation
        _draw_operation(axes, operation, centre, bright=bright)
    _draw_legend(axes, graph, left + 0.15, bottom + 0.22)
    return figure


def _draw_operation(
    axes: Axes, operation: Operation, centre: tuple[float, float], *, bright: bool
) -> None:
    colour = INK if bright else FAINT
    circle = Circle(centre, RADIUS, facecolor="#F2F2F2", edgecolor=colour, linewidth=1.6, zorder=3)
    axes.add_patch(circle)
    size = 17 if len(operation.symbol) == 1 else 11
    axes.text(
        *centre, operation.symbol, fontsize=size, color=colour, ha="center", va="center", zorder=4
    )


def _draw_edge(axes: Axes, edge: Edge, layout: _Layout, *, bright: bool) -> None:
    """Draw an edge: level for the most part, where its labels are, and bent towards the circles."""
    ink, value_colour, gradient_colour = (INK, VALUE, GRADIENT) if bright else (FAINT,) * 3
    level = layout.levels[edge]
    start, end = layout.ends[edge]
    name: dict[str, Any] = {"fontsize": 12, "color": ink, "va": "center", "zorder": 4}
    points = []
    if edge.source:
        points.append(layout.centres[edge.source])
        first = start + (RADIUS if points[0][1] == level else BEND)
    else:
        first = start + 0.08
        axes.text(start, level, edge.name, ha="right", **name)
    points.append((first, level))
    if edge.target:
        last = end - BEND
        tip = _rim((last, level), layout.centres[edge.target])
        points.append((last, level))
    else:
        last = end - 0.08
        tip = (last, level)
        axes.text(end, level, edge.name, ha="left", **name)
    axes.plot(*zip(*points, tip, strict=True), color=ink, linewidth=1.4, zorder=2)
    arrow = {"arrowstyle": "-|>", "color": ink, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=tip, xytext=points[-1], arrowprops=arrow, zorder=2)

    above, below = _labels(edge)
    text: dict[str, Any] = {"fontsize": 11.5, "ha": "center", "va": "center", "zorder": 5}
    # A line that spans several columns carries its labels in the first.
    visible = min(last, start + layout.column - BEND) if edge.target else last
    middle = (first + visible) / 2
    axes.text(middle, level + 0.15, above, color=value_colour, **text)
    axes.text(middle, level - 0.16, below, color=gradient_colour, style="italic", **text)


def _rim(point: tuple[float, float], centre: tuple[float, float]) -> tuple[float, float]:
    """Find where the straight line from a point to an operation's centre meets its circle."""
    across, up = point[0] - centre[0], point[1] - centre[1]
    scale = RADIUS / math.hypot(across, up)
    return centre[0] + across * scale, centre[1] + up * scale


def _draw_legend(axes: Axes, graph: Graph, x: float, y: float) -> None:
    style: dict[str, Any] = {"fontsize": 10, "va": "center"}
    if any(edge.value is not None for edge in graph.edges):
        axes.text(x, y, "above a line: value", color=VALUE, **style)
    if any(edge.gradient is not None for edge in graph.edges):
        words = f"below, with ←: gradient of {graph.output.name}"
        axes.text(x + 1.75, y, words, color=GRADIENT, style="italic", **style)


def _differences_figure(
    f: Callable[[Any], Any], derivative: Callable[[float], float], x: float, h: float
) -> plt.Figure:
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
    left.plot(t, tangent, color="#777777", linewidth=1.2, label=f"tangent, {_text(derivative(x))}")
    for name, colour, dashes, marker, (a, b) in lines:
        slope = (f(b) - f(a)) / (b - a)
        label = f"{name}, {_text(slope)}"
        left.plot(t, f(a) + slope * (t - a), color=colour, linestyle=dashes, label=label)
        left.plot([a, b], [f(a), f(b)], color=colour, marker=marker, linestyle="none")
    left.set(xlabel="x", ylabel="f(x)", title=f"Slopes at x = {_text(x)} with h = {_text(h)}")
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
