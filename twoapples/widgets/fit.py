"""Under- and overfitting: nine widths of a network, trained side by side on sixty noisy points."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from twoapples.datasets import moons
from twoapples.datasets.records import Floats, Labels
from twoapples.widgets.base import Panel, css, esm
from twoapples.widgets.tables import as_html, as_text

__all__ = ["FitGrid", "explore_fit"]

WIDTHS = (1, 2, 3, 4, 6, 8, 16, 32, 64)
EPOCHS = (
    *(0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80),
    *(100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000),
)

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
        How many points there are to train with, and to test with.
    noise : float
        Standard deviation of what is added to each coordinate, see `twoapples.datasets.moons`.

    Attributes
    ----------
    X, X_test : array of float64, shape (N, 2) and (M, 2)
        The points.
    t, t_test : array of int64, shape (N,) and (M,)
        Their moons, 0 or 1.
    done : int
        How many epochs have been trained.
    losses, accuracies : list of array, shape (len(widths), 2)
        For each remembered epoch: of training (column 0) and test (column 1).
    """

    def __init__(
        self,
        seed: int = 0,
        widths: tuple[int, ...] = WIDTHS,
        epochs: tuple[int, ...] = EPOCHS,
        points: int = 60,
        test_points: int = 300,
        noise: float = 0.3,
    ) -> None:
        if list(epochs) != sorted(set(epochs)) or not epochs or epochs[0] != 0:
            raise ValueError(f"epochs rise and begin with 0, not {epochs}")
        rng = np.random.default_rng(seed)
        train, test = moons(points, rng, noise), moons(test_points, rng, noise)
        self.X: Floats = train.X
        self.t: Labels = train.t
        self.X_test: Floats = test.X
        self.t_test: Labels = test.t
        self.widths, self.epochs = tuple(widths), tuple(epochs)
        self._T = train.T
        self._params = self._first_weights(rng)
        self._speeds = [np.zeros_like(array) for array in self._params]
        self.done = 0
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
        parts = [self._measure(self.X, self.t), self._measure(self.X_test, self.t_test)]
        losses, accuracies = zip(*parts, strict=True)
        self.losses.append(np.stack(losses, axis=1))
        self.accuracies.append(np.stack(accuracies, axis=1))

    def _measure(self, X: Floats, t: Labels) -> tuple[Floats, Floats]:
        """Return loss and accuracy of every network, shape (A,) each."""
        _, p = _forward(self._params, X)
        loss = -np.log(p[:, np.arange(len(t)), t] + 1e-7).mean(axis=1)
        return loss, (p.argmax(axis=2) == t).mean(axis=1)

    def curves(self, width: int) -> Floats:
        """Return the losses of one network at all remembered epochs.

        Parameters
        ----------
        width : int
            Position in `widths`.

        Returns
        -------
        array of float64, shape (2, remembered)
            Row 0 of training, row 1 of the test.
        """
        return np.array([losses[width] for losses in self.losses]).T

    def boundary(self, width: int, epoch: int, xs: Floats, ys: Floats) -> Floats:
        """Return the probability of moon 1 at the points of a grid.

        Parameters
        ----------
        width, epoch : int
            Positions in `widths` and in `epochs`; the epoch must be remembered already.
        xs, ys : array of float64, shape (nx,) and (ny,)
            Coordinates of the grid's columns and rows.

        Returns
        -------
        array of float64, shape (ny, nx)
        """
        units = self.widths[width]  # what is beyond is filled up
        W1, b1, W2, b2 = (array[width] for array in self._kept[epoch])
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        hidden = np.maximum(grid @ W1[:, :units] + b1[:, :units], 0)
        # Softmax of two scores is a sigmoid of their difference, here as half of a tanh.
        ahead = hidden @ (W2[:units, 1] - W2[:units, 0]) + (b2[0, 1] - b2[0, 0])
        return (0.5 * (1 + np.tanh(ahead / 2))).reshape(len(ys), len(xs))


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


