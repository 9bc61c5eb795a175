"""Data to train on: cases to learn from, cases to be tested with, on one scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twoapples import datasets
from twoapples.datasets.records import Dataset, Floats, Labels, SplitDataset

__all__ = ["PROBLEMS", "Problem", "problem"]

_SEED = 0  # the data stay the same when weights are drawn anew: two runs can be compared
_PETALS = [2, 3]  # length and width of the petals: they tell the species nearly by themselves


@dataclass(frozen=True, eq=False)
class Problem:
    """Cases with a class each, flat and scaled.

    Attributes
    ----------
    X : ndarray of shape (N, D)
        Cases to learn from.
    t : ndarray of int, shape (N,)
        Their classes, 0 .. C - 1.
    X_test, t_test : ndarray
        Cases to be tested with; none where there are too few cases to set some aside.
    names : tuple of str
        The classes.
    feature_names : tuple of str
        What the columns are; empty for pictures.
    image_shape : tuple of int
        Height and width of a case that is a picture, else empty.
    """

    name: str
    X: Floats
    t: Labels
    X_test: Floats
    t_test: Labels
    names: tuple[str, ...]
    feature_names: tuple[str, ...] = ()
    image_shape: tuple[int, ...] = ()

    @property
    def inputs(self) -> int:
        """D, the number of numbers in a case."""
        return int(self.X.shape[1])

    @property
    def classes(self) -> int:
        """C, the number of classes."""
        return len(self.names)

    @property
    def planar(self) -> bool:
        """Whether cases are points in a plane, so that a decision boundary can be drawn."""
        return self.inputs == 2 and not self.image_shape

    def window(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return limits (low, high) for both axes of the plane, with all points well inside."""
        points = np.concatenate([self.X, self.X_test])
        low, high = points.min(axis=0), points.max(axis=0)
        margin = 0.15 * np.maximum(high - low, 1e-6)
        (a, c), (b, d) = low - margin, high + margin
        return (float(a), float(b)), (float(c), float(d))


def _flat(X: Any) -> Floats:
    return np.asarray(X, dtype=np.float64).reshape(len(X), -1)


def _whole(name: str, X: Floats, t: Labels, **named: tuple[Any, ...]) -> Problem:
    """Use all cases to learn from: there are too few to set some aside."""
    X = _flat(X)
    return Problem(name, X, t, X[:0], t[:0], **named)


def _split(name: str, data: Dataset | SplitDataset) -> Problem:
    if isinstance(data, Dataset):
        data = data.split(test=0.3, rng=_generator())
    # Their type stays: as numbers of 8 bytes, a large set of pictures would not fit everywhere.
    X, X_test = (x.reshape(len(x), -1) for x in (data.X_train, data.X_test))
    features, shape = tuple(data.feature_names or ()), tuple(data.image_shape or ())
    return Problem(name, X, data.t_train, X_test, data.t_test, data.names, features, shape)


def _six_pictures() -> Problem:
    data = datasets.six_pictures()
    shape = data.image_shape
    return _whole("six pictures", data.X / 255, data.t, names=data.names, image_shape=shape)


def _xor() -> Problem:
    gate = datasets.xor()
    return _whole("xor", gate.X, gate.t, names=gate.names, feature_names=("x₁", "x₂"))


def _iris() -> Problem:
    every = datasets.iris()
    features = tuple(f.replace(" (cm)", ", scaled") for f in every.feature_names[2:])
    made = _split("iris", Dataset(every.X[:, _PETALS], every.t, every.names, features))
    # By the training cases, for the test cases as well.
    mean, std = made.X.mean(axis=0), made.X.std(axis=0)
    return replace(made, X=(made.X - mean) / std, X_test=(made.X_test - mean) / std)


def _digits() -> Problem:
    data = datasets.digits()
    return _split("digits", replace(data, X=data.X / 16))


def _generator() -> np.random.Generator:
    return np.random.default_rng(_SEED)


#: What can be asked for by name, in the order of a list to choose from.
PROBLEMS: dict[str, Callable[[], Problem]] = {
    "six pictures": _six_pictures,
    "xor": _xor,
    "moons": lambda: _split("moons", datasets.moons(300, _generator(), noise=0.2)),
    "spirals": lambda: _split("spirals", datasets.spirals(300, _generator(), arms=3)),
    "circles": lambda: _split("circles", datasets.circles(300, _generator(), noise=0.1)),
    "iris": _iris,
    "digits": _digits,
}


def problem(data: Any) -> Problem:
    """Return the data that a name stands for, or bring the caller's own into the same form.

    Parameters
    ----------
    data : str, Dataset, SplitDataset, or tuple of 2 or 4 arrays
        A name of `PROBLEMS`; data as `twoapples.datasets` gives them, of which a `Dataset` is split
        with 30 % for the test; or ``(X, t)``, all to learn from, or ``(X, t, X_test, t_test)``.
        Targets may be labels or one-hot rows.

    Raises
    ------
    ValueError
        If there is no data of that name.
    """
    if isinstance(data, Problem):
        return data
    if isinstance(data, str):
        if data not in PROBLEMS:
            raise ValueError(f"There is no data {data!r}; there is {', '.join(PROBLEMS)}.")
        return PROBLEMS[data]()
    if isinstance(data, Dataset | SplitDataset):
        return _split("your data", data)
    if not isinstance(data, tuple | list) or len(data) not in (2, 4):
        raise ValueError("`data` is a name, a Dataset, (X, t), or (X, t, X_test, t_test).")
    targets = [_labels(t) for t in data[1::2]]
    names = tuple(str(c) for c in range(1 + int(max(t.max() for t in targets))))
    made = _whole("your data", data[0], targets[0], names=names)
    return made if len(data) == 2 else replace(made, X_test=_flat(data[2]), t_test=targets[1])


def _labels(t: Any) -> Labels:
    t = np.asarray(t)
    return np.asarray(t.argmax(axis=1) if t.ndim == 2 else t, dtype=np.int64)
