"""Straight lines in a square piece of the plane, and the widgets of lesson 01 that move them.

A line is given as a perceptron gives it: by weights `w` of shape (2,) and a bias `b`, as the places
where ``w · x + b`` is 0. Its positive side is where that is above 0. The rectangle that is drawn is
given by its lower left corner `low` and its upper right corner `high`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from twoapples.checking.learner_calls import call, zeros_and_ones
from twoapples.datasets.records import Floats
from twoapples.plots.planes import brief, limits, line_equation
from twoapples.widgets.base import TablePanel

__all__ = [
    "LinesPanel",
    "Plane",
    "arrow",
    "binary",
    "ends",
    "listing",
    "positive_side",
    "reach",
    "scores",
    "weights_of",
]

Function = Callable[..., Any]
Line = tuple[Floats, float]
Seen = tuple[dict[str, Any], dict[str, Any], Exception | None]  # header, arrays, what went wrong


def scores(x: Any, w: Any, b: float) -> Floats:
    """Return the score (N,) of points (N, 2): 0 on the line, above 0 on its positive side."""
    found: Floats = np.asarray(x, dtype=float) @ np.asarray(w, dtype=float) + b
    return found


def positive_side(w: Any, b: float, low: Any, high: Any) -> Floats:
    """Return the corners (K, 2), in their order, of the rectangle's part on the positive side.

    K is 0 where it has no such part. Sutherland and Hodgman's clipping, with the one line as the
    window.
    """
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])], dtype=float)
    heights = scores(corners, w, b)
    kept = []
    for k in range(4):
        here, there = corners[k - 1], corners[k]
        above, next_above = heights[k - 1], heights[k]
        if (above > 0) != (next_above > 0):
            kept.append(here + above / (above - next_above) * (there - here))
        if next_above > 0:
            kept.append(there)
    return np.array(kept).reshape(-1, 2)


def ends(w: Any, b: float, low: Any, high: Any) -> Floats:
    """Return the two places (2, 2) where a line enters and leaves the rectangle.

    Without rows where the line misses the rectangle, or where both weights are 0.
    """
    w = np.asarray(w, dtype=float)
    nowhere, size = np.empty((0, 2)), w @ w
    if size == 0:
        return nowhere
    # From the place nearest to the origin, along the line in both directions until an edge is met.
    foot, along = -b / size * w, np.array([-w[1], w[0]])
    first, last = -np.inf, np.inf
    for axis in range(2):
        if along[axis] == 0:
            if not low[axis] <= foot[axis] <= high[axis]:
                return nowhere
            continue
        cuts = sorted(((edge - foot[axis]) / along[axis]) for edge in (low[axis], high[axis]))
        first, last = max(first, cuts[0]), min(last, cuts[1])
    return nowhere if first > last else np.array([foot + first * along, foot + last * along])


def arrow(w: Any, b: float, low: Any, high: Any, where: float = 0.5) -> Floats:
    """Return foot and tip (2, 2) of the weight vector as it is drawn, a fifth of the picture long.

    Only the direction of `w` can be seen in a decision line. Without rows where there is no line.

    Parameters
    ----------
    where : float, optional
        At which part of the line it stands, 0 at its right end as seen in the direction of `w`, 1
        at its left end. So the arrows of two lines that face each other can keep apart.
    """
    line = ends(w, b, low, high)
    if not len(line):
        return line
    w = np.asarray(w, dtype=float)
    foot = line[0] + where * (line[1] - line[0])
    return np.array([foot, foot + 0.2 * (high[0] - low[0]) / np.sqrt(w @ w) * w])


def reach(low: Any, high: Any, lines: Any) -> list[float]:
    """Return how far the sliders of weights and of the bias go, on both sides of 0.

    Parameters
    ----------
    lines : sequence of (w of shape (2,), float)
        The lines at the start.
    """
    weights = max(3.0, *(float(np.abs(w).max()) for w, _ in lines))
    # With weights of 1 or 2 the line can be moved over the whole picture.
    bias = max(3.0, 2 * float(np.abs([low, high]).max()), *(abs(b) for _, b in lines))
    return [float(np.ceil(weights)), float(np.ceil(bias))]


def weights_of(w: Any, b: Any) -> Line:
    """Check a line's weights; return them as an array (2,), and the bias as a float.

    Raises
    ------
    ValueError
        If `w` is not two finite numbers, or `b` not one.
    """
    values, bias = np.array(w, dtype=float), float(b)
    if values.shape != (2,):
        raise ValueError(f"w needs shape (2,), not {values.shape}")
    if not np.isfinite([*values, bias]).all():
        raise ValueError(f"weights and bias have to be finite numbers, not {values} and {bias}")
    return values, bias


def binary(t: Any, n: int) -> np.ndarray:
    """Check targets of n points, 0 and 1 or -1 and +1; return them as integers 0 and 1.

    Raises
    ------
    ValueError
        If there are not n of them, or others among them.
    """
    targets = np.asarray(t)
    if targets.shape != (n,):
        raise ValueError(f"targets need shape ({n},), one for each point, not {targets.shape}")
    if not (np.isin(targets, (0, 1)).all() or np.isin(targets, (-1, 1)).all()):
        raise ValueError("targets have to be 0 and 1, or -1 and +1")
    return (targets > 0).astype(int)


def listing(places: Any) -> str:
    """Write points one after the other, for a text: ``(0, 1) and (1, 0)``."""
    written = [f"({brief(a)}, {brief(b)})" for a, b in places]
    return " and ".join(written) if len(written) < 3 else ", ".join(written)


class Plane:
    """Points in a square piece of the plane, lines that are moved there, a perceptron to ask.

    A subclass sets the targets `t`, 0 and 1, shape (N,).

    Parameters
    ----------
    x : array_like, shape (N, 2)
        The points.
    lines : sequence of (w of shape (2,), float)
        The lines at the start; later `start`, and `lines` are those now.
    perceptron : callable or None
        The learner's ``perceptron(x, w, b)``. Without it the side of the line decides.
    """

    t: np.ndarray

    def __init__(
        self, x: Any, lines: Any, perceptron: Function | None, names: tuple[str, str]
    ) -> None:
        self.x: Floats = np.array(x, dtype=float)
        if self.x.ndim != 2 or self.x.shape[1] != 2 or not len(self.x):
            raise ValueError(f"x needs shape (N, 2), one point a row, not {self.x.shape}")
        self.start = [weights_of(w, b) for w, b in lines]
        self.names = names
        self._perceptron = perceptron
        self.low, self.high = np.transpose(limits(self.x))
        self.rewind()

    def place(self, number: int, w: Any, b: float) -> None:
        """Put a line somewhere."""
        if number not in range(len(self.start)):
            raise ValueError(f"there are {len(self.start)} lines, from 0, and no line {number}")
        self.lines[number] = weights_of(w, b)

    def rewind(self) -> None:
        """Put the lines back to where they were at the start."""
        self.lines = list(self.start)

    def equations(self, names: tuple[str, str]) -> list[str]:
        """Return the equations of the lines."""
        return [line_equation(w, b, names) if w.any() else "no line" for w, b in self.lines]

    def answers(self, w: Floats, b: float) -> tuple[Any, Exception | None]:
        """Return what the perceptron answers, integers (N,); None, and an error, if it cannot."""
        if self._perceptron is None:
            return (scores(self.x, w, b) > 0).astype(int), None
        reads = zeros_and_ones(len(self.x), "perceptron")
        return call(self._perceptron, self.x, w, b, reads=reads)

    def drawn(self, line: Line, number: int | str = "", where: float = 0.5) -> dict[str, Floats]:
        """Return a line's ends, its arrow and the corners of its positive side, numbered."""
        at = (*line, self.low, self.high)
        return {
            f"line{number}": ends(*at),
            f"arrow{number}": arrow(*at, where),
            f"side{number}": positive_side(*at),
        }


