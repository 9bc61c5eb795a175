"""Learning rates side by side: a network of one layer on the six pictures of lesson 06."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from twoapples.datasets import six_pictures
from twoapples.datasets.records import Dataset, Floats
from twoapples.trainer.networks import probabilities
from twoapples.widgets.base import TablePanel, esm
from twoapples.widgets.tables import Words, number
from twoapples.widgets.tables import rate as written

__all__ = ["OneLayer", "RateRun", "compare_learning_rates"]

RATES = (1e-7, 1e-5, 1e-4, 1e-2)
MOST_EPOCHS = 200
KEPT_RUNS = 60
# What the logarithm adds to a probability in lesson 02.
SMALL = 1e-7


class OneLayer:
    """Scores W x and softmax, trained by its gradient: what lesson 06 asks for, for use without it.

    Parameters
    ----------
    W : array of float64, shape (C, D)
        The weights to start from: they are copied.
    """

    def __init__(self, W: Floats) -> None:
        self.W = np.array(W, dtype=float)

    def forward(self, X: Floats) -> Floats:
        """Return the probabilities (N, C) of pictures (N, height, width)."""
        return probabilities(X.reshape(len(X), -1) @ self.W.T)

    def train(self, X: Floats, t: Floats, epochs: int, learning_rate: float) -> None:
        """Move the weights along the gradient of the mean loss; `t` is one-hot, (N, C)."""
        rows = X.reshape(len(X), -1)
        for _ in range(epochs):
            gradient = ((self.forward(X) - t) / len(X)).T @ rows
            self.W = self.W - learning_rate * gradient


class RateRun:
    """One training with one learning rate, watched after every epoch.

    Parameters
    ----------
    network : object
        With ``forward(X)``, which gives probabilities (N, C), and ``train(X, t, epochs,
        learning_rate)``: an `NN_1layer` of lesson 06.
    rate : float
        The learning rate.
    data : twoapples.datasets.Dataset
        The pictures. The targets that the network gets are one-hot.

    Attributes
    ----------
    losses : list of float
        The mean cross-entropy with 1e-7 inside the logarithm; entry k belongs to the weights after
        k updates. So ``losses[:100]`` is what ``train(X, t, 100, rate)`` returns.
    plain_losses : list of float
        The same loss without the 1e-7: nan or infinite where a probability is 0.
    accuracies : list of float
        Share of the pictures that are right.
    """

    def __init__(self, network: Any, rate: float, data: Dataset) -> None:
        self.network, self.rate, self._data = network, float(rate), data
        self.losses: list[float] = []
        self.plain_losses: list[float] = []
        self.accuracies: list[float] = []
        self._kept: list[Floats] = []

    def extend(self, updates: int) -> None:
        """Train until so many updates are made; what is done already is not done again."""
        data = self._data
        found: list[Floats] = []
        with np.errstate(all="ignore"):
            try:
                while len(self._kept) + len(found) <= updates:
                    if self._kept or found:
                        self.network.train(data.X, data.T, 1, self.rate)
                    p = np.asarray(self.network.forward(data.X), dtype=float)
                    if p.shape != data.T.shape:
                        raise ValueError(
                            f"forward gave shape {p.shape}; probabilities need {data.T.shape}"
                        )
                    found.append(p)
            finally:  # an error in the learner's code does not undo the updates before it
                if found:
                    self._watch(np.stack(found))

    def _watch(self, p: Floats) -> None:
        """Write down what probabilities (K, N, C) of K epochs say: all of them at once."""
        T = self._data.T
        self.losses += (-np.sum(T * np.log(p + SMALL), axis=2)).mean(axis=1).tolist()
        self.plain_losses += (-np.sum(T * np.log(p), axis=2)).mean(axis=1).tolist()
        self.accuracies += (p.argmax(axis=2) == self._data.t).mean(axis=1).tolist()
        self._kept += list(p)

    def lost(self, updates: int) -> int | None:
        """Return after how many updates the plain loss is no number, or None if it always is."""
        lost = np.flatnonzero(~np.isfinite(self.plain_losses[: updates + 1]))
        return int(lost[0]) if lost.size else None

    def explain(self, updates: int) -> str:
        """Say in words why the plain loss is no number, or an empty text where it is one."""
        lost = self.lost(updates)
        if lost is None:
            return ""
        p, T, names = self._kept[lost], self._data.T, self._data.names
        if np.isnan(p).any():
            return (
                f"From epoch {lost} on probabilities are nan: the weights overflowed. "
                f"From here on nothing can be learned."
            )
        n, k = map(int, np.argwhere(p == 0)[0])
        cause = f"picture {n + 1}, a {names[self._data.t[n]]}, has the probability 0 for "
        if T[n, k] == 0:
            cause += (
                f"{names[k]}, and the target there is 0 too. "
                "0 times log 0 is 0 times minus infinity, and that is nan"
            )
        else:
            cause += "its own class, and −log 0 is infinite"
        right = np.flatnonzero(np.array(self.accuracies[: updates + 1]) == 1)
        after = (
            f" Training goes on, because p − t contains no logarithm: the accuracy is 1.00 from "
            f"epoch {int(right[0])} on."
            if right.size
            else ""
        )
        return f"The plain loss is no number from epoch {lost} on: {cause}.{after}"


def _possible(epochs: Any) -> int:
    return max(1, min(int(epochs), MOST_EPOCHS))


class LearningRatesPanel(TablePanel):
    """The widget of `compare_learning_rates`."""

    kind = "compare_learning_rates"
    _esm = esm("learning_rates.js")
    controls: ClassVar = {"rate": float, "seed": int, "epochs": _possible}

    def __init__(self, make: Callable[[Floats], Any], seed: int, epochs: int, rate: float) -> None:
        super().__init__()
        self._make, self._data = make, six_pictures()
        self.seed, self.epochs, self.rate = seed, epochs, rate
        self._runs: dict[tuple[int, float], RateRun] = {}

    def _all(self) -> list[RateRun]:
        """Return the runs with all rates, trained as far as is asked for."""
        runs = self._runs
        for rate in (*RATES, self.rate):
            key = (self.seed, rate)
            if key not in runs:
                while len(runs) >= KEPT_RUNS:
                    runs.pop(next(k for k in runs if k[1] not in RATES or k[0] != self.seed))
                W = np.random.default_rng(self.seed).random((3, 4))
                runs[key] = RateRun(self._make(W), rate, self._data)
            runs[key].extend(self.epochs)
        return [runs[self.seed, rate] for rate in (*RATES, self.rate)]

    def answer(self, message: dict[str, Any]) -> None:
        """Train what is missing, and push the curves."""
        runs, shown = self._all(), slice(self.epochs + 1)
        words = self.words()
        self.push(
            {
                "rates": [written(run.rate) for run in runs],
                "lost": [run.lost(self.epochs) for run in runs],
                "why": [run.explain(self.epochs) for run in runs],
                "rows": words.rows,
                "head": words.head,
            },
            losses=[run.losses[shown] for run in runs],
            plain=[run.plain_losses[shown] for run in runs],
        )

    def words(self) -> Words:
        """Return losses and accuracy for each rate, and why a loss is no number."""
        k, runs = self.epochs, self._all()
        caption = (
            f"One layer on six pictures, after {k} epochs with each learning rate; "
            f"first weights from seed {self.seed}."
        )
        rows = [
            [
                written(run.rate),
                *map(number, (run.losses[0], run.losses[k], run.plain_losses[k])),
                f"{run.accuracies[k]:.2f}",
            ]
            for run in runs
        ]
        explained = [
            f"Rate {written(run.rate)}: {run.explain(k)}" for run in runs if run.explain(k)
        ]
        head = ["rate", "loss at first", "loss", "plain loss", "accuracy"]
        return Words([caption], head, rows, after=explained)


def compare_learning_rates(
    network: Callable[[Floats], Any] | None = None,
    rate: float = 0.06,
    epochs: int = 100,
    seed: int = 0,
) -> LearningRatesPanel:
    """Show what five learning rates do with the six pictures: four that are given, one of yours.

    Parameters
    ----------
    network : class, optional
        Your `NN_1layer`: called with weights (3, 4), it gives an object with ``forward(X)`` and
        ``train(X, t, epochs, learning_rate)``. Without it the widget has its own.
    rate : float, optional
        The fifth rate to begin with, from 1e-8 to 1.
    epochs : int, optional
        How many updates to begin with, from 1 to 200.
    seed : int, optional
        Draws the first weights, uniform between 0 and 1, as in lesson 06.

    Returns
    -------
    LearningRatesPanel
        The widget. The last line of a cell shows it.
    """
    return LearningRatesPanel(network or OneLayer, int(seed), _possible(epochs), float(rate))
