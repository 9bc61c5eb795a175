"""How values, calls and shapes are written in a message."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoapples.traces import Case, Trace
from twoapples.values import Opaque

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_SYMBOLS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "pow": "**",
    "matmul": "@",
    "mod": "%",
    "floordiv": "//",
}


def shape_text(array: Any) -> str:
    """Write a shape as NumPy does: ``(4, 3)``; ``()`` for a plain number is spelled out."""
    shape = np.shape(array)
    return (
        f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
        if shape
        else "() (a number)"
    )


def describe(value: Any) -> str:
    """Describe what kind of thing a value is: "an array of shape (4, 3)", "a tuple of 2"."""
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        return f"an object of type {value.type_name}"
    if isinstance(value, type):
        return "a class"
    if isinstance(value, (bool, np.bool_)):
        return "True or False"
    if isinstance(value, (int, float, np.number)):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, np.ndarray):
        return f"an array of shape {shape_text(value)}" if value.ndim else "a number"
    if isinstance(value, (tuple, list)):
        count = len(value)
        return f"a {type(value).__name__} of {count} element{'' if count == 1 else 's'}"
    if isinstance(value, dict):
        return f"a dict with the keys {', '.join(map(str, value))}"
    if callable(value):
        return "a function"
    return f"an object of type {type(value).__name__}"


def path_name(path: tuple[Any, ...]) -> str:
    """Name a part of an answer: ``(1,)`` is "the second element"."""
    words = []
    for key in path:
        if isinstance(key, int) and key < len(_ORDINALS):
            words.append(f"the {_ORDINALS[key]} element")
        else:
            words.append(f"element {key!r}")
    return " of ".join(reversed(words))


def show_value(value: Any, index: tuple[int, ...] | None = None) -> str:
    """Write a value for a person: short arrays whole, of long ones the part around `index`."""
    if isinstance(value, (tuple, list)) and len(value) <= 8:
        inner = ", ".join(show_value(item) for item in value)
        if isinstance(value, tuple):
            return f"({inner}{',' if len(value) == 1 else ''})"
        return f"[{inner}]"
    if isinstance(value, Opaque):
        return value.type_name
    if isinstance(value, float):
        return f"{value:.10g}"
    if not isinstance(value, np.ndarray):
        text = repr(value)
        return text if len(text) <= 200 else text[:200] + "…"
    if value.ndim == 0:
        return show_value(float(value))
    prefix = f"shape {shape_text(value)}"
    shown = value
    if value.size > 36 and index is not None and value.ndim > 1:
        row = index[0]
        shown, prefix = value[row], f"{prefix}, row {row}"
    text = np.array2string(shown, precision=6, suppress_small=False, threshold=36, edgeitems=3)
    return f"{text}  ({prefix})" if "\n" not in text else f"{text}\n({prefix})"


def label(trace: Trace, case: Case, position: int) -> str:
    """Write what a step asks, as code: ``softmax(s)``, ``MulNode.backward(dout)``."""
    return _expression(trace, case, position)


def object_name(trace: Trace, case: Case, position: int) -> str:
    """Name what a step runs: ``softmax`` or ``MulNode.backward``."""
    step = case.steps[position]
    if step["do"] == "method":
        return f"{_owner(trace, case, step['on'])}.{step['name']}"
    return trace.exercise


def _expression(trace: Trace, case: Case, position: int) -> str:
    step = case.steps[position]
    kind = step["do"]
    if kind in ("call", "method"):
        names = [*step.get("names", []), *(f"{n}={n}" for n in step.get("keywords", {}))]
        called = _owner(trace, case, step["on"])
        return f"{called}{'.' + step['name'] if kind == 'method' else ''}({', '.join(names)})"
    if kind == "attribute":
        return f"{_owner(trace, case, step['on'])}.{step['name']}"
    if kind == "item":
        return f"{_owner(trace, case, step['on'])}[{_plain(trace, case, step['key'])}]"
    if kind == "set":
        return f"{_owner(trace, case, step['on'])}.{step['name']} = …"
    if kind == "set_item":
        return f"{_owner(trace, case, step['on'])}[{_plain(trace, case, step['key'])}] = …"
    if kind == "operator":
        operands = [_plain(trace, case, item) for item in step["operands"]]
        if step["name"] == "neg":
            return f"-{operands[0]}"
        return f"{operands[0]} {_SYMBOLS[step['name']]} {operands[1]}"
    if kind == "same":
        return " is ".join(_plain(trace, case, item) for item in step["operands"])
    if kind == "collect":
        return f"list({_owner(trace, case, step['on'])})"
    if kind == "look":
        return f"{_owner(trace, case, step['on'])}, looked at again"
    return step.get("name", "a value")


def _owner(trace: Trace, case: Case, target: Any) -> str:
    """Name the object that a step is about; an instance goes by its class's name."""
    if isinstance(target, dict) and "result" in target:
        made_by = case.steps[target["result"]]
        if made_by["do"] == "call" and "subject" in made_by["on"]:
            if trace.kind == "class":
                return trace.exercise
            return f"{trace.exercise}(…)"
        return _expression(trace, case, target["result"])
    return trace.exercise


def _plain(trace: Trace, case: Case, data: Any) -> str:
    if isinstance(data, dict) and ("result" in data or "subject" in data):
        return _owner(trace, case, data)
    if isinstance(data, (int, float, str)):
        return repr(data)
    return "…"
