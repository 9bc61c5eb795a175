"""Softmax, cross-entropy, and the gradient of the two together (lesson 02)."""

import numpy as np


def softmax(s):
    """Turn scores into probabilities.

    Parameters
    ----------
    s : ndarray, shape (C,) or (N, C)
        Scores: of one case, or of N cases, one case a row. Any size and sign, ±1000 included.

    Returns
    -------
    p : ndarray, same shape as `s`
        Probabilities. Those of one case are not negative and sum to 1.

    Notes
    -----
    Every case is a case of its own: its probabilities do not depend on the other rows.
    Large scores must not overflow. `s` itself is not changed.
    """
    # With the maximum of each case subtracted no exponent is above 0, and every sum is at least 1.
    e = np.exp(s - np.max(s, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def cross_entropy(p, t):
    """Measure how wrong probabilities are, as one number: the mean loss of the cases.

    The loss of one case is -log(probability of its true class + 1e-7), with the natural logarithm.

    Parameters
    ----------
    p : ndarray, shape (C,) or (N, C)
        Probabilities: of one case, or of N cases, one case a row.
    t : int, or ndarray of shape (N,), (C,) or (N, C)
        Targets, in one of two forms. As labels: an int for one case, or integers of
        shape (N,) for N cases. As one-hot rows: the same shape as `p`.

    Returns
    -------
    loss : float
        The mean over the N cases (N is 1 where `p` has shape (C,)).
    """
    t = np.asarray(t)
    if t.ndim < p.ndim:  # labels have one axis fewer than p; one-hot rows have as many
        t = np.eye(p.shape[-1])[t]
    # The whole sum rather than a lookup of the true class, so that soft labels count as well.
    losses = -np.sum(t * np.log(p + 1e-7), axis=-1)
    return float(np.mean(losses))


def softmax_cross_entropy_gradient(s, t):
    """Differentiate the mean cross-entropy of softmax(s) with respect to the scores.

    Parameters
    ----------
    s : ndarray, shape (N, C)
        Scores of N cases, one case a row.
    t : ndarray, shape (N,) or (N, C)
        Targets: labels of shape (N,), or one-hot rows of shape (N, C).

    Returns
    -------
    ds : ndarray, shape (N, C)
        Derivative of the mean loss with respect to each score: (p - t) / N.

    Notes
    -----
    The 1e-7 inside the logarithm is left out of the derivative. `s` and `t` are not changed.
    """
    p = softmax(s)
    if t.ndim < s.ndim:
        t = np.eye(s.shape[-1])[t]
    return (p - t) / len(s)
