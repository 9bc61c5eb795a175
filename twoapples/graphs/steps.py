"""A walk through a computational graph, one node at a time, forward and then backward.

A `Stepper` runs a copy of a graph, with copies of its nodes, and keeps what every step did as
text. It knows nothing of browsers: `twoapples/widgets/graph_stepper.py` shows it. So it does with
the `ValueStepper` of `twoapples/graphs/record_steps.py`, which walks through what a learner's
`Value` has recorded, and keeps the same.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twoapples.checking.learner_errors import learner_traceback, sentence
from twoapples.graphs.factors import Factor, and_list, factor_of, local_gradients, value_text
from twoapples.graphs.graph import Edge, Graph, Operation
from twoapples.graphs.sliders import make_sliders, move_sliders


@dataclass(frozen=True)
class Step:
    """What happened at one place of the walk.

    `kind` is ``"start"``, ``"forward"``, ``"turn"`` (the output's gradient is set) or
    ``"backward"``; `operation` the place in the graph's list of the node in focus; `words` a
    sentence or two. A backward step has a factor for each input, and a `rule` where it is not
    upstream × local = downstream.
    """

    kind: str
    operation: int | None
    words: str
    factors: tuple[Factor, ...] = ()
    rule: str = ""


@dataclass(frozen=True)
class Problem:
    """An exception that a node raised, or an answer that is none.

    `operation` is None if it was none of the nodes; `traceback` has the lines of the learner's own
    code, or nothing.
    """

    operation: int | None
    words: str
    traceback: str = ""


@dataclass
class Walk:
    """Everything that a run of the graph brought.

    `steps` has 2 n + 2 entries for n nodes that all do their work; `values` and `gradients` a text
    for every edge, `notes` for every node the shapes of its parameters, if it has any. A `problem`
    says why the walk ends early.
    """

    steps: list[Step] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    gradients: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: Problem | None = None

    def start(self, inputs: Sequence[Edge]) -> None:
        """Begin with what is known."""
        known = and_list([f"{edge.name} {value_text(edge.value)}" for edge in inputs])
        words = f"The inputs are known: {known}." if known else "Nothing is known yet."
        self.steps = [Step("start", None, words)]

    def finish(self, graph: Graph) -> None:
        """Keep what the edges carry, and what the nodes are."""
        self.values = [value_text(edge.value) for edge in graph.edges]
        self.gradients = ["" if e.constant else value_text(e.gradient) for e in graph.edges]
        self.notes = [_parameters(operation) for operation in graph.operations]


class Stepper:
    """Run a graph with the nodes it was given, step by step, for any values of its inputs.

    Nothing of the caller's is changed: edges and nodes are copied, and a node object that stands
    in two places of the graph is one object in the copy, too. A node that cannot be copied is used
    itself.

    Parameters
    ----------
    graph : Graph
        The graph. Where it has symbols in the place of nodes, values and gradients that were given
        by hand are shown.
    ranges : dict, optional
        ``{"apple": (0, 300)}`` or ``{"apple": (0, 300, 10)}``: lowest and highest value and step
        of the slider of an input. By default a range around the value.
    dout : float
        What the backward pass begins with.
    """

    digits = 6  # a number that a slider changes has room for so many characters
    shape: Any = None  # another one means that the picture has other nodes, or other lines

    def __init__(
        self, graph: Graph, ranges: dict[str, tuple[float, ...]] | None = None, dout: float = 1
    ) -> None:
        _ = graph.output  # a graph with two ends is refused here, with its names
        self.graph = _copy(graph)
        self.by_hand = [operation.node is None for operation in self.graph.operations]
        self.dout = dout
        self._given = [(edge.value, edge.gradient) for edge in self.graph.edges]
        inputs = [edge for edge in self.graph.edges if edge.source is None]
        self.sliders = [] if any(self.by_hand) else make_sliders(inputs, ranges or {})
        self.walk = Walk()
        self.run()

    def set(self, values: list[float]) -> Walk:
        """Move all sliders, to the ends of their ranges at most, and run the graph."""
        move_sliders(self.sliders, values)
        return self.run()

    def run(self) -> Walk:
        """Run forward and backward, and keep what every step did.

        An exception in a node ends the walk; it is kept as `Walk.problem`, not raised.
        """
        graph, walk = self.graph, Walk()
        for edge, (value, gradient) in zip(graph.edges, self._given, strict=True):
            shown = edge.source is not None and edge.source.node is None
            if edge.source is not None:
                edge.value = value if shown else None
            edge.gradient = gradient if any(self.by_hand) else None
        walk.start([edge for edge in graph.edges if edge.source is None])
        if self._forward(walk):
            self._backward(walk)
        walk.finish(graph)
        self.walk = walk
        return walk

    def _forward(self, walk: Walk) -> bool:
        for index, operation in enumerate(self.graph.operations):
            if operation.node is not None and not self._try(walk, index, "forward", "value"):
                return False
            walk.steps.append(Step("forward", index, forward_words(operation)))
        return True

    def _backward(self, walk: Walk) -> bool:
        graph = self.graph
        output = graph.output
        if any(self.by_hand) and output.gradient is None:
            return False  # the picture has values only
        if not any(self.by_hand):
            output.gradient = self.dout
        words = f"The backward pass begins at the right end, with {value_text(output.gradient)}."
        walk.steps.append(Step("turn", None, words))
        for index in reversed(range(len(graph.operations))):
            operation = graph.operations[index]
            locals_ = local_gradients(operation)  # on a copy, before the node does its work
            if operation.node is not None and not self._try(walk, index, "backward", "gradient"):
                return False
            factors = tuple(
                factor_of(operation, edge, local)
                for edge, local in zip(operation.inputs, locals_, strict=True)
                if not edge.constant
            )
            walk.steps.append(Step("backward", index, backward_words(operation, factors), factors))
        return True

    def _try(self, walk: Walk, index: int, method: str, attribute: str) -> bool:
        """Let a node do its work; say whether it did, and note the problem if not."""
        operation = self.graph.operations[index]
        ends = operation.outputs if method == "forward" else operation.inputs
        trace = ""
        try:
            getattr(operation, method)()
            if all(getattr(edge, attribute) is not None or edge.constant for edge in ends):
                return True
            said = f"{method} of {operation.symbol} returned None. Is there a return in it?"
        except Exception as error:  # the learner's code: anything
            if isinstance(error, ValueError) and str(error).startswith(f"{method} of "):
                said = f"{str(error)[:200]}."  # ours: a wrong number of results
            else:
                said, trace = sentence(error), learner_traceback(error)
        for edge in ends:
            setattr(edge, attribute, None)
        walk.problem = Problem(index, said, trace)
        return False


def _copy(graph: Graph) -> Graph:
    """Copy a graph with its nodes; a node that cannot be copied stays itself."""
    memo: dict[int, Any] = {}
    for operation in graph.operations:
        node = operation.node
        try:
            memo[id(node)] = copy.deepcopy(node, memo)
        except Exception:
            memo[id(node)] = node
    return copy.deepcopy(graph, memo)


def forward_words(operation: Operation) -> str:
    """Say what went into a node, and what came out."""
    goes = and_list([f"{edge.name} {value_text(edge.value)}" for edge in operation.inputs])
    comes = and_list([f"{edge.name} {value_text(edge.value)}" for edge in operation.outputs])
    verbs = "goes" if len(operation.inputs) == 1 else "go"
    out = "comes" if len(operation.outputs) == 1 else "come"
    return f"Forward, {operation.symbol}: {goes} {verbs} in, {comes} {out} out."


def backward_words(operation: Operation, factors: Sequence[Factor]) -> str:
    """Say what a node made of its upstream gradient, and what does not fit."""
    parts = []
    for factor in factors:
        product = f"{factor.product} = " if factor.product else ""
        parts.append(f"towards {factor.toward} {product}{factor.downstream}")
    upstream = factors[0].upstream if factors else ""
    text = f"Backward, {operation.symbol}: upstream {upstream}, {and_list(parts)}."
    return " ".join([text, *(factor.note for factor in factors if factor.note)])


def _parameters(operation: Operation) -> str:
    """Return the shapes of the arrays that a layer learns: ``(4, 5), (5,)``."""
    params = getattr(operation.node, "params", None)
    if not isinstance(params, (list, tuple)):
        return ""
    return ", ".join(str(p.shape) for p in params if isinstance(p, np.ndarray))
