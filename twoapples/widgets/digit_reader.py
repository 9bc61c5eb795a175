"""A network that reads digits, and pictures to try it with: digits, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from twoapples.datasets import digits
from twoapples.datasets.records import Floats

__all__ = ["CLASSES", "INK", "SIDE", "STRANGE", "DigitReader"]

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
STRANGE = ("noise", "letter", "upside down", "quarter turn", "negative", "moved left", "blank")


class DigitReader:
    """A network that reads digits, and pictures to try it with.

    Parameters
    ----------
    network : object or callable
        Something with ``predict(X)``, or a function of X: X has shape (1, 64), and the answer,
        shape (1, 10), holds scores or probabilities.
    ink : float, optional
        The number that the network knows as full ink: 16 for the pictures as they are, 1 where
        they were divided by 16 before training.
    seed : int, optional
        Chooses the examples and draws the noise.
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
        self._next = {"example": 0, "letter": 0}

    def example(self) -> tuple[Floats, str]:
        """Return the next handwritten digit of the data, as `strange` does."""
        n = self._order[self._next["example"] % len(self._order)]
        self._next["example"] += 1
        label = int(self._data.t[n])
        return self._data.X[n].reshape(SIDE, SIDE).copy(), f"a handwritten {label}"

    def strange(self, kind: str) -> tuple[Floats, str]:
        """Return a picture from outside the training set.

        Parameters
        ----------
        kind : str
            One of `STRANGE`. Those that are made of a digit take the next example.

        Returns
        -------
        picture : array of float64, shape (8, 8)
            Ink from 0 to 16.
        title : str
            What it is, in words.
        """
        if kind == "noise":
            return self._rng.integers(0, 17, (SIDE, SIDE)).astype(float), "noise: no digit at all"
        if kind == "blank":
            return np.zeros((SIDE, SIDE)), "a blank sheet"
        if kind == "letter":
            letter = list(_LETTERS)[self._next["letter"] % len(_LETTERS)]
            self._next["letter"] += 1
            rows = _LETTERS[letter].split()
            return np.array([[INK * (dot == "#") for dot in row] for row in rows]), (
                f"the letter {letter}"
            )
        if kind not in STRANGE:
            raise ValueError(f"{kind!r} is none of {', '.join(STRANGE)}")
        picture, title = self.example()
        turned = {
            "upside down": (picture[::-1, ::-1], f"{title}, turned by half"),
            "quarter turn": (np.rot90(picture), f"{title}, turned by a quarter"),
            "negative": (INK - picture, f"{title}, ink and paper changed over"),
            "moved left": (np.roll(picture, -1, axis=1), f"{title}, one pixel to the left"),
        }
        picture, title = turned[kind]
        return picture.copy(), title

    def read(self, picture: Floats, brightness: float = 1.0) -> tuple[Floats, Floats | None]:
        """Ask the network what a picture is.

        Parameters
        ----------
        picture : array, shape (8, 8) or (64,)
            Ink from 0 to 16.
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
        e = np.exp(answer - answer.max())
        return e / e.sum(), answer
