"""Draw a digit, or something that is none, and see how sure a network is (lesson 10).

`DigitReader` holds the network and makes pictures to try it with; it knows nothing of browsers.
`draw_digit` shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from twoapples.datasets import digits
from twoapples.datasets.records import Floats
from twoapples.trainer.networks import probabilities
from twoapples.widgets.base import TablePanel, esm
from twoapples.widgets.tables import Words

__all__ = ["CLASSES", "INK", "SIDE", "STRANGE", "DigitReader", "draw_digit"]

SIDE = 8
INK = 16.0
CLASSES = 10

# Letters as lesson 10 has them in mind: no digit looks like one of these.
_LETTERS = {
    "A": "...##... ..####.. .##..##. .##..##. .######. .##..##. .##..##. .##..##.",
    "H": ".##..##. .##..##. .##..##. .######. .######. .##..##. .##..##. .##..##.",
    "K": ".##..##. .##.##.. .####... .###.... .###.... .####... .##.##.. .##..##.",
    "M": "##....## ###..### ######## ##.##.## ##.##.## ##....## ##....## ##....##",
    "X": "##....## .##..##. ..####.. ...##... ...##... ..####.. .##..##. ##....##",
}
_CHANGES: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
    "upside down": ("turned by half", lambda picture: picture[::-1, ::-1]),
    "quarter turn": ("turned by a quarter", np.rot90),
    "negative": ("ink and paper changed over", lambda picture: INK - picture),
    "moved left": ("one pixel to the left", lambda picture: np.roll(picture, -1, axis=1)),
}
STRANGE = ("noise", "letter", *_CHANGES, "blank")


class DigitReader:
    """A network that reads digits, and pictures to try it with.

    The arguments are those of `draw_digit`. A picture is an array (8, 8) of ink from 0 to 16.
    """

    def __init__(self, network: Any, ink: float = INK, seed: int = 0) -> None:
        predict = getattr(network, "predict", network)
        if not callable(predict):
            raise TypeError("the network needs a method predict(X), or give a function of X")
        if not ink > 0:
            raise ValueError(f"ink is the number for full ink, above 0, not {ink}")
        self._predict: Callable[[Floats], Any] = predict
        self._ink = float(ink)
        self._gives_scores = False
        self._data = digits()
        self._rng = np.random.default_rng(seed)
        self._order = np.random.default_rng(seed).permutation(len(self._data.X))
        self._examples = self._letters = 0  # shown so far

    def example(self) -> tuple[Floats, str]:
        """Return the next handwritten digit of the data, as `strange` does."""
        n = self._order[self._examples % len(self._order)]
        self._examples += 1
        return self._data.X[n].reshape(SIDE, SIDE).copy(), f"a handwritten {self._data.t[n]}"

    def strange(self, kind: str) -> tuple[Floats, str]:
        """Return a picture that is no digit of the data, one of `STRANGE`, and what it is.

        Those that are made of a digit take the next example.
        """
        if kind == "noise":
            return self._rng.integers(0, 17, (SIDE, SIDE)).astype(float), "noise: no digit at all"
        if kind == "blank":
            return np.zeros((SIDE, SIDE)), "a blank sheet"
        if kind == "letter":
            letter = list(_LETTERS)[self._letters % len(_LETTERS)]
            self._letters += 1
            dots = np.array([list(row) for row in _LETTERS[letter].split()])
            return INK * (dots == "#"), f"the letter {letter}"
        if kind not in _CHANGES:
            raise ValueError(f"{kind!r} is none of {', '.join(STRANGE)}")
        picture, title = self.example()
        how, change = _CHANGES[kind]
        return change(picture).copy(), f"{title}, {how}"

    def read(self, picture: Floats, brightness: float = 1.0) -> tuple[Floats, Floats | None]:
        """Ask the network what a picture, shape (8, 8) or (64,), is.

        Parameters
        ----------
        brightness : float
            All pixels are multiplied by it.

        Returns
        -------
        p : array of float64, shape (10,)
            Probabilities.
        scores : array of float64, shape (10,), or None
            What the network gave, if those are no probabilities: then `p` is their softmax.

        Raises
        ------
        ValueError
            If the answer has not ten numbers.
        """
        x = np.asarray(picture, dtype=float).reshape(1, SIDE * SIDE)
        answer = np.asarray(self._predict(x * (brightness * self._ink / INK)), dtype=float)
        if answer.shape not in {(1, CLASSES), (CLASSES,)}:
            raise ValueError(
                f"the network answers with shape {answer.shape} to one picture of shape (1, 64); "
                f"ten scores or probabilities are needed, shape (1, 10)"
            )
        answer = answer.reshape(CLASSES)
        # Scores can look like probabilities by accident: a network that gave others once gives
        # scores always.
        looks = bool(np.all(answer >= 0) and np.isclose(answer.sum(), 1, rtol=0, atol=1e-6))
        self._gives_scores = self._gives_scores or not looks
        if not self._gives_scores:
            return answer, None
        return probabilities(answer[np.newaxis])[0], answer


class DrawPanel(TablePanel):
    """The widget of `draw_digit`."""

    kind = "draw_digit"
    _esm = esm("draw_digit.js")
    controls: ClassVar = {"brightness": float}

    def __init__(self, reader: DigitReader) -> None:
        super().__init__()
        self._reader = reader
        self._picture, self._title = reader.example()
        self.brightness = 1.0

    def answer(self, message: dict[str, Any]) -> None:
        """Take over the picture or load one, and push what the network says of it."""
        if "pixels" in message:
            pixels = np.asarray(message["pixels"], dtype=float).reshape(SIDE, SIDE)
            self._picture, self._title = np.clip(pixels, 0, INK), "your drawing"
        if kind := message.get("load"):
            reader = self._reader
            self._picture, self._title = (
                reader.example() if kind == "example" else reader.strange(kind)
            )
        p, scores = self._reader.read(self._picture, self.brightness)
        self.push(
            {
                "title": self._title,
                "loaded": "first" in message or "load" in message,
                "answer": int(p.argmax()),
                "scores": scores,
                "said": self._said(p),
            },
            p=p,
            picture=np.round(self._picture).astype(np.uint8),
        )

    def _said(self, p: Floats) -> str:
        brighter = "" if self.brightness == 1 else f", {self.brightness:g} times as bright"
        return (
            f"The picture is {self._title}{brighter}. The network says {p.argmax()} "
            f"and is {p.max():.2f} sure."
        )

    def words(self) -> Words:
        """Return what the picture is, what the network says, and the ten probabilities."""
        p, _ = self._reader.read(self._picture, self.brightness)
        rows = [[str(k), f"{p[k]:.3f}"] for k in range(CLASSES)]
        return Words([self._said(p)], ["digit", "probability"], rows)


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
