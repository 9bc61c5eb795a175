"""Comparison of two answers: equal within the exercise's tolerance, or where they first differ.

This says *what* differs, in types; `twoapples.checking.diagnose` says it in sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from twoapples.checking.nodes import is_topological_order
from twoapples.checking.values import Opaque, ValueFormatError, decode

Kind = Literal[
    "none", "type", "length", "shape", "not finite", "value", "changed", "error", "property"
]


# So many different numbers are no coincidence.
ENOUGH = 3
# A difference below this part of a number is a matter of digits, not of the formula.
NEARLY = 2e-3


@dataclass(frozen=True)
class Tolerance:
    """Numbers are equal if ``abs(found - expected) <= atol + rtol * abs(expected)``."""

    rtol: float
    atol: float

    def holds(self, expected: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Return elementwise whether `found` is near enough; nan equals nan."""
        with np.errstate(all="ignore"):
            near = np.abs(found - expected) <= self.atol + self.rtol * np.abs(expected)
        near &= np.isfinite(expected)  # any number is within infinity of infinity
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        return np.asarray(near | same)


@dataclass(frozen=True)
class Difference:
    """Where a found value first differs from the expected one.

    Attributes
    ----------
    path : tuple
        Which part of the answer: ``(1,)`` is the second element of a tuple, ``("W",)`` an entry.
    expected, found : object
        That part, decoded.
    index : tuple of int or None
        For ``value`` and ``not finite``: the first element that differs.
    count : int
        How many elements differ.
    """

    kind: Kind
    path: tuple[Any, ...]
    expected: Any
    found: Any
    index: tuple[int, ...] | None = None
    count: int = 0


class Given(dict[str, Any]):
    """A learner's answer. It is compared with many others, and its value decoded once."""

    _decoded: tuple[Any, ValueFormatError | None] | None = None

    def decoded(self) -> Any:
        """Return the value; it must not be changed.

        Raises
        ------
        ValueFormatError
            If it is none.
        """
        if self._decoded is None:
            try:
                self._decoded = decode(self["value"]), None
            except ValueFormatError as error:
                self._decoded = None, error
        value, problem = self._decoded
        if problem is not None:
            raise problem
        return value


def _value_of(answer: dict[str, Any]) -> Any:
    return answer.decoded() if isinstance(answer, Given) else decode(answer["value"])


def compare_answers(
    expected: dict[str, Any], found: dict[str, Any], tolerance: Tolerance
) -> Difference | None:
    """Compare the answers to one step; None if the learner's is as good as the reference's."""
    wanted, error = expected.get("error"), found.get("error")
    if wanted is not None and error is not None and wanted["type"] == error["type"]:
        return None
    if wanted is not None or error is not None:
        return Difference("error", (), wanted, error)
    if extra := [n for n in found.get("changed", []) if n not in expected.get("changed", [])]:
        return Difference("changed", (), None, extra)
    data = expected.get("value")
    if isinstance(data, dict) and "array" in data and data == found.get("value"):
        return None  # number for number: nothing needs to be decoded
    value = _value_of(found)
    if "property" in expected:
        wanted = expected["property"]
        if value is None:
            return Difference("none", (), wanted["name"], None)
        holds = PROPERTIES[wanted["name"]](value, *wanted.get("arguments", []))
        return None if holds else Difference("property", (), wanted["name"], value)
    return compare_values(decode(expected["value"]), value, tolerance)


def compare_values(
    expected: Any,
    found: Any,
    tolerance: Tolerance,
    path: tuple[Any, ...] = (),
    *,
    none_is_any: bool = True,
) -> Difference | None:
    """Compare two decoded values; see `Difference`.

    Where the reference returns None anything goes: what a function without a result returns
    does not matter. Tuples and lists stand for one another, as they do when they are unpacked.

    Parameters
    ----------
    none_is_any : bool
        False if None stands for None alone.
    """
    if expected is None:
        if none_is_any or found is None:
            return None
        return Difference("type", path, expected, found)
    if found is None:
        return Difference("none", path, expected, found)
    if isinstance(expected, Opaque):
        # Of an object only its behaviour counts, and that is asked in later steps.
        alike = isinstance(found, Opaque) or (
            expected.type_name in _ITERATORS and isinstance(found, (tuple, list, np.ndarray))
        )
        return None if alike else Difference("type", path, expected, found)
    if isinstance(expected, str):
        if not isinstance(found, str):
            return Difference("type", path, expected, found)
        return None if found == expected else Difference("value", path, expected, found)
    if not isinstance(expected, (tuple, list, dict)):
        return _compare_numbers(expected, found, tolerance, path)
    if isinstance(expected, dict):
        alike, keys = isinstance(found, dict), list(expected)
    else:
        if isinstance(found, np.ndarray) and found.ndim > 0:
            found = list(found)  # unpacks like a tuple
        alike, keys = isinstance(found, (tuple, list)), list(range(len(expected)))
    if not alike:
        return Difference("type", path, expected, found)
    if len(found) != len(keys) or (isinstance(found, dict) and set(found) != set(keys)):
        return Difference("length", path, expected, found)
    for key in keys:
        here, part = (*path, key), found[key]
        if difference := compare_values(
            expected[key], part, tolerance, here, none_is_any=none_is_any
        ):
            return difference
    return None


