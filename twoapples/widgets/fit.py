"""Under- and overfitting: nine widths of a network, trained side by side on sixty noisy points."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from twoapples.datasets import moons
from twoapples.datasets.records import Floats, Labels
from twoapples.widgets.base import TablePanel, esm
from twoapples.widgets.tables import Words

__all__ = ["FitGrid", "explore_fit"]

WIDTHS = (1, 2, 3, 4, 6, 8, 16, 32, 64)
EPOCHS = (
    *(0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80),
    *(100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000),
)

NOISE = 0.3  # standard deviation of what is added to each coordinate of a point
# One step is a whole epoch: sixty points are one batch. Momentum as in lesson 08.
RATE, FRICTION = 0.3, 0.9


class FitGrid:
    """Networks of several widths that learn the same points, one hidden layer with ReLU each.

    All widths take their steps together, as one stack of arrays: the narrow networks are filled up
    with units whose weights are 0. Such a unit passes nothing forward and gets no gradient, so it
    stays 0, and a network of width 3 is exactly a network of width 3. Nine networks cost little
    more than the widest one.

    Parameters
    ----------
    seed : int
        Draws points and first weights: the same seed gives the same numbers. The first H units of a
        wide network begin with the weights of the network of width H.
    widths : sequence of int
        How many hidden units, one network each.
    epochs : sequence of int
        After which epochs the networks are remembered, in rising order, beginning with 0.
    points, test_points : int
        How many points (N, 2) there are to train with and to test with; `t` are their moons.
    """

    def __init__(
        self,
        seed: int = 0,
        widths: tuple[int, ...] = WIDTHS,
        epochs: tuple[int, ...] = EPOCHS,
        points: int = 60,
        test_points: int = 300,
    ) -> None:
        if list(epochs) != sorted(set(epochs)) or not epochs or epochs[0] != 0:
            raise ValueError(f"epochs rise and begin with 0, not {epochs}")
        rng = np.random.default_rng(seed)
        train, test = moons(points, rng, NOISE), moons(test_points, rng, NOISE)
        self.X, self.t, self.X_test, self.t_test = train.X, train.t, test.X, test.t
        self.widths, self.epochs = tuple(widths), tuple(epochs)
        self._T = train.T
        self._params = self._first_weights(rng)
        self._speeds = [np.zeros_like(array) for array in self._params]
        self.done = 0  # epochs
        # For each remembered epoch (len(widths), 2): of training and test.
        self.losses: list[Floats] = []
        self.accuracies: list[Floats] = []
        self._kept: list[list[Floats]] = []
        self._remember()

    def _first_weights(self, rng: np.random.Generator) -> list[Floats]:
        """Return W1 (A, 2, H), b1 (A, 1, H), W2 (A, H, 2) and b2 (A, 1, 2) of A networks."""
        widest = max(self.widths)
        W1, b1 = rng.normal(0, 1, (2, widest)), rng.normal(0, 0.5, widest)
        W2 = rng.normal(0, 1, (widest, 2))
        used = np.arange(widest) < np.array(self.widths)[:, None]
        # A sum over more units has a larger spread; divided by the root of their number it has not.
        spread = 1 / np.sqrt(np.array(self.widths))
        return [
            W1 * used[:, None, :],
            (b1 * used)[:, None, :],
            W2 * used[:, :, None] * spread[:, None, None],
            np.zeros((len(self.widths), 1, 2)),
        ]

    @property
    def finished(self) -> bool:
        """Whether the last of the remembered epochs has been reached."""
        return self.done >= self.epochs[-1]

    @property
    def remembered(self) -> int:
        """How many of `epochs` can be looked at by now."""
        return len(self._kept)

    def advance(self, steps: int = 1) -> int:
        """Train all networks for some epochs, at most to the last one; return how many it were."""
        steps = min(steps, self.epochs[-1] - self.done)
        for _ in range(steps):
            hidden, p = _forward(self._params, self.X)
            gradients = self._gradients(hidden, p)
            for array, speed, gradient in zip(self._params, self._speeds, gradients, strict=True):
                speed *= FRICTION
                speed -= RATE * gradient
                array += speed
            self.done += 1
            if self.done == self.epochs[self.remembered]:
                self._remember()
        return steps

    def _gradients(self, hidden: Floats, p: Floats) -> list[Floats]:
        W2 = self._params[2]
        dscores = (p - self._T) / len(self._T)
        dhidden = (dscores @ W2.swapaxes(1, 2)) * (hidden > 0)
        return [
            self.X.T @ dhidden,
            dhidden.sum(axis=1, keepdims=True),
            hidden.swapaxes(1, 2) @ dscores,
            dscores.sum(axis=1, keepdims=True),
        ]

    def _remember(self) -> None:
        self._kept.append([array.copy() for array in self._params])
        measured = [self._measure(self.X, self.t), self._measure(self.X_test, self.t_test)]
        losses, accuracies = np.stack(measured, axis=-1)
        self.losses.append(losses)
        self.accuracies.append(accuracies)

    def _measure(self, X: Floats, t: Labels) -> Floats:
        """Return loss and accuracy of every network, shape (2, A)."""
        _, p = _forward(self._params, X)
        loss = -np.log(p[:, np.arange(len(t)), t] + 1e-7).mean(axis=1)
        return np.array([loss, (p.argmax(axis=2) == t).mean(axis=1)])

    def curves(self, width: int) -> Floats:
        """Return the losses of one network, by its position in `widths`, at all remembered epochs.

        Their shape is (2, remembered): row 0 of training, row 1 of the test.
        """
        return np.array([losses[width] for losses in self.losses]).T

    def boundary(self, width: int, epoch: int, xs: Floats, ys: Floats) -> Floats:
        """Return the probability of moon 1, shape (ny, nx), where columns xs and rows ys cross.

        `width` and `epoch` are positions in `widths` and in `epochs`; the epoch must be remembered
        already.
        """
        units = self.widths[width]  # what is beyond is filled up
        W1, b1, W2, b2 = (array[width] for array in self._kept[epoch])
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        hidden = np.maximum(grid @ W1[:, :units] + b1[:, :units], 0)
        # Softmax of two scores is a sigmoid of their difference, here as half of a tanh.
        ahead = hidden @ (W2[:units, 1] - W2[:units, 0]) + (b2[0, 1] - b2[0, 0])
        p: Floats = 0.5 * (1 + np.tanh(ahead / 2))
        return p.reshape(len(ys), len(xs))


def _forward(params: list[Floats], X: Floats) -> tuple[Floats, Floats]:
    """Return hidden units (A, N, H) and probabilities (A, N, 2) of A networks."""
    W1, b1, W2, b2 = params
    hidden = np.maximum(X @ W1 + b1, 0)
    scores = hidden @ W2 + b2
    e = np.exp(scores - scores.max(axis=2, keepdims=True))
    return hidden, e / e.sum(axis=2, keepdims=True)


# The piece of the plane that is drawn, and how finely.
LEFT, RIGHT, BOTTOM, TOP = -2.0, 3.0, -1.75, 2.25
COLUMNS, ROWS = 80, 64
CHUNK = 20  # epochs between two looks at the messages: a few milliseconds

# What training with seed 0 ends with, for the text of a widget that has not trained yet: losses
# of training and test after 50 and after 2000 epochs.
ENDS = {1: ("0.35", "0.32", "0.34", "0.32"), 3: ("0.31", "0.33", "0.11", "0.42")}
ENDS |= {16: ("0.16", "0.23", "0.00", "0.96"), 64: ("0.12", "0.29", "0.00", "0.79")}


def _position(values: tuple[int, ...]) -> Callable[[Any], int]:
    return lambda position: max(0, min(int(position), len(values) - 1))


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" + ("s" if n != 1 else "")


class FitPanel(TablePanel):
    """The widget of `explore_fit`; `width` and `epoch` are positions in `WIDTHS` and `EPOCHS`."""

    kind = "explore_fit"
    _esm = esm("fit.js")
    controls: ClassVar = {"width": _position(WIDTHS), "epoch": _position(EPOCHS)}

    def __init__(self, width: int, epoch: int) -> None:
        super().__init__()
        self._grid = FitGrid()
        self.width, self.epoch = width, epoch
        self._xs = LEFT + (RIGHT - LEFT) * (np.arange(COLUMNS) + 0.5) / COLUMNS
        self._ys = BOTTOM + (TOP - BOTTOM) * (np.arange(ROWS) + 0.5) / ROWS
        self._training: asyncio.Task[Any] | None = None

    def answer(self, message: dict[str, Any]) -> None:
        """Push the picture; see to it that training goes on."""
        if not self._grid.finished and (self._training is None or self._training.done()):
            self._training = self.start_task(self._train())
        self._draw()

    async def _train(self) -> None:
        """Train in small pieces, so that sliders are answered and other cells run in between."""
        while not self._grid.finished:
            before = self._grid.remembered
            self._grid.advance(CHUNK)
            if self._grid.remembered > before and self.ready_for_frame():
                self._draw()
            await asyncio.sleep(0)
        self._draw()

    @property
    def _shown(self) -> int:
        return min(self.epoch, self._grid.remembered - 1)

    def _draw(self) -> None:
        grid, shown = self._grid, self._shown
        curves = grid.curves(self.width)
        self.push(
            {
                "choices": {"width": WIDTHS, "epoch": EPOCHS},
                "shown": shown,
                "done": grid.done,
                "box": [LEFT, RIGHT, BOTTOM, TOP],
                "lowest": int(curves[1].argmin()),
                "said": self._said(),
            },
            p=np.round(255 * grid.boundary(self.width, shown, self._xs, self._ys)).astype(np.uint8),
            points=grid.X,
            labels=grid.t.astype(np.uint8),
            test_points=grid.X_test,
            test_labels=grid.t_test.astype(np.uint8),
            curves=curves,
            by_width=grid.losses[shown].T,
        )

    def _said(self) -> str:
        """Say in one sentence what the picture shows."""
        loss, test_loss = self._grid.losses[self._shown][self.width]
        right, test_right = self._grid.accuracies[self._shown][self.width]
        units = _counted(WIDTHS[self.width], "hidden unit")
        return (
            f"{units} after {_counted(EPOCHS[self._shown], 'epoch')}: "
            f"training loss {loss:.2f} and test loss {test_loss:.2f}; "
            f"{right:.0%} of the training points and {test_right:.0%} of the test points are right."
        )

    def words(self) -> Words:
        """Return what the picture shows, and losses of four widths after short and long training.

        Whoever only reads sees the same numbers each time, however far training has come.
        """
        caption = (
            "Networks of one hidden layer learn 60 noisy points of two moons; 300 other points "
            "test them. Losses by number of hidden units:"
        )
        head = ["hidden units", "training, 50 epochs", "test, 50 epochs"]
        head += ["training, 2000 epochs", "test, 2000 epochs"]
        rows = [[str(width), *losses] for width, losses in ENDS.items()]
        said = [self._said()] if self._grid.finished else []
        return Words([*said, caption], head, rows)


def explore_fit(width: int = 16, epochs: int = 100) -> FitPanel:
    """Show under- and overfitting: nine widths of a network on sixty noisy points.

    The networks train in the background, once, when the widget is seen first; sliders then choose
    what is looked at.

    Parameters
    ----------
    width : int, optional
        How many hidden units to begin with; the nearest of 1, 2, 3, 4, 6, 8, 16, 32 and 64.
    epochs : int, optional
        After how many epochs to begin with, from 0 to 2000; the nearest that is kept.

    Returns
    -------
    FitPanel
        The widget. The last line of a cell shows it.
    """
    nearest = (
        int(np.abs(np.array(values) - wanted).argmin())
        for values, wanted in ((WIDTHS, width), (EPOCHS, epochs))
    )
    return FitPanel(*nearest)
