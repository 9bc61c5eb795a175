"""Two perceptrons make a new plane, in which XOR may need one line only (lesson 01).

`TwoLines` holds two lines in the plane of the inputs and finds out whether their answers can be
separated; it knows nothing of browsers. `explore_xor` shows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from twoapples.datasets import xor
from twoapples.plots.planes import line_equation
from twoapples.widgets.base import esm
from twoapples.widgets.lines import Function, Line, LinesPanel, Plane, Seen, binary, listing, scores
from twoapples.widgets.tables import Words

__all__ = ["TwoLines", "XorPanel", "explore_xor", "separating_line"]

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

    Of the answers z (N, 2), each 0 or 1, those with the target 1 are on its positive side; both
    targets are among t (N,). None if there is no such line.
    """
    sign = 2 * np.asarray(t) - 1

    def room(line: Line) -> float:
        w, b = line
        return float(np.min(sign * scores(z, w, b)) / np.sqrt(w @ w))

    best = max(_CANDIDATES, key=room)
    return best if room(best) > 0 else None


class Look(NamedTuple):
    """What is to be seen of `TwoLines` now."""

    z: np.ndarray | None = None  # the answers (N, 2) of the two perceptrons, if they could be had
    line: Line | None = None  # in the plane of z, between the classes, if there is one
    error: Exception | None = None  # what went wrong in the learner's function

    def places(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Go through the places of z that are taken: each (2,), and whether a point is there."""
        for place in np.unique(self.z, axis=0) if self.z is not None else ():
            yield place, (self.z == place).all(axis=1)


class TwoLines(Plane):
    """The four points of XOR, targets `t`, and two perceptrons that look at them.

    The arguments are those of `explore_xor`.
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
        super().__init__(table.X, lines, perceptron, names)
        self.t = binary(table.t, len(table.X))

    def look(self) -> Look:
        """Ask both perceptrons about all points, and look for a line between their answers."""
        columns = []
        for w, b in self.lines:
            answers, error = self.answers(w, b)
            if error:
                return Look(error=error)
            columns.append(answers)
        z = np.column_stack(columns)
        return Look(z, separating_line(z, self.t))

    def sentences(self, look: Look) -> list[str]:
        """Say in words whether one line separates, and if not, why not."""
        if look.z is None:
            return ["Your perceptron gives no answers that can be drawn."]
        if look.line is not None:
            return [
                "Separable: in the plane of the answers one line divides squares and circles, "
                f"{line_equation(*look.line, self.names)}."
            ]
        for place, here in look.places():
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


class XorPanel(LinesPanel):
    """Show `TwoLines`: on the left the inputs with both lines, on the right the answers."""

    kind = "xor"
    _esm = esm("lines.js", "xor.js")
    where = 0.35  # so that arrows that face each other keep apart
    model: TwoLines

    def look(self, message: dict[str, Any]) -> Seen:
        """Look at both planes."""
        model = self.model
        look = model.look()
        header = {
            "equations": model.equations(("x1", "x2")),
            "sentences": model.sentences(look),
            "good": look.line is not None,
            "corners": [
                {
                    "place": place,
                    "points": np.flatnonzero(here),
                    "text": [f"from {listing([x])}" for x in model.x[here]],
                }
                for place, here in look.places()
            ],
        }
        return header, {} if look.line is None else model.drawn(look.line), look.error

    def words(self) -> Words:
        """Return the two lines and whether a line separates, and where every point goes."""
        model = self.model
        look = model.look()
        named = zip(model.names, model.equations(("x1", "x2")), strict=True)
        lines = " and ".join(f"{name}: {equation}" for name, equation in named)
        told = [f"XOR and two perceptrons, {lines}.", *model.sentences(look)]
        places = ["?"] * len(model.x) if look.z is None else [listing([z]) for z in look.z]
        rows = [
            [listing([x]), place, str(t)]
            for x, place, t in zip(model.x, places, model.t, strict=True)
        ]
        head = ["(x1, x2)", f"goes to ({', '.join(model.names)})", "target"]
        return Words(told, head, rows, "The points")


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
