"""Straight lines in a square piece of the plane, as the widgets of lesson 01 draw and move them.

A line is given as a perceptron gives it: by weights `w` and a bias `b`, as the places where
``w · x + b`` is 0. Its positive side is where that is above 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "arrow",
    "binary",
    "ends",
    "listing",
    "positive_side",
    "reach",
    "scores",
    "weights_of",
]


def scores(x: Any, w: Any, b: float) -> np.ndarray:
    """Return the score of every point: 0 on the line, above 0 on its positive side.

    Parameters
    ----------
    x : ndarray, shape (N, 2)
        Points.
    w : ndarray, shape (2,)
        Weights.
    b : float
        Bias.

    Returns
    -------
    ndarray, shape (N,)
    """
    return np.asarray(x, dtype=float) @ np.asarray(w, dtype=float) + b


def positive_side(w: Any, b: float, low: Any, high: Any) -> np.ndarray:
    """Cut a rectangle along a line, and return the corners of the part on the positive side.

    Sutherland and Hodgman's clipping, with the one line as the window.

    Parameters
    ----------
    w : ndarray, shape (2,)
        Weights.
    b : float
        Bias.
    low, high : sequence of two floats
        The rectangle's lower left and upper right corner.

    Returns
    -------
    ndarray, shape (K, 2)
        Corners in their order around the part; K is 0 where the rectangle has no such part.
    """
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])], dtype=float)
    heights = scores(corners, w, b)
    kept = []
    for k in range(4):
        here, there = corners[k - 1], corners[k]
        above, next_above = heights[k - 1], heights[k]
        if (above > 0) != (next_above > 0):
            kept.append(here + above / (above - next_above) * (there - here))
        if next_above > 0:
            kept.append(there)
    return np.array(kept).reshape(-1, 2)


def ends(w: Any, b: float, low: Any, high: Any) -> np.ndarray:
    """Return the two places where a line enters and leaves a rectangle.

    Parameters
    ----------
    w, b, low, high
        As in `positive_side`.

    Returns
    -------
    ndarray, shape (2, 2) or (0, 2)
        Without rows where the line misses the rectangle, or where both weights are 0.
    """
    w = np.asarray(w, dtype=float)
    size = w @ w
    if size == 0:
        return np.empty((0, 2))
    # From the place nearest to the origin, along the line in both directions until an edge is met.
    foot, along = -b / size * w, np.array([-w[1], w[0]])
    first, last = -np.inf, np.inf
    for axis in range(2):
        if along[axis] == 0:
            if not low[axis] <= foot[axis] <= high[axis]:
                return np.empty((0, 2))
            continue
        cuts = sorted(((edge - foot[axis]) / along[axis]) for edge in (low[axis], high[axis]))
        first, last = max(first, cuts[0]), min(last, cuts[1])
    if first > last:
        return np.empty((0, 2))
    return np.array([foot + first * along, foot + last * along])


def arrow(w: Any, b: float, low: Any, high: Any, where: float = 0.5) -> np.ndarray:
    """Return where the weight vector is drawn: its foot on the line, and its tip.

    Its length is made to fit, a fifth of the picture: only the direction of `w` can be seen in a
    decision line.

    Parameters
    ----------
    w, b, low, high
        As in `positive_side`.
    where : float, optional
        At which part of the line it stands, 0 at its right end as seen in the direction of `w`, 1
        at its left end. So the arrows of two lines that face each other can keep apart.

    Returns
    -------
    ndarray, shape (2, 2) or (0, 2)
        Foot and tip; without rows where both weights are 0, or the line is not in the picture.
    """
    w = np.asarray(w, dtype=float)
    line = ends(w, b, low, high)
    if not len(line):
        return line
    foot = line[0] + where * (line[1] - line[0])
    reach = 0.2 * (high[0] - low[0])
    return np.array([foot, foot + reach / np.sqrt(w @ w) * w])


def reach(low: Any, high: Any, lines: Any) -> list[float]:
    """Return how far the sliders of weights and of the bias go, on both sides of 0.

    Parameters
    ----------
    low, high
        As in `positive_side`.
    lines : sequence of (w of shape (2,), float)
        The lines at the start.
    """
    weights = max(3.0, *(float(np.abs(w).max()) for w, _ in lines))
    # With weights of 1 or 2 the line can be moved over the whole picture.
    bias = max(3.0, 2 * float(np.abs([low, high]).max()), *(abs(b) for _, b in lines))
    return [float(np.ceil(weights)), float(np.ceil(bias))]


def weights_of(w: Any, b: Any) -> tuple[np.ndarray, float]:
    """Check a line's weights; return them as an array of two floats, and the bias as a float.

    Raises
    ------
    ValueError
        If `w` is not two finite numbers, or `b` not one.
    """
    values = np.array(w, dtype=float)
    bias = float(b)
    if values.shape != (2,):
        raise ValueError(f"w needs shape (2,), not {values.shape}")
    if not np.isfinite([*values, bias]).all():
        raise ValueError(f"weights and bias have to be finite numbers, not {values} and {bias}")
    return values, bias


def binary(t: Any, n: int) -> np.ndarray:
    """Check targets of n points, 0 and 1 or -1 and +1; return them as integers 0 and 1.

    Raises
    ------
    ValueError
        If there are not n of them, or others among them.
    """
    targets = np.asarray(t)
    if targets.shape != (n,):
        raise ValueError(f"targets need shape ({n},), one for each point, not {targets.shape}")
    if not (np.isin(targets, (0, 1)).all() or np.isin(targets, (-1, 1)).all()):
        raise ValueError("targets have to be 0 and 1, or -1 and +1")
    return (targets > 0).astype(int)


def listing(places: Any) -> str:
    """Write points one after the other, for a text: ``(0, 1) and (1, 0)``."""
    from twoapples.plots.planes import brief

    written = [f"({brief(a)}, {brief(b)})" for a, b in places]
    return " and ".join(written) if len(written) < 3 else ", ".join(written)
