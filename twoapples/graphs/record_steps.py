"""A walk through what a learner's `Value` has recorded: forward, and then backward.

The values and their gradients are the learner's own: `data` of every value, `local_gradients`, and
the `grad` that their `backward` leaves. `backward` is one method that goes through the whole
record, so it is called once; the walk then goes through what it has left, from the root to the
inputs, and says at each value whether that is upstream × local, summed over all uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from twoapples.checking.learner_calls import call
from twoapples.checking.learner_errors import learner_traceback, sentence
from twoapples.graphs.factors import Factor, agree, and_list, factor_text, is_number, value_text
from twoapples.graphs.graph import Edge, Graph, Operation
from twoapples.graphs.record import (
    NUMBER,
    Record,
    Witness,
    doubt_of,
    is_branch,
    names_among,
    read_record,
    slopes_of,
)
from twoapples.graphs.sliders import Slider, make_sliders, move_sliders
from twoapples.graphs.steps import Problem, Step, Walk, backward_words, forward_words


class ValueStepper:
    """Walk through the record of a value, and make the record anew for other inputs.

    It keeps what a `twoapples.graphs.steps.Stepper` keeps, and is shown by the same widget.

    Parameters
    ----------
    made : object
        The root of a record; or a function that calculates one from inputs that it takes by name.
    kind : type, optional
        The class of values, for a function.
    inputs : mapping, optional
        The inputs of a function, numbers by their names. Each has a slider.
    ranges : dict, optional
        Ranges of sliders by the names of inputs, as for `Stepper`.
    variables : mapping, optional
        Where names of values are looked up: the variables of who calls.
    """

    digits = 11  # exp and tanh give six digits where an input had one

    def __init__(
        self,
        made: Any,
        kind: type | None = None,
        inputs: Mapping[str, float] | None = None,
        ranges: dict[str, tuple[float, ...]] | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self._made, self._kind = made, kind
        self._variables = variables or {}
        self._inputs = [Edge(name, value) for name, value in (inputs or {}).items()]
        self.sliders: list[Slider] = make_sliders(self._inputs, ranges or {})
        self.graph = Graph()
        self.graph.edges = list(self._inputs)
        self.shape: Any = None
        self.walk = Walk()
        self.run()

    def set(self, values: list[float]) -> Walk:
        """Move all sliders, to the ends of their ranges at most, and calculate anew."""
        move_sliders(self.sliders, values)
        return self.run()

    def run(self) -> Walk:
        """Calculate, go backward, and keep what every step brought.

        An exception in the learner's code ends the walk; it is kept as `Walk.problem`, not raised.
        """
        walk = self.walk = Walk()
        record, error = self._record()
        if record is None:
            # Of the picture only the inputs that are moved are left: nothing else was calculated.
            values = {edge.name: edge.value for edge in self._inputs}
            for edge in self.graph.edges:
                edge.value = values.get(edge.name) if edge.source is None else None
                edge.gradient = None
            walk.start(self._inputs)
            walk.finish(self.graph)
            walk.problem = _problem(error)
            return walk
        self.graph, self.shape = record.graph, record.shape
        grads, error = _go_backward(record)
        known = [edge for edge in self.graph.edges if edge.source is None]
        named = [edge for edge in known if edge.name != NUMBER] or known
        walk.start(named)
        for index, operation in enumerate(self.graph.operations):
            words = forward_words(operation)
            if is_branch(operation):
                (edge,) = operation.inputs
                times = _times(len(operation.outputs))
                words = f"Forward, •: {edge.name} {value_text(edge.value)} is used {times}."
            walk.steps.append(Step("forward", index, words))
        if grads is None:
            walk.problem = _problem(error)
        else:
            _walk_back(walk, record, grads)
        walk.finish(self.graph)
        return walk

    def _record(self) -> tuple[Record | None, Exception | None]:
        """Make the record, or take the one that is there; return it or what went wrong."""
        if self._kind is None:
            names = names_among(self._variables)
            return call(lambda: self._made, reads=lambda root: read_record(root, names))
        witness = Witness(self._made, self._kind)
        given: dict[int, str] = {}

        def make() -> dict[str, Any]:
            assert self._kind is not None
            values = {edge.name: self._kind(edge.value) for edge in self._inputs}
            given.update({id(value): name for name, value in values.items()})
            return values

        def reads(root: Any) -> Record:
            if root is None:
                raise ValueError(f"{_name(self._made)} returned None. Is there a return in it?")
            names = {id(root): _name(self._made), **witness.names, **given}
            return read_record(root, names, witness.made)

        return call(witness, make, reads=reads)


def _name(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "out"


def _problem(error: Exception | None) -> Problem:
    if error is None:
        return Problem(None, "Nothing came back.")
    if error.__traceback__ is None:  # ours: no line of the learner's has failed
        return Problem(None, str(error))
    return Problem(None, sentence(error), learner_traceback(error))


# ----------------------------------------------------------------------------
# The way back


def _go_backward(record: Record) -> tuple[dict[int, Any] | None, Exception | None]:
    """Let the learner's `backward` work on grads of nothing; return what it leaves, by `id`.

    Afterwards the grads are as they were before.
    """
    values = [record.root, *record.makes]
    values += [parent for value in record.makes for parent in value.parents]
    before = [(value, getattr(value, "grad", 0.0)) for value in values]
    try:
        for value in values:
            value.grad = 0.0
        _, error = call(record.root.backward, reads=lambda _: None)
        return (None if error else {id(value): value.grad for value in values}), error
    except AttributeError as missing:  # no backward, or no room for a grad
        return None, missing
    finally:
        for value, grad in before:
            value.grad = grad


def _walk_back(walk: Walk, record: Record, grads: dict[int, Any]) -> None:
    graph = record.graph
    output, own = graph.output, grads[id(record.root)]
    output.gradient = own
    words = f"The backward pass begins at the right end, with {value_text(own)}."
    if not agree(own, 1.0):
        words = (
            f"Your backward leaves the gradient {value_text(own)} at the root, {output.name}. The "
            "derivative of a value with respect to itself is 1: the backward pass begins with that."
        )
    walk.steps.append(Step("turn", None, words))
    for index in reversed(range(len(graph.operations))):
        operation, value = graph.operations[index], record.makes[index]
        if is_branch(operation):
            factor = _gathered(operation, grads[id(value)])
            count = len(operation.outputs)
            rule = f"{factor.toward} is used {_times(count)}; its {count} shares are added"
            words = f"Backward, •: {rule}: {factor.product} = {factor.downstream}. {factor.note}"
            walk.steps.append(Step("backward", index, words.strip(), (factor,), rule))
            continue
        locals_ = slopes_of(value)
        factors = []
        for place, (edge, parent) in enumerate(zip(operation.inputs, value.parents, strict=True)):
            local = None if locals_ is None else locals_[place]
            shared = edge.source is not None and is_branch(edge.source)
            edge.gradient = None if shared else grads[id(parent)]
            doubt = "" if place else doubt_of(value)
            factors.append(_share(edge, grads[id(value)], local, shared, doubt))
        words = backward_words(operation, factors)
        walk.steps.append(Step("backward", index, words, tuple(factors)))


def _share(edge: Edge, upstream: Any, local: float | None, shared: bool, doubt: str) -> Factor:
    """Return what one parent got: of one that is used once, the learner's `grad`."""
    up = value_text(upstream)
    if local is None or not is_number(upstream):
        return Factor(edge.name, up, "", value_text(edge.gradient), note=doubt)
    product = f"{factor_text(upstream)} × {factor_text(local)}"
    with np.errstate(all="ignore"):
        expected = upstream * local
    if shared:
        edge.gradient = expected  # a part of the parent's grad: nobody keeps it by itself
    own = value_text(edge.gradient)
    note = doubt
    if not agree(edge.gradient, expected):
        found = f"Your backward gives {edge.name} the gradient {own}, and that is not {product}."
        note = f"{doubt} {found}".strip()
    return Factor(edge.name, up, value_text(local), own, product, note)


def _gathered(operation: Operation, own: Any) -> Factor:
    """Compare what the learner's backward gives a value with the sum of its shares."""
    (edge,), shares = operation.inputs, [out.gradient for out in operation.outputs]
    edge.gradient = own
    above = and_list([value_text(share) for share in shares])
    if not all(is_number(share) for share in shares):
        return Factor(edge.name, above, "", value_text(own))
    product = " + ".join(factor_text(share) for share in shares)
    with np.errstate(all="ignore"):
        total = sum(shares)
    note = ""
    if not agree(own, total):
        note = (
            f"Your backward gives {edge.name} the gradient {value_text(own)}, and that is not the "
            f"sum of its shares, {value_text(total)}."
        )
        if any(agree(own, share) for share in shares):
            note += (
                " It is only one of them: are gradients added, with +=, and does a value pass its "
                "gradient on only when all that use it have had their turn?"
            )
    ones = and_list(["1"] * len(shares))
    return Factor(edge.name, above, ones, value_text(own), product, note)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"
