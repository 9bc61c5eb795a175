"""Graphs to step through, each made of the node classes that it is handed.

Every function takes classes, the learner's own for example, and numbers, and returns a
`twoapples.graphs.graph.Graph` whose nodes are fresh objects of these classes. Nothing is
calculated.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Any

from twoapples.graphs.graph import Graph


def apple_graph(mul: Any, apple: float = 100, count: float = 2, tax: float = 1.1) -> Graph:
    """Build the price of some apples with tax, of a class like `MulNode` of lesson 03."""
    graph = Graph()
    edges = graph.inputs(apple=apple, count=count, tax=tax)
    price = graph.apply(mul(), edges[0], edges[1], name="price")
    graph.apply(mul(), price, edges[2], name="total")
    return graph


def fruit_graph(
    mul: Any,
    add: Any,
    apple: float = 100,
    apple_count: float = 2,
    orange: float = 150,
    orange_count: float = 3,
    tax: float = 1.1,
) -> Graph:
    """Build the price of apples and oranges with tax, of `MulNode` and `AddNode`."""
    graph = Graph()
    edges = graph.inputs(
        apple=apple, apple_count=apple_count, orange=orange, orange_count=orange_count, tax=tax
    )
    apples = graph.apply(mul(), edges[0], edges[1], name="apples")
    oranges = graph.apply(mul(), edges[2], edges[3], name="oranges")
    price = graph.apply(add(), apples, oranges, name="price")
    graph.apply(mul(), price, edges[4], name="total")
    return graph


def two_ways_graph(
    mul: Any, add: Any, branch: Any, apple: float = 100, count: float = 2, rate: float = 0.1
) -> Graph:
    """Build the apple bill whose price goes two ways: total = price + price × rate.

    `branch` is a class like `BranchNode`, made with the number of its branches.
    """
    graph = Graph()
    edges = graph.inputs(apple=apple, count=count, rate=rate)
    price = graph.apply(mul(), edges[0], edges[1], name="price")
    one, two = graph.apply(branch(2), price, name=("price", "price"))
    tax = graph.apply(mul(), two, edges[2], name="tax")
    graph.apply(add(), one, tax, name="total")
    return graph


def neuron_graph(
    mul: Any, add: Any, activation: Any, w: float = 1.5, x: float = 2.0, b: float = -1.0
) -> Graph:
    """Build a neuron: ``out = activation(w × x + b)``.

    `activation` is a class like `Sigmoid` or `ReLU` of lesson 05, whose `forward` takes one number
    or array.
    """
    graph = Graph()
    edges = graph.inputs(w=w, x=x, b=b)
    product = graph.apply(mul(), edges[0], edges[1], name="w x")
    score = graph.apply(add(), product, edges[2], name="s")
    graph.apply(activation(), score, name="out")
    return graph


def softmax_loss_graph(last: Any, scores: Any, target: Any) -> Graph:
    """Build softmax and loss as one node, for the scores of one case (C,) or of a batch (N, C).

    `last` is a class like `SoftmaxWithLoss` of lesson 05; the target one label or more, or one-hot
    rows. No gradient is asked for it.
    """
    graph = Graph()
    (s,) = graph.inputs(s=scores)
    (t,) = graph.constants(t=target)
    graph.apply(last(), s, t, name="L")
    return graph


class Exp:
    """A node: ``out = exp(x)``, one number."""

    def __init__(self) -> None:
        self.out = 0.0

    def forward(self, x: float) -> float:
        """Return the exponential of a number."""
        self.out = exp(x)
        return self.out

    def backward(self, dout: float) -> float:
        """Return `dout` times the output: the exponential is its own derivative."""
        return dout * self.out


class Log:
    """A node: ``out = log(x)``, one number above 0."""

    def __init__(self) -> None:
        self.x = 1.0

    def forward(self, x: float) -> float:
        """Return the natural logarithm of a number."""
        self.x = x
        return log(x)

    def backward(self, dout: float) -> float:
        """Return `dout` divided by the input."""
        return dout / self.x


def softmax_graph(
    mul: Any, add: Any, branch: Any, cat: float = 2.0, dog: float = 1.0, ship: float = 0.0
) -> Graph:
    """Build softmax and loss of three scores in their smallest pieces; the right class is the cat.

    The loss −log(exp(cat) / sum) is written as log(sum) − cat, so the score of the right class is
    needed in two places. Going backward, p − t comes out: for the cat p − 1, for the others p.

    `mul`, `add` and `branch` are classes like those of lesson 03; `exp` and `log` are ours.
    """
    graph = Graph()
    (sign,) = graph.constants(minus_one=-1)
    edges = graph.inputs(cat=cat, dog=dog, ship=ship)
    # With the constant on top, no edge crosses another.
    alone, summed = graph.apply(branch(2), edges[0], name=("cat", "cat"))
    minus = graph.apply(mul(), sign, alone, name="−cat")
    powers = [graph.apply(Exp(), edge, name=f"exp {edge.name}") for edge in (summed, *edges[1:])]
    two = graph.apply(add(), powers[0], powers[1], name="two")
    total = graph.apply(add(), two, powers[2], name="sum")
    logarithm = graph.apply(Log(), total, name="log sum")
    graph.apply(add(), minus, logarithm, name="L")
    return graph


def network_graph(layers: Sequence[Any], last: Any, x: Any, t: Any) -> Graph:
    """Build a stack of layers with a loss at its end, each layer one node.

    The layers are objects like those of lesson 05, first to last, with their weights; `last` is one
    whose `forward` takes scores and targets. No gradient is asked for the targets `t`.
    """
    graph = Graph()
    (edge,) = graph.inputs(x=x)
    for number, layer in enumerate(layers, 1):
        is_last = number == len(layers)
        edge = graph.apply(layer, edge, name="s" if is_last else f"h{number}")
    (targets,) = graph.constants(t=t)
    graph.apply(last, edge, targets, name="L")
    return graph
