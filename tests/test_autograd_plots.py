"""Pictures of lesson 09: displayed once, with a text, the same bytes every time."""

import numpy as np
from plot_checks import EveryPlot

from twoapples.checking.nodes import build_nodes
from twoapples.plots import autograd, feature_spread, recorded_graph, share_bars


def graph():
    """The nodes of a small graph: one used twice by one node, one skipping a column."""
    x = build_nodes([["x", []]])
    y = type(x)("y", [x, x])
    return [x, y, type(x)("z", [y, x])]


class Number:
    def __init__(self, data, grad=0.0, parents=()):
        self.data, self.grad, self.parents = data, grad, tuple(parents)


def test_a_graph_in_words(shown):
    recorded_graph(graph(), title="Three nodes")
    assert shown[0].alt == (
        "Three nodes. In order, 1: x; 2: y, made from x and x; 3: z, made from y and x."
    )


def test_values_and_gradients_in_words(shown):
    a = Number(3.0, 5.0)
    b = Number(-15.0, 1.0, [a, Number(-5.0)])
    recorded_graph([a, b.parents[1], b], {a: "a"})
    assert shown[0].alt == (
        "A recorded graph. In order, 1: a 3, grad 5; 2: −5; 3: −15, grad 1, made from a 3 and −5."
    )


def test_a_spread_in_words(shown):
    x = np.array([[1.0, 10.0], [3.0, 30.0]])
    feature_spread(x, (x - x.mean(axis=0)) / x.std(axis=0), ["length", "width"])
    assert "before: length mean 2.00 and standard deviation 1.00" in shown[0].alt
    assert "width mean 0.00 and standard deviation 1.00" in shown[0].alt
    feature_spread(x, x)
    assert "feature 2 mean 20.00" in shown[1].alt


def test_bars_in_words(shown):
    share_bars({"one": 0.5, "other": 1.0})
    assert shown[0].alt == "Bars for the accuracy. one: 0.50; other: 1.00."


class TestEveryPlot(EveryPlot):
    modules = (autograd,)
    drawings = {  # noqa: RUF012
        "recorded_graph": lambda: recorded_graph(graph()),
        "feature_spread": lambda: feature_spread(np.eye(3), np.eye(3)),
        "share_bars": lambda: share_bars({"one": 0.5, "other": 1.0}),
    }
