"""Answers that are right but for a constant factor, and what the factor is likely to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Evidence = tuple[Any, Any, list[tuple[int, ...]]]

# How exactly a factor must be met. Numerical noise in a gradient is far below this.
_PRECISION = 1e-5
# How many numbers must agree before a factor that is none of the usual ones counts as one.
_ENOUGH = 3
# Nearer to 1 than this a ratio says that digits were lost, not that a factor is wrong.
_NEARLY = 2e-3


def explain_factor(evidence: list[Evidence | None]) -> str | None:
    """Explain answers that are all a constant multiple of what is expected.

    Parameters
    ----------
    evidence : list of (expected, found, shapes) or None
        For each failed case what was expected and found, and the shapes of the arrays that the case
        was given. None stands for a case that failed in another way: then no factor explains all.

    Returns
    -------
    str or None
        The rest of a sentence that begins with "`f(x)` is …".
    """
    if not evidence or any(item is None for item in evidence):
        return None
    measured = [_ratio(item[0], item[1]) for item in evidence if item is not None]
    if any(ratio is None for ratio in measured):
        return None
    cases = [
        (ratio, item[2]) for ratio, item in zip(measured, evidence, strict=True) if item and ratio
    ]
    for factor, text in _CANDIDATES:
        values = [(ratio, factor(shapes)) for ratio, shapes in cases]
        if all(v is not None and abs(r - v) <= _PRECISION * abs(v) for r, v in values):
            return text
    ratios = [ratio for ratio, _ in cases]
    numbers = sum(np.count_nonzero(item[0]) for item in evidence if item is not None)
    # One wrong number is some multiple of the right one, always: that would tell nothing.
    if abs(ratios[0] - 1) < _NEARLY:
        return None  # a matter of digits, not of a factor
    if numbers >= _ENOUGH and max(ratios) - min(ratios) <= _PRECISION * abs(ratios[0]):
        return (
            f"exactly {ratios[0]:.4g} times what is expected, everywhere: something is multiplied "
            "or divided once too often, or not at all."
        )
    return None


def explain_factors(evidence: list[Evidence | None]) -> str | None:
    """Explain answers that are each a multiple of what is expected, by another factor each.

    Returns
    -------
    str or None
        The rest of a sentence that begins with "`f(x)` is …".
    """
    pairs = [(item[0], item[1]) for item in evidence if item is not None]
    if len(pairs) < 2 or len(pairs) < len(evidence):
        return None
    # Of a single number it would not tell anything.
    if any(np.count_nonzero(expected) < _ENOUGH for expected, _ in pairs):
        return None
    ratios = [ratio for pair in pairs if (ratio := _ratio(*pair)) is not None]
    if len(ratios) < len(pairs) or any(abs(ratio - 1) < _NEARLY for ratio in ratios):
        return None
    return (
        "right but for a factor, which is another one in each case. Look at what the whole answer "
        "is multiplied or divided by."
    )


def _ratio(expected: Any, found: Any) -> float | None:
    """Return r if ``found == r * expected`` everywhere and something is not zero."""
    wanted, got = np.asarray(expected, dtype=float), np.asarray(found, dtype=float)
    if wanted.shape != got.shape or not (np.isfinite(wanted) & np.isfinite(got)).all():
        return None
    scale = float(np.abs(wanted).max(initial=0.0))
    if scale == 0.0:
        return None
    largest = np.unravel_index(int(np.abs(wanted).argmax()), wanted.shape)
    with np.errstate(all="ignore"):
        ratio = float(got[largest] / wanted[largest])
        near = _PRECISION * scale * abs(ratio)
        alike = bool((np.abs(got - ratio * wanted) <= near + _PRECISION * np.abs(got)).all())
    return ratio if alike and ratio != 0.0 and np.isfinite(ratio) else None


def _rows(shapes: list[tuple[int, ...]]) -> int | None:
    return next((s[0] for s in shapes if len(s) >= 2 and s[0] > 1), None)


def _columns(shapes: list[tuple[int, ...]]) -> int | None:
    return next((s[-1] for s in shapes if s and s[-1] > 1), None)


def _both(shapes: list[tuple[int, ...]]) -> int | None:
    rows, columns = _rows(shapes), _columns(shapes)
    return rows * columns if rows and columns else None


def _scaled(
    size: Callable[[list[tuple[int, ...]]], int | None], power: int, sign: int
) -> Callable[[list[tuple[int, ...]]], float | None]:
    def factor(shapes: list[tuple[int, ...]]) -> float | None:
        n = size(shapes)
        return None if n is None else sign * float(n) ** power

    return factor


def _constant(value: float) -> Callable[[list[tuple[int, ...]]], float | None]:
    return lambda shapes: value


_N = "where N is the number of cases (rows)"
_C = "where C is the length of the last axis"

# The first that fits every case is told.
_CANDIDATES: list[tuple[Callable[[list[tuple[int, ...]]], float | None], str]] = [
    (_constant(-1.0), "right but for its sign."),
    (
        _scaled(_rows, 1, 1),
        f"exactly N times too large, {_N}: probably a sum stands where a mean is wanted.",
    ),
    (
        _scaled(_rows, -1, 1),
        f"exactly N times too small, {_N}: probably it is divided by N once too often.",
    ),
    (_constant(2.0), "exactly 2 times too large."),
    (_constant(0.5), "exactly 2 times too small: it is half of what is expected."),
    (_constant(-2.0), "exactly 2 times too large and has the wrong sign."),
    (_constant(-0.5), "exactly 2 times too small and has the wrong sign."),
    (_scaled(_columns, 1, 1), f"exactly C times too large, {_C}."),
    (
        _scaled(_columns, -1, 1),
        f"exactly C times too small, {_C}: probably a mean goes over more than the cases.",
    ),
    (
        _scaled(_both, -1, 1),
        "exactly N·C times too small: it is divided by the number of all elements (N cases of C "
        "numbers), not by the number of cases.",
    ),
    (
        _scaled(_both, 1, 1),
        "exactly N·C times too large: it is multiplied by the number of all elements (N cases of "
        "C numbers).",
    ),
    (_scaled(_rows, 1, -1), f"exactly N times too large, {_N}, and has the wrong sign."),
    (_scaled(_rows, -1, -1), f"exactly N times too small, {_N}, and has the wrong sign."),
]
