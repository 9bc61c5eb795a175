"""The record that a learner's `Value` has kept, as a graph that can be drawn.

Lesson 09 writes a number that knows its `parents` and its `local_gradients`, and no graph. Here its
record becomes a `twoapples.graphs.graph.Graph`, so that it is drawn and stepped through like the
graphs of lesson 03: every value that was made becomes an operation, and a value that was used more
than once goes through a branch, in which its gradients meet.

Which operation made a value its `op` says. An operation without one is drawn as a question mark.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from twoapples.graphs.factors import agree, and_list, is_number, value_text
from twoapples.graphs.graph import Edge, Graph, Operation

LARGEST = 60  # a picture of more values is no picture any more
UNKNOWN, BRANCH = "?", "•"
NUMBER = "number"  # what a plain number is called that became a value on the way


@dataclass
class Record:
    """The values behind a root, and the graph that is drawn of them.

    The graph has an operation for each value that was made, and one for each branch. `makes` has
    for every operation the value that it makes; for a branch, the value that goes through it.
    """

    root: Any
    graph: Graph = field(default_factory=Graph)
    makes: list[Any] = field(default_factory=list)

    @property
    def shape(self) -> tuple[Any, ...]:
        """What is drawn, without its numbers: two records of one shape look alike."""
        edges = {edge: i for i, edge in enumerate(self.graph.edges)}
        names = tuple(edge.name for edge in self.graph.edges)
        return names, tuple(
            (op.symbol, tuple(edges[e] for e in op.inputs), tuple(edges[e] for e in op.outputs))
            for op in self.graph.operations
        )


def read_record(
    root: Any, names: Mapping[int, str] | None = None, made: Sequence[Any] = ()
) -> Record:
    """Make a graph of all values that a value depends on.

    Parameters
    ----------
    root : object
        A value: it has `data` and `parents`.
    names : mapping, optional
        Names of values, by their `id`.
    made : sequence, optional
        Values in the order in which they were made. Without it, any order with parents first.

    Raises
    ------
    ValueError
        With a sentence for the learner, if this is no record that can be drawn.
    """
    order = _order(root)
    place = {id(value): number for number, value in enumerate(made)}
    if all(id(value) in place for value in order):
        order.sort(key=lambda value: place[id(value)])
    if not parents_of(root):
        raise ValueError(
            "This value was calculated from nothing: it has no parents. Does each operation hand "
            "its inputs to the value that it makes?"
        )
    called = _names(order, root, dict(names or {}))
    record = Record(root)
    uses = _uses(root)
    ends: dict[tuple[int, int], Edge] = {}  # by the value that uses it, and the place among parents
    graph = record.graph
    for value in order:
        parents, name = parents_of(value), called[id(value)]
        if parents:
            inputs = [ends[id(value), i] for i in range(len(parents))]
            edge = graph.apply(_symbol(value), *inputs, name=name, value=value.data)
            record.makes.append(value)
        else:
            edge = Edge(name, value.data)
            graph.edges.append(edge)
        places = uses.get(id(value), [])
        outs = (edge,)
        if len(places) > 1:
            outs = graph.apply(BRANCH, edge, name=(name,) * len(places), value=value.data)
            record.makes.append(value)
        ends.update(zip(places, outs, strict=False))
    return record


def parents_of(value: Any) -> tuple[Any, ...]:
    """Return the values that a value was made from; say so if it is no value."""
    try:
        parents = tuple(value.parents)
        number = value.data
    except (AttributeError, TypeError):
        kind = type(value).__name__
        raise ValueError(
            f"A Value with data and parents is needed here, and this is a {kind}: {value!r:.60}"
        ) from None
    if not is_number(number):
        raise ValueError(f"The data of a Value is a number, and this is {number!r:.60}")
    return parents


def slopes_of(value: Any) -> list[float] | None:
    """Return the learner's local gradients of a value, one a parent; None if they are not there."""
    try:
        found = list(value.local_gradients)
    except (AttributeError, TypeError):
        return None
    fits = len(found) == len(parents_of(value)) and all(is_number(local) for local in found)
    return [float(local) for local in found] if fits else None


def _op(value: Any) -> str:
    op = getattr(value, "op", "")
    return op[:20] if isinstance(op, str) and op != BRANCH else ""


def _symbol(value: Any) -> str:
    op = _op(value)
    return "×" if op == "*" else op.replace("-", "−") or UNKNOWN


# The derivatives of the lesson's operations, with respect to each parent.
_SLOPES: dict[str, Callable[..., tuple[float, ...]]] = {
    "+": lambda a, b: (1.0, 1.0),
    "*": lambda a, b: (b, a),
    "**": lambda a, b: (b * a ** (b - 1), a**b * math.log(a)),
    "relu": lambda a: (float(a > 0),),
    "tanh": lambda a: (1 - math.tanh(a) ** 2,),
    "exp": lambda a: (math.exp(a),),
}


