"""Nodes for whole arrays, and how to check their gradients by measuring.

Reference solutions of lesson 04. One case is one row of an array. What arrives in `backward` has
the shape of the node's output, and what leaves has the shape of the input it belongs to.
"""

import numpy as np


class RepeatNode:
    """A node of a computational graph that copies one row into several rows.

    Parameters
    ----------
    n : int
        The number of rows that come out, at least 1.
    """

    def __init__(self, n):
        self.n = n

    def forward(self, x):
        """Copy the row.

        Parameters
        ----------
        x : ndarray of shape (1, D)
            The row.

        Returns
        -------
        ndarray of shape (n, D)
            `x` in every row.
        """
        return np.repeat(x, self.n, axis=0)

    def backward(self, dout):
        """Turn the upstream gradient into the downstream gradient.

        Parameters
        ----------
        dout : ndarray of shape (n, D)
            Upstream gradient: the derivative of the graph's final output with respect to each
            element of this node's output.

        Returns
        -------
        ndarray of shape (1, D)
            The derivative of the graph's final output with respect to each element of `x`.
        """
        return np.sum(dout, axis=0, keepdims=True)


class SumNode:
    """A node of a computational graph that adds up the rows of an array."""

    def __init__(self):
        self.n = None  # the number of rows in the latest forward

    def forward(self, x):
        """Add up the rows, and remember what `backward` will need.

        Parameters
        ----------
        x : ndarray of shape (N, D)
            The rows; N may differ from call to call.

        Returns
        -------
        ndarray of shape (1, D)
            One row: the sum of every column.
        """
        self.n = x.shape[0]
        return np.sum(x, axis=0, keepdims=True)

    def backward(self, dout):
        """Turn the upstream gradient into the downstream gradient.

        Parameters
        ----------
        dout : ndarray of shape (1, D)
            Upstream gradient: the derivative of the graph's final output with respect to each
            element of this node's output.

        Returns
        -------
        ndarray of shape (N, D)
            The derivative of the graph's final output with respect to each element of `x`, the
            input of the latest `forward`.
        """
        return np.repeat(dout, self.n, axis=0)


class MatMulNode:
    """A node of a computational graph that multiplies by a matrix of weights: ``out = x @ W``.

    Attributes
    ----------
    params : list of one ndarray
        ``[W]``, the array that was handed in and not a copy of it: who updates the weights in place
        updates them for this node as well.
    grads : list of one ndarray
        ``[dW]``: the derivative of the graph's final output with respect to each element of `W`, of
        the shape of `W`. Every `backward` overwrites it *in place*: the list and the array in it
        stay the same two objects as long as the node lives.
    """

    def __init__(self, W):
        """Make a node with its weights; the gradient begins as zeros.

        Parameters
        ----------
        W : ndarray of shape (D_in, D_out)
            The weights. Whatever their dtype, the gradient is an array of floats.
        """
        self.params = [W]
        # Not zeros_like(W): whole numbers in W would cut every gradient off to a whole number.
        self.grads = [np.zeros(W.shape)]
        self.x = None  # the input of the latest forward

    def forward(self, x):
        """Multiply by the weights, and remember what `backward` will need.

        Parameters
        ----------
        x : ndarray of shape (N, D_in)
            One case a row.

        Returns
        -------
        ndarray of shape (N, D_out)
            The matrix product ``x @ W``.
        """
        (W,) = self.params
        self.x = x
        return x @ W

    def backward(self, dout):
        """Turn the upstream gradient into the two downstream gradients.

        The gradient of `W` is put into ``grads[0]``; that of `x` is returned.

        Parameters
        ----------
        dout : ndarray of shape (N, D_out)
            Upstream gradient: the derivative of the graph's final output with respect to each
            element of this node's output.

        Returns
        -------
        ndarray of shape (N, D_in)
            The derivative of the graph's final output with respect to each element of `x`, the
            input of the latest `forward`.
        """
        (W,) = self.params
        self.grads[0][...] = self.x.T @ dout
        return dout @ W.T


def numerical_gradient(f, x, h=1e-4):
    """Approximate the gradient of `f` at `x` by central differences, one element at a time.

    Parameters
    ----------
    f : callable
        A function that takes an array of the shape of `x` and returns a number.
    x : ndarray of any shape
        Where the gradient is taken: floats or whole numbers. When the function returns, `x` holds
        exactly the numbers that it held before.
    h : float
        The step: one element at a time moves by `h` to both sides.

    Returns
    -------
    ndarray of the shape of x
        At every place the derivative of `f` with respect to the element of `x` at that place.
    """
    # Floats are moved inside `x` itself, so that an `f` that reads this array by another name (a
    # network's weights) sees the step. Whole numbers could not hold a step: they are copied.
    x = np.asarray(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + h
        ahead = f(x)
        x[index] = before - h
        back = f(x)
        x[index] = before  # the number itself: adding h again would leave a rounding error
        gradient[index] = (ahead - back) / (2 * h)
    return gradient


def relative_error(a, b):
    """Measure how far two arrays are apart, compared with the size of their elements.

    The relative error of two elements is their distance, divided by the sum of their absolute
    values; where this sum is below 1e-8, the distance is divided by 1e-8 instead.

    Parameters
    ----------
    a, b : ndarray of any shape, both of the same
        What is compared, for example two gradients.

    Returns
    -------
    float
        The largest relative error of all pairs of elements.
    """
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))
