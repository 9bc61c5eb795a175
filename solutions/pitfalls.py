"""How sure a network is, when to take its answer, and how far to trust it (lesson 10)."""

import numpy as np


def confidence(p):
    """Tell how sure a network is of each of its answers.

    Parameters
    ----------
    p : ndarray, shape (N, C)
        Probabilities of N cases, one case a row. They are left as they were.

    Returns
    -------
    ndarray, shape (N,)
        For each case the largest of its probabilities, which is that of the class it answers.
    """
    return np.max(p, axis=1)


def reject(p, threshold):
    """Answer where the network is sure enough, and give no answer elsewhere.

    Parameters
    ----------
    p : ndarray, shape (N, C)
        Probabilities of N cases, one case a row. They are left as they were.
    threshold : float
        The least confidence that counts as sure enough.

    Returns
    -------
    ndarray of int, shape (N,)
        For each case the label of its most probable class, or -1 where the confidence is below
        the threshold. A confidence that equals the threshold is sure enough.
    """
    return np.where(confidence(p) < threshold, -1, np.argmax(p, axis=1))


def calibration_error(p, t, bins=10):
    """Measure how far confidence and accuracy lie apart: the expected calibration error.

    The range from 0 to 1 is cut into bins of equal width, and each case goes into the bin of its
    confidence. A bin reaches from just above its lower end up to its upper end, which belongs to
    it. In each bin that is not empty the gap is the difference between the accuracy of its cases
    and their mean confidence, without the sign. The result is the mean of the gaps, where each bin
    counts as much as its share of the cases.

    Parameters
    ----------
    p : ndarray, shape (N, C)
        Probabilities of N cases, one case a row. They are left as they were.
    t : ndarray, shape (N,) or (N, C)
        Targets: labels of shape (N,), or one-hot rows of shape (N, C).
    bins : int
        Number of bins, empty ones included.

    Returns
    -------
    error : float
        0 where confidence and accuracy agree in every bin; never above 1.

    Notes
    -----
    The largest of C probabilities that sum to 1 is at least 1/C. So no confidence is 0, and no
    case falls below the first bin.
    """
    labels = np.argmax(t, axis=1) if np.ndim(t) == 2 else t
    sure = confidence(p)
    right = np.argmax(p, axis=1) == labels
    error = 0.0
    for k in range(bins):
        inside = (k / bins < sure) & (sure <= (k + 1) / bins)
        if inside.any():  # the mean of nothing is nan
            gap = abs(np.mean(right[inside]) - np.mean(sure[inside]))
            error += np.mean(inside) * gap  # the mean of a mask is the share of True
    return float(error)
