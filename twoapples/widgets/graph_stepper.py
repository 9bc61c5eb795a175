"""Step through a computational graph in the notebook: forward, and then backward.

The graph runs in Python, by the learner's own nodes (`twoapples.graphs.steps`), or is what the
learner's own `Value` has recorded (`twoapples.graphs.record_steps`). The script draws what every
step brought, so that stepping takes no way to the kernel; a slider does.
"""

from __future__ import annotations

import html
import inspect
import sys
from typing import Any

from twoapples.graphs.factors import is_number, value_text
from twoapples.graphs.graph import Edge, Graph
from twoapples.graphs.layout import RADIUS, half_width, in_box, layout
from twoapples.graphs.record_steps import ValueStepper
from twoapples.graphs.steps import Stepper
from twoapples.widgets.base import Panel, css, esm, preformatted
from twoapples.widgets.tables import as_html

__all__ = ["GraphStepper", "step_graph", "step_values"]

_INCH = 82  # CSS pixels: letters of 14 pixels are as wide as the layout takes them to be
_PRODUCT = 15  # "= 12.34 × 1.234", in small letters


def step_graph(
    graph: Graph,
    *,
    title: str = "",
    ranges: dict[str, tuple[float, ...]] | None = None,
    dout: float = 1,
) -> GraphStepper:
    """Step through a graph: ▶ one node forward, at the end on into the backward pass, ◀ back.

    Parameters
    ----------
    graph : Graph
        A graph with node objects, for example of classes that you have written. It is copied: the
        sliders change neither it nor its nodes.
    title : str
        A heading.
    ranges : dict, optional
        ``{"apple": (0, 300)}`` or, with a step, ``{"apple": (0, 300, 10)}``: the range of the
        slider of an input. By default a range around the value of the input.
    dout : float
        What the backward pass begins with.

    Returns
    -------
    GraphStepper
        The widget; as the last line of a cell it is shown.

    Raises
    ------
    ValueError
        If the graph has no output or several, if an input is used nowhere, or if `ranges` names
        an input that is not there.

    Notes
    -----
    An exception in a node is shown in the widget, with the lines of the cell that holds the node.
    The inputs that are numbers, or vectors of up to four of them, have sliders.
    """
    return GraphStepper(Stepper(graph, ranges, dout), title=title)


def step_values(
    made: Any,
    kind: type | None = None,
    /,
    *,
    title: str = "",
    ranges: dict[str, tuple[float, ...]] | None = None,
    **inputs: float,
) -> GraphStepper:
    """Step through what a `Value` of your own has recorded, forward and backward.

    Parameters
    ----------
    made : Value or callable
        A result: the picture is its record. Or a function that calculates one; then every input
        has a slider, and the function runs anew for each of its places.
    kind : type, optional
        Your class, for a function: the inputs are made with it.
    title : str
        A heading.
    ranges : dict, optional
        As for `step_graph`.
    **inputs : float
        For a function its inputs, by name.

    Returns
    -------
    GraphStepper
        The widget; as the last line of a cell it is shown.

    Raises
    ------
    TypeError
        If a function comes without a class, with inputs that it does not take, or with one that
        is no number.

    Notes
    -----
    What is used is the `data`, `grad`, `parents`, `local_gradients` and `op` of every value, and
    `backward()` of the result; an operation without an `op` is drawn as ``?``. `backward` is called
    once, on grads of 0; afterwards the grads of a result are as they were before. What raises an
    exception is shown in the widget, with the lines of the cell.

    Examples
    --------
    >>> def out(x):
    ...     m = 2 * x
    ...     return m + m**2
    >>> step_values(out, Value, x=3)  # doctest: +SKIP
    """
    if kind is None:
        if inputs or ranges or inspect.isroutine(made) or isinstance(made, type):
            raise TypeError("a function needs the class of its inputs: step_values(f, Value, x=3)")
        return GraphStepper(ValueStepper(made, variables=sys._getframe(1).f_locals), title=title)
    inspect.signature(made).bind(**inputs)  # refused here, before anything is drawn
    for name, value in inputs.items():
        if not is_number(value):
            raise TypeError(f"{name} is to be a number, and it is {value!r:.60}")
    return GraphStepper(ValueStepper(made, kind, inputs, ranges), title=title)


