"""Which operation made a value, and whether its local gradients are those of this operation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twoapples.graphs.factors import is_number, value_text
from twoapples.graphs.steps import and_list

__all__ = ["Fit", "fit_operation", "local_gradients", "parents_of", "power_symbol", "recognize"]

UNKNOWN = "f"  # an operation that no known one fits


@dataclass(frozen=True)
class Fit:
    """An operation that fits the numbers of a value and its parents.

    Attributes
    ----------
    symbol : str
        As it is drawn.
    gradients : tuple of float or None
        The local gradients that it has here; None where nothing is known of it.
    """

    symbol: str
    gradients: tuple[float, ...] | None = None


def parents_of(value: Any) -> tuple[Any, ...]:
    """Return the values that a value was made from; say so if it is no value."""
    try:
        parents = tuple(value.parents)
        number = value.data
    except (AttributeError, TypeError):
        kind = type(value).__name__
        raise ValueError(
            f"A Value with data and parents is needed here, and this is a {kind}: {value!r:.60}"
        ) from None
    if not is_number(number):
        raise ValueError(f"The data of a Value is a number, and this is {number!r:.60}")
    return parents


def local_gradients(value: Any) -> list[float] | None:
    """Return the learner's local gradients of a value, one a parent; None if they are not there."""
    try:
        found = list(value.local_gradients)
    except (AttributeError, TypeError):
        return None
    fits = len(found) == len(parents_of(value)) and all(is_number(local) for local in found)
    return [float(local) for local in found] if fits else None


def power_symbol(n: float) -> str:
    """Return how a power with a plain exponent is drawn."""
    return f"**{n:g}".replace("-", "−")


def recognize(value: Any, symbol: str) -> tuple[Fit, str]:
    """Find the operation that made a value, and what is wrong with its local gradients."""
    parents, own = parents_of(value), local_gradients(value)
    fits = fit_operation(float(value.data), [float(p.data) for p in parents], own, symbol)
    if symbol:
        fits = [one for one in fits if one.symbol == symbol] or [Fit(symbol)]
    fit = fits[0] if fits else Fit(UNKNOWN)
    if own is None:
        try:
            count = len(value.local_gradients)
        except (AttributeError, TypeError):
            return fit, ""  # a class of another kind: nothing is known of it
        needed = "an entry" if len(parents) == 1 else f"{len(parents)} entries"
        return fit, f"local_gradients needs {needed} here, one for each parent; it has {count}."
    right = [one for one in fits if one.gradients is not None and _close(own, one.gradients)]
    if len(right) > 1:
        return Fit(UNKNOWN), ""  # 0 of 0 for example: relu, or a power?
    if right or len(fits) != 1 or fit.gradients is None:
        return right[0] if right else fit, ""
    told, there = (
        and_list([value_text(local) for local in locals_]) for locals_ in (fit.gradients, own)
    )
    if len(own) > 1:
        return fit, f"The local gradients of {fit.symbol} are {told} here, and yours are {there}."
    return fit, f"The local gradient of {fit.symbol} is {told} here, and yours is {there}."


def fit_operation(
    out: float, inputs: Sequence[float], own: Sequence[float] | None = None, symbol: str = ""
) -> list[Fit]:
    """Find the operations that give a number from others.

    Parameters
    ----------
    out : float
        What came out.
    inputs : sequence of float
        What went in.
    own : sequence of float, optional
        The learner's local gradients: they tell the exponent of a power where the numbers do not.
    symbol : str
        The symbol, if it is known: it tells the exponent too.

    Returns
    -------
    list of Fit
        All that fit.
    """
    if len(inputs) == 2:
        a, b = inputs
        found = [Fit("+", (1.0, 1.0))] if _same(out, a + b) else []
        found += [Fit("×", (b, a))] if _same(out, a * b) else []
        power = _power(a, b) if a > 0 else None
        if power is not None and _same(out, power):
            found.append(Fit("**", (_power(a, b - 1, b), power * math.log(a))))
        return found
    if len(inputs) != 1:
        return []
    (a,) = inputs
    found = [Fit("relu", (float(a > 0),))] if _same(out, max(a, 0.0)) else []
    found += [Fit("tanh", (1 - out**2,))] if _same(out, math.tanh(a)) else []
    found += [Fit("exp", (out,))] if a < 700 and _same(out, math.exp(a)) else []
    return found + _powers(out, a, own[0] if own else None, symbol)


def _powers(out: float, a: float, own: float | None, symbol: str) -> list[Fit]:
    """Find the exponents n with aⁿ = out: from the numbers, and from the local gradient n aⁿ⁻¹."""
    wanted = [float(symbol[2:].replace("−", "-"))] if symbol[2:] and symbol[:2] == "**" else []
    if not wanted:
        if a and out and abs(a) != 1:
            wanted.append(math.log(abs(out)) / math.log(abs(a)))
        elif own is not None and out:
            wanted.append(own * a / out)
        else:
            wanted.append(2.0)
        # Between any two positive numbers there is a power: only a plain exponent is believed.
        wanted = [round(n, 6) for n in wanted if math.isfinite(n) and n not in (0, 1)]
        wanted = [n for n in wanted if abs(n) < 100 and abs(100 * n - round(100 * n)) < 1e-4]
    found = []
    for n in wanted:
        power, slope = _power(a, n), _power(a, n - 1, n)
        if power is not None and _same(out, power):
            found.append(Fit(power_symbol(n), None if slope is None else (slope,)))
    return found


def _power(a: float, n: float, factor: float = 1.0) -> Any:
    """Return factor × aⁿ, or None where that is no number."""
    try:
        found = factor * float(a) ** n
    except (ArithmeticError, ValueError):
        return None
    return None if isinstance(found, complex) else found


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300) or (math.isnan(a) and math.isnan(b))


def _close(own: Sequence[float], right: Sequence[float]) -> bool:
    return all(
        math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))
        for a, b in zip(own, right, strict=True)
    )
