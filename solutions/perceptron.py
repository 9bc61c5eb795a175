"""Perceptrons: a decision line, the gates made of them, and how one learns (lesson 01)."""

import numpy as np


def perceptron(x, w, b):
    """Answer 1 or 0 for every point, by the side of the decision line that it lies on.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        N points with D inputs each, one point a row.
    w : ndarray, shape (D,)
        Weights.
    b : float
        Bias.

    Returns
    -------
    z : ndarray, shape (N,)
        1 where the weighted sum of the inputs plus the bias is above 0; 0 elsewhere, and so also
        where it is exactly 0. The entries are numbers, not True and False.
    """
    return (x @ w + b > 0).astype(int)


def AND(x1, x2):
    """Answer 1 if both inputs are 1, else 0.

    Parameters
    ----------
    x1, x2 : int
        Each 0 or 1.

    Returns
    -------
    z : int
        0 or 1, as one number, not an array.
    """
    return int(perceptron(np.array([[x1, x2]]), np.array([0.5, 0.5]), -0.7)[0])


def NAND(x1, x2):
    """Answer 0 if both inputs are 1, else 1.

    Parameters
    ----------
    x1, x2 : int
        Each 0 or 1.

    Returns
    -------
    z : int
        0 or 1, as one number, not an array.
    """
    return int(perceptron(np.array([[x1, x2]]), np.array([-0.5, -0.5]), 0.7)[0])


def OR(x1, x2):
    """Answer 1 if at least one input is 1, else 0.

    Parameters
    ----------
    x1, x2 : int
        Each 0 or 1.

    Returns
    -------
    z : int
        0 or 1, as one number, not an array.
    """
    return int(perceptron(np.array([[x1, x2]]), np.array([0.5, 0.5]), -0.2)[0])


def XOR(x1, x2):
    """Answer 1 if exactly one input is 1, else 0. Made of the gates above.

    Parameters
    ----------
    x1, x2 : int
        Each 0 or 1.

    Returns
    -------
    z : int
        0 or 1.
    """
    return AND(OR(x1, x2), NAND(x1, x2))


def perceptron_loss(w, X, y):
    """Measure how far misclassified points lie on the wrong side, as one number.

    Point k is misclassified if ``y[k]`` times its score ``w · X[k]`` is not above 0. It then adds
    minus that product to the loss. All other points add nothing.

    Parameters
    ----------
    w : ndarray, shape (D,)
        Weights; ``w[0]`` is the bias.
    X : ndarray, shape (N, D)
        N points, one a row. The first column is all ones.
    y : ndarray, shape (N,)
        Targets: +1 or -1 for each point.

    Returns
    -------
    loss : float
        The sum over the misclassified points; 0 if there are none.
    """
    margins = y * (X @ w)
    # A margin that is not above 0 is minus its absolute value; this way round no sum is -0.0.
    return float(np.sum(np.abs(margins[margins <= 0])))


def delta_rule(w, X, y, rate):
    """Update the weights once, by all points that are misclassified now.

    Each misclassified point (``y[k]`` times its score ``w · X[k]`` is not above 0) adds
    `rate` times ``y[k] * X[k]`` to the weights. Which points those are is settled before any
    weight changes.

    Parameters
    ----------
    w : ndarray, shape (D,)
        Weights; ``w[0]`` is the bias. Not changed.
    X : ndarray, shape (N, D)
        N points, one a row. The first column is all ones.
    y : ndarray, shape (N,)
        Targets: +1 or -1 for each point.
    rate : float
        Learning rate, above 0.

    Returns
    -------
    w : ndarray, shape (D,)
        The new weights, in a new array.
    """
    wrong = y * (X @ w) <= 0
    return w + rate * (y[wrong] @ X[wrong])
