"""Functions that a trace can name: an argument that is itself a function, told as data.

An exercise such as `numerical_derivative(f, x)` is given a function. A trace holds no code, so it
names one of these and its coefficients; the learner's side builds the same function from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)  # equal and hashed as what it is, one object, like any function
class NamedFunction:
    """A callable that a trace can describe: a name from `BUILDERS` and arrays of coefficients."""

    name: str
    coefficients: tuple[np.ndarray, ...]

    def __call__(self, x: Any) -> Any:
        """Return the function's value at `x`."""
        return BUILDERS[self.name](*self.coefficients)(x)

    def __repr__(self) -> str:
        return f"<function {self.name}>"


def polynomial(coefficients: Any) -> NamedFunction:
    """Give x -> c[0] + c[1] x + c[2] x**2 + …, elementwise on arrays."""
    return NamedFunction("polynomial", (np.asarray(coefficients, dtype=float),))


def sine() -> NamedFunction:
    """Give x -> sin(x), elementwise on arrays."""
    return NamedFunction("sine", ())


def exponential() -> NamedFunction:
    """Give x -> exp(x), elementwise on arrays."""
    return NamedFunction("exponential", ())


def quadratic_map(A: Any, B: Any) -> NamedFunction:
    """Give x (n,) -> A @ x + B @ x**2 (m,), for `A` and `B` of shape (m, n)."""
    return NamedFunction("quadratic_map", (np.asarray(A, dtype=float), np.asarray(B, dtype=float)))


def weighted_squares(w: Any) -> NamedFunction:
    """Give x -> sum(w * x**2), a float, for `x` of the shape of `w`."""
    return NamedFunction("weighted_squares", (np.asarray(w, dtype=float),))


def _polynomial(c: np.ndarray) -> Callable[[Any], Any]:
    def evaluate(x: Any) -> Any:
        result = 0.0
        for coefficient in reversed(c.tolist()):  # Horner's scheme
            result = result * x + coefficient
        return result

    return evaluate


BUILDERS: dict[str, Callable[..., Callable[[Any], Any]]] = {
    "polynomial": _polynomial,
    "sine": lambda: np.sin,
    "exponential": lambda: np.exp,
    "quadratic_map": lambda A, B: lambda x: A @ x + B @ x**2,
    "weighted_squares": lambda w: lambda x: float(np.sum(w * np.asarray(x) ** 2)),
}
