"""Scores, probabilities and the loss of the true class, to be moved with sliders (lesson 02).

`Scores` holds scores and asks the learner's functions; it knows nothing of browsers.
`explore_softmax` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from twoapples.checking.learner_calls import call, numbers
from twoapples.datasets.records import Floats
from twoapples.plots.planes import brief
from twoapples.widgets.base import TablePanel, esm
from twoapples.widgets.tables import Words, number

__all__ = ["Scores", "SoftmaxPanel", "explore_softmax"]

Function = Callable[..., Any]

# Where the bar of the loss ends: a true class with less than 1 in 1000 has a longer one.
LONGEST_LOSS = 7.0


class Look(NamedTuple):
    """What is to be seen of `Scores` now."""

    p: Floats | None  # probabilities (C,); None if the learner's function could not give them
    loss: float | None  # of the true class, if it is shown and could be had
    error: Exception | None  # what went wrong in the learner's functions


class Scores:
    """The scores of one case, and which class is the true one.

    The arguments are those of `explore_softmax`. With neither function given, both are computed
    here, for the one case, as the lesson's text does it.

    Before softmax `added` is added to every score of `s`, shape (C,), and all are divided by the
    `temperature`. `true` is the true class.
    """

    def __init__(
        self,
        s: Any = (2.0, 1.0, 0.0),
        names: Sequence[str] | None = None,
        true: int = 0,
        *,
        softmax: Function | None = None,
        cross_entropy: Function | None = None,
    ) -> None:
        self._start = self._checked(s)
        count = len(self._start)
        self.names = [f"class {k}" for k in range(count)] if names is None else [*map(str, names)]
        if len(self.names) != count:
            raise ValueError(f"{len(self.names)} names for {count} classes")
        self.has_loss = cross_entropy is not None or softmax is None
        self._softmax = softmax or _softmax_of_one_case
        self._cross_entropy = cross_entropy or _loss_of_one_case
        self.choose(true)
        self.rewind()

    @staticmethod
    def _checked(s: Any) -> Floats:
        values = np.array(s, dtype=float)
        if values.ndim != 1 or len(values) < 2:
            raise ValueError(f"s needs shape (C,), the scores of one case, not {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError(f"scores have to be finite numbers, not {values}")
        return values

    def place(self, s: Any) -> None:
        """Put all scores somewhere."""
        values = self._checked(s)
        if len(values) != len(self.names):
            raise ValueError(f"{len(values)} scores for {len(self.names)} classes")
        self.s = values

    def choose(self, true: int) -> None:
        """Say which class is the true one."""
        if not 0 <= true < len(self.names):
            raise ValueError(f"there are the classes 0 to {len(self.names) - 1}, and no {true}")
        self.true = int(true)

    def rewind(self) -> None:
        """Put scores and temperature back to where they were at the start."""
        self.s = self._start.copy()
        self.temperature, self.added = 1.0, 0.0

    def given(self) -> Floats:
        """Return the scores as softmax gets them, shape (C,)."""
        return (self.s + self.added) / self.temperature

    def look(self) -> Look:
        """Ask for the probabilities, and for the loss if it is shown."""
        p, error = call(self._softmax, self.given(), reads=numbers(self.s.shape, "softmax"))
        if error or not self.has_loss:
            return Look(p, None, error)
        loss, error = call(self._cross_entropy, p, self.true, reads=numbers((), "cross_entropy"))
        return Look(p, None if loss is None else float(loss), error)

    def sentences(self, look: Look) -> list[str]:
        """Say in words what is to be seen, the most important first."""
        told = []
        if look.p is None:
            return ["Your softmax gives no probabilities that can be drawn."]
        if look.loss is not None:
            told.append(
                f"True class {self.names[self.true]} with the probability "
                f"{as_number(look.p[self.true])}: loss {as_number(look.loss)}."
            )
        elif np.isfinite(look.p).all():
            top = int(np.argmax(look.p))
            told.append(f"The most, {as_number(look.p[top])}, goes to {self.names[top]}.")
        return told + self._doubts(look.p)

    def _doubts(self, p: Floats) -> list[str]:
        """Say what probabilities cannot be like."""
        if not np.isfinite(p).all():
            largest = self.given().max()
            return [
                f"Not all of them are numbers: the largest score given to softmax is "
                f"{brief(largest)}, and e to that power is too large for a float."
                if largest > 709
                else "Not all of them are numbers."
            ]
        if (p < 0).any():
            return ["A probability cannot be below 0."]
        if abs(p.sum() - 1) > 1e-6:
            return [f"Probabilities sum to 1; these sum to {brief(p.sum())}."]
        return []

    def rows(self, look: Look) -> list[list[str]]:
        """Return a row for each class: name, score, what softmax gets, probability."""
        names = self.names.copy()
        if self.has_loss:
            names[self.true] += " (true)"
        p = ["?"] * len(names) if look.p is None else map(as_number, look.p)
        return [
            [name, brief(s), brief(given), probability]
            for name, s, given, probability in zip(names, self.s, self.given(), p, strict=True)
        ]


def _softmax_of_one_case(s: Floats) -> Floats:
    e: Floats = np.exp(s)
    p: Floats = e / e.sum()
    return p


def _loss_of_one_case(p: Floats, true: int) -> float:
    return float(-np.log(p[true]))


def as_number(value: float) -> str:
    """Write a probability or a loss with three decimals, as the lesson does, with a true minus."""
    if -0.0005 < value < 0:  # a perfect answer costs about -1e-7, for the 1e-7 in the logarithm
        return "0.000"
    return number(value).replace("-", "−")


class SoftmaxPanel(TablePanel):
    """Show `Scores`: sliders, and bars of probabilities and loss."""

    kind = "softmax"
    _esm = esm("softmax.js")
    controls: ClassVar = {"temperature": float, "added": float}
    model: Scores

    def answer(self, message: dict[str, Any]) -> None:
        """Do what a message asks for, and send what is to be drawn.

        Messages: ``{"first": True}``; ``{"rewind": True}``; any of ``"s"``, ``"temperature"``,
        ``"added"`` and ``"true"`` with their values.
        """
        model = self.model
        if "s" in message:
            model.place(message["s"])
        if "true" in message:
            model.choose(int(message["true"]))
        if "rewind" in message:
            model.rewind()
        look = model.look()
        known, sentences = look.p is not None, model.sentences(look)
        self.push(
            {
                "s": model.s,
                "names": model.names,
                "chosen": {"true": model.true},
                "choices": {"true": list(enumerate(model.names)) if model.has_loss else []},
                "known": known,
                "has_loss": model.has_loss,
                "loss": look.loss,
                "loss_text": "" if look.loss is None else as_number(look.loss),
                "longest_loss": LONGEST_LOSS,
                "p_text": [as_number(value) for value in look.p] if look.p is not None else [],
                "sentences": sentences,
                "said": sentences[0],
            },
            p=look.p if known else np.full(len(model.s), np.nan),
        )
        if look.error:
            self.fail(look.error)

    def words(self) -> Words:
        """Return scores, probabilities and loss."""
        model = self.model
        look = model.look()
        added = f", {brief(model.added)} added to every score" if model.added else ""
        first = f"Scores and their softmax with the temperature {brief(model.temperature)}{added}."
        head = ["class", "score", "given to softmax", "probability"]
        return Words([first, *model.sentences(look)], head, model.rows(look), "The classes")


def explore_softmax(
    s: Any = (2.0, 1.0, 0.0),
    names: Sequence[str] | None = None,
    true: int = 0,
    *,
    softmax: Function | None = None,
    cross_entropy: Function | None = None,
) -> SoftmaxPanel:
    """Move scores and a temperature, and see probabilities and the loss of the true class.

    Parameters
    ----------
    s : array_like, shape (C,), optional
        Scores at the start; at least two.
    names : sequence of str, optional
        Names of the classes; class 0, class 1 and so on if they are left out.
    true : int, optional
        The true class at the start.
    softmax : callable, optional
        Your ``softmax(s)``.
    cross_entropy : callable, optional
        Your ``cross_entropy(p, t)``. With `softmax` alone no loss is shown.
    """
    model = Scores(s, names, true, softmax=softmax, cross_entropy=cross_entropy)
    return SoftmaxPanel(model)
