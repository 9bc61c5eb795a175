"""The failing case as text: what was asked, with which inputs, expected and found."""

from __future__ import annotations

from typing import Any

from twoapples.checking.compare import Difference
from twoapples.checking.explain.wording import given_to, label, path_name, show_value
from twoapples.checking.nodes import describe_nodes
from twoapples.checking.report import Failure
from twoapples.checking.traces import Case, Trace
from twoapples.checking.values import Opaque, decode


def details_of(trace: Trace, failure: Failure) -> tuple[tuple[str, str], ...]:
    """Return case, call, inputs, expected and found as text."""
    rows = [("case", failure.case.title)]
    if earlier := _history(trace, failure):
        rows.append(("first", earlier))
    rows.append(("you were asked", label(trace, failure.case, failure.position)))
    step, difference = failure.step, failure.difference
    for name, argument in given_to(step):
        rows.append((name, show_value(_argument(failure, argument))))
    if difference.kind == "property":
        rows.append(("found", show_value(difference.found)))
    if difference.kind in ("error", "changed", "property"):
        return tuple(rows)
    place = path_name(difference.path)
    suffix = f" ({place})" if place else ""
    for digits in (6, 17):  # more only where the difference cannot be seen otherwise
        expected = show_value(difference.expected, difference.index, digits)
        found = show_value(difference.found, difference.index, digits)
        if expected != found:
            break
    rows += [("expected" + suffix, expected), ("found" + suffix, found)]
    if difference.index:
        rows.append(("first difference", place_of(difference)))
    return tuple(rows)


def _history(trace: Trace, failure: Failure) -> str:
    """Write the steps before the one that failed, one a line; the values where they are short."""
    lines = []
    for position, step in enumerate(failure.case.steps[: failure.position]):
        if step["do"] in ("value", "look", "same", "item", "attribute"):
            continue
        texts = []
        for name, argument in given_to(step):
            value = show_value(_argument(failure, argument))
            if len(value) > 40 or "\n" in value:
                shape = shape_of(failure.case, argument)
                value = f"array of shape {shape}" if shape else "…"
            texts.append(f"{name} = {value}")
        line = label(trace, failure.case, position)
        lines.append(f"{line}  with {', '.join(texts)}" if texts else line)
    return "\n".join(lines if len(lines) <= 6 else ["…", *lines[-5:]])


def _argument(failure: Failure, argument: Any) -> Any:
    """Return what a step was given, for showing: earlier results as they were answered."""
    if isinstance(argument, dict):
        if "result" in argument:
            return decode(failure.case.expected[argument["result"]].get("value"))
        for kind in ("function", "defined"):
            if kind in argument:
                return Opaque(str(argument[kind]))
        if "generator" in argument:
            return Opaque(f"numpy.random.default_rng({argument['generator']})")
        if "subject" in argument:
            return Opaque("what you wrote")
        if "nodes" in argument:
            return Opaque(describe_nodes(argument["nodes"]))
        for kind, make in (("tuple", tuple), ("list", list)):
            if kind in argument:
                return make(_argument(failure, item) for item in argument[kind])
        if "dict" in argument:
            pairs = argument["dict"]
            return {_argument(failure, key): _argument(failure, item) for key, item in pairs}
    return decode(argument)


def shape_of(case: Case, argument: Any) -> tuple[int, ...] | None:
    """Return the shape of an argument that is an array, of an earlier result too."""
    if isinstance(argument, dict) and "result" in argument:
        argument = case.expected[argument["result"]].get("value")
    if isinstance(argument, dict) and "array" in argument and argument["shape"]:
        return tuple(argument["shape"])
    return None


def place_of(difference: Difference) -> str:
    """Write where in an array a difference is: ``[2, 0]``."""
    return f"[{', '.join(map(str, difference.index or ()))}]"
