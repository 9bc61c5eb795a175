"""The recorder: runs a case on the reference solution and writes down what was asked and answered.

A case is ordinary code that gets a proxy in place of the function or class. What the code does with
the proxy (calls, attributes, items, operators) is performed by the replay engine, so a recording
and a replay cannot differ, and is kept as a step.
"""

from __future__ import annotations

import contextvars
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.errors import CourseError
from twoapples.checking.compare import PROPERTIES
from twoapples.checking.functions import NamedFunction
from twoapples.checking.nodes import read_edges
from twoapples.checking.replay import OPERATORS, Machine
from twoapples.checking.values import encode

_active: contextvars.ContextVar[Recorder] = contextvars.ContextVar("recorder")


class Recorder:
    """Collects the steps and answers of one case.

    The subject is the reference, a function or a class; `where` names exercise and case in error
    messages; the namespace holds the references of the lesson's other exercises, by name.
    """

    def __init__(
        self, subject: Any, where: str, namespace: Mapping[str, Any] | None = None
    ) -> None:
        self.machine = Machine(subject, namespace)
        self.where = where
        self.steps: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []

    def run(self, case: Callable[[Any, np.random.Generator], None], seed: Any) -> None:
        """Run a case, given a proxy of the subject and a generator made from `seed`."""
        token = _active.set(self)
        try:
            case(Proxy(self, {"subject": True}), np.random.default_rng(seed))
        finally:
            _active.reset(token)
        if not self.steps:
            raise CourseError(f"{self.where} asks nothing of the exercise.")

    def record(self, step: dict[str, Any]) -> Proxy:
        """Perform a step on the reference and keep it; return a proxy of the result."""
        answer = self.machine.perform(step)
        if "error" in answer:
            error = answer["error"]
            raise CourseError(
                f"{self.where}: the reference solution raises {error['type']}: {error['message']}"
            )
        if _is_cut(answer["value"], self.machine.results[-1]):
            raise CourseError(
                f"{self.where}: the reference's answer is too large to be recorded, or holds what "
                "is no number; nothing could be compared."
            )
        self.steps.append(step)
        self.answers.append(answer)
        return Proxy(self, {"result": len(self.steps) - 1})

    def real(self, reference: dict[str, Any]) -> Any:
        """Return the object that a proxy stands for."""
        if "subject" in reference:
            return self.machine.subject
        if "defined" in reference:
            return self.machine.namespace[reference["defined"]]
        return self.machine.results[reference["result"]]

    def write(self, value: Any) -> Any:
        """Write an argument as data: a proxy by its step, a function by its name."""
        if isinstance(value, Proxy):
            return object.__getattribute__(value, "_reference")
        if isinstance(value, NamedFunction):
            return {"function": value.name, "coefficients": [encode(c) for c in value.coefficients]}
        if isinstance(value, Told):
            return value.data
        if isinstance(value, (tuple, list)):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [self.write(item) for item in value]}
        if isinstance(value, dict):
            return {"dict": [[self.write(k), self.write(v)] for k, v in value.items()]}
        data = encode(value)
        if isinstance(data, dict) and "object" in data:
            raise CourseError(
                f"{self.where}: an argument of type {type(value).__name__} cannot be written "
                "into a trace. Use numbers, arrays, text, or a function of grader.exercises."
            )
        return data

    def call(
        self, step: dict[str, Any], target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Proxy:
        """Record a call or a method's call, with the parameters' names from the reference."""
        return self.record(
            {
                **step,
                "arguments": [self.write(item) for item in args],
                "keywords": {name: self.write(item) for name, item in kwargs.items()},
                "names": _parameter_names(target, len(args)),
            }
        )


class Told:
    """An argument that is not written down but told: what it is made from."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data


class Proxy:
    """Stands in a case for the subject or for the result of an earlier step."""

    def __init__(self, recorder: Recorder, reference: dict[str, Any]) -> None:
        object.__setattr__(self, "_recorder", recorder)
        object.__setattr__(self, "_reference", reference)

    def __call__(self, *args: Any, **kwargs: Any) -> Proxy:
        """Record a call."""
        recorder, reference = _parts(self)
        step = {"do": "call", "on": reference}
        return recorder.call(step, recorder.real(reference), args, kwargs)

    def __getattr__(self, name: str) -> Any:
        """Record an attribute, or return the method to be called."""
        if name.startswith("__"):  # Python's own protocols, NumPy's conversions: not for a case
            raise AttributeError(name)
        recorder, reference = _parts(self)
        member = getattr(recorder.real(reference), name, None)
        if not callable(member):
            return recorder.record({"do": "attribute", "on": reference, "name": name})

        def method(*args: Any, **kwargs: Any) -> Proxy:
            step = {"do": "method", "on": reference, "name": name}
            return recorder.call(step, member, args, kwargs)

        return method

    def __setattr__(self, name: str, value: Any) -> None:
        """Record the assignment of an attribute."""
        recorder, reference = _parts(self)
        recorder.record(
            {"do": "set", "on": reference, "name": name, "value": recorder.write(value)}
        )

    def __getitem__(self, key: Any) -> Proxy:
        """Record taking an item."""
        recorder, reference = _parts(self)
        return recorder.record({"do": "item", "on": reference, "key": recorder.write(key)})

    def __setitem__(self, key: Any, value: Any) -> None:
        """Record the assignment of an item."""
        recorder, reference = _parts(self)
        key, value = recorder.write(key), recorder.write(value)
        recorder.record({"do": "set_item", "on": reference, "key": key, "value": value})

    def __iter__(self) -> Any:
        """Refuse: how much a loop asks for would depend on the answer."""
        raise CourseError("A case cannot loop over a result; use collect(result) or result[0].")

    def __bool__(self) -> bool:
        """Refuse: a case must ask the same of everybody."""
        raise CourseError("A case cannot depend on a result; it must ask the same of everybody.")


def _operator(name: str, *, reflected: bool = False) -> Callable[..., Proxy]:
    def operate(self: Proxy, *others: Any) -> Proxy:
        recorder, _ = _parts(self)
        operands = [recorder.write(item) for item in (self, *others)]
        step = {"do": "operator", "name": name, "operands": operands[:: -1 if reflected else 1]}
        return recorder.record(step)

    return operate


for _name in OPERATORS:
    setattr(Proxy, f"__{_name}__", _operator(_name))
    if _name != "neg":
        setattr(Proxy, f"__r{_name}__", _operator(_name, reflected=True))
# Without this, `array * proxy` would be NumPy's to answer, element by element.
Proxy.__array_ufunc__ = None  # type: ignore[attr-defined]


def _parts(proxy: Proxy) -> tuple[Recorder, dict[str, Any]]:
    recorder = object.__getattribute__(proxy, "_recorder")
    return recorder, object.__getattribute__(proxy, "_reference")


def _is_cut(data: Any, value: Any) -> bool:
    """Whether an array, text or sequence was reduced to a description when it was encoded."""
    if isinstance(data, dict) and "object" in data:
        return isinstance(value, (np.ndarray, tuple, list, dict))
    return isinstance(value, str) and data != value


def _parameter_names(target: Any, count: int) -> list[str]:
    """Return the names of the first `count` positional parameters, for use in messages."""
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return [f"argument {i + 1}" for i in range(count)]
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{i}]" for i in range(count - len(names))]
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            names.append(parameter.name)
    return names[:count]


# What a case may use besides the proxy itself.


def array(values: Any) -> Proxy:
    """Make one array object that several operations of the case share."""
    return _active.get().record({"do": "value", "value": encode(np.array(values))})


def look(result: Proxy) -> Proxy:
    """Record what an earlier result holds by now."""
    recorder, reference = _parts(result)
    return recorder.record({"do": "look", "on": reference})


def same(first: Proxy, second: Proxy) -> Proxy:
    """Record whether two results are one and the same object."""
    recorder, reference = _parts(first)
    return recorder.record({"do": "same", "operands": [reference, recorder.write(second)]})


def collect(iterator: Proxy, limit: int = 1000) -> Proxy:
    """Record everything that an iterator yields, at most `limit` items."""
    recorder, reference = _parts(iterator)
    return recorder.record({"do": "collect", "on": reference, "limit": limit})


def holds(name: str, result: Proxy, *arguments: Any) -> None:
    """Compare a result by a property, one of `PROPERTIES`, instead of by its values."""
    recorder, reference = _parts(result)
    if name not in PROPERTIES:
        raise CourseError(
            f"{recorder.where}: there is no property {name!r}, only {', '.join(PROPERTIES)}."
        )
    answer = recorder.answers[reference["result"]]
    answer["property"] = {"name": name, "arguments": list(arguments)}


def defined(name: str) -> Proxy:
    """Use what the notebook has defined under the name of another exercise of the lesson."""
    recorder = _active.get()
    if name not in recorder.machine.namespace:
        raise CourseError(f"{recorder.where}: the lesson has no exercise {name}.")
    return Proxy(recorder, {"defined": name})


def generator(seed: int) -> Told:
    """Return an argument that becomes ``numpy.random.default_rng(seed)`` for whoever is asked."""
    return Told({"generator": seed})


def nodes(data: Any) -> Told:
    """Return an argument that becomes the root of a graph of `twoapples.checking.nodes.GraphNode`.

    Parameters
    ----------
    data : list or dict
        ``[[name, [parents, …]], …]`` or ``{"chain": n, "first": k}``: see
        `twoapples.checking.nodes.read_edges`. With `holds("topological_order", result, data)` the
        same data says which orders are right.
    """
    read_edges(data)  # a slip in a case shows here, not at the learner
    return Told({"nodes": data})


def context() -> Proxy:
    """Make a fresh `twoapples.checking.nodes.Context` that several operations of the case share."""
    return _active.get().record({"do": "value", "value": {"context": True}})


def apply(function: NamedFunction, *arguments: Any) -> Proxy:
    """Record a call of a function by name as one step, whatever it does with its arguments.

    A polynomial of degree 2,000 so asks an object for 4,000 operations in one line of a trace.
    """
    recorder = _active.get()
    return recorder.call({"do": "call", "on": recorder.write(function)}, function, arguments, {})
