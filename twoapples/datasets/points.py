"""Points in the plane that no straight line separates, drawn from a generator that you pass.

Same generator state, same points. The classes take turns (0, 1, 0, 1, …), so that their numbers
differ by one at most and any stretch of the data holds all of them.
"""

from __future__ import annotations

import numpy as np

from twoapples.datasets.records import Dataset, Floats, Labels

_COORDINATES = ("x₁", "x₂")


def moons(n: int, rng: np.random.Generator, noise: float = 0.1) -> Dataset:
    """Draw `n` points of two half moons that reach into each other.

    `noise` is the standard deviation of what is added to each coordinate; the moons have radius 1.

    Returns
    -------
    Dataset
        `X` float64 of shape (n, 2), about -1 .. 2 by -0.5 .. 1; `t` int64 of shape (n,), 0 for the
        upper moon and 1 for the lower one.
    """
    t = _labels(n, 2)
    angle = rng.uniform(0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    clean = np.where(t[:, None] == 0, upper, lower)
    return _noisy(clean, t, rng, noise, ("upper moon", "lower moon"))


def spirals(
    n: int, rng: np.random.Generator, noise: float = 0.03, arms: int = 2, turns: float = 1.0
) -> Dataset:
    """Draw `n` points of the arms of a spiral that wind around one another; each is a class.

    `noise` is the standard deviation of what is added to each coordinate; the arms end at radius 1,
    and go around the centre so many `turns`.

    Returns
    -------
    Dataset
        `X` float64 of shape (n, 2), about -1 .. 1 each; `t` int64 of shape (n,), the arm.
    """
    if arms < 1:
        raise ValueError(f"A spiral has at least one arm, not {arms}.")
    t = _labels(n, arms)
    # The square root spreads the points evenly over the arm: a turn further out is longer.
    radius = np.sqrt(rng.uniform(0.01, 1, n))
    angle = 2 * np.pi * (turns * radius + t / arms)
    clean = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _noisy(clean, t, rng, noise, tuple(f"arm {arm}" for arm in range(arms)))


def circles(n: int, rng: np.random.Generator, noise: float = 0.05, factor: float = 0.5) -> Dataset:
    """Draw `n` points of a circle inside another one.

    `noise` is the standard deviation of what is added to each coordinate; the outer circle has
    radius 1, and the inner one `factor`, between 0 and 1.

    Returns
    -------
    Dataset
        `X` float64 of shape (n, 2), about -1 .. 1 each; `t` int64 of shape (n,), 0 for the outer
        circle and 1 for the inner one.
    """
    if not 0 < factor < 1:
        raise ValueError(f"The inner circle's radius is between 0 and 1, not {factor}.")
    t = _labels(n, 2)
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(t == 0, 1.0, factor)
    clean = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _noisy(clean, t, rng, noise, ("outer circle", "inner circle"))


def _labels(n: int, classes: int) -> Labels:
    if n < 1:
        raise ValueError(f"At least one point is needed, not {n}.")
    return np.arange(n, dtype=np.int64) % classes


def _noisy(
    clean: Floats, t: Labels, rng: np.random.Generator, noise: float, names: tuple[str, ...]
) -> Dataset:
    if noise < 0:
        raise ValueError(f"`noise` is a standard deviation, 0 or more, not {noise}.")
    return Dataset(clean + rng.normal(0, noise, clean.shape), t, names, _COORDINATES)
