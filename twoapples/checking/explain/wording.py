"""How values, calls and shapes are written in a message."""

from __future__ import annotations

import builtins
import functools
import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from twoapples.checking.traces import Case, Trace
from twoapples.checking.values import Opaque, type_name

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_WHOLE = 36  # arrays of so many elements are shown whole
_AROUND = 8  # of longer ones so many elements of a row
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
    return str(tuple(map(int, np.shape(array)))).replace("()", "() (a number)")


def describe(value: Any) -> str:
    """Describe what kind of thing a value is: "an array of shape (4, 3)", "a tuple of 2"."""
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        # What is no plain type's name is a description already: "an array of complex128".
        name = value.type_name
        return name if " " in name else f"an object of type {name}"
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
        keys = [_show_key(key) for key in itertools.islice(value, 8)]
        more = ", …" if len(value) > 8 else ""
        return f"a dict with the keys {', '.join(keys)}{more}" if keys else "an empty dict"
    if callable(value):
        return "a function" if hasattr(value, "__code__") else f"a {type_name(value)}"
    return f"an object of type {type_name(value)}"


def describe_safely(value: Any) -> str:
    """Describe a value that may be hostile: an object that cannot even be described."""
    try:
        return describe(value)
    except Exception:
        return "something else"


def _show_key(key: Any) -> str:
    """Write a dict's key where no value may be told: a name, or what kind of thing it is."""
    is_name = isinstance(key, str) and key.isidentifier() and len(key) <= 40
    is_place = isinstance(key, int) and abs(key) < 1000
    return repr(key) if is_name or is_place else describe(key)


def path_name(path: tuple[Any, ...]) -> str:
    """Name a part of an answer: ``(1,)`` is "the second element"."""
    words = []
    for key in path:
        if isinstance(key, int) and key < len(_ORDINALS):
            words.append(f"the {_ORDINALS[key]} element")
        else:
            words.append(f"element {key!r}")
    return " of ".join(reversed(words))


def show_value(value: Any, index: tuple[int, ...] | None = None, digits: int = 6) -> str:
    """Write a value for a person: short arrays whole, of long ones the part around `index`.

    Parameters
    ----------
    index : tuple of int, optional
        The element of an array that matters.
    digits : int
        How many digits after the point an array's numbers have at most.
    """
    if isinstance(value, (tuple, list)) and len(value) <= 8:
        inner = ", ".join(show_value(item, digits=digits) for item in value)
        if isinstance(value, tuple):
            return f"({inner}{',' if len(value) == 1 else ''})"
        return f"[{inner}]"
    if isinstance(value, (tuple, list)):
        inner = ", ".join(show_value(item, digits=digits) for item in value[:4])
        return f"{type(value).__name__} of {len(value)}: {inner}, …"
    if isinstance(value, Opaque):
        return value.type_name
    if isinstance(value, float):
        return f"{value:.{max(10, digits)}g}"
    if not isinstance(value, np.ndarray):
        text = repr(value)
        return text if len(text) <= 200 else text[:200] + "…"
    if value.ndim == 0:
        return show_value(value.item(), digits=digits)
    return _show_array(value, index, digits)


def _show_array(array: np.ndarray, index: tuple[int, ...] | None, digits: int) -> str:
    shown, place = array, f"shape {shape_text(array)}"
    if array.size > _WHOLE and index:
        if array.ndim > 1:
            shown = array[index[:-1]]
            row = index[0] if array.ndim == 2 else f"[{', '.join(map(str, index[:-1]))}]"
            place += f", row {row}"
        if shown.size > _AROUND:
            start = max(0, min(index[-1] - 3, shown.size - _AROUND))
            shown = shown[start : start + _AROUND]
            place += f", elements {start} to {start + shown.size - 1}"
    edge = 3 if shown.ndim <= 2 else 1  # a batch of pictures would fill the page
    text = np.array2string(shown, precision=digits, threshold=_WHOLE, edgeitems=edge)
    if shown.dtype.kind == "f" and "e" in text and shown.size <= _WHOLE:
        formatter: Any = {"float_kind": _significant(shown, digits)}
        text = np.array2string(shown, formatter=formatter)
    return f"{text}  ({place})" if "\n" not in text else f"{text}\n({place})"


def _significant(array: np.ndarray, digits: int) -> Callable[[float], str]:
    """Return how to write floats with `digits` significant digits, one under the other.

    NumPy turns a whole array to powers of ten for one small entry, and then what was expected
    and what was found cannot be compared at a glance.
    """
    width = max((len(f"{x:.{digits}g}") for x in array.ravel().tolist()), default=0)
    return lambda x: f"{x:.{digits}g}".rjust(width)