class FitPanel(Panel):
    """The widget of `explore_fit`."""

    kind = "explore_fit"
    _esm, _css = esm("fit.js"), css("small.css")

    def __init__(self, width: int, epoch: int) -> None:
        self._grid = FitGrid()
        self._width, self._epoch = width, epoch
        self._xs = LEFT + (RIGHT - LEFT) * (np.arange(COLUMNS) + 0.5) / COLUMNS
        self._ys = BOTTOM + (TOP - BOTTOM) * (np.arange(ROWS) + 0.5) / ROWS
        self._training: asyncio.Task[Any] | None = None
        super().__init__()

    def answer(self, message: dict[str, Any]) -> None:
        """Take over what was moved, and push the picture; see to it that training goes on."""
        self._width = _within(message.get("width", self._width), WIDTHS)
        self._epoch = _within(message.get("epoch", self._epoch), EPOCHS)
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

    def _draw(self) -> None:
        grid = self._grid
        shown = min(self._epoch, grid.remembered - 1)
        p = grid.boundary(self._width, shown, self._xs, self._ys)
        self.push(
            {
                "widths": WIDTHS,
                "epochs": EPOCHS,
                "width": self._width,
                "epoch": self._epoch,
                "shown": shown,
                "done": grid.done,
                "box": [LEFT, RIGHT, BOTTOM, TOP],
                "loss": grid.losses[shown][self._width],
                "accuracy": grid.accuracies[shown][self._width],
                "lowest": int(grid.curves(self._width)[1].argmin()),
                "said": self._said(),
            },
            p=np.round(255 * p).astype(np.uint8),
            points=grid.X,
            labels=grid.t.astype(np.uint8),
            test_points=grid.X_test,
            test_labels=grid.t_test.astype(np.uint8),
            curves=grid.curves(self._width),
            by_width=grid.losses[shown].T,
        )

    def _said(self) -> str:
        """Say in one sentence what the picture shows."""
        shown = min(self._epoch, self._grid.remembered - 1)
        (loss, test_loss), (right, test_right) = (
            part[shown][self._width] for part in (self._grid.losses, self._grid.accuracies)
        )
        return (
            f"{_units(WIDTHS[self._width])} after {_counted(EPOCHS[shown])}: "
            f"training loss {loss:.2f} and test loss {test_loss:.2f}; "
            f"{right:.0%} of the training points and {test_right:.0%} of the test points are right."
        )

    def _caption(self) -> str:
        return (
            "Networks of one hidden layer learn 60 noisy points of two moons; 300 other points "
            "test them. Losses by number of hidden units:"
        )

    def _table(self) -> tuple[list[str], list[list[str]]]:
        head = ["hidden units", "training, 50 epochs", "test, 50 epochs"]
        head += ["training, 2000 epochs", "test, 2000 epochs"]
        return head, [[str(width), *losses] for width, losses in ENDS.items()]

    def text(self) -> str:
        """Return what the picture shows, and losses of four widths after short and long training.

        Whoever only reads sees the same numbers each time, however far training has come.
        """
        said = [self._said()] if self._grid.finished else []
        return "\n".join([*said, self._caption(), as_text(*self._table())])

    def html(self) -> str:
        """Return the same as a sentence and a table."""
        said = f"<p>{self._said()}</p>" if self._grid.finished else ""
        return said + as_html(self._caption(), *self._table())


def _within(position: Any, values: tuple[int, ...]) -> int:
    return max(0, min(int(position), len(values) - 1))


def _units(width: int) -> str:
    return f"{width} hidden unit" + ("s" if width != 1 else "")


def _counted(epochs: int) -> str:
    return f"{epochs} epoch" + ("s" if epochs != 1 else "")


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
    nearest = [
        min(range(len(values)), key=lambda k: abs(values[k] - wanted))
        for values, wanted in ((WIDTHS, width), (EPOCHS, epochs))
    ]
    return FitPanel(*nearest)
