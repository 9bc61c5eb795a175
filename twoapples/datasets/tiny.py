"""Data small enough to write down: six pictures, and the truth tables of gates."""

from __future__ import annotations

import numpy as np

from twoapples.datasets.records import Dataset, Gate, Gates


def six_pictures() -> Dataset:
    """Return six pictures of 2 × 2 pixels: two cats, two dogs and two ships.

    Returns
    -------
    Dataset
        `X` is float64 of shape (6, 2, 2): grey values, about 0 (black) to 255 (white); one of them
        is -10, as in the text that the pictures come from. `T` is one-hot, float64 of shape (6, 3),
        `t` int64 of shape (6,), and `names` is ``("cat", "dog", "ship")``. The order is cat, dog,
        ship, cat, dog, ship.

    Notes
    -----
    The pictures are made up. That a value lies below 0 shows that they are: a camera has no -10.
    """
    X = np.array(
        [
            [[56, 231], [24, 1]],
            [[120, 30], [24, 0]],
            [[20, 31], [240, 100]],
            [[56, 201], [22, -10]],
            [[140, 27], [30, 10]],
            [[25, 30], [230, 110]],
        ],
        dtype=np.float64,
    )
    t = np.array([0, 1, 2, 0, 1, 2])
    return Dataset(X, t.astype(np.int64), ("cat", "dog", "ship"), image_shape=(2, 2))


def gates() -> Gates:
    """Return the truth tables of AND, NAND and OR.

    Returns
    -------
    Gates
        With a `Gate` each in `AND`, `NAND` and `OR`: inputs `X`, float64 of shape (4, 2), outputs
        as 0 and 1 in `t`, int64 of shape (4,), and as -1 and +1 in `y`, float64 of shape (4,).
    """
    return Gates(
        AND=_gate("AND", [0, 0, 0, 1]),
        NAND=_gate("NAND", [1, 1, 1, 0]),
        OR=_gate("OR", [0, 1, 1, 1]),
    )


def xor() -> Gate:
    """Return the truth table of XOR: 1 where exactly one input is 1.

    Returns
    -------
    Gate
        Inputs `X`, float64 of shape (4, 2), outputs as 0 and 1 in `t`, int64 of shape (4,), and as
        -1 and +1 in `y`, float64 of shape (4,).
    """
    return _gate("XOR", [0, 1, 1, 0])


def _gate(name: str, outputs: list[int]) -> Gate:
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
    return Gate(name, inputs, np.array(outputs, dtype=np.int64))
