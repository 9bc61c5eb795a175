"""What the functions of this package return: arrays under fixed names, in small frozen records.

Frozen means that a field cannot be bound to something else by accident. The arrays themselves are
yours: every call makes new ones, so that changing them changes no other copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Cases with a class each.

    Attributes
    ----------
    X : array of float64, shape (N, D) or (N, height, width)
        One case a row; what the numbers are is said by the function that made them.
    t : array of int64, shape (N,)
        The class of each case as a label 0 .. C - 1.
    names : tuple of str, length C
        What the classes are called: case n is a ``names[t[n]]``.
    feature_names : tuple of str, length D
        What the columns of `X` are, with their units; empty where they have no names.
    image_shape : tuple of int
        Height and width, where a case is a picture: ``X[n].reshape(image_shape)`` is the picture.
        Empty where it is not.
    """

    X: Floats
    t: Labels
    names: tuple[str, ...]
    feature_names: tuple[str, ...] = ()
    image_shape: tuple[int, ...] = ()

    @property
    def T(self) -> Floats:
        """The targets as one-hot rows, float64, shape (N, C)."""
        return np.eye(len(self.names))[self.t]

    def split(self, test: float, rng: np.random.Generator) -> SplitDataset:
        """Put the cases into a random order and set some aside for the test.

        Parameters
        ----------
        test : float
            The share of the cases for the test, between 0 and 1.
        rng : numpy.random.Generator
            Draws the order: the same seed gives the same split.

        Returns
        -------
        SplitDataset
            Every case is in exactly one of the two parts, and both have at least one.
        """
        n = len(self.t)
        held_out = round(n * test)
        if not 0 < held_out < n:
            raise ValueError(
                f"A share of {test} leaves {n - held_out} of the {n} cases for training and "
                f"{held_out} for the test: both parts need some."
            )
        order = rng.permutation(n)
        train, rest = order[held_out:], order[:held_out]
        return SplitDataset(
            X_train=self.X[train],
            t_train=self.t[train],
            X_test=self.X[rest],
            t_test=self.t[rest],
            names=self.names,
            feature_names=self.feature_names,
            image_shape=self.image_shape,
        )

    def __repr__(self) -> str:
        return f"Dataset(X {self.X.shape}, t {self.t.shape}, names {self.names})"


@dataclass(frozen=True, eq=False)
class SplitDataset:
    """Cases with a class each, in a part to learn from and a part to test with.

    Attributes
    ----------
    X_train, X_test : array, shape (N, D)
        One case a row; dtype and units are said by the function that made them.
    t_train, t_test : array of int64, shape (N,)
        Labels 0 .. C - 1.
    names, feature_names, image_shape
        As in `Dataset`.
    """

    X_train: NDArray[Any]
    t_train: Labels
    X_test: NDArray[Any]
    t_test: Labels
    names: tuple[str, ...]
    feature_names: tuple[str, ...] = ()
    image_shape: tuple[int, ...] = ()

    @property
    def T_train(self) -> Floats:
        """The targets to learn from as one-hot rows, float64, shape (N, C)."""
        return np.eye(len(self.names))[self.t_train]

    @property
    def T_test(self) -> Floats:
        """The targets to test with as one-hot rows, float64, shape (N, C)."""
        return np.eye(len(self.names))[self.t_test]

    def __repr__(self) -> str:
        return (
            f"SplitDataset(X_train {self.X_train.shape}, t_train {self.t_train.shape}, "
            f"X_test {self.X_test.shape}, t_test {self.t_test.shape}, names {self.names})"
        )


@dataclass(frozen=True, eq=False)
class Gate:
    """The truth table of a logic gate with two inputs.

    Attributes
    ----------
    name : str
        "AND", say.
    X : array of float64, shape (4, 2)
        The inputs (0, 0), (0, 1), (1, 0), (1, 1).
    t : array of int64, shape (4,)
        The output for each row of `X`, as 0 or 1.
    names : tuple of str
        What the labels 0 and 1 are called: "0" and "1".
    """

    name: str
    X: Floats
    t: Labels
    names: tuple[str, ...] = ("0", "1")

    @property
    def y(self) -> Floats:
        """The outputs as -1 (for 0) and +1 (for 1), float64, shape (4,)."""
        return np.where(self.t == 1, 1.0, -1.0)

    def __repr__(self) -> str:
        return f"Gate({self.name}, X {self.X.shape}, t {self.t})"


@dataclass(frozen=True, eq=False)
class Gates:
    """The three gates that one perceptron can be; ``for gate in gates()`` goes through them.

    Attributes
    ----------
    AND, NAND, OR : Gate
        Their truth tables, with the same inputs in the same order.
    """

    AND: Gate
    NAND: Gate
    OR: Gate

    @property
    def X(self) -> Floats:
        """The inputs that all of them share, float64, shape (4, 2)."""
        return self.AND.X

    @property
    def names(self) -> tuple[str, ...]:
        """What the gates are called."""
        return tuple(gate.name for gate in self)

    def __iter__(self) -> Iterator[Gate]:
        return iter((self.AND, self.NAND, self.OR))
