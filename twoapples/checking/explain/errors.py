"""Sentences for cases that stop: an exception, a missing attribute, nothing written yet."""

from __future__ import annotations

import re
from typing import Any

from twoapples.checking.explain.case import details_of, shape_of
from twoapples.checking.explain.wording import (
    exception_hint,
    exception_name,
    given_to,
    is_name,
    object_name,
    owner_name,
    phrase,
)
from twoapples.checking.report import Diagnosis, Failure
from twoapples.checking.traces import Trace


def explain_error(trace: Trace, failure: Failure) -> Diagnosis:
    """Explain why a step raised, or raised nothing where it should have."""
    error, expected = failure.difference.found, failure.difference.expected
    called = phrase(trace, failure.case, failure.position)
    details = details_of(trace, failure)
    if error is None:
        text = f"{called} gives an answer where a `{expected['type']}` is raised."
        return Diagnosis("raises nothing", text, details)
    kind, message, lines = error["type"], error["message"], error["lines"]
    if kind == "NoAnswer":
        return Diagnosis("no answer", f"{called} gave no answer that can be read.", details)
    if kind == "TimedOut":
        text = f"{called} gave no answer within the time limit. Is there a loop that never ends?"
        return Diagnosis("timed out", text, details)
    if kind == "NotImplementedError":
        return Diagnosis("not started", _not_started(trace, failure, lines))
    if lines and lines[-1]["source"]:
        details = (*details, (f"line {lines[-1]['line']}", lines[-1]["source"]))
    details = (*details, (kind, message))
    if not lines and (told := _before_start(trace, failure, kind, message)):
        return Diagnosis(*told, details)
    if expected is not None:
        text = f"{called} raises {exception_name(kind)} where a `{expected['type']}` is expected."
    else:
        text = f"{called} raises {exception_name(kind)}{_where(trace, failure, lines)}"
        text += f"{_shapes_given(failure)}."
        text += exception_hint(kind, message, lines[-1]["source"] if lines else "")
        if kind == "NameError" and lines and "." in lines[-1]["function"]:
            text += " What another method has found is there only if it was put on `self`."
    return Diagnosis("raises", text, details)


def _not_started(trace: Trace, failure: Failure, lines: list[dict[str, Any]]) -> str:
    name = object_name(trace, failure.case, failure.position)
    # The stub's own line is the only one, unless the code is written and calls another stub.
    inner = lines[-1]["function"] if len(lines) > 1 else ""
    if is_name(inner) and inner != name:
        return (
            f"`{name}` calls `{inner}`, which is not written yet: begin there, and delete its "
            "line `raise NotImplementedError()`."
        )
    return (
        f"`{name}` is not written yet. Put your code where the cell says so and delete "
        "the line `raise NotImplementedError()`."
    )


def _before_start(
    trace: Trace, failure: Failure, kind: str, message: str
) -> tuple[str, str] | None:
    """Explain an exception that was raised before a line of the learner's code ran."""
    step, doing = failure.step, failure.step["do"]
    called = phrase(trace, failure.case, failure.position)
    if kind == "AttributeError" and doing in ("attribute", "method", "set"):
        owner = owner_name(trace, failure.case, step["on"])
        earlier = [
            phrase(trace, failure.case, position)
            for position in range(failure.position)
            if failure.case.steps[position]["do"] != "value"
        ]
        asked = f" It is asked for after {earlier[-1]}." if earlier else ""
        what = "method" if doing == "method" else "attribute"
        text = f"`{owner}` has no {what} `{step['name']}`.{asked}"
        if trace.kind == "class" and doing == "method":
            text += " Is it spelled like this, and indented so that it belongs to the class?"
        elif trace.kind == "class" and doing == "attribute":
            text += f" Only what is put on `self`, as `self.{step['name']}`, is there later."
        return "attribute missing", text
    if kind == "TypeError" and doing == "operator":
        return "attribute missing", (
            f"{called} cannot be computed. Has `{trace.exercise}` a method "
            f"`__{step['name']}__` (and, for a number on the left, `__r{step['name']}__`)?"
        )
    if kind == "TypeError" and doing in ("call", "method"):
        text = (
            f"{called} cannot be called like this: the arguments do not fit. Compare the line "
            "that begins with `def` with the one you were given."
        )
        counts = re.search(r"takes (\d+) positional arguments? but (\d+) w", message)
        if doing == "method" and counts and int(counts[2]) == int(counts[1]) + 1:
            text += " Is `self` its first parameter?"
        return "raises", text
    if kind == "NameError" and (names := _names_used(step)):
        named = " and ".join(f"`{name}`" for name in names)
        return "raises", (
            f"{called} is checked together with {named}: run the cell that defines it first."
        )
    return None


def _names_used(data: Any) -> list[str]:
    """Find the other exercises that a step uses."""
    if isinstance(data, dict):
        own = [str(data["defined"])] if "defined" in data else []
        return [*own, *(name for value in data.values() for name in _names_used(value))]
    if isinstance(data, list):
        return [name for value in data for name in _names_used(value)]
    return []


def _where(trace: Trace, failure: Failure, lines: list[dict[str, Any]]) -> str:
    if not lines:
        return ""
    function = lines[-1]["function"]
    own = object_name(trace, failure.case, failure.position).split(".")[0]
    if not is_name(function) or function.split(".")[0] in (own, trace.exercise):
        return f" in line {lines[-1]['line']} of its cell"
    return f" in line {lines[-1]['line']} of the cell that defines `{function}`"


def _shapes_given(failure: Failure) -> str:
    """Name the shapes of the arrays that a step was given: shapes are no secret, values are."""
    step = failure.step
    shapes = [
        f"`{name}` of shape {shape}"
        for name, argument in given_to(step)
        if (shape := shape_of(failure.case, argument))
    ]
    return f", given {' and '.join(shapes)}" if shapes else ""
