"""How networks are trained wrongly: `train(X, t, epochs, learning_rate)` of lessons 06 and 07."""

from __future__ import annotations

from typing import Any

from solutions.softmax import cross_entropy
from source.families import Method, Wrong, given, then


def epochs(loss: Method = cross_entropy, **weights: Method) -> Method:
    """Make a method `train`.

    In each epoch it lists the loss, and then sets the weights, in the order in which they are
    given, to what their functions `(net, p, X, t, learning_rate)` return.
    """

    def train(net: Any, X: Any, t: Any, epochs: int, learning_rate: float) -> list[float]:
        losses = []
        for _ in range(epochs):
            p = net.forward(X)
            losses.append(loss(p, t))
            for name, moved in weights.items():
                setattr(net, name, moved(net, p, X, t, learning_rate))
        return losses

    return train


def train_with(backward: Method, train: Method, net: Any, *arguments: Any) -> Any:
    """Train the network with another `backward` than its own."""
    net.backward = backward
    losses = train(net, *arguments)
    del net.backward
    return losses


class Training(Wrong):
    """Declares wrong versions of a network that is trained with all of its cases at once."""

    def with_rate(self, name: str, change: Method) -> Wrong:
        """Train with the learning rate that `change(learning_rate, X)` returns."""
        return self(
            name, train=given(lambda self, X, t, epochs, rate: (X, t, epochs, change(rate, X)))
        )

    def rate_ignored(self, name: str) -> Wrong:
        """Train with a learning rate of 1."""
        return self.with_rate(name, lambda rate, X: 1.0).says(
            "`train` subtracts whole gradients. The learning rate that it was given takes no part."
        )

    def gradient_once(self, name: str) -> Wrong:
        """Use the gradient of the first epoch in all of them."""

        def train(net: Any, *arguments: Any) -> Any:
            X, t, *_ = arguments
            gradient = net.backward(net.forward(X), X, t)
            return train_with(lambda *_: gradient, self.reference.train, net, *arguments)

        return self(name, train=train).says(
            "The gradient was calculated once, before the loop, and used in every epoch. As soon "
            "as the weights have moved, their gradient is another one."
        )

    def loss_after_update(self, name: str) -> Wrong:
        """List the loss after each update."""
        return self(
            name,
            train=then(
                lambda net, losses, X, t, *_: [*losses[1:], cross_entropy(net.forward(X), t)]
            ),
        ).says(
            "The weights are right, the losses come one epoch too late: each was taken after the "
            "update. Here the loss of an epoch belongs to the weights that the epoch began with."
        )

    def one_loss_too_many(self, name: str) -> Wrong:
        """List the loss after the last update as well."""
        return self(
            name,
            train=then(lambda net, losses, X, t, *_: [*losses, cross_entropy(net.forward(X), t)]),
        ).says(
            "The list has one loss too many: the loss after the last update is in it too. There "
            "is one loss for each epoch, taken before its update."
        )
