"""Where the parts of a computational graph stand, and how its numbers are written.

Matplotlib's pictures (`twoapples/graphs/drawing.py`) and the stepper in the browser
(`twoapples/widgets/graph_stepper.py`) both draw what is worked out here, so they look alike.
All lengths are inches; x grows to the right, y upward.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twoapples.graphs.graph import Edge, Graph, Operation

COLUMN = 1.6  # at least this far from one layer of operations to the next
LANE = 0.85  # from one input to the one below it
RADIUS = 0.27  # of an operation's circle, and half the height of its box
BEND = 0.65  # this far from the centre of an operation, a line turns towards it
CHARACTER = 0.092  # about the width of one character of a label
APART = 0.75  # at least this far from a line, or an operation, to the one below it

_ROUNDS = 6  # so often lines are moved apart, and what hangs on them follows
_IN_CIRCLE = 4  # a longer symbol, the name of a layer for example, stands in a box


def text_of(value: Any) -> str:
    """Write a number with six digits, as all pictures do; nothing for None; else the text."""
    if value is None:
        return ""
    if isinstance(value, Real):
        return f"{float(value):.6g}".replace("-", "−")
    return str(value)


def labels(edge: Edge) -> tuple[str, str]:
    """Return what is written above and below an edge: its value, and its gradient."""
    value = text_of(edge.value)
    named = edge.source is not None and edge.target is not None  # else its end says the name
    gradient = "" if edge.gradient is None else f"← {text_of(edge.gradient)}"
    # "x 4" would read as "x times 4"; and a shape is no number that the name could be equal to.
    sign = " =" if isinstance(edge.value, Real) else ":"
    if named:
        return f"{edge.name}{sign} {value}" if value else edge.name, gradient
    return value, gradient


def width_of(text: str) -> int:
    """Estimate the width of a label in characters; the commands of a formula take no room."""
    return len(text) if "$" not in text else max(4, len(text) // 3)


def in_box(operation: Operation) -> bool:
    """Whether an operation is drawn as a box, because its symbol is too long for a circle."""
    return len(operation.symbol) > _IN_CIRCLE


def half_width(operation: Operation) -> float:
    """Return how far an operation's circle or box reaches to each side of its centre."""
    if in_box(operation):
        return 0.15 + CHARACTER * len(operation.symbol) / 2
    return RADIUS


def bend(operation: Operation) -> float:
    """Return how far from an operation's centre a line turns towards it."""
    return BEND + half_width(operation) - RADIUS


def rim(
    point: tuple[float, float], operation: Operation, centre: tuple[float, float]
) -> tuple[float, float]:
    """Find where a straight line from a point to an operation ends: on its circle or its box."""
    across, up = point[0] - centre[0], point[1] - centre[1]
    if in_box(operation):
        # On the left or the right side, off its middle towards where the line comes from.
        height = max(-0.6 * RADIUS, min(up, 0.6 * RADIUS))
        return centre[0] + math.copysign(half_width(operation), across), centre[1] + height
    scale = RADIUS / math.hypot(across, up)
    return centre[0] + across * scale, centre[1] + up * scale


@dataclass
class Layout:
    """Centres of operations, and for every edge the height at which it runs and its two ends.

    `stops` are the x of the inputs of the first layer of operations, of the layers, and of the
    output; `centres` x and y of every operation; `levels` y, and `ends` both x, of every edge.
    """

    stops: list[float]
    centres: dict[Operation, tuple[float, float]]
    levels: dict[Edge, float]
    ends: dict[Edge, tuple[float, float]]

    def path(self, edge: Edge) -> list[tuple[float, float]]:
        """Return the points of an edge: level for the most part, bent towards its operations.

        The last one is the tip of the arrow.
        """
        level = self.levels[edge]
        start, end = self.ends[edge]
        points = [(start + 0.08, level)]
        if edge.source:
            centre = self.centres[edge.source]
            straight = centre[1] == level
            side = half_width(edge.source) if straight else bend(edge.source)
            points = [centre, (start + side, level)]
        if edge.target:
            last = (end - bend(edge.target), level)
            return [*points, last, rim(last, edge.target, self.centres[edge.target])]
        return [*points, (end - 0.08, level)]

    def label_middle(self, edge: Edge) -> float:
        """Return the x around which the labels of an edge are centred.

        A line that spans several columns carries its labels in the first.
        """
        path = self.path(edge)
        first = path[1][0] if edge.source else path[0][0]
        last = path[-2][0] if edge.target else path[-1][0]
        if edge.target:
            stop = next(stop for stop in self.stops if stop > self.ends[edge][0])
            last = min(last, stop - bend(edge.target))
        return (first + last) / 2

    def box(self, graph: Graph) -> tuple[float, float, float, float]:
        """Return left, right, bottom and top of all, the names at both ends included."""
        name = max((len(edge.name) for edge in graph.edges if edge.source is None), default=0)
        left = -(CHARACTER * name + 0.4)
        right = self.ends[graph.output][1] + CHARACTER * len(graph.output.name) + 0.4
        heights = [*self.levels.values(), *(y for _, y in self.centres.values())]
        return left, right, min(heights), max(heights)