def _right_slopes(value: Any) -> tuple[float, ...] | None:
    """Return the local gradients that an operation of the lesson has here; None of any other."""
    op, inputs = _op(value), [float(parent.data) for parent in parents_of(value)]
    try:
        if op[:2] == "**" and op[2:]:
            (a,), n = inputs, float(op[2:])
            right: tuple[float, ...] = (n * a ** (n - 1),)
        else:
            right = _SLOPES[op](*inputs)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return None if any(isinstance(slope, complex) for slope in right) else right


def doubt_of(value: Any) -> str:
    """Say what is wrong with the learner's local gradients of a value, or nothing."""
    own, right, count = slopes_of(value), _right_slopes(value), len(parents_of(value))
    if own is None:
        try:
            there = len(value.local_gradients)
        except (AttributeError, TypeError):
            return ""  # a class of another kind: nothing is known of it
        needed = "an entry" if count == 1 else f"{count} entries"
        return f"local_gradients needs {needed} here, one for each parent; it has {there}."
    if right is None or agree(own, right):
        return ""
    told, found = (and_list([value_text(slope) for slope in side]) for side in (right, own))
    many, are = ("s", "are") if count > 1 else ("", "is")
    return (
        f"The local gradient{many} of {_symbol(value)} {are} {told} here, and yours {are} {found}."
    )


def is_branch(operation: Operation) -> bool:
    """Whether an operation is a branch: the place where a value is handed to several users."""
    return operation.symbol == BRANCH


def _order(root: Any) -> list[Any]:
    """Put all values into an order with parents first."""
    order: list[Any] = []
    begun, done = {id(root)}, set()
    path = [(root, iter(parents_of(root)))]
    while path:
        value, parents = path[-1]
        for parent in parents:
            if id(parent) not in begun:
                begun.add(id(parent))
                path.append((parent, iter(parents_of(parent))))
                break
            if id(parent) not in done:
                raise ValueError("A value is among its own ancestors, so there is no first step.")
        else:
            order.append(value)
            done.add(id(value))
            path.pop()
        if len(begun) > LARGEST:
            raise ValueError(
                f"The record holds more than {LARGEST} values, too many to draw. Step through a "
                "smaller calculation."
            )
    return order


def _uses(root: Any) -> dict[int, list[tuple[int, int]]]:
    """Find where each value is used, in the order in which the picture has the lines, top down."""
    uses: dict[int, list[tuple[int, int]]] = {}
    seen = {id(root)}

    def visit(value: Any) -> None:
        for place, parent in enumerate(parents_of(value)):
            uses.setdefault(id(parent), []).append((id(value), place))
            if id(parent) not in seen:
                seen.add(id(parent))
                visit(parent)

    visit(root)
    return uses


def _names(order: list[Any], root: Any, given: dict[int, str]) -> dict[int, str]:
    """Give every value a name; no two that were calculated have the same."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for value in order:  # names that are given come first, so that no other takes them
        name = given.get(id(value), "")
        if name and name not in taken:
            names[id(value)] = name
            taken.add(name)
    free = (name for i in itertools.count(1) if (name := f"v{i}") not in taken)
    if id(root) not in names:
        names[id(root)] = "out" if "out" not in taken else next(free)
    for value in order:
        if id(value) not in names:
            names[id(value)] = next(free) if parents_of(value) else NUMBER
    return names


def names_among(variables: Mapping[str, Any]) -> dict[int, str]:
    """Find the names of values among variables, by `id`, and those of values in lists: ``x[0]``.

    Of two names for one value, the first.
    """
    names: dict[int, str] = {}
    shown = {n: v for n, v in variables.items() if not n.startswith("_")}
    for name, held in shown.items():
        names.setdefault(id(held), name)
    for name, held in shown.items():
        if isinstance(held, (list, tuple)) and len(held) <= LARGEST:
            for i, one in enumerate(held):
                names.setdefault(id(one), f"{name}[{i}]")
    return names


class Witness:
    """Watch a function that builds a record of values of a class.

    Afterwards `names` holds the names of its variables, by the `id` of their values, and `made` the
    values in the order in which they were made.
    """

    def __init__(self, function: Callable[..., Any], kind: type) -> None:
        self._function = function
        self._code: CodeType | None = getattr(function, "__code__", None)
        makes: Any = kind.__init__  # type: ignore[misc]
        self._makes: CodeType | None = getattr(makes, "__code__", None)
        self.names: dict[int, str] = {}
        self.made: list[Any] = []

    def __call__(self, make: Callable[[], dict[str, Any]]) -> Any:
        """Make the inputs and call the function with them, by name."""
        before = sys.getprofile()
        sys.setprofile(self._see)
        try:
            return self._function(**make())
        finally:
            sys.setprofile(before)

    def _see(self, frame: FrameType, event: str, arg: Any) -> None:
        if event != "return":
            return
        if frame.f_code is self._code:
            self.names = names_among(frame.f_locals)
        elif frame.f_code is self._makes:
            self.made.append(frame.f_locals.get(frame.f_code.co_varnames[0]))
