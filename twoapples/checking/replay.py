"""The replay engine: asks an object the questions of a trace and writes down its answers.

The recorder performs the same operations on the reference solution, so what the learner is asked
and what the reference was asked cannot differ. Each step of a case is one operation:

========== =========================== ==========================================
do         other keys                  gives
========== =========================== ==========================================
call       on, arguments, keywords     what the call returns
method     on, name, arguments, …      what the method returns
attribute  on, name                    the attribute
item       on, key                     ``on[key]``
set        on, name, value             nothing
set_item   on, key, value              nothing
operator   name, operands              e.g. ``a + b``
same       operands                    whether both are one and the same object
collect    on, limit                   everything an iterator yields, as a list
value      value                       the value, for several steps to share
look       on                          what an earlier result holds by now
========== =========================== ==========================================

An answer is `{"value": …, "changed": [names]}` or `{"error": {…}}`; steps after an error are not
performed. `changed` names the array arguments whose content a call changed, arrays in a list or
dict included: `grads['W']`.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from twoapples.checking.functions import BUILDERS, NamedFunction
from twoapples.checking.learner_code import describe_error
from twoapples.checking.nodes import Context, build_nodes
from twoapples.checking.values import ValueFormatError, decode, encode

OPERATORS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in ("add", "sub", "mul", "truediv", "pow", "matmul", "neg", "mod", "floordiv")
}

Answer = dict[str, Any]


class Machine:
    """Performs the steps of one case on one subject: a function or a class.

    In the namespace a step that names another exercise (``{"defined": "SGD"}``) finds it.
    """

    def __init__(self, subject: Any, namespace: Mapping[str, Any] | None = None) -> None:
        self.subject = subject
        self.namespace = namespace if namespace is not None else {}
        self.results: list[Any] = []

    def perform(self, step: dict[str, Any]) -> Answer:
        """Perform one step and return the answer.

        What the subject does is never raised: an exception is an answer too. Only the learner's
        own interruption (KeyboardInterrupt) passes through.

        Raises
        ------
        ValueFormatError
            If the trace is broken.
        """
        try:
            arguments = [self._build(item) for item in step.get("arguments", [])]
            keywords = {name: self._build(item) for name, item in step.get("keywords", {}).items()}
            names = list(step.get("names", []))[: len(arguments)]
            names += [f"argument {i + 1}" for i in range(len(names), len(arguments))]
            given = zip([*names, *keywords], [*arguments, *keywords.values()], strict=True)
            before = [
                (part, array, array.copy())
                for name, value in given
                for part, array in _arrays(name, value)
            ]
            result = self._do(step, arguments, keywords)
            answer: Answer = {"value": encode(result)}
            changed = [name for name, array, copy in before if not _unchanged(array, copy)]
        except (ValueFormatError, KeyboardInterrupt):
            raise
        except BaseException as error:  # SystemExit too
            return {"error": describe_error(error)}
        self.results.append(result)
        if changed:
            answer["changed"] = list(dict.fromkeys(changed))
        return answer

    def _do(self, step: dict[str, Any], arguments: list[Any], keywords: dict[str, Any]) -> Any:
        kind = step["do"]
        if kind == "call":
            return self._build(step["on"])(*arguments, **keywords)
        if kind == "method":
            return getattr(self._build(step["on"]), step["name"])(*arguments, **keywords)
        if kind == "attribute":
            return getattr(self._build(step["on"]), step["name"])
        if kind == "item":
            return self._build(step["on"])[self._build(step["key"])]
        if kind == "set":
            return setattr(self._build(step["on"]), step["name"], self._build(step["value"]))
        if kind == "set_item":
            return operator.setitem(
                self._build(step["on"]), self._build(step["key"]), self._build(step["value"])
            )
        if kind == "operator":
            return OPERATORS[step["name"]](*(self._build(item) for item in step["operands"]))
        if kind == "same":
            first, second = (self._build(item) for item in step["operands"])
            return first is second
        if kind == "collect":
            return list(itertools.islice(iter(self._build(step["on"])), step["limit"]))
        if kind in ("value", "look"):
            return self._build(step["value" if kind == "value" else "on"])
        raise ValueFormatError(f"a trace cannot ask for {kind!r}")

    def _build(self, data: Any) -> Any:
        """Make an argument: the subject, an earlier result, a function, a generator or a value."""
        if isinstance(data, dict):
            if "subject" in data:
                return self.subject
            if "result" in data:
                return self._result(data["result"])
            if "defined" in data:
                if data["defined"] not in self.namespace:
                    raise NameError(f"name {data['defined']!r} is not defined")
                return self.namespace[data["defined"]]
            if "function" in data:
                if data["function"] not in BUILDERS:
                    raise ValueFormatError(f"a trace cannot name the function {data['function']!r}")
                return NamedFunction(data["function"], tuple(map(decode, data["coefficients"])))
            if "generator" in data:
                return np.random.default_rng(data["generator"])
            if "nodes" in data:
                return build_nodes(data["nodes"])
            if "context" in data:
                return Context()
            for kind, make in (("tuple", tuple), ("list", list)):
                if kind in data:
                    return make(self._build(item) for item in data[kind])
            if "dict" in data:
                return {self._build(key): self._build(value) for key, value in data["dict"]}
        return decode(data)

    def _result(self, position: Any) -> Any:
        if not (type(position) is int and 0 <= position < len(self.results)):
            raise ValueFormatError("a trace refers to a result that does not exist")
        return self.results[position]


def replay(
    steps: list[dict[str, Any]], subject: Any, namespace: Mapping[str, Any] | None = None
) -> list[Answer]:
    """Perform `steps` on `subject`; return the answers, the last of them an error if one came."""
    machine = Machine(subject, namespace)
    answers: list[Answer] = []
    for step in steps:
        answers.append(machine.perform(step))
        if "error" in answers[-1]:
            break
    return answers


def _arrays(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, np.ndarray]]:
    """Find the arrays in an argument, each with a name such as ``grads['W']``."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif depth < 3 and type(value) in (tuple, list):
        for position, item in enumerate(value):
            yield from _arrays(f"{name}[{position}]", item, depth + 1)
    elif depth < 3 and type(value) is dict:
        for key, item in list(value.items()):
            if isinstance(key, (str, int)):
                yield from _arrays(f"{name}[{key!r}]", item, depth + 1)


def _unchanged(array: np.ndarray, copy: np.ndarray) -> bool:
    if array.shape != copy.shape or array.dtype != copy.dtype:
        return False
    return bool(np.array_equal(array, copy, equal_nan=array.dtype.kind == "f"))


def where_not_finite(
    steps: list[dict[str, Any]], subject: Any, namespace: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Find the learner's line in which the first overflow or undefined result arises.

    Runs the steps once more with NumPy told to raise instead of to go on with inf or nan. What the
    code prints has been seen the first time. Returns what `describe_error` gives, or None if NumPy
    met nothing (a nan can also come from elsewhere, or be written down).
    """
    quiet = contextlib.redirect_stdout(io.StringIO())
    with quiet, np.errstate(over="raise", invalid="raise", divide="raise"):
        answers = replay(steps, subject, namespace)
    error = answers[-1].get("error") if answers else None
    return error if error and error["type"] == "FloatingPointError" else None
