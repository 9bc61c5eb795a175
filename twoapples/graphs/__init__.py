"""Pictures of lesson 03: computational graphs, and difference quotients.

A `Graph` describes a calculation: edges that carry numbers, and operations between them. It
calculates nothing itself. What an operation does is done by the node object it was given, for
example a learner's own `MulNode`, so the picture shows what that object really answers. `draw`
turns a graph into a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twoapples.graphs.drawing import (
    difference_parts,
    differences_picture,
    graph_parts,
    graph_picture,
)
from twoapples.graphs.graph import Edge, Graph, Operation
from twoapples.graphs.layout import text_of as _text

__all__ = ["Edge", "Graph", "Operation", "describe", "draw", "draw_differences"]


def draw(
    graph: Graph, alt: str | None = None, *, title: str = "", focus: Edge | None = None
) -> None:
    """Show a graph: inputs on the left, output on the right.

    Values stand above the edges. Gradients, where they are known, stand below, in another color,
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
    parts = graph_parts(graph, title, focus)
    words = describe(graph)
    if focus is not None:
        words += f" All is faint but the operation that gives {focus.name}, and its edges."
    graph_picture(parts, alt or words)


def describe(graph: Graph) -> str:
    """Say in words what `draw` shows."""
    sentences = ["A computational graph."]
    for operation in graph.operations:
        inputs = " and ".join(_with_value(edge) for edge in operation.inputs)
        outputs = " and ".join(_with_value(edge) for edge in operation.outputs)
        goes = "goes" if len(operation.inputs) == 1 else "go"
        comes = "comes" if len(operation.outputs) == 1 else "come"
        sign = {"×": "times", "+": "plus", "•": "a branch"}.get(operation.symbol, operation.symbol)
        sentences.append(f"{inputs} {goes} into {sign}, out {comes} {outputs}.")
    backward = [edge for edge in reversed(graph.edges) if edge.gradient is not None]
    if backward:
        gradients = ", ".join(f"{edge.name} {_text(edge.gradient)}" for edge in backward)
        sentences.append(f"Gradients of {graph.output.name}: {gradients}.")
    return " ".join(sentences)


def draw_differences(
    f: Callable[[Any], Any], derivative: Callable[[float], float], x: float, h: float = 1.0
) -> None:
    """Show two ways to measure a slope, and how wrong each is for steps of many sizes.

    The slope of `f`, a function of a number or of an array elementwise, is measured at `x` and
    compared with its true derivative; `h` is the step in the left picture.
    """
    parts = difference_parts(f, derivative, x, h)
    slopes = f"{_text((f(x + h) - f(x)) / h)} and {_text((f(x + h) - f(x - h)) / (2 * h))}"
    differences_picture(
        parts,
        alt=(
            f"Left: a curve near x = {_text(x)}, its tangent of slope {_text(derivative(x))}, and "
            f"two straight lines through points of the curve a step of {_text(h)} apart: forward "
            f"and central difference, of slopes {slopes}. Right: the error of both against the "
            "size of the step, on logarithmic axes. Both fall as the step gets smaller, the "
            "central difference faster; below a certain step both rise again."
        ),
    )


def _with_value(edge: Edge) -> str:
    return edge.name if edge.value is None else f"{edge.name} ({_text(edge.value)})"
