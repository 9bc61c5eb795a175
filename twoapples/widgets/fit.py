"""Under- and overfitting: nine widths of a network, trained side by side on sixty noisy points."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from twoapples.datasets import moons
from twoapples.datasets.records import Floats
from twoapples.trainer.networks import PlainNetwork
from twoapples.trainer.rules import Rule
from twoapples.widgets.base import TablePanel, esm
from twoapples.widgets.tables import Words

__all__ = ["FitGrid", "explore_fit"]

WIDTHS = (1, 2, 3, 4, 6, 8, 16, 32, 64)
EPOCHS = (
    *(0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80),
    *(100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000),
)

NOISE = 0.3  # standard deviation of what is added to each coordinate of a point
RATE = 0.3  # one step is a whole epoch: sixty points are one batch


class FitGrid:
    """Networks of several widths that learn the same points, one hidden layer with ReLU each.

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
        W1, b1 = rng.normal(0, 1, (2, max(widths))), rng.normal(0, 0.5, max(widths))
        W2 = rng.normal(0, 1, (max(widths), 2))
        self._networks = [PlainNetwork((2, width, 2), "ReLU", rng) for width in widths]
        for width, network in zip(widths, self._networks, strict=True):
            # A sum over more units has a larger spread; divided by the root of their number it
            # has not.
            second = W2[:width] / np.sqrt(width)
            network.params |= {"W1": W1[:, :width].copy(), "b1": b1[:width].copy(), "W2": second}
        self._rules = [Rule("Momentum", RATE) for _ in widths]
        self.done = 0  # epochs
        # For each remembered epoch (len(widths), 2): of training and test.
        self.losses: list[Floats] = []
        self.accuracies: list[Floats] = []
        self._kept: list[list[PlainNetwork]] = []
        self._remember()

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
            for network, rule in zip(self._networks, self._rules, strict=True):
                rule.update(network.params, network.gradient(self.X, self.t))
            self.done += 1
            if self.done == self.epochs[self.remembered]:
                self._remember()
        return steps

    def _remember(self) -> None:
        parts = [(self.X, self.t), (self.X_test, self.t_test)]
        self.losses.append(np.array([[n.loss(*part) for part in parts] for n in self._networks]))
        rights = [[n.scores(X).argmax(axis=1) == t for X, t in parts] for n in self._networks]
        self.accuracies.append(np.array([[part.mean() for part in right] for right in rights]))
        self._kept.append(copy.deepcopy(self._networks))

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
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        W1, b1, W2, b2 = self._kept[epoch][width].params.values()
        # Softmax of two scores is a sigmoid of their difference, here as half of a tanh.
        ahead = np.maximum(grid @ W1 + b1, 0) @ (W2[:, 1] - W2[:, 0]) + (b2[1] - b2[0])
        p: Floats = 0.5 * (1 + np.tanh(ahead / 2))
        return p.reshape(len(ys), len(xs))


# The piece of the plane that is drawn, and how finely.
LEFT, RIGHT, BOTTOM, TOP = -2.0, 3.0, -1.75, 2.25
COLUMNS, ROWS = 80, 64
CHUNK = 10  # epochs between two looks at the messages: a few milliseconds

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
