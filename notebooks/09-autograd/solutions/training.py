"""Training in batches: optimizers, mini-batches, a network of two layers, the training loop.

Reference solutions of lesson 08. One case is one row of an array. Parameters and gradients are
dicts with the same names; whoever updates a parameter writes into its array, because the layers
hold the same arrays.
"""

import numpy as np

from solutions.layers import Affine, ReLU, SoftmaxWithLoss


class SGD:
    """Gradient descent: every parameter moves against its gradient.

    Parameters
    ----------
    lr : float
        Learning rate: how far a step goes, compared with the gradient.
    """

    def __init__(self, lr):
        self.lr = lr

    def update(self, params, grads):
        """Move all parameters by one step, *in place*.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters by name, arrays of floats. The new numbers are written into these very
            arrays; no other array takes their place.
        grads : dict of str to ndarray
            Under the same names, perhaps in another order, the derivative of the loss with respect
            to each parameter, in its shape. The gradients are left as they were.
        """
        for name, parameter in params.items():
            parameter -= self.lr * grads[name]


class Momentum:
    """Gradient descent with a memory: every parameter has a velocity that gradients change.

    Parameters
    ----------
    lr : float
        Learning rate: how much a gradient changes the velocity.
    momentum : float
        The share of the velocity that is left from one update to the next, from 0 to below 1.
    """

    def __init__(self, lr, momentum=0.9):
        self.lr, self.momentum = lr, momentum
        self.velocities = {}  # by name, each in the shape of its parameter

    def update(self, params, grads):
        """Change all velocities, then move all parameters by them, *in place*.

        A velocity is 0 before the first update. The new velocity is the old one times `momentum`,
        minus `lr` times the gradient. The parameter moves by the new velocity.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters by name, arrays of floats; the same names and shapes in every call. The
            new numbers are written into these very arrays; no other array takes their place.
        grads : dict of str to ndarray
            Under the same names, perhaps in another order, the derivative of the loss with respect
            to each parameter, in its shape. The gradients are left as they were.
        """
        for name, parameter in params.items():
            velocity = self.momentum * self.velocities.get(name, 0.0) - self.lr * grads[name]
            self.velocities[name] = velocity
            parameter += velocity


def minibatches(n, batch_size, rng):
    """Divide the positions of n cases into batches, in random order, for one epoch.

    Parameters
    ----------
    n : int
        The number of cases, at least 1.
    batch_size : int
        How many cases belong to a batch, at least 1; it may be more than `n`.
    rng : numpy.random.Generator
        Decides on the order, and is used once: the positions come as ``rng.permutation(n)`` puts
        them.

    Yields
    ------
    ndarray of int, shape (batch_size,)
        The positions of one batch's cases. All batches together hold every number from 0 to
        n - 1 exactly once. Where `n` is not a multiple of `batch_size`, the last batch is shorter.
    """
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


class TwoLayerNet:
    """A network of two affine layers with ReLU between them, and softmax with loss at the end.

    Parameters
    ----------
    input_size : int
        D, the number of numbers in a case.
    hidden_size : int
        H, the number of hidden units.
    output_size : int
        C, the number of classes.
    weight_init_std : float
        Standard deviation of the weights at the start.
    rng : numpy.random.Generator or None
        Draws the weights. None stands for a new generator, different each time.

    Attributes
    ----------
    params : dict of str to ndarray
        "W1" (D, H), "b1" (H,), "W2" (H, C) and "b2" (C,): the very arrays that the layers
        calculate with. Who writes into them changes what the network answers.
    """

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        """Draw the weights, and build the layers around them.

        `W1` is drawn first, then `W2`: each is `weight_init_std` times
        ``rng.standard_normal(shape)``. The biases are 0.
        """
        rng = np.random.default_rng() if rng is None else rng
        W1 = weight_init_std * rng.standard_normal((input_size, hidden_size))
        W2 = weight_init_std * rng.standard_normal((hidden_size, output_size))
        b1, b2 = np.zeros(hidden_size), np.zeros(output_size)
        self.params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        self.first, self.second = Affine(W1, b1), Affine(W2, b2)
        self.layers = [self.first, ReLU(), self.second]
        self.last = SoftmaxWithLoss()

    def predict(self, X):
        """Give each case a score for each class.

        Parameters
        ----------
        X : ndarray of shape (N, D), or (N, ...) with D numbers a case
            The cases.

        Returns
        -------
        ndarray of shape (N, C)
            Scores, not probabilities: the last step is the second affine layer.
        """
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def loss(self, X, T):
        """Measure how wrong the network is.

        Parameters
        ----------
        X : ndarray of shape (N, D), or (N, ...) with D numbers a case
            The cases.
        T : ndarray of shape (N,) or (N, C)
            Targets: labels, or one-hot rows.

        Returns
        -------
        float
            The mean cross-entropy of the cases.
        """
        return self.last.forward(self.predict(X), T)

    def accuracy(self, X, T):
        """Count how often the class with the largest score is the right one.

        Parameters
        ----------
        X : ndarray of shape (N, D), or (N, ...) with D numbers a case
            The cases.
        T : ndarray of shape (N,) or (N, C)
            Targets: labels, or one-hot rows.

        Returns
        -------
        float
            The share of right answers among the N cases, from 0 to 1.
        """
        labels = np.argmax(T, axis=1) if T.ndim == 2 else T
        return float(np.mean(np.argmax(self.predict(X), axis=1) == labels))

    def gradient(self, X, T):
        """Differentiate the loss with respect to every parameter, by one pass back.

        Parameters
        ----------
        X : ndarray of shape (N, D), or (N, ...) with D numbers a case
            The cases.
        T : ndarray of shape (N,) or (N, C)
            Targets: labels, or one-hot rows.

        Returns
        -------
        dict of str to ndarray
            Under the names of `params` the derivative of ``loss(X, T)`` with respect to each
            parameter, in its shape. The arrays belong to the caller: later calls leave them
            alone. No parameter is changed.
        """
        self.loss(X, T)
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        # Copies, because the layers write their next gradients into the same arrays.
        dW1, db1 = (gradient.copy() for gradient in self.first.grads)
        dW2, db2 = (gradient.copy() for gradient in self.second.grads)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def train(net, optimizer, X, T, epochs, batch_size, rng):
    """Train a network on mini-batches, and keep a record.

    Parameters
    ----------
    net : TwoLayerNet
        The network. Its parameters are changed in place.
    optimizer : SGD or Momentum
        Its `update` is called once for each batch, with the gradients of this batch.
    X : ndarray of shape (N, D), or (N, ...) with D numbers a case
        The cases to learn from.
    T : ndarray of shape (N,) or (N, C)
        Their targets: labels, or one-hot rows.
    epochs : int
        How many times the network goes through all cases.
    batch_size : int
        How many cases belong to a batch; the last batch of an epoch may be shorter.
    rng : numpy.random.Generator
        Goes to `minibatches`, which is called once an epoch. It is used for nothing else.

    Returns
    -------
    dict of str to list of float
        "loss" and "accuracy", one number an epoch in each list: those of *all* of X and T, taken
        after the last update of the epoch. Calling `train` again goes on from there.
    """
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        for batch in minibatches(len(X), batch_size, rng):
            optimizer.update(net.params, net.gradient(X[batch], T[batch]))
        history["loss"].append(net.loss(X, T))
        history["accuracy"].append(net.accuracy(X, T))
    return history
