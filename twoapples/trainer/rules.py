"""Rules by which gradients move parameters, for those who bring no optimizer of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["RULES", "Rule"]

#: Names of the rules, in the order of a list to choose from.
RULES = ("SGD", "Momentum", "Adam")


class Rule:
    """A rule, its learning rate, and what it remembers of earlier gradients.

    Parameters
    ----------
    kind : str
        One of `RULES`. "Momentum" keeps 0.9 of its velocity; "Adam" has the constants 0.9, 0.999
        and 1e-8 of Kingma and Ba, "Adam: A method for stochastic optimization" (2015).
    lr : float
        Learning rate; it may be changed between updates.
    """

    def __init__(self, kind: str, lr: float) -> None:
        if kind not in RULES:
            raise ValueError(f"There is no rule {kind!r}; there is {', '.join(RULES)}.")
        self.kind, self.lr = kind, lr
        self._first: dict[str, Any] = {}
        self._second: dict[str, Any] = {}
        self._updates = 0

    def update(self, params: Mapping[str, Any], grads: Mapping[str, Any]) -> None:
        """Move all parameters by one step, in place."""
        self._updates += 1
        for name, parameter in params.items():
            parameter += self._move(name, grads[name])

    def _move(self, name: str, gradient: Any) -> Any:
        if self.kind == "SGD":
            return -self.lr * gradient
        if self.kind == "Momentum":
            moved = 0.9 * self._first.get(name, 0.0) - self.lr * gradient
            self._first[name] = moved
            return moved
        m = 0.9 * self._first.get(name, 0.0) + 0.1 * gradient
        v = 0.999 * self._second.get(name, 0.0) + 0.001 * gradient**2
        self._first[name], self._second[name] = m, v
        m, v = m / (1 - 0.9**self._updates), v / (1 - 0.999**self._updates)
        return -self.lr * m / (np.sqrt(v) + 1e-8)
