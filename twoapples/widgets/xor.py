"""Two perceptrons make a new plane, in which XOR may need one line only (lesson 01).

`TwoLines` holds two lines in the plane of the inputs and finds out whether their answers can be
separated; it knows nothing of browsers. `explore_xor` shows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twoapples.checking.learner_calls import call, zeros_and_ones
from twoapples.datasets import xor
from twoapples.plots.planes import limits, line_equation
from twoapples.widgets.lines import (
    arrow,
    binary,
    ends,
    listing,
    positive_side,
    reach,
    scores,
    weights_of,
)
from twoapples.widgets.lines_panel import LinesPanel, lines_script

__all__ = ["TwoLines", "XorPanel", "explore_xor", "separating_line"]

Function = Callable[..., Any]
Line = tuple[np.ndarray, float]

# The corners of a square have few ways to be separated, and each of them has a best line among
# these: upright, level or at 45 degrees, half-way between corners.
_CANDIDATES = [
    (np.array([a, c]), b)
    for a, c in itertools.product((-1.0, 0.0, 1.0), repeat=2)
    if a or c
    for b in (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
]


def separating_line(z: Any, t: Any) -> Line | None:
    """Find the line that separates answers best: with the widest way to the nearest of them.

    Parameters
    ----------
    z : ndarray, shape (N, 2)
        Answers of two perceptrons, each 0 or 1.
    t : ndarray of int, shape (N,)
        Targets 0 and 1, both of them among the N.

    Returns
    -------
    tuple of ndarray, shape (2,), and float, or None
        Weights and bias of a line with the targets 1 on its positive side; None if there is none.
    """
    sign = 2 * np.asarray(t) - 1

    def room(line: Line) -> float:
        w, b = line
        return float(np.min(sign * scores(z, w, b)) / np.sqrt(w @ w))

    best = max(_CANDIDATES, key=room)
    return best if room(best) > 0 else None


@dataclass(frozen=True)
class Look:
    """What is to be seen of `TwoLines` now.

    Attributes
    ----------
    z : ndarray of int, shape (N, 2), or None
        The answers of the two perceptrons for each point; None if they could not be had.
    line : tuple of ndarray, shape (2,), and float, or None
        A line in the plane of z that separates the classes, if there is one.
    error : Exception or None
        What went wrong in the learner's function.
    """

    z: np.ndarray | None
    line: Line | None
    error: Exception | None


class TwoLines:
    """The four points of XOR, and two perceptrons that look at them.

    Parameters
    ----------
    lines : sequence of two (w of shape (2,), float)
        Weights and bias of each perceptron at the start.
    perceptron : callable, optional
        The learner's ``perceptron(x, w, b)``. Without it the side of the line decides.
    names : tuple of str, optional
        Names of the two answers.

    Attributes
    ----------
    x : ndarray, shape (4, 2)
        Points.
    t : ndarray of int, shape (4,)
        Targets, 0 and 1.
    lines : list of (ndarray of shape (2,), float)
        The two lines now.
    start : list of (ndarray of shape (2,), float)
        The two lines at the start.
    """

    def __init__(
        self,
        lines: Sequence[tuple[Any, float]],
        *,
        perceptron: Function | None = None,
        names: tuple[str, str] = ("z1", "z2"),
    ) -> None:
        if len(lines) != 2 or len(names) != 2:
            raise ValueError(f"two lines and two names are needed, not {len(lines)}, {len(names)}")
        table = xor()
        self.x, self.t = table.X, binary(table.t, len(table.X))
        self.start = [weights_of(w, b) for w, b in lines]
        self.lines = list(self.start)
        self.names = names
        self._perceptron = perceptron
        across, up = limits(self.x)
        self.low = (float(across[0]), float(up[0]))
        self.high = (float(across[1]), float(up[1]))

    def place(self, number: int, w: Any, b: float) -> None:
        """Put line 0 or 1 somewhere."""
        if number not in (0, 1):
            raise ValueError(f"there are lines 0 and 1, and no line {number}")
        self.lines[number] = weights_of(w, b)

    def rewind(self) -> None:
        """Put both lines back to where they were at the start."""
        self.lines = list(self.start)

    def look(self) -> Look:
        """Ask both perceptrons about all points, and look for a line between their answers."""
        columns = []
        for w, b in self.lines:
            answers, error = (scores(self.x, w, b) > 0).astype(int), None
            if self._perceptron is not None:
                answers, error = call(
                    self._perceptron,
                    *(self.x, w, b),
                    reads=zeros_and_ones(len(self.x), "perceptron"),
                )
            if error:
                return Look(None, None, error)
            columns.append(answers)
        z = np.column_stack(columns)
        return Look(z, separating_line(z, self.t), None)

    def equation(self, number: int) -> str:
        """Return the equation of line 0 or 1."""
        w, b = self.lines[number]
        return line_equation(w, b, ("x1", "x2")) if w.any() else "no line"

    def sentences(self, look: Look) -> list[str]:
        """Say in words whether one line separates, and if not, why not."""
        if look.z is None:
            return ["Your perceptron gives no answers that can be drawn."]
        if look.line is not None:
            w, b = look.line
            return [
                "Separable: in the plane of the answers one line divides squares and circles, "
                f"{line_equation(w, b, self.names)}."
            ]
        for place in np.unique(look.z, axis=0):
            here = (look.z == place).all(axis=1)
            if len(set(self.t[here])) == 2:
                square, circle = self.x[here & (self.t == 1)], self.x[here & (self.t == 0)]
                return [
                    f"Not separable: {listing(square)} with the target 1 and {listing(circle)} "
                    f"with the target 0 go to the same place, {listing([place])}."
                ]
        return [
            "Not separable: every point has a place of its own, and squares and circles lie "
            "crosswise as before."
        ]

    def journeys(self, look: Look) -> list[tuple[str, str, str]]:
        """Return for each point where it is, where it goes, and its target."""
        places = ["?"] * len(self.x) if look.z is None else [listing([z]) for z in look.z]
        return [
            (listing([x]), place, str(t))
            for x, place, t in zip(self.x, places, self.t, strict=True)
        ]


class XorPanel(LinesPanel):
    """Show `TwoLines`: on the left the inputs with both lines, on the right the answers.

    Parameters
    ----------
    model : TwoLines
        What is shown.
    """

    kind = "xor"
    _esm = lines_script("xor.js")
    model: TwoLines

    def answer(self, message: dict[str, Any]) -> None:
        """Do what a message asks for, and send what is to be drawn.

        Messages: ``{"first": True}``; ``{"lines": [[w1, w2, b], [w1, w2, b]]}``;
        ``{"rewind": True}``.
        """
        model = self.model
        if "lines" in message:
            for number, (w1, w2, b) in enumerate(message["lines"]):
                model.place(number, (w1, w2), b)
        if message.get("rewind"):
            model.rewind()
        look = model.look()
        low, high = np.array(model.low), np.array(model.high)
        arrays: dict[str, Any] = {}
        for number, (w, b) in enumerate(model.lines, start=1):
            arrays[f"line{number}"] = ends(w, b, low, high)
            arrays[f"arrow{number}"] = arrow(w, b, low, high, 0.35)
        if look.z is not None:
            arrays["z"] = look.z
        if look.line is not None:
            arrays["side"] = positive_side(*look.line, low, high)
            arrays["line"] = ends(*look.line, low, high)
        self.push_points(
            message,
            {
                "lines": [[*w.tolist(), b] for w, b in model.lines],
                "reach": reach(model.low, model.high, model.start),
                "separable": look.line is not None,
                "known": look.z is not None,
                "equations": [model.equation(0), model.equation(1)],
                "sentences": model.sentences(look),
                "corners": self._corners(look),
            },
            look.error,
            **arrays,
        )

    def _corners(self, look: Look) -> list[dict[str, Any]]:
        """Return for each place of z that is taken which points went there."""
        if look.z is None:
            return []
        found = []
        for place in np.unique(look.z, axis=0):
            points = np.flatnonzero((look.z == place).all(axis=1)).tolist()
            text = [f"from {listing([self.model.x[k]])}" for k in points]
            found.append({"place": place.tolist(), "points": points, "text": text})
        return found

    def described(self) -> tuple[list[str], list[str], list[tuple[str, str, str]]]:
        """Return the two lines and whether a line separates, and where every point goes."""
        model = self.model
        look = model.look()
        lines = " and ".join(
            f"{name}: {model.equation(number)}" for number, name in enumerate(model.names)
        )
        told = [f"XOR and two perceptrons, {lines}.", *model.sentences(look)]
        heads = ["(x1, x2)", f"goes to ({', '.join(model.names)})", "target"]
        return told, heads, model.journeys(look)


def explore_xor(
    lines: Sequence[tuple[Any, float]] = (((1.0, 0.0), -0.5), ((0.0, 1.0), -0.5)),
    *,
    perceptron: Function | None = None,
    names: tuple[str, str] = ("z1", "z2"),
) -> XorPanel:
    """Move two lines, and see whether their answers make XOR separable by one line.

    Parameters
    ----------
    lines : sequence of two (w of shape (2,), float), optional
        Weights and bias of the two perceptrons at the start: one line upright and one level, with
        which nothing is won.
    perceptron : callable, optional
        Your ``perceptron(x, w, b)``. Without it the side of the line decides.
    names : tuple of str, optional
        Names of the two answers.

    Notes
    -----
    Drag a line to move it and its arrow to turn it. With the left picture in focus ↑ and ↓ move
    the chosen line, ← and → turn it, with Shift in small steps, and 1 and 2 choose a line.
    """
    return XorPanel(TwoLines(lines, perceptron=perceptron, names=names))
