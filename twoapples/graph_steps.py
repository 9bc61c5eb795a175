"""A walk through a computational graph, one node at a time, forward and then backward.

A `Stepper` runs a copy of a graph, with copies of its nodes, and keeps what every step did as
text. It knows nothing of browsers: `twoapples/widgets/graph_stepper.py` shows it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np

from twoapples.graph_factors import SHORT, Factor, factor_of, is_number, local_gradients, value_text
from twoapples.graphs import Edge, Graph, Operation
from twoapples.widgets.learner_errors import learner_traceback, sentence

__all__ = ["Factor", "Problem", "Slider", "Step", "Stepper", "Walk"]


@dataclass(frozen=True)
class Step:
    """What happened at one place of the walk.

    Attributes
    ----------
    kind : str
        ``"start"``, ``"forward"``, ``"turn"`` (the output's gradient is set) or ``"backward"``.
    operation : int or None
        The node in focus, by its place in the graph's list.
    words : str
        One or two sentences.
    factors : tuple of Factor
        One for each input, in a backward step.
    """

    kind: str
    operation: int | None
    words: str
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True)
class Problem:
    """An exception that a node raised, or an answer that is none.

    Attributes
    ----------
    operation : int
        The node.
    words : str
        A sentence.
    traceback : str
        The lines of the learner's own code, or nothing.
    """

    operation: int
    words: str
    traceback: str = ""


@dataclass
class Walk:
    """Everything that a run of the graph brought.

    Attributes
    ----------
    steps : list of Step
        As far as the run came: 2 n + 2 of them for n nodes that all do their work.
    values, gradients : list of str
        For every edge of the graph; nothing where none came.
    notes : list of str
        For every node the shapes of its parameters, if it has any.
    problem : Problem or None
        Why the walk ends early.
    """

    steps: list[Step] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    gradients: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: Problem | None = None


@dataclass
class Slider:
    """A number among the inputs that can be moved.

    Attributes
    ----------
    label : str
        The name of the input; of a vector's element with its place, ``"s[0]"``.
    edge : Edge
        The input.
    element : int or None
        The place in a vector.
    low, high, step : float
        The range.
    value : float
        Where it stands.
    start : float
        Where it stood at first.
    """

    label: str
    edge: Edge
    element: int | None
    low: float
    high: float
    step: float
    value: float
    start: float


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

    def __init__(
        self, graph: Graph, ranges: dict[str, tuple[float, ...]] | None = None, dout: float = 1
    ) -> None:
        _ = graph.output  # a graph with two ends is refused here, with its names
        self.graph = _copy(graph)
        self.by_hand = [operation.node is None for operation in self.graph.operations]
        self.dout = dout
        self._given = [(edge.value, edge.gradient) for edge in self.graph.edges]
        self.sliders = [] if any(self.by_hand) else self._make_sliders(ranges or {})
        self.walk = Walk()
        self.run()

    def set(self, values: list[float]) -> Walk:
        """Move all sliders, and run the graph.

        Parameters
        ----------
        values : list of float
            One for each slider; values outside of its range are moved to its ends.
        """
        if len(values) != len(self.sliders):
            raise ValueError(f"{len(values)} values for {len(self.sliders)} sliders")
        for slider, value in zip(self.sliders, values, strict=True):
            slider.value = min(max(float(value), slider.low), slider.high)
            before = self._given[self.graph.edges.index(slider.edge)][0]
            if slider.element is None:
                whole = isinstance(before, Integral) and slider.value.is_integer()
                slider.edge.value = int(slider.value) if whole else slider.value
            else:
                array = np.array(slider.edge.value, dtype=float)
                array[slider.element] = slider.value
                slider.edge.value = array
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
        inputs = [edge for edge in graph.edges if edge.source is None]
        known = _and([f"{edge.name} {value_text(edge.value)}" for edge in inputs])
        walk.steps.append(Step("start", None, f"The inputs are known: {known}."))
        if self._forward(walk):
            self._backward(walk)
        walk.values = [value_text(edge.value) for edge in graph.edges]
        walk.gradients = [
            "" if edge.constant else value_text(edge.gradient) for edge in graph.edges
        ]
        walk.notes = [_parameters(operation) for operation in graph.operations]
        self.walk = walk
        return walk

    def _forward(self, walk: Walk) -> bool:
        for index, operation in enumerate(self.graph.operations):
            if operation.node is not None and not self._try(walk, index, "forward", "value"):
                return False
            goes = _and([f"{edge.name} {value_text(edge.value)}" for edge in operation.inputs])
            comes = _and([f"{edge.name} {value_text(edge.value)}" for edge in operation.outputs])
            verbs = "goes" if len(operation.inputs) == 1 else "go"
            out = "comes" if len(operation.outputs) == 1 else "come"
            words = f"Forward, {operation.symbol}: {goes} {verbs} in, {comes} {out} out."
            walk.steps.append(Step("forward", index, words))
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
            walk.steps.append(Step("backward", index, _words(operation, factors), factors))
        return True

    def _try(self, walk: Walk, index: int, method: str, attribute: str) -> bool:
        """Let a node do its work; say whether it did, and note the problem if not."""
        operation = self.graph.operations[index]
        ends = operation.outputs if method == "forward" else operation.inputs
        try:
            getattr(operation, method)()
        except Exception as error:  # the learner's code: anything
            said = sentence(error)
            trace = learner_traceback(error)
            if isinstance(error, ValueError) and str(error).startswith(f"{method} of "):
                said, trace = f"{str(error)[:200]}.", ""  # ours: a wrong number of results
        else:
            nothing = [e.name for e in ends if getattr(e, attribute) is None and not e.constant]
            if not nothing:
                return True
            said = f"{method} of {operation.symbol} returned None. Is there a return in it?"
            trace = ""
        for edge in ends:
            setattr(edge, attribute, None)
        walk.problem = Problem(index, said, trace)
        return False

    def _make_sliders(self, ranges: dict[str, tuple[float, ...]]) -> list[Slider]:
        sliders = []
        names = [edge.name for edge in self.graph.edges if edge.source is None]
        for name in (name.replace("_", " ") for name in ranges):
            if name not in names:
                raise ValueError(f'no input is called "{name}"; there are {", ".join(names)}')
        given = {name.replace("_", " "): values for name, values in ranges.items()}
        for edge in self.graph.edges:
            if edge.source is not None or edge.constant:
                continue
            numbers = _numbers(edge)
            for element, label, value in numbers:
                size = max(abs(number) for _, _, number in numbers)
                low, high, step = _range(value, size, element, given.get(edge.name))
                number = float(value)
                sliders.append(Slider(label, edge, element, low, high, step, number, number))
        return sliders


def _copy(graph: Graph) -> Graph:
    memo: dict[int, Any] = {}
    twins: dict[Edge, Edge] = {}
    other = Graph()
    for edge in graph.edges:
        value = edge.value.copy() if isinstance(edge.value, np.ndarray) else edge.value
        twins[edge] = Edge(edge.name, value, edge.gradient, constant=edge.constant)
    for operation in graph.operations:
        node = operation.node
        try:
            node = copy.deepcopy(node, memo)
        except Exception:
            memo[id(node)] = node
        twin = Operation(
            operation.symbol,
            node,
            [twins[edge] for edge in operation.inputs],
            [twins[edge] for edge in operation.outputs],
        )
        for edge in twin.inputs:
            edge.target = twin
        for edge in twin.outputs:
            edge.source = twin
        other.operations.append(twin)
    other.edges = list(twins.values())
    return other


def _numbers(edge: Edge) -> list[tuple[int | None, str, Any]]:
    """Return the numbers of an input that a slider can move: element, label and value of each."""
    value = edge.value
    if is_number(value) and not isinstance(value, (bool, np.ndarray)):
        return [(None, edge.name, value)]
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.size <= SHORT:
        return [(i, f"{edge.name}[{i}]", x) for i, x in enumerate(value.tolist())]
    return []


def _range(
    value: Any, size: Any, element: int | None, given: tuple[float, ...] | None
) -> tuple[float, float, float]:
    """Choose lowest and highest value and step of a slider.

    A positive number goes down to 0 and up to its double; what is not positive, and a vector's
    elements, go to both sides. `size` is the largest absolute value that the input holds.
    """
    if given is not None:
        low, high = given[:2]
        if not low <= value <= high:
            raise ValueError(f"the value {value:g} is not between {low:g} and {high:g}")
        return low, high, given[2] if len(given) > 2 else _step(high - low)
    whole = isinstance(value, Integral)
    widest = max(2 * float(size), 10.0 if whole else 1.0 if element is None else 5.0)
    step = 1.0 if whole else _step(widest)
    widest = step * round(widest / step)
    return (0.0 if value > 0 and element is None else -widest), widest, step


def _step(width: float) -> float:
    """Return a power of ten that divides a range into 100 to 1,000 steps."""
    return float(10.0 ** (np.floor(np.log10(width)) - 2))


def _words(operation: Operation, factors: tuple[Factor, ...]) -> str:
    parts = []
    for factor in factors:
        if factor.product:
            parts.append(f"towards {factor.toward} {factor.product} = {factor.downstream}")
        else:
            parts.append(f"towards {factor.toward} {factor.downstream}")
    upstream = factors[0].upstream if factors else ""
    text = f"Backward, {operation.symbol}: upstream {upstream}, {_and(parts)}."
    return " ".join([text, *(factor.note for factor in factors if factor.note)])


def _parameters(operation: Operation) -> str:
    """Return the shapes of the arrays that a layer learns: ``(4, 5), (5,)``."""
    params = getattr(operation.node, "params", None)
    if not isinstance(params, (list, tuple)):
        return ""
    return ", ".join(str(p.shape) for p in params if isinstance(p, np.ndarray))


def _and(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + "".join(parts[-1:])