class GraphStepper(Panel):
    """The widget that `step_graph` and `step_values` make.

    Attributes
    ----------
    stepper : Stepper or ValueStepper
        What it walks through.
    """

    kind = "step_graph"
    _esm, _css = esm("graph_stepper.js"), css("graph_stepper.css")

    def __init__(self, stepper: Stepper | ValueStepper, title: str = "") -> None:
        super().__init__()
        self.stepper, self.heading = stepper, title
        self._draw()

    def _draw(self) -> None:
        """Find a place for everything."""
        self._drawn = self.stepper.shape
        graph, notes = self.stepper.graph, any(self.stepper.walk.notes)
        # Where the learner's code failed at once, there is nothing to draw yet.
        digits = self.stepper.digits
        self._geometry = _geometry(graph, notes, digits) if graph.operations else None

    def answer(self, message: dict[str, Any]) -> None:
        """Move the sliders where the message says, and send what the walk brings."""
        first = "first" in message
        if "values" in message:
            self.stepper.set(message["values"])
        graph, walk = self.stepper.graph, self.stepper.walk
        header: dict[str, Any] = {
            "steps": [
                {**vars(step), "factors": [vars(factor) for factor in step.factors]}
                for step in walk.steps
            ],
            "total": 2 * len(graph.operations) + 2,
            "values": walk.values,
            "exact": [_exact(edge) for edge in graph.edges],
            "gradients": walk.gradients,
            "notes": walk.notes,
            "broken": walk.problem and walk.problem.operation,
            "ended": walk.problem is not None,
            "output": graph.output.name if graph.operations else "",
        }
        if self.stepper.shape != self._drawn:  # the calculation went another way
            self._draw()
            first = True
        if first:
            names = ("label", "low", "high", "step", "value", "start")
            sliders = [{n: getattr(one, n) for n in names} for one in self.stepper.sliders]
            header |= {"geometry": self._geometry, "heading": self.heading, "sliders": sliders}
        self.push(header)
        if walk.problem is not None:
            self.show({"sentence": walk.problem.words, "traceback": walk.problem.traceback})

    def text(self) -> str:
        """Return all steps in words, one a line."""
        walk = self.stepper.walk
        lines = [self.heading or "A computational graph, step by step."]
        lines += [f"{number}. {step.words}" for number, step in enumerate(walk.steps)]
        return "\n".join([*lines, *self._end()])

    def _end(self) -> list[str]:
        problem = self.stepper.walk.problem
        if problem is None:
            return []
        return [f"The walk ends here. {problem.words}", *filter(None, [problem.traceback])]

    def html(self) -> str:
        """Return all steps as two tables: forward, and backward with upstream × local."""
        walk, graph = self.stepper.walk, self.stepper.graph
        forward, backward, notes = [], [], []
        for number, step in enumerate(walk.steps):
            if step.operation is None:
                continue
            operation = graph.operations[step.operation]
            name = f"{operation.symbol} → {', '.join(edge.name for edge in operation.outputs)}"
            if step.kind == "forward":
                sides = [
                    ", ".join(
                        f"{edge.name} {walk.values[graph.edges.index(edge)]}" for edge in side
                    )
                    for side in (operation.inputs, operation.outputs)
                ]
                forward.append([str(number), name, *sides])
            for f in step.factors:
                row = [f.toward, f.upstream, f.local or "–", f.downstream]
                backward.append([str(number), name, *row])
                notes += [f"<p>{html.escape(f'Step {number}: {f.note}')}</p>"] if f.note else []
        parts = [f"<p>{html.escape(self.heading)}</p>"] if self.heading else []
        parts.append(as_html("Forward", ["step", "node", "goes in", "comes out"], forward))
        if backward:
            heads = ["step", "node", "towards", "upstream", "× local", "= downstream"]
            parts.append(as_html(f"Backward, from {graph.output.name}", heads, backward))
        parts += notes
        if self._end():
            parts.append(preformatted("\n".join(self._end())))
        return "".join(parts)


def _exact(edge: Edge) -> str:
    """Return a float as Python writes it, where the picture rounds it."""
    if not is_number(edge.value):
        return ""
    number = float(edge.value)
    return "" if repr(number).removesuffix(".0") == value_text(number) else repr(number)


# ----------------------------------------------------------------------------
# Where everything stands, in CSS pixels, y downward


def _room(edge: Edge, digits: int) -> tuple[str, ...]:
    """Return texts as wide as the labels of an edge may become when sliders move."""
    value, gradient = value_text(edge.value), value_text(edge.gradient)
    if is_number(edge.value) or edge.value is None:
        value, gradient = value.ljust(digits), gradient.ljust(digits)
    named = edge.source is not None and edge.target is not None
    above = f"{edge.name} = {value}" if named else value
    # Small letters are about three quarters as wide.
    product = "" if edge.constant or edge.target is None else "x" * round(_PRODUCT * 0.72)
    # What has just come stands in bold, which is wider.
    return f"{above}  ", f"← {gradient}  ", product if is_number(edge.value) else ""


def _geometry(graph: Graph, notes: bool = False, digits: int = 6) -> dict[str, Any]:
    """Return where everything stands; `notes` says whether a node has two lines above it."""
    places = layout(graph, lambda edge: _room(edge, digits), even=False)
    left, right, lowest, highest = places.box(graph)
    top = highest + (0.75 if notes else 0.6)
    bottom = lowest - 0.85

    def x(inches: float) -> float:
        return round((inches - left) * _INCH, 1)

    def y(inches: float) -> float:
        return round((top - inches) * _INCH, 1)

    at = {operation: k for k, operation in enumerate(graph.operations)}
    edges = [
        {
            "name": edge.name,
            "path": [[x(a), y(b)] for a, b in places.path(edge)],
            "middle": x(places.label_middle(edge)),
            "level": y(places.levels[edge]),
            "source": edge.source and at[edge.source],
            "target": edge.target and at[edge.target],
            "start": x(places.ends[edge][0]),
            "end": x(places.ends[edge][1]),
            "constant": edge.constant,
            "number": is_number(edge.value) or edge.value is None,
        }
        for edge in graph.edges
    ]
    nodes = [
        {
            "symbol": operation.symbol,
            "x": x(places.centres[operation][0]),
            "y": y(places.centres[operation][1]),
            "half": round(half_width(operation) * _INCH, 1),
            "box": in_box(operation),
            "inputs": [graph.edges.index(e) for e in operation.inputs if not e.constant],
        }
        for operation in graph.operations
    ]
    return {
        "width": round((right - left) * _INCH),
        "height": round((top - bottom) * _INCH),
        "radius": RADIUS * _INCH,
        "edges": edges,
        "nodes": nodes,
    }