def label(trace: Trace, case: Case, position: int, depth: int = 0) -> str:
    """Write what a step asks, as code: ``softmax(s)``, ``MulNode.backward(dout)``."""
    step = case.steps[position]
    kind, name = step["do"], str(step.get("name", "a value"))
    key = _plain(trace, case, step["key"], depth) if "key" in step else ""
    operands = [_plain(trace, case, item, depth) for item in step.get("operands", [])]
    owner = owner_name(trace, case, step["on"], depth) if "on" in step else ""
    names = ", ".join([*step.get("names", []), *(f"{n}={n}" for n in step.get("keywords", {}))])
    if kind == "operator":
        sign = _SYMBOLS.get(name, "-")
        return f"{operands[0]} {sign} {operands[1]}" if len(operands) > 1 else f"-{operands[0]}"
    return {
        "call": f"{owner}({names})",
        "method": f"{owner}.{name}({names})",
        "attribute": f"{owner}.{name}",
        "item": f"{owner}[{key}]",
        "set": f"{owner}.{name} = …",
        "set_item": f"{owner}[{key}] = …",
        "same": " is ".join(operands),
        "collect": f"list({owner})",
        "look": owner,
    }.get(kind, name)


def phrase(trace: Trace, case: Case, position: int) -> str:
    """Write what a step asks for use in a sentence, between backticks."""
    text = f"`{label(trace, case, position)}`"
    return f"{text}, looked at afterwards," if case.steps[position]["do"] == "look" else text


def object_name(trace: Trace, case: Case, position: int) -> str:
    """Name what a step runs: ``softmax``, ``MulNode.backward`` or ``Value.__add__``."""
    step = case.steps[position]
    if step["do"] in ("method", "attribute"):
        return f"{owner_name(trace, case, step['on'])}.{step['name']}"
    if step["do"] == "operator":
        return f"{trace.exercise}.__{step['name']}__"
    if step["do"] == "call" and "subject" not in step["on"]:
        return owner_name(trace, case, step["on"])
    return trace.exercise


def owner_name(trace: Trace, case: Case, target: Any, depth: int = 0) -> str:
    """Name the object that a step is about; an instance goes by its class's name."""
    if not isinstance(target, dict):
        return trace.exercise
    for kind in ("defined", "function"):
        if kind in target:
            return str(target[kind])
    if "result" not in target:
        return trace.exercise
    position = target["result"]
    made_by = case.steps[position]
    if made_by["do"] == "value":
        return _given_as(case, position)
    if made_by["do"] == "call" and "subject" in made_by["on"]:
        return trace.exercise if trace.kind == "class" else f"{trace.exercise}(…)"
    if made_by["do"] == "call" and "defined" in made_by["on"]:
        return str(made_by["on"]["defined"])
    if depth >= 2:  # the expression of a long calculation would fill pages
        return trace.exercise if trace.kind == "class" else "(…)"
    return label(trace, case, position, depth + 1)


