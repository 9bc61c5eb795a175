"""Families of cases: what is drawn for nodes and layers, and how these are walked through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# The bounds between which numbers are drawn, then the shape; without a shape it is one number.
Range = tuple[Any, ...]


def forward_backward(node: Any, *inputs_and_dout: Any) -> None:
    """Go forward with all but the last, and backward with the last."""
    *inputs, dout = inputs_and_dout
    node.forward(*inputs)
    node.backward(dout)


def at_once(nodes: list[Any], inputs: list[Any], douts: list[Any]) -> None:
    """Run several nodes: all go forward, each with its input (or tuple of inputs), then back."""
    for node, given in zip(nodes, inputs, strict=True):
        node.forward(*(given if isinstance(given, tuple) else (given,)))
    for node, dout in zip(nodes, douts, strict=True):
        node.backward(dout)


def labels(rng: Any, cases: int, classes: int) -> Any:
    """Draw labels in which every class occurs, where there are enough cases."""
    return rng.permutation(np.arange(cases) % classes)


def drawn(rng: Any, low: float, high: float, *shape: int) -> Any:
    """Draw an array of numbers between two bounds, or one number."""
    return rng.uniform(low, high, shape or None)


def walk(*ranges: Range, made_with: tuple[Any, ...] = ()) -> Callable[[Any, Any], None]:
    """Make a case: forward with inputs from all ranges but the last, backward with the last."""

    def case(node_class: Any, rng: Any) -> None:
        forward_backward(node_class(*made_with), *(drawn(rng, *bounds) for bounds in ranges))

    return case


def walk_two(*walks: tuple[Range, ...]) -> Callable[[Any, Any], None]:
    """Make a case: several nodes at once, each with the ranges that `walk` takes."""

    def case(node_class: Any, rng: Any) -> None:
        nodes = [node_class() for _ in walks]
        inputs = [tuple(drawn(rng, *bounds) for bounds in ranges[:-1]) for ranges in walks]
        at_once(nodes, inputs, [drawn(rng, *ranges[-1]) for ranges in walks])

    return case
