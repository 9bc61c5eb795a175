"""Draw a digit, or something that is none, and see how sure a network is."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoapples.datasets.records import Floats
from twoapples.widgets.base import Panel, css, esm
from twoapples.widgets.digit_reader import CLASSES, INK, SIDE, DigitReader
from twoapples.widgets.tables import as_html, as_text

__all__ = ["draw_digit"]


class DrawPanel(Panel):
    """The widget of `draw_digit`."""

    kind = "draw_digit"
    _esm, _css = esm("draw_digit.js"), css("small.css")

    def __init__(self, reader: DigitReader) -> None:
        self._reader = reader
        self._picture, self._title = reader.example()
        self._brightness = 1.0
        super().__init__()

    def answer(self, message: dict[str, Any]) -> None:
        """Take over the picture or load one, and push what the network says of it."""
        loaded = bool(message.get("first"))
        if "pixels" in message:
            pixels = np.asarray(message["pixels"], dtype=float).reshape(SIDE, SIDE)
            self._picture, self._title = np.clip(pixels, 0, INK), "your drawing"
        if kind := message.get("load"):
            make = self._reader.example if kind == "example" else None
            self._picture, self._title = make() if make else self._reader.strange(kind)
            loaded = True
        self._brightness = float(message.get("brightness", self._brightness))
        p, scores = self._reader.read(self._picture, self._brightness)
        self.push(
            {
                "title": self._title,
                "loaded": loaded,
                "number": message.get("number", 0),
                "brightness": self._brightness,
                "answer": int(p.argmax()),
                "sure": p.max(),
                "scores": None if scores is None else scores,
                "said": self._said(p),
            },
            p=p,
            picture=np.round(self._picture).astype(np.uint8),
        )

    def _said(self, p: Floats) -> str:
        brighter = "" if self._brightness == 1 else f", {self._brightness:g} times as bright"
        return (
            f"The picture is {self._title}{brighter}. The network says {p.argmax()} "
            f"and is {p.max():.2f} sure."
        )

    def _table(self, p: Floats) -> tuple[list[str], list[list[str]]]:
        return ["digit", "probability"], [[str(k), f"{p[k]:.3f}"] for k in range(CLASSES)]

    def text(self) -> str:
        """Return what the picture is, what the network says, and the ten probabilities."""
        p, _ = self._reader.read(self._picture, self._brightness)
        return f"{self._said(p)}\n{as_text(*self._table(p))}"

    def html(self) -> str:
        """Return the same as a table."""
        p, _ = self._reader.read(self._picture, self._brightness)
        return as_html(self._said(p), *self._table(p))


def draw_digit(network: Any, ink: float = INK, seed: int = 0) -> DrawPanel:
    """Draw on a sheet of 8 × 8 pixels, and see what a network makes of it, and how sure it is.

    Parameters
    ----------
    network : object or callable
        A trained network with ``predict(X)``, or a function of X: X has shape (1, 64), and the
        answer, shape (1, 10), holds scores or probabilities.
    ink : float, optional
        The number that the network knows as full ink: 16, or 1 where the pictures were divided by
        16 before training.
    seed : int, optional
        Chooses the examples and draws the noise.

    Returns
    -------
    DrawPanel
        The widget. The last line of a cell shows it.
    """
    return DrawPanel(DigitReader(network, ink, seed))
