"""A network of two layers with ReLU between them (lesson 07)."""

import numpy as np

from solutions.softmax import cross_entropy, softmax


def relu(x):
    """Keep what is positive, and put 0 in the place of everything else.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    ndarray, same shape as `x`
        A new array; `x` itself is not changed.
    """
    return np.maximum(x, 0)


def drelu(x):
    """Differentiate ReLU, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape
        What ReLU was given, not what it returned.

    Returns
    -------
    ndarray, same shape as `x`
        The slope of ReLU at each entry. At 0, where ReLU has a corner, it counts as 0.
        `x` itself is not changed.
    """
    return np.where(x > 0, 1.0, 0.0)


class NN_2layer:
    """A network of two linear layers with ReLU between them, and softmax at the end.

    For one picture x: z = W1 x, h = relu(z), scores = W2 h, p = softmax(scores).

    Parameters
    ----------
    W1 : ndarray, shape (H, D)
        Weights of the first layer to start from: H hidden units, D pixels.
    W2 : ndarray, shape (C, H)
        Weights of the second layer to start from: C classes.

    Attributes
    ----------
    W1, W2 : ndarray
        The present weights: arrays of their own, so training leaves the caller's arrays alone.
    """

    def __init__(self, W1, W2):
        self.W1 = np.array(W1, dtype=float)
        self.W2 = np.array(W2, dtype=float)

    def forward(self, X):
        """Give each picture a probability for each class.

        Parameters
        ----------
        X : ndarray, shape (N, D) or (N, height, width)
            N pictures, each with D pixels. Pictures with rows and columns are flattened.

        Returns
        -------
        p : ndarray, shape (N, C)
            Probabilities, one picture a row.
        """
        h = relu(X.reshape(len(X), -1) @ self.W1.T)
        return softmax(h @ self.W2.T)

    def backward(self, p, X, t):
        """Differentiate the mean loss of the pictures with respect to both weight matrices.

        Parameters
        ----------
        p : ndarray, shape (N, C)
            Probabilities: what `forward(X)` has just returned, with the present weights.
        X : ndarray, shape (N, D) or (N, height, width)
            The same pictures.
        t : ndarray, shape (N, C)
            Targets, one-hot.

        Returns
        -------
        dW1 : ndarray, shape (H, D)
            Derivative of the mean cross-entropy with respect to `W1`.
        dW2 : ndarray, shape (C, H)
            Derivative of the mean cross-entropy with respect to `W2`.

        Notes
        -----
        Nothing is changed: neither the weights nor the arrays that are given.
        """
        x = X.reshape(len(X), -1)
        z = x @ self.W1.T
        dscores = (p - t) / len(X)
        dW2 = dscores.T @ relu(z)
        dh = dscores @ self.W2
        dz = dh * drelu(z)
        return dz.T @ x, dW2

    def train(self, X, t, epochs, learning_rate):
        """Follow the gradient downhill with both layers. All pictures are used for each update.

        Parameters
        ----------
        X : ndarray, shape (N, D) or (N, height, width)
            The pictures.
        t : ndarray, shape (N, C)
            Targets, one-hot.
        epochs : int
            How many times the weights are updated.
        learning_rate : float
            How far to go: both gradients are multiplied by it.

        Returns
        -------
        losses : list of float, length `epochs`
            The `cross_entropy` of each epoch, taken *before* its update, as in lesson 06.

        Notes
        -----
        Both gradients of an epoch belong to the weights that the epoch began with. Afterwards `W1`
        and `W2` hold the new weights. Calling `train` again goes on from there.
        """
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            dW1, dW2 = self.backward(p, X, t)
            self.W1 = self.W1 - learning_rate * dW1
            self.W2 = self.W2 - learning_rate * dW2
        return losses
