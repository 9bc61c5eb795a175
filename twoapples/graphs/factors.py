"""What a node does in a backward step: upstream × local = downstream, with the numbers.

The local gradients are asked of a copy of the learner's node: they are what its own `backward`
answers to a 1. So a node that forgets to multiply by what arrives is found out.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from twoapples.graphs.graph import Edge, Operation
from twoapples.graphs.layout import text_of

SHORT = 4  # a vector of so many numbers is shown whole, a larger array by its shape


def value_text(value: Any) -> str:
    """Write what an edge carries: a number, a short vector in brackets, else a shape."""
    if not isinstance(value, np.ndarray):
        return text_of(value)
    if value.ndim == 0:
        return text_of(value.item())
    if value.ndim == 1 and value.size <= SHORT and value.dtype.kind in "biuf":
        return "[" + ", ".join(_digits(x) for x in value.tolist()) + "]"
    return str(value.shape)


def _digits(number: float) -> str:
    return f"{number:.3g}".replace("-", "−")


@dataclass(frozen=True)
class Factor:
    """What one input of a node got in a backward step: upstream × local = downstream.

    `product` is ``"1.1 × 2"``; of a branch ``"1 × 1 + 0.1 × 1"``; empty where no local number is
    known. `upstream` and `local` have a part for every output of the node. A `note` says what does
    not fit, if something does not.
    """

    toward: str
    upstream: str
    local: str
    downstream: str
    product: str = ""
    note: str = ""


def local_gradients(operation: Operation) -> list[list[Any] | None]:
    """Ask a copy of the node for its local gradients: what `backward` answers to a 1.

    The node itself is not asked: it may count its calls, or keep what it was given.

    Returns
    -------
    list
        For every input its local gradients with respect to the outputs, one after the other; None
        where there is no such number.
    """
    unknown: list[list[Any] | None] = [None] * len(operation.inputs)
    if operation.node is None or not all(is_number(e.gradient) for e in operation.outputs):
        return unknown
    columns = []
    for i in range(len(operation.outputs)):
        inputs = [Edge(edge.name, edge.value, constant=edge.constant) for edge in operation.inputs]
        ones = [Edge("", gradient=int(i == j)) for j in range(len(operation.outputs))]
        try:
            Operation("", copy.deepcopy(operation.node), inputs, ones).backward()
        except Exception:  # what is wrong shows when the node itself is asked
            return unknown
        columns.append([edge.gradient for edge in inputs])
    return [
        None if any(local is None for local in row) else list(row)
        for row in zip(*columns, strict=True)
    ]


def is_number(value: Any) -> bool:
    """Whether a value is one number; an array without axes is."""
    return isinstance(value, Real) or (isinstance(value, np.ndarray) and value.ndim == 0)


def factor_of(operation: Operation, edge: Edge, local: list[Any] | None) -> Factor:
    """Compare what a node answered for one input with upstream × local.

    The node has done its backward step; `local` is what `local_gradients` found for the input.
    """
    upstream = [e.gradient for e in operation.outputs]
    downstream = value_text(edge.gradient)
    note = ""
    if isinstance(edge.value, np.ndarray) and np.shape(edge.gradient) != edge.value.shape:
        note = (
            f"{edge.name} has shape {edge.value.shape}, and its gradient "
            f"{np.shape(edge.gradient)}: they should be alike."
        )
    above = " and ".join(value_text(gradient) for gradient in upstream)
    numbers = [*upstream, *(local or [])]
    if local is None or any(np.size(number) > SHORT for number in numbers):
        return Factor(edge.name, above, "", downstream, note=note)
    product = " + ".join(
        f"{factor_text(up)} × {factor_text(own)}" for up, own in zip(upstream, local, strict=True)
    )
    expected = sum(up * own for up, own in zip(upstream, local, strict=True))
    if not note and not agree(edge.gradient, expected):
        note = (
            f"The node answers {downstream}, and that is not {product}: does its backward use "
            "what arrives from upstream?"
        )
    locals_ = " and ".join(value_text(own) for own in local)
    return Factor(edge.name, above, locals_, downstream, product, note)


def agree(own: Any, right: Any) -> bool:
    """Whether a learner's gradient is the right one, up to rounding; no number is not."""
    try:
        return bool(np.allclose(own, right, rtol=1e-6, atol=1e-12, equal_nan=True))
    except (TypeError, ValueError):
        return False


def factor_text(value: Any) -> str:
    """Write a factor of a product: a negative one in parentheses."""
    text = value_text(value)
    return f"({text})" if text.startswith("−") else text


def and_list(parts: list[str]) -> str:
    """Join parts of a sentence: with commas, and with "and" before the last."""
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + "".join(parts[-1:])
