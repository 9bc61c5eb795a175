"""Scores, probabilities and the loss of the true class, to be moved with sliders (lesson 02).

`Scores` holds scores and asks the learner's functions; it knows nothing of browsers.
`explore_softmax` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from twoapples.checking.learner_calls import call, numbers
from twoapples.plots.planes import brief
from twoapples.widgets.base import Panel, css, esm
from twoapples.widgets.tables import as_html, as_text, number

__all__ = ["Scores", "SoftmaxPanel", "explore_softmax"]

Function = Callable[..., Any]

# Where the bar of the loss ends: a true class with less than 1 in 1000 has a longer one.
LONGEST_LOSS = 7.0


@dataclass(frozen=True)
class Look:
    """What is to be seen of `Scores` now.

    Attributes
    ----------
    p : ndarray, shape (C,), or None
        Probabilities; None if the learner's function could not give them.
    loss : float or None
        Of the true class; None if it is not shown, or could not be had.
    error : Exception or None
        What went wrong in the learner's functions.
    """

    p: np.ndarray | None
    loss: float | None
    error: Exception | None


class Scores:
    """The scores of one case, and which class is the true one.

    Parameters
    ----------
    s : array_like, shape (C,)
        Scores at the start; at least two.
    names : sequence of str, optional
        Names of the classes.
    true : int, optional
        The true class.
    softmax, cross_entropy : callable, optional
        The learner's own, as in lesson 02. With `softmax` alone there is no loss. With neither,
        both are computed here, for the one case, as the lesson's text does it.

    Attributes
    ----------
    s : ndarray, shape (C,)
        Scores now.
    temperature : float
        What the scores are divided by before softmax.
    added : float
        What is added to every score.
    true : int
        The true class.
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
        self.s = self._checked(s)
        count = len(self.s)
        if names is None:
            names = [f"class {k}" for k in range(count)]
        self.names = [str(name) for name in names]
        if len(self.names) != count:
            raise ValueError(f"{len(self.names)} names for {count} classes")
        self._start = self.s.copy()
        self.temperature, self.added = 1.0, 0.0
        self._softmax, self._cross_entropy = softmax, cross_entropy
        self.true = 0
        self.choose(true)

    @staticmethod
    def _checked(s: Any) -> np.ndarray:
        values = np.array(s, dtype=float)
        if values.ndim != 1 or len(values) < 2:
            raise ValueError(f"s needs shape (C,), the scores of one case, not {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError(f"scores have to be finite numbers, not {values}")
        return values

    @property
    def has_loss(self) -> bool:
        """Whether a loss is shown."""
        return self._cross_entropy is not None or self._softmax is None

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

    def given(self) -> np.ndarray:
        """Return the scores as softmax gets them, shape (C,)."""
        return (self.s + self.added) / self.temperature

    def look(self) -> Look:
        """Ask for the probabilities, and for the loss if it is shown."""
        softmax = self._softmax or _softmax_of_one_case
        p, error = call(softmax, self.given(), reads=numbers(self.s.shape, "softmax"))
        if error or not self.has_loss:
            return Look(p, None, error)
        cross_entropy = self._cross_entropy or _loss_of_one_case
        loss, error = call(cross_entropy, p, self.true, reads=numbers((), "cross_entropy"))
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
        told += self._doubts(look.p)
        return told

    def _doubts(self, p: np.ndarray) -> list[str]:
        """Say what probabilities cannot be like."""
        if not np.isfinite(p).all():
            return [
                "Not all of them are numbers: the largest score given to softmax is "
                f"{brief(self.given().max())}, and e to that power is too large for a float."
                if self.given().max() > 709
                else "Not all of them are numbers."
            ]
        if (p < 0).any():
            return ["A probability cannot be below 0."]
        if abs(p.sum() - 1) > 1e-6:
            return [f"Probabilities sum to 1; these sum to {brief(p.sum())}."]
        return []

    def rows(self, look: Look) -> list[list[str]]:
        """Return a row for each class: name, score, what softmax gets, probability."""
        p = ["?"] * len(self.s) if look.p is None else [as_number(value) for value in look.p]
        return [
            [name + (" (true)" if k == self.true and self.has_loss else ""), brief(s), brief(g), q]
            for k, (name, s, g, q) in enumerate(
                zip(self.names, self.s, self.given(), p, strict=True)
            )
        ]


def _softmax_of_one_case(s: np.ndarray) -> np.ndarray:
    e = np.exp(s)
    return e / e.sum()


def _loss_of_one_case(p: np.ndarray, true: int) -> float:
    return float(-np.log(p[true]))


def as_number(value: float) -> str:
    """Write a probability or a loss with three decimals, as the lesson does, with a true minus."""
    if -0.0005 < value < 0:  # a perfect answer costs about -1e-7, for the 1e-7 in the logarithm
        return "0.000"
    return number(value).replace("-", "−")


class SoftmaxPanel(Panel):
    """Show `Scores`: sliders, and bars of probabilities and loss.

    Parameters
    ----------
    model : Scores
        What is shown.
    """

    kind = "softmax"
    _esm, _css = esm("softmax.js"), css("lines.css")

    def __init__(self, model: Scores) -> None:
        self.model = model
        super().__init__()

    def answer(self, message: dict[str, Any]) -> None:
        """Do what a message asks for, and send what is to be drawn.

        Messages: ``{"first": True}``; ``{"rewind": True}``; any of ``"s"``, ``"temperature"``,
        ``"added"`` and ``"true"`` with their values.
        """
        model = self.model
        if "s" in message:
            model.place(message["s"])
        if "temperature" in message:
            model.temperature = float(message["temperature"])
        if "added" in message:
            model.added = float(message["added"])
        if "true" in message:
            model.choose(int(message["true"]))
        if message.get("rewind"):
            model.rewind()
        look = model.look()
        p = np.full(len(model.s), np.nan) if look.p is None else look.p
        self.push(
            {
                "s": model.s.tolist(),
                "names": model.names,
                "temperature": model.temperature,
                "added": model.added,
                "true": model.true,
                "known": look.p is not None,
                "has_loss": model.has_loss,
                "loss": look.loss,
                "loss_text": "" if look.loss is None else as_number(look.loss),
                "longest_loss": LONGEST_LOSS,
                "p_text": [as_number(value) for value in p] if look.p is not None else [],
                "sentences": model.sentences(look),
                # Then the sliders follow; else they are where a hand has put them.
                "placed": bool(message.get("first") or message.get("rewind")),
            },
            p=p,
        )
        if look.error:
            self.fail(look.error)

    def text(self) -> str:
        """Return scores, probabilities and loss."""
        look = self.model.look()
        told = [self._settings(), *self.model.sentences(look)]
        return "\n".join([*told, as_text(self._heads(), self.model.rows(look))])

    def html(self) -> str:
        """Return the same with the classes as a table."""
        look = self.model.look()
        told = escape(" ".join([self._settings(), *self.model.sentences(look)]))
        return f"<p>{told}</p>{as_html('The classes', self._heads(), self.model.rows(look))}"

    def _heads(self) -> list[str]:
        return ["class", "score", "given to softmax", "probability"]

    def _settings(self) -> str:
        model = self.model
        added = f", {brief(model.added)} added to every score" if model.added else ""
        return f"Scores and their softmax with the temperature {brief(model.temperature)}{added}."


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
        Scores at the start.
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