def given_to(step: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the arguments of a step, each with its name."""
    pairs = zip(step.get("names", []), step.get("arguments", []), strict=False)
    return [*pairs, *step.get("keywords", {}).items()]


def _given_as(case: Case, position: int) -> str:
    """Name a shared array by the parameter that it is first given for."""
    for step in case.steps:
        for name, argument in given_to(step):
            if argument == {"result": position}:
                return str(name)
    return "array"


def _plain(trace: Trace, case: Case, data: Any, depth: int) -> str:
    if isinstance(data, dict) and ({"result", "subject", "defined"} & set(data)):
        name = owner_name(trace, case, data, depth)
        return f"({name})" if " " in name else name
    if isinstance(data, (int, float, str)):
        return repr(data)
    return "…"


def is_name(text: str) -> bool:
    """Whether a text is a Python name such as ``Affine.forward``, and of bearable length."""
    return len(text) <= 60 and all(part.isidentifier() for part in text.split("."))


def is_part(text: str) -> bool:
    """Whether a text names an argument or an array in it, such as ``grads['W1']``."""
    return len(text) <= 60 and re.fullmatch(r"[\w ]+(\[('\w+'|\d+)\])*", text) is not None


def exception_name(kind: str) -> str:
    """Write an exception's type; of one that is the learner's own not the name, but what it is.

    A name that the submission makes up could carry hidden values out.
    """
    known = kind in ("AxisError", "LinAlgError") or isinstance(getattr(builtins, kind, None), type)
    return f"`{kind}`" if known else "an exception"


# What a message that Python or NumPy writes means; the message itself stands in the details. For
# every hint: the exception's type and a pattern for its message; after `in`, where it is needed, a
# pattern for the line of code; and the sentence. The first that fits is told.
_HINTS = r"""
ValueError: broadcast|not aligned|matmul|core dimension
    The shapes of two arrays in this line do not fit together.
ValueError: truth value of an array
in: (?<![\w.])(max|min)\(
    Python's `max` and `min` ask which of two whole arrays is larger; `np.maximum` and
    `np.minimum` compare element by element.
ValueError: truth value of an array
    A whole array stands where Python needs one yes or no, as in `if` or `and`.
ValueError: unpack
    The number of names on the left is not the number of values on the right.
ValueError: inhomogeneous|setting an array element
    The parts of an array have different shapes.
AxisError:
    The array has no axis of that number; its first is 0, its last is -1.
IndexError: too many indices
    The array has fewer axes than the code names.
IndexError: tuple index out of range
in: \.shape\[
    The array has fewer axes than the code names.
IndexError: out of bounds|out of range
    An index lies beyond the end.
IndexError: integers|integer|valid indices
    An index has to be an int, or an array of ints; floats, such as one-hot rows, are no
    positions.
TypeError: only .*(0-dimensional|size-1|length-1|scalar)
in: \bmath\.
    An array stands where one number is needed: the functions of `math` take single numbers,
    those of NumPy take arrays, too.
TypeError: only .*(0-dimensional|size-1|length-1|scalar)
    An array stands where one number is needed.
TypeError: bitwise_xor|for \^
    `^` is no power in Python; a power is written `**`.
TypeError: NoneType
    Something in this line is None: what was it to hold, and was it put there before?
TypeError: (builtin_function_or_method|method|function)'
    A function stands where its result is needed. Are the parentheses missing that call it?
TypeError: 'list'|multiply sequence
    A list or tuple does not calculate element by element; `np.array` makes an array of it.
TypeError: not support item assignment
    Something that has no elements to write into stands before square brackets: a plain number,
    for example.
IndexError: scalar variable
    A single number has no elements to pick.
TypeError: not subscriptable
    Something that has no elements stands before square brackets.
TypeError: not callable
    Something that is no function stands before parentheses.
TypeError: object of type '(int|float)' has no len
    A plain number has no length.
TypeError: positional argument|keyword argument
    A function is called with other arguments than it takes.
NameError:
    This name is not defined: check its spelling, and that the cell that defines it was run.
UnboundLocalError:
    A variable is used before it has a value.
AttributeError: ^'(int|float|bool)' object
    A plain number is asked for something that only arrays have: `np.asarray` makes an array of
    it, and functions such as `np.ndim` take both.
AttributeError: ^'(list|tuple)' object
    A list or tuple is asked for something that only arrays have: `np.array` makes an array of
    it.
AttributeError: ^'NoneType' object
    Something in this line is None: what was it to hold, and was it put there before?
AttributeError: ^module\s
    The module has nothing of this name: check the spelling.
AttributeError:
in: ^(?!.*\bself\.)
    An object is asked for an attribute that it does not have: check the spelling.
AttributeError:
    An object is asked for an attribute that it does not have: check the spelling, and what
    `__init__` puts on `self`.
KeyError:
    A dict is asked for a key that it does not have.
ZeroDivisionError:
    Something is divided by 0.
RecursionError:
    A function calls itself without end, or more often than Python allows.
SystemExit:
    `exit` ends the whole program; a function ends with `return`.
"""


@functools.cache
def _hints() -> list[tuple[str, str, str, str]]:
    """Return what `_HINTS` says, row by row: type, pattern, pattern for the code, sentence."""
    found = []
    for entry in re.split(r"\n(?=\S+Error|SystemExit)", _HINTS.strip()):
        head, *more = entry.split("\n")
        kind, _, pattern = head.partition(":")
        source = more.pop(0).removeprefix("in: ") if more[0].startswith("in: ") else ""
        found.append((kind, pattern.strip(), source, " ".join(line.strip() for line in more)))
    return found


def exception_hint(kind: str, message: str, source: str = "") -> str:
    """Return a sentence, with a space before it, on what an exception means; it may be empty.

    Parameters
    ----------
    source : str
        The learner's line of code that raised it.
    """
    for known, pattern, line, text in _hints():
        if kind == known and re.search(pattern, message) and re.search(line, source):
            return f" {text}"
    return ""
