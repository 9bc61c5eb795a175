"""The trainer: data, network and optimizer, one update at a time."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from twoapples.datasets.records import Floats, Labels
from twoapples.trainer.history import History, Run
from twoapples.trainer.networks import (
    ACTIVATIONS,
    GivenNetwork,
    LayeredNetwork,
    Network,
    PlainNetwork,
    probabilities,
)
from twoapples.trainer.problems import Problem, problem
from twoapples.trainer.rules import RULES, Rule

__all__ = ["Settings", "Trainer"]

_KEPT = 4  # runs to compare: more curves than that nobody tells apart
_WORTH_KEEPING = 10  # updates; a run that was rewound at once is not kept
_RECORDS_AN_EPOCH = 5
_OWN = "your data"


@dataclass(frozen=True)
class Settings:
    """What can be chosen. `widths` are the hidden layers, `seed` decides on weights and batches."""

    data: str = "spirals"
    widths: tuple[int, ...] = (16, 16)
    activation: str = "ReLU"
    optimizer: str = "SGD"
    batch_size: int = 32
    seed: int = 0


class Trainer:
    """Trains a network, one update at a time.

    Parameters
    ----------
    data : str, Dataset, SplitDataset or tuple of arrays
        What to learn, see `problem`.
    widths : sequence of int
        Widths of the hidden layers; none at all is a network of one layer.
    activation : str
        "ReLU", "Tanh" or "Sigmoid".
    optimizer : str, class, object, or mapping of str to class
        A name of `RULES`; or the learner's own: a class that is called with the learning rate, an
        object with `update(params, grads)` and `lr`, or several classes by name, of which the first
        is used at first.
    rate : float
        Learning rate.
    batch_size : int
        Cases of an update.
    seed : int
        Decides on the first weights and on the order of the cases.
    layers : mapping of str to class, optional
        The learner's own layers: "Affine", "SoftmaxWithLoss" and activations.
    net : class or object, optional
        The learner's own network instead, like `TwoLayerNet` of lesson 08. A class is called with
        (inputs, hidden width, classes, weight_init_std=…, rng=…).
    start : bool
        Whether to make the network at once. Otherwise `rewind` has to be called before all else,
        and it is there that the learner's own layers are used for the first time.

    Raises
    ------
    ValueError
        If something that was chosen does not exist.
    Exception
        Whatever the learner's code raises; also in `step` and the methods that rebuild.
    """

    def __init__(
        self,
        data: Any = "spirals",
        widths: Any = (16, 16),
        activation: str = "ReLU",
        optimizer: Any = "SGD",
        rate: float = 0.1,
        batch_size: int = 32,
        seed: int = 0,
        *,
        layers: Mapping[str, Any] | None = None,
        net: Any = None,
        start: bool = True,
    ) -> None:
        self._given_layers = dict(layers) if layers is not None else None
        #: What was given as `net`, if anything.
        self.given_net = net
        self._own_data = None if isinstance(data, str) else problem(data)
        #: Makers of the optimizers to choose from, by name.
        self.optimizers, chosen = _optimizers(optimizer)
        self._net_at_first: dict[str, Floats] | None = None
        self.activations = tuple(
            name for name in ACTIVATIONS if layers is None or name in layers
        ) or (activation,)
        if activation not in self.activations:
            activation = self.activations[0]
        self.settings = Settings(
            data=data if isinstance(data, str) else _OWN,
            widths=tuple(int(w) for w in widths),
            activation=activation,
            optimizer=chosen,
            batch_size=int(batch_size),
            seed=int(seed),
        )
        self.rate = float(rate)
        self.kept: list[Run] = []
        self.problem: Problem = self._own_data or problem(data)
        self.history = History()
        self.updates = 0
        self.gradient_norms: dict[str, float] = {}
        self.notes: list[str] = []
        self.network: Network
        if start:
            self._build()

    # --- what can be chosen -------------------------------------------------------------------

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden widths, classes: (2, 16, 16, 3), say."""
        if self.given_net is not None and self.started:
            weights = [p for p in self.network.params.values() if p.ndim == 2]
            if weights:
                return (weights[0].shape[0], *(w.shape[1] for w in weights))
        return (self.problem.inputs, *self.settings.widths, self.problem.classes)

    @property
    def label(self) -> str:
        """What tells this run from others: ``SGD 0.1, 2-16-16-3, seed 0``."""
        rates = [rate for _, rate in self.history.rates] or [self.rate]
        shown = " → ".join(f"{rate:.3g}" for rate in (rates if len(rates) < 4 else rates[-3:]))
        s = self.settings
        sizes = "-".join(map(str, self.sizes))
        return f"{s.optimizer} {shown}, {sizes} {s.activation}, batch {s.batch_size}, seed {s.seed}"

    @property
    def epochs(self) -> float:
        """How often the network has gone through the training cases."""
        return self._epoch + self._position / max(len(self._batches), 1)

    @property
    def updates_an_epoch(self) -> int:
        """How many batches an epoch has."""
        return -(-len(self.problem.X) // self.settings.batch_size)

    def change(self, **settings: Any) -> None:
        """Choose something else: fields of `Settings`. The training begins anew.

        A new `batch_size` alone acts on the training in progress, from the next epoch on.
        """
        if "widths" in settings:
            settings["widths"] = tuple(int(w) for w in settings["widths"])
        chosen = Settings(**{**self.settings.__dict__, **settings})
        if chosen == self.settings:
            return
        if set(settings) == {"batch_size"}:
            self.settings = chosen
            return
        self.keep()
        if chosen.data != self.settings.data:
            self.kept.clear()  # losses of other data cannot be compared
            self.problem = problem(self._own_data if chosen.data == _OWN else chosen.data)
        self.settings = chosen
        self._build()

    def set_rate(self, rate: float) -> None:
        """Change the learning rate of the training in progress."""
        self.rate = float(rate)
        self.optimizer.lr = self.rate
        self.history.set_rate(self.updates, self.rate)

    # --- training -----------------------------------------------------------------------------

    def step(self, updates: int = 1) -> None:
        """Make some updates, each with the gradient of one batch.

        Numbers that overflow raise no warning here: the record shows them as inf and nan.
        """
        with np.errstate(all="ignore"):
            for _ in range(updates):
                self._update()
                if self.history.due(self.updates):
                    self.record()

    def rewind(self) -> None:
        """Go back to the first weights and the first order of the cases."""
        self.keep()
        self._build()

    def reseed(self) -> None:
        """Begin anew with other weights and another order."""
        self.change(seed=self.settings.seed + 1)

    def keep(self) -> None:
        """Keep the record of this run, to compare others with it; of too many the oldest goes."""
        if self.updates >= _WORTH_KEEPING:
            self.record()
            self.kept = [*self.kept, Run(self.label, copy.deepcopy(self.history))][-_KEPT:]

    def forget(self) -> None:
        """Forget the runs that were kept."""
        self.kept.clear()

    # --- looking ------------------------------------------------------------------------------

    def record(self) -> None:
        """Take an entry of the record now, if there is none after the last update yet."""
        if self.history.update[-1:] == [self.updates]:
            return
        p = self.problem
        test = self.evaluate(p.X_test, p.t_test) if len(p.t_test) else None
        self.history.add(self.updates, self.evaluate(p.X, p.t), test)

    def evaluate(self, X: Floats, t: Labels) -> tuple[float, float]:
        """Return loss and accuracy of cases."""
        with np.errstate(all="ignore"):
            right = np.argmax(self.network.scores(X), axis=1) == t
            return float(self.network.loss(X, t)), float(right.mean())

    def boundary(self, size: int = 60) -> tuple[np.ndarray, np.ndarray]:
        """Return what the network says on a grid over the plane; only where cases are points.

        Returns
        -------
        labels : ndarray of uint8, shape (size, size)
            The class with the largest score; row 0 is the lowest.
        sure : ndarray of float64, shape (size, size)
            Its probability.
        """
        (a, b), (c, d) = self.problem.window()
        x, y = np.meshgrid(np.linspace(a, b, size), np.linspace(c, d, size))
        labels, sure = self.answers(np.stack([x.ravel(), y.ravel()], axis=1))
        return labels.astype(np.uint8).reshape(size, size), sure.reshape(size, size)

    def answers(self, X: Floats) -> tuple[Labels, Floats]:
        """Return for each case the class with the largest score, and its probability."""
        with np.errstate(all="ignore"):
            p = probabilities(self.network.scores(X))
        return p.argmax(axis=1), p.max(axis=1)

    def confusion(self) -> np.ndarray:
        """Count test cases (training cases, if there is no test) by true and told class, (C, C)."""
        p = self.problem
        X, t = (p.X_test, p.t_test) if len(p.t_test) else (p.X, p.t)
        counts = np.zeros((p.classes, p.classes), dtype=int)
        np.add.at(counts, (t, self.answers(X)[0]), 1)
        return counts

    @property
    def diverged(self) -> bool:
        """Whether the loss, or a weight, is no longer a finite number."""
        finite = all(np.isfinite(p).all() for p in self.network.params.values())
        return not (finite and np.isfinite(self.history.loss[-1]))

    @property
    def started(self) -> bool:
        """Whether there is a network with a record."""
        return bool(self.history.loss)

    # --- inside -------------------------------------------------------------------------------

    def _build(self) -> None:
        """Make network, optimizer and record new; the same seed gives the same."""
        weights, order = np.random.default_rng(self.settings.seed).spawn(2)
        self.network = self._make_network(weights)
        self.optimizer = self.optimizers[self.settings.optimizer](self.rate)
        self.optimizer.lr = self.rate
        self._order = order
        self._epoch, self._position = -1, 0
        self._batches: list[Labels] = []
        self.updates = 0
        self.gradient_norms = {}
        self.notes = []
        self.history = History(every=max(1, self.updates_an_epoch // _RECORDS_AN_EPOCH))
        self.history.set_rate(0, self.rate)
        self._next_epoch()
        self.record()

    def _make_network(self, rng: np.random.Generator) -> Network:
        s, p = self.settings, self.problem
        if isinstance(self.given_net, type):
            width, spread = s.widths[0] if s.widths else 16, float(np.sqrt(2 / p.inputs))
            net = self.given_net(p.inputs, width, p.classes, weight_init_std=spread, rng=rng)
            return GivenNetwork(net)
        if self.given_net is not None:
            return self._restored(rng)
        if self._given_layers is not None:
            return LayeredNetwork(self._given_layers, self.sizes, s.activation, rng)
        return PlainNetwork(self.sizes, s.activation, rng)

    def _restored(self, rng: np.random.Generator) -> Network:
        """Write the first weights into a network that was given; others of their size for a seed.

        The arrays stay: its layers hold them.
        """
        network = GivenNetwork(self.given_net)
        if self._net_at_first is None:
            self._net_at_first = {k: v.copy() for k, v in network.params.items()}
            self._first_seed = self.settings.seed
        for name, first in self._net_at_first.items():
            new = self.settings.seed != self._first_seed
            network.params[name][...] = rng.normal(0, first.std(), first.shape) if new else first
        return network

    def _next_epoch(self) -> None:
        n, size = len(self.problem.X), self.settings.batch_size
        shuffled = self._order.permutation(n)
        self._batches = [shuffled[i : i + size] for i in range(0, n, size)]
        self._epoch, self._position = self._epoch + 1, 0

    def _update(self) -> None:
        if self._position == len(self._batches):
            self._next_epoch()
        batch = self._batches[self._position]
        params = self.network.params
        before = dict(params)
        grads = self.network.gradient(self.problem.X[batch], self.problem.t[batch])
        self.optimizer.update(params, grads)
        self.gradient_norms = {
            name: float(np.linalg.norm(grads[name])) for name in params if params[name].ndim > 1
        }
        self._position += 1
        self.updates += 1
        moved = [name for name in before if params.get(name) is not before[name]]
        if moved and not self.notes:
            self.notes.append(
                f"The optimizer put a new array under {moved[0]!r}. The layers still calculate "
                "with the old one: an update has to write into the array."
            )


def _optimizers(optimizer: Any) -> tuple[dict[str, Callable[[float], Any]], str]:
    """Return makers of optimizers by name, and the name of the first to use."""
    if isinstance(optimizer, str):
        if optimizer not in RULES:
            raise ValueError(f"There is no rule {optimizer!r}; there is {', '.join(RULES)}.")
        return {name: partial(Rule, name) for name in RULES}, optimizer
    if isinstance(optimizer, Mapping):
        if not optimizer:
            raise ValueError("`optimizer` is empty.")
        return dict(optimizer), next(iter(optimizer))
    if inspect.isclass(optimizer) or inspect.isfunction(optimizer):
        return {optimizer.__name__: optimizer}, optimizer.__name__
    pristine = copy.deepcopy(optimizer)  # with an empty memory, for every new beginning
    name = type(optimizer).__name__
    return {name: lambda lr: copy.deepcopy(pristine)}, name
