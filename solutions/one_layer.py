"""A network of one layer, trained by following its gradient (lesson 06)."""

import numpy as np

from solutions.softmax import cross_entropy, softmax


class NN_1layer:
    """A network of one linear layer and softmax: scores W x, then probabilities.

    Parameters
    ----------
    W : ndarray, shape (C, D)
        The weights to start from: one row for each of C classes, one column for each of D pixels.

    Attributes
    ----------
    W : ndarray, shape (C, D)
        The present weights: an array of its own, so training leaves the caller's array alone.
    """

    def __init__(self, W):
        self.W = np.array(W, dtype=float)

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
        # W x for one picture is x W^T when pictures are rows: all of them in one product.
        scores = X.reshape(len(X), -1) @ self.W.T
        return softmax(scores)

    def backward(self, p, X, t):
        """Differentiate the mean loss of the pictures with respect to the weights.

        Parameters
        ----------
        p : ndarray, shape (N, C)
            Probabilities: what `forward(X)` returned with the present weights.
        X : ndarray, shape (N, D) or (N, height, width)
            The same pictures.
        t : ndarray, shape (N, C)
            Targets, one-hot.

        Returns
        -------
        dW : ndarray, shape (C, D)
            Derivative of the mean cross-entropy with respect to each weight: same shape as `W`.

        Notes
        -----
        Nothing is changed: neither the weights nor the arrays that are given.
        """
        dscores = (p - t) / len(X)
        # The product sums over the pictures; each adds the outer product of its error and pixels.
        return dscores.T @ X.reshape(len(X), -1)

    def train(self, X, t, epochs, learning_rate):
        """Follow the gradient downhill. All pictures are used for each update.

        Parameters
        ----------
        X : ndarray, shape (N, D) or (N, height, width)
            The pictures.
        t : ndarray, shape (N, C)
            Targets, one-hot.
        epochs : int
            How many times the weights are updated.
        learning_rate : float
            How far to go: the gradient is multiplied by it.

        Returns
        -------
        losses : list of float, length `epochs`
            The `cross_entropy` of each epoch, taken *before* its update. So `losses[0]` belongs to
            the weights that training began with, and the loss after the last update is not listed.

        Notes
        -----
        Afterwards `W` holds the new weights. Calling `train` again goes on from there.
        """
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            self.W = self.W - learning_rate * self.backward(p, X, t)
        return losses
