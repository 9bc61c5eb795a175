"""Sentences for answers that came back wrong: nothing, another kind or shape, other numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoapples.checking.compare import ENOUGH, NEARLY, Difference, Tolerance, compare_values
from twoapples.checking.explain.case import details_of, place_of, shape_of
from twoapples.checking.explain.factors import Evidence, explain_factor
from twoapples.checking.explain.wording import (
    describe,
    given_to,
    is_part,
    label,
    path_name,
    phrase,
    shape_text,
)
from twoapples.checking.report import Answers, Diagnosis, Failure
from twoapples.checking.traces import Trace
from twoapples.checking.values import Opaque

# The kind of a diagnosis, and its sentence.
Told = tuple[str, str]


def explain_value(
    trace: Trace, failed: list[Failure], answers: list[Answers], tolerance: Tolerance
) -> Diagnosis:
    """Explain the first answer that is wrong, looking at all cases that fail."""
    return Diagnosis(*_tell(trace, failed, answers, tolerance), details_of(trace, failed[0]))


def _tell(
    trace: Trace, failed: list[Failure], answers: list[Answers], tolerance: Tolerance
) -> Told:
    failure = failed[0]
    difference = failure.difference
    kind, expected, found = difference.kind, difference.expected, difference.found
    called = phrase(trace, failure.case, failure.position)
    what = _part(trace, failure)
    if kind == "changed":
        names = " and ".join(f"`{name}`" if is_part(name) else "array" for name in found)
        return "input changed", (
            f"{called} changes its input {names}. Whoever called it still needs that "
            "array as it was: work on a copy, or build a new array."
        )
    if kind == "none":
        return "returns nothing", f"{what} is None. {_none_hint(failure)}"
    if kind in ("type", "length"):
        text = f"{what} is {describe(found)}; {describe(expected)} is expected."
        return "type", f"{text}{_type_hint(difference, tolerance)}"
    if _ignores_input(trace, failure, answers):
        return "same answer", (
            f"{called} gives the same answer whatever it is given. Does the code use "
            "its arguments, or an array that another cell has made?"
        )
    if kind == "property":
        return kind, f"{what} is not {_PROPERTY_TEXT[expected]}."
    if kind == "shape":
        return _tell_shape(what, difference, tolerance)
    if kind == "not finite":
        return kind, _where_not_finite(what, difference)
    if failure.step["do"] == "same":
        if found is True:
            text = f"{called} is true: one array stands where two different ones are needed."
        else:
            text = (
                "The array was replaced by a new one. It has to stay the same array, "
                "overwritten in place, because others hold it too."
            )
        return "identity", text
    evidence = [_factor_evidence(trace, f, failure) for f in failed]
    if explanation := explain_factor(evidence):
        return "factor", f"{what} is {explanation}"
    # Another case may fail in another way; this one is explained all the same.
    explanation = explain_factor(evidence[:1])
    if explanation and _no_coincidence(expected):
        start = f"In the first case that fails, {what[0].lower()}{what[1:]}"
        return "factor", f"{start} is {explanation}"
    return _tell_numbers(what, difference, tolerance)


def _no_coincidence(expected: Any) -> bool:
    """Whether a factor between single numbers such as 6 and 2 can be told from chance."""
    numbers = np.asarray(expected, dtype=float)
    return bool(np.count_nonzero(numbers) >= ENOUGH or (numbers != np.round(numbers)).all())


def _ignores_input(trace: Trace, failure: Failure, answers: list[Answers]) -> bool:
    """Whether the same call gives one and the same answer in all cases, and should not."""
    if not given_to(failure.step):
        return False
    asked = label(trace, failure.case, failure.position)
    pairs = [
        (right["value"], answer["value"])
        for case, given in zip(trace.cases, answers, strict=True)
        for position, (right, answer) in enumerate(zip(case.expected, given, strict=False))
        if case.steps[position]["do"] in ("call", "method")
        and "value" in right
        and "value" in answer
        and label(trace, case, position) == asked
    ]
    return (
        len(pairs) > 1
        and all(found == pairs[0][1] for _, found in pairs)
        and any(expected != pairs[0][0] for expected, _ in pairs)
    )


def _part(trace: Trace, failure: Failure) -> str:
    """Name what differs: the whole answer to a step or a part of it."""
    called = phrase(trace, failure.case, failure.position)
    part = path_name(failure.difference.path)
    return f"{part[0].upper()}{part[1:]} of {called}" if part else called


def _none_hint(failure: Failure) -> str:
    if failure.difference.path:
        return "Is there a value for it on every path through the code?"
    if failure.step["do"] in ("call", "method", "operator", "item"):
        return (
            "Is there a `return` at the end, on every path through the code? (`print` shows a "
            "value, but does not hand it back.)"
        )
    return "Has a value been assigned to it?"


def _type_hint(difference: Difference, tolerance: Tolerance) -> str:
    expected, found = difference.expected, difference.found
    is_array = isinstance(expected, np.ndarray) and expected.ndim > 0
    if isinstance(found, tuple) and len(found) == 1 and not isinstance(expected, (tuple, list)):
        return " Is there a comma at the end of the line that makes it?"
    if isinstance(found, Opaque) and found.type_name in ("function", "method"):
        return " Are the parentheses missing that call it?"
    if isinstance(found, tuple) and not isinstance(expected, (tuple, list, dict)):
        for position, part in enumerate(found):
            if not _is_small_integer(expected) and (
                compare_values(expected, part, tolerance) is None
            ):
                place = path_name((position,))
                return f" {place[0].upper()}{place[1:]} alone is what is asked for."
        if difference.path:
            return " One of its elements is asked for here; was it unpacked on the way?"
        return " `return a, b` makes a tuple; one thing alone is asked for."
    if is_array and isinstance(found, list):
        return " `np.array` makes an array of a list."
    if is_array and isinstance(found, (int, float, np.number)):
        return (
            " A sum, a mean or a product has gone over all elements, or a `return` stands inside "
            "a loop."
        )
    return ""


def _is_small_integer(expected: Any) -> bool:
    """Whether a number equals many others by chance, as 0 and 1 do."""
    return isinstance(expected, (bool, int, float)) and expected in (-1, 0, 1, 2)


def _where_not_finite(what: str, difference: Difference) -> str:
    found = np.asarray(difference.found, dtype=float)
    value = float(found[difference.index or ()])
    name = "nan (not a number)" if np.isnan(value) else "infinity"
    if found.ndim == 0:
        return f"{what} is {name}."
    count = int((~np.isfinite(found)).sum())
    if count == found.size:
        return f"{what} holds {name} everywhere." if count > 1 else f"{what} holds {name}."
    return (
        f"{what} holds {name}, first at {place_of(difference)} ({count} of {found.size} elements)."
    )


_PROPERTY_TEXT = {
    "zero_one": "made of zeros and ones only",
    "decreasing": "a sequence in which each number is smaller than the one before",
    "partition": "a set of index arrays that hold every index exactly once",
    "topological_order": "a list of all nodes that the root reaches, each once, parents first",
}


def _tell_shape(what: str, difference: Difference, tolerance: Tolerance) -> Told:
    expected = np.asarray(difference.expected, dtype=float)
    found = np.asarray(difference.found, dtype=float)
    text = f"{what} has shape {shape_text(found)}, expected is {shape_text(expected)}"
    alike = found.size == expected.size > 0
    if found.ndim == 2 and found.shape == expected.shape[::-1]:
        if alike and tolerance.holds(expected, found.T).all():
            text += ". The numbers are right, but the array is transposed."
        else:
            text += ": rows and columns seem to have changed places."
        return "transposed", text
    if alike and tolerance.holds(expected, found.reshape(expected.shape)).all():
        text += ". The numbers are right, only the shape is not."
    elif found.ndim == 2 and expected.ndim == 1 and found.shape == expected.shape * 2:
        n = len(expected)
        text += (
            f". This happens where an array of shape ({n}, 1) meets one of shape ({n},): NumPy "
            "pairs every element with every other."
        )
    elif expected.ndim == 0:
        text += ": one number is wanted. Is a sum or a mean missing, or one element to be picked?"
    elif _lacks_an_axis(found.shape, expected.shape):
        text += ": an axis is gone. A sum, a mean or an index takes one away."
    else:
        text += "."
    return "shape", text


def _lacks_an_axis(found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return any(found == expected[:axis] + expected[axis + 1 :] for axis in range(len(expected)))


def _tell_numbers(what: str, difference: Difference, tolerance: Tolerance) -> Told:
    if isinstance(difference.expected, str):
        return "value", f"{what} is another text than is expected."
    expected = np.asarray(difference.expected, dtype=float)
    found = np.asarray(difference.found, dtype=float)
    cut_off = np.asarray(difference.found).dtype.kind in "iu" and np.isfinite(expected).all()
    if cut_off and expected.ndim and (found == np.trunc(expected)).all():
        return "dtype", (
            f"{what} holds whole numbers: what came after the decimal point was cut off. "
            "An array that is made from ints keeps ints; look at its `dtype`."
        )
    square = expected.ndim == 2 and expected.shape == expected.shape[::-1]
    if square and tolerance.holds(expected, found.T).all():
        return "transposed", f"{what} has the right numbers, but the array is transposed."
    if expected.size > 1 and not found.any():
        return "value", f"{what} is 0 in every element, and other numbers are expected."
    if expected.ndim == 0:
        how = "not what is expected"
    elif difference.count == expected.size:
        how = "wrong in every element"
    else:
        place = place_of(difference)
        how = f"wrong in {difference.count} of {expected.size} elements, first at {place}"
    return "value", f"{what} is {how}.{_likeness(expected, found, tolerance)}"


def _likeness(expected: np.ndarray, found: np.ndarray, tolerance: Tolerance) -> str:
    """Say how wrong numbers resemble the right ones; a sentence with a space before it, or ""."""
    if not (np.isfinite(expected).all() and np.isfinite(found).all()):
        return ""
    wrong = ~tolerance.holds(expected, found)
    if np.abs(found - expected).max() <= NEARLY * np.abs(expected).max():
        return (
            " It is nearly right. Is a number rounded on the way, a small number added, or an "
            "approximation used?"
        )
    if found.any() and tolerance.holds(np.floor(expected), found).all():
        return " The numbers are rounded down: `//` does that."
    if expected.size < ENOUGH:
        return ""
    if tolerance.holds(np.abs(expected), np.abs(found)).all():
        return " Only the signs differ."
    off = found - expected
    if tolerance.holds(np.full(off.shape, off.flat[0]), off).all():
        return (
            " All elements are off by the same amount: something is added or subtracted that "
            "should not be, or the other way round."
        )
    gaps = not wrong.all() and not found[wrong].any()
    if gaps and not np.isin(expected, (0, 1)).all():  # a 0 among zeros and ones says nothing
        return " Where it is wrong it holds 0: is every element filled in?"
    sorted_pair = np.sort(expected, axis=None), np.sort(found, axis=None)
    if len(np.unique(expected)) >= ENOUGH and tolerance.holds(*sorted_pair).all():
        return " The right numbers are there, but in other places."
    for axis, line in ((1, "row"), (0, "column")):
        if expected.ndim == 2 and _factor_each(expected, found, axis):
            return (
                f" Each {line} is right but for a factor of its own: look at what the {line}s are "
                "multiplied or divided by."
            )
    if (
        expected.shape[-1] > 1
        and not np.isin(found, (0, 1)).all()  # classes are no probabilities
        and np.allclose(expected.sum(axis=-1), 1)
        and not np.allclose(found.sum(axis=-1), 1)
    ):
        return " The numbers of each case should sum to 1, and they do not."
    return ""


def _factor_each(expected: np.ndarray, found: np.ndarray, axis: int) -> bool:
    """Whether each row (`axis` 1) or column (0) is a multiple of the right one, with numbers."""
    if min(expected.shape) < 2 or not expected.all():
        return False
    ratio = found / expected
    first = np.take(ratio, [0], axis=axis)
    return bool(first.all() and np.allclose(ratio, first, rtol=1e-5, atol=0))


def _factor_evidence(trace: Trace, failure: Failure, first: Failure) -> Evidence | None:
    """Return (expected, found, shapes of the arrays given) of a failed case.

    None if another part of another answer differs than in the first: the sentence names only one.
    """
    difference = failure.difference
    if difference.kind != "value" or isinstance(difference.expected, str):
        return None
    if _part(trace, failure) != _part(trace, first):
        return None
    # The latest first: what a constructor was given (weights) has no row a case.
    shapes = [
        shape
        for step in reversed(failure.case.steps[: failure.position + 1])
        for _, argument in given_to(step)
        if (shape := shape_of(failure.case, argument))
    ]
    return difference.expected, difference.found, shapes