class LinesPanel(TablePanel):
    """A widget that shows a `Plane`, and asks the learner's functions about it."""

    where = 0.5  # along the lines stand the arrows, see `arrow`

    def answer(self, message: dict[str, Any]) -> None:
        """Do what a message asks for, and send what is to be drawn.

        Messages: ``{"first": True}``; ``{"lines": [[w1, w2, b], …]}``; ``{"rewind": True}``; and
        what `look` does.
        """
        plane: Plane = self.model
        for number, (w1, w2, b) in enumerate(message.get("lines", ())):
            plane.place(number, (w1, w2), b)
        if "rewind" in message:
            plane.rewind()
        header, arrays, error = self.look(message)
        for number, line in enumerate(plane.lines, start=1):
            arrays |= plane.drawn(line, number, self.where)
        common = {
            "names": plane.names,
            "low": plane.low,
            "high": plane.high,
            "lines": [[*w, b] for w, b in plane.lines],
            "said": header["sentences"][0],
            "reach": reach(plane.low, plane.high, plane.start),
        }
        self.push({**common, **header}, x=plane.x, t=plane.t.astype(np.uint8), **arrays)
        if error:
            self.fail(error)

    def look(self, message: dict[str, Any]) -> Seen:
        """Do what else a message asks for; return header and arrays, and what went wrong.

        The header holds ``equations`` of the lines, ``sentences``, and whether all is ``good``.
        """
        raise NotImplementedError
