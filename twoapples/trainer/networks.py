"""Networks to train: a plain one, one of layers that are given, or one that is given as a whole.

All three have `params`, a dict of the arrays that they calculate with, and `scores`, `loss` and
`gradient` of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from twoapples.datasets.records import Floats, Labels

__all__ = ["ACTIVATIONS", "GivenNetwork", "LayeredNetwork", "Network", "PlainNetwork"]

#: The activations of the plain network: the function, and its derivative told by its result.
ACTIVATIONS: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "ReLU": (lambda x: np.maximum(x, 0.0), lambda y: (y > 0).astype(float)),
    "Tanh": (np.tanh, lambda y: 1 - y * y),
    # tanh does not overflow: this is 1 / (1 + exp(-x)) for every x
    "Sigmoid": (lambda x: 0.5 + 0.5 * np.tanh(0.5 * x), lambda y: y * (1 - y)),
}


class Network(Protocol):
    """What a `Trainer` trains."""

    params: dict[str, Floats]

    def scores(self, X: Floats) -> Floats:
        """Return a score for each class, shape (N, C), of cases of shape (N, D)."""

    def loss(self, X: Floats, t: Labels) -> float:
        """Return the mean cross-entropy of cases."""

    def gradient(self, X: Floats, t: Labels) -> Mapping[str, Floats]:
        """Return the derivative of the loss, under the names and in the shapes of `params`."""


def first_weights(
    sizes: tuple[int, ...], activation: str, rng: np.random.Generator
) -> dict[str, Floats]:
    """Draw weights with He's spread for ReLU and Xavier's for others; biases are 0."""
    gain = 2.0 if activation == "ReLU" else 1.0
    params = {}
    for i, (d_in, d_out) in enumerate(pairwise(sizes), start=1):
        params[f"W{i}"] = rng.normal(0, np.sqrt(gain / d_in), (d_in, d_out))
        params[f"b{i}"] = np.zeros(d_out)
    return params


class PlainNetwork:
    """Affine layers with an activation between them, calculated in one go.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, hidden widths, classes.
    activation : str
        One of `ACTIVATIONS`.
    rng : numpy.random.Generator
        Draws the first weights.
    """

    def __init__(self, sizes: tuple[int, ...], activation: str, rng: np.random.Generator) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"There is no activation {activation!r}; there is {', '.join(ACTIVATIONS)}."
            )
        self._function, self._slope = ACTIVATIONS[activation]
        self._depth = len(sizes) - 1
        self.params = first_weights(sizes, activation, rng)

    def _signals(self, X: Floats) -> list[Floats]:
        signals = [X]
        for i in range(1, self._depth + 1):
            z = signals[-1] @ self.params[f"W{i}"] + self.params[f"b{i}"]
            signals.append(z if i == self._depth else self._function(z))
        return signals

    def scores(self, X: Floats) -> Floats:
        """Return a score for each class, shape (N, C)."""
        return self._signals(X)[-1]

    def loss(self, X: Floats, t: Labels) -> float:
        """Return the mean of -log(p + 1e-7), as in lesson 02."""
        return cross_entropy(self.scores(X), t)

    def gradient(self, X: Floats, t: Labels) -> dict[str, Floats]:
        """Return the gradient of the mean cross-entropy by backpropagation."""
        signals = self._signals(X)
        downstream = probabilities(signals.pop())
        downstream[np.arange(len(t)), t] -= 1
        downstream /= len(t)
        found: dict[str, Floats] = {}
        for i in range(self._depth, 0, -1):
            signal = signals.pop()
            found[f"W{i}"], found[f"b{i}"] = signal.T @ downstream, downstream.sum(axis=0)
            if i > 1:
                downstream = (downstream @ self.params[f"W{i}"].T) * self._slope(signal)
        return found


class LayeredNetwork:
    """A network of layers that the learner has written, with the contract of lesson 05.

    Parameters
    ----------
    layers : mapping of str to class
        "Affine", "SoftmaxWithLoss" and the activation by name.

    Raises
    ------
    ValueError
        If one of these is missing.
    """

    def __init__(
        self,
        layers: Mapping[str, Any],
        sizes: tuple[int, ...],
        activation: str,
        rng: np.random.Generator,
    ) -> None:
        needed = ("Affine", "SoftmaxWithLoss", *([activation] if len(sizes) > 2 else []))
        missing = [name for name in needed if name not in layers]
        if missing:
            raise ValueError(f"`layers` has no {' and no '.join(missing)}.")
        self.params = first_weights(sizes, activation, rng)
        self._affine: list[Any] = []
        self._layers: list[Any] = []
        for i in range(1, len(sizes)):
            self._affine.append(layers["Affine"](self.params[f"W{i}"], self.params[f"b{i}"]))
            self._layers.append(self._affine[-1])
            if i < len(sizes) - 1:
                self._layers.append(layers[activation]())
        self._last = layers["SoftmaxWithLoss"]()

    def scores(self, X: Floats) -> Floats:
        """Return what the learner's layers make of the cases."""
        for layer in self._layers:
            X = layer.forward(X)
        return X

    def loss(self, X: Floats, t: Labels) -> float:
        """Return what the learner's SoftmaxWithLoss says."""
        return float(self._last.forward(self.scores(X), t))

    def gradient(self, X: Floats, t: Labels) -> dict[str, Floats]:
        """Go forward and backward through the learner's layers, and collect their `grads`."""
        self.loss(X, t)
        dout = self._last.backward()
        for layer in reversed(self._layers):
            dout = layer.backward(dout)
        found = {}
        for i, layer in enumerate(self._affine, start=1):
            found[f"W{i}"], found[f"b{i}"] = layer.grads
        return found


class GivenNetwork:
    """A whole network that the learner has written, with the contract of lesson 08.

    Parameters
    ----------
    net : object
        With `params`, `predict`, `loss` and `gradient`, like `TwoLayerNet`.
    """

    def __init__(self, net: Any) -> None:
        self.net = net
        self.params: dict[str, Floats] = dict(net.params)

    def scores(self, X: Floats) -> Floats:
        """Return what the network predicts."""
        return np.asarray(self.net.predict(X))

    def loss(self, X: Floats, t: Labels) -> float:
        """Return the loss that the network tells."""
        return float(self.net.loss(X, t))

    def gradient(self, X: Floats, t: Labels) -> Mapping[str, Floats]:
        """Return the gradient that the network tells."""
        told: Mapping[str, Floats] = self.net.gradient(X, t)
        return told


def probabilities(scores: Floats) -> Floats:
    """Return the softmax of each row, without overflow."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def cross_entropy(scores: Floats, t: Labels) -> float:
    """Return the mean of -log(p + 1e-7) at the true classes."""
    p = probabilities(scores)
    return float(-np.log(p[np.arange(len(t)), t] + 1e-7).mean())