def layout(
    graph: Graph, texts: Callable[[Edge], tuple[str, ...]] = labels, *, even: bool = True
) -> Layout:
    """Find a place for everything: inputs on the left, output on the right.

    The graph has one output, and all its inputs are used. `texts` gives the labels that an edge has
    to have room for; `even` says whether all columns are as wide as the widest.
    """
    # Each operation stands to the right of all that it needs.
    layers: dict[Operation, int] = {}
    for operation in graph.operations:
        before = [layers[edge.source] for edge in operation.inputs if edge.source]
        layers[operation] = 1 + max(before, default=0)
    spans: dict[Edge, tuple[int, int]] = {}
    for edge in graph.edges:
        # An input stands one column before the operation that uses it.
        if edge.target:
            end = layers[edge.target]
            spans[edge] = (layers[edge.source] if edge.source else end - 1, end)
        elif edge.source:
            spans[edge] = (layers[edge.source], layers[edge.source] + 1)
        else:
            raise ValueError(f'the input "{edge.name}" goes into no operation')
    heights, levels = _heights(graph)
    _separate(graph, layers, spans, heights, levels)

    widths = [COLUMN] * (1 + max(layers.values()))
    for edge, (start, _) in spans.items():
        # What one of several outputs carries stands beyond the bend that leads to its lane.
        left = RADIUS
        if edge.source:
            bent = len(edge.source.outputs) > 1
            left = bend(edge.source) if bent else half_width(edge.source)
        right = bend(edge.target) if edge.target else BEND
        label = max(width_of(text) for text in texts(edge))
        widths[start] = max(widths[start], left + right + 0.1 + CHARACTER * label)
    if even:
        widths = [max(widths)] * len(widths)
    stops = [0.0, *accumulate(widths)]
    centres = {op: (stops[layer], heights[op]) for op, layer in layers.items()}
    ends = {edge: (stops[start], stops[end]) for edge, (start, end) in spans.items()}
    return Layout(stops, centres, levels, ends)


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
            # What branches at once needs a lane for each branch, and comes in the middle of them.
            wide = len(edge.target.outputs) if edge.target and len(edge.target.inputs) == 1 else 1
            levels[edge] = -LANE * (lanes + (wide - 1) / 2)
            lanes += wide
            return
        for before in operation.inputs:
            visit(before)
        height = sum(levels[before] for before in operation.inputs) / len(operation.inputs)
        heights[operation] = height
        _let_out(operation, height, levels)

    visit(graph.output)
    return heights, levels


def _separate(
    graph: Graph,
    layers: dict[Operation, int],
    spans: dict[Edge, tuple[int, int]],
    heights: dict[Operation, float],
    levels: dict[Edge, float],
) -> None:
    """Move down what would stand on a line, or on an operation, of the same column.

    Where every value is used once nothing moves: every input has a lane of its own. A value that
    is used twice runs past what is calculated on the way.
    """
    # Where a thing begins and ends: an edge takes the columns between two layers, 1 to 2 say, and
    # passes all operations that stand between; an operation takes its layer. One that gives a
    # single edge stands level with it, so the two are one thing.
    places: dict[Any, tuple[float, float]] = {}
    for edge, (first, last) in spans.items():
        alone = edge.source is not None and len(edge.source.outputs) == 1
        places[edge] = (first if alone else first + 0.5, last - 0.5)
    many = [operation for operation in heights if len(operation.outputs) > 1]
    places.update({operation: (layers[operation], layers[operation]) for operation in many})
    seen = {thing: number for number, thing in enumerate([*levels, *many])}

    for turn in range(_ROUNDS):
        wanted: dict[Any, float] = {**levels, **{op: heights[op] for op in many}}
        moved: dict[Any, float] = {}
        for thing in sorted(wanted, key=lambda one: (-round(wanted[one], 6), seen[one])):
            start, end = places[thing]
            near = [y for o, y in moved.items() if places[o][0] <= end and start <= places[o][1]]
            moved[thing] = wanted[thing]
            for y in sorted(near, reverse=True):
                if abs(y - moved[thing]) < APART - 1e-9:
                    moved[thing] = y - APART
        if moved == wanted:
            return
        levels.update({edge: moved[edge] for edge in levels})
        for operation in graph.operations:  # from left to right
            single = len(operation.outputs) == 1
            heights[operation] = moved[operation.outputs[0] if single else operation]
        if turn == _ROUNDS - 1:
            return
        # What follows a line that has moved moves too, and may meet another then.
        for operation in graph.operations:
            inputs = [levels[edge] for edge in operation.inputs]
            heights[operation] = sum(inputs) / len(inputs)
            _let_out(operation, heights[operation], levels)


def _let_out(operation: Operation, height: float, levels: dict[Edge, float]) -> None:
    """Put what comes out of an operation at its height, or a lane apart if it is more than one."""
    upward = (len(operation.outputs) - 1) / 2
    for i, edge in enumerate(operation.outputs):
        levels[edge] = height + LANE * (upward - i)