# What a loop can go over; a list does as well.
_ITERATORS = ("generator", "map", "zip", "filter", "enumerate", "range", "list_iterator")


def _compare_numbers(
    expected: Any, found: Any, tolerance: Tolerance, path: tuple[Any, ...]
) -> Difference | None:
    is_array = isinstance(expected, np.ndarray) and expected.ndim > 0
    if not isinstance(found, (bool, int, float, np.ndarray, np.generic)):
        return Difference("type", path, expected, found)
    if is_array and not isinstance(found, np.ndarray):
        return Difference("shape" if expected.size == 1 else "type", path, expected, found)
    wanted, got = np.asarray(expected, dtype=float), np.asarray(found, dtype=float)
    if wanted.shape != got.shape:
        return Difference("shape", path, expected, found)
    wrong = ~tolerance.holds(wanted, got)
    if not wrong.any():
        return None
    not_finite = wrong & ~np.isfinite(got)
    where = not_finite if not_finite.any() else wrong
    index = tuple(int(i) for i in np.argwhere(where)[0])
    kind: Kind = "not finite" if not_finite.any() else "value"
    return Difference(kind, path, expected, found, index, int(where.sum()))


def same_answers(
    expected: list[dict[str, Any]], found: list[dict[str, Any]], tolerance: Tolerance
) -> bool:
    """Return whether two runs of a case went the same way, errors (by type) included."""
    if len(expected) != len(found):
        return False
    try:
        return all(_same_answer(e, f, tolerance) for e, f in zip(expected, found, strict=True))
    except (ValueFormatError, KeyError, TypeError):
        return False


def _same_answer(expected: dict[str, Any], found: dict[str, Any], tolerance: Tolerance) -> bool:
    if "error" in expected or "error" in found:
        return compare_answers(expected, found, tolerance) is None
    if set(expected.get("changed", [])) != set(found.get("changed", [])):
        return False
    values = decode(expected["value"]), _value_of(found)
    return compare_values(*values, tolerance, none_is_any=False) is None


# Properties, for exercises that have many right answers. Each is given the decoded value.


def _numbers(value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":  # NumPy would read numbers out of text
        raise TypeError("not numbers")
    if array.size == 0:  # of nothing everything is true
        raise ValueError("no numbers")
    return array.astype(float)


def _zero_one(value: Any) -> bool:
    return bool(np.isin(_numbers(value), (0.0, 1.0)).all())


def _decreasing(value: Any) -> bool:
    array = _numbers(value)
    return array.ndim == 1 and bool((np.diff(array) < 0).all())


def _partition(value: Any, n: int) -> bool:
    """Whether index arrays hold every number of ``range(n)`` exactly once."""
    if isinstance(value, dict):
        return False
    parts = [np.atleast_1d(np.asarray(part)) for part in value]
    if not all(part.ndim == 1 and part.dtype.kind in "iu" for part in parts):
        return False
    return sorted(np.concatenate(parts).tolist()) == list(range(n)) if parts else n == 0


def _tolerant(test: Callable[..., bool]) -> Callable[..., bool]:
    def holds(value: Any, *arguments: Any) -> bool:
        try:
            return test(value, *arguments)
        except (TypeError, ValueError, OverflowError):
            return False  # not numbers at all: the property does not hold

    return holds


PROPERTIES: dict[str, Callable[..., bool]] = {
    "zero_one": _tolerant(_zero_one),
    "decreasing": _tolerant(_decreasing),
    "partition": _tolerant(_partition),
    "topological_order": is_topological_order,
}
