"""Answers that are right but for a constant factor, and what the factor is likely to be."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoapples.checking.compare import ENOUGH, NEARLY

Evidence = tuple[Any, Any, list[tuple[int, ...]]]

# How exactly a factor must be met. Numerical noise in a gradient is far below this.
_PRECISION = 1e-5

_N = "where N is the number of cases (rows)"
_C = "where C is the length of the last axis"

# The first that fits every case is told.
_SENTENCES = {
    "-1": "right but for its sign.",
    "N": f"exactly N times too large, {_N}: probably a sum stands where a mean is wanted.",
    "1/N": f"exactly N times too small, {_N}: probably it is divided by N once too often.",
    "2": "exactly 2 times too large.",
    "1/2": "exactly 2 times too small: it is half of what is expected.",
    "-2": "exactly 2 times too large and has the wrong sign.",
    "-1/2": "exactly 2 times too small and has the wrong sign.",
    "C": f"exactly C times too large, {_C}.",
    "1/C": f"exactly C times too small, {_C}: probably a mean goes over more than the cases.",
    "1/NC": "exactly N·C times too small: it is divided by the number of all elements (N cases of "
    "C numbers), not by the number of cases.",
    "NC": "exactly N·C times too large: it is multiplied by the number of all elements (N cases of "
    "C numbers).",
    "-N": f"exactly N times too large, {_N}, and has the wrong sign.",
    "-1/N": f"exactly N times too small, {_N}, and has the wrong sign.",
}


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
    ratios, known, numbers = [], [], []
    for item in evidence:
        if item is None or (ratio := _ratio(item[0], item[1])) is None:
            return None
        ratios.append(ratio)
        known.append(_factors(item[2]))
        numbers.append(np.count_nonzero(item[0]))
    for name, text in _SENTENCES.items():
        wanted = [(ratio, each.get(name)) for ratio, each in zip(ratios, known, strict=True)]
        if all(f is not None and abs(r - f) <= _PRECISION * abs(f) for r, f in wanted):
            return text
    if abs(ratios[0] - 1) < NEARLY:
        return None  # a matter of digits, not of a factor
    # One wrong number is some multiple of the right one, always: that would tell nothing.
    if sum(numbers) >= ENOUGH and max(ratios) - min(ratios) <= _PRECISION * abs(ratios[0]):
        return (
            f"exactly {ratios[0]:.4g} times what is expected, everywhere: something is multiplied "
            "or divided once too often, or not at all."
        )
    if len(ratios) < 2 or min(numbers) < ENOUGH or any(abs(r - 1) < NEARLY for r in ratios):
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


def _factors(shapes: list[tuple[int, ...]]) -> dict[str, float]:
    """Return the factors that have a meaning, by name, where arrays of these shapes are given."""
    known = {"-1": -1.0, "2": 2.0, "1/2": 0.5, "-2": -2.0, "-1/2": -0.5}
    n = next((s[0] for s in shapes if len(s) >= 2 and s[0] > 1), None)
    c = next((s[-1] for s in shapes if s and s[-1] > 1), None)
    if n:
        known |= {"N": n, "1/N": 1 / n, "-N": -n, "-1/N": -1 / n}
    if c:
        known |= {"C": c, "1/C": 1 / c}
    if n and c:
        known |= {"NC": n * c, "1/NC": 1 / (n * c)}
    return known
