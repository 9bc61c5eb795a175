"""Data that comes with the package: iris flowers and handwritten digits of 8 × 8 pixels.

Source, licence and how to cite them: data/README.md beside this file.
"""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from twoapples.datasets.records import Dataset


def iris() -> Dataset:
    """Return the measurements of 150 iris flowers, 50 of each of three species.

    Returns
    -------
    Dataset
        `X` is float64 of shape (150, 4): length and width of the sepals, length and width of the
        petals, in centimetres. `t` is int64 of shape (150,), sorted: 50 times 0, 50 times 1, 50
        times 2. `names` are the species.

    Notes
    -----
    Fisher, R. (1936). Iris [Dataset]. UCI Machine Learning Repository.
    https://doi.org/10.24432/C56C76. Licensed under CC BY 4.0
    (https://creativecommons.org/licenses/by/4.0/).

    These are the numbers of Fisher's paper, as scikit-learn and R have them; the file of the UCI
    repository differs from the paper in two flowers.
    """
    with (files("twoapples.datasets") / "data" / "iris.csv").open(encoding="utf-8") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    return Dataset(
        X=np.ascontiguousarray(table[:, :4]),
        t=table[:, 4].astype(np.int64),
        names=("setosa", "versicolor", "virginica"),
        feature_names=(
            "sepal length (cm)",
            "sepal width (cm)",
            "petal length (cm)",
            "petal width (cm)",
        ),
    )


def digits() -> Dataset:
    """Return 1,797 handwritten digits of 8 × 8 pixels.

    Returns
    -------
    Dataset
        `X` is float64 of shape (1797, 64), a picture a row, line by line:
        ``X[n].reshape(8, 8)`` is the picture. Values are whole numbers 0 .. 16, how many of 4 × 4
        finer pixels have ink. `t` is int64 of shape (1797,), the digit; `names` are "0" .. "9".

    Notes
    -----
    Alpaydin, E. & Kaynak, C. (1998). Optical Recognition of Handwritten Digits [Dataset]. UCI
    Machine Learning Repository. https://doi.org/10.24432/C50P49. Licensed under CC BY 4.0
    (https://creativecommons.org/licenses/by/4.0/).

    This is that dataset's test part, written by 13 people.
    """
    with (
        (files("twoapples.datasets") / "data" / "digits.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        X, t = arrays["X"], arrays["t"]
    return Dataset(
        X=X.astype(np.float64),
        t=t.astype(np.int64),
        names=tuple("0123456789"),
        image_shape=(8, 8),
    )
