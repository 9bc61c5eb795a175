"""Pictures of arrays: displayed once, with a text that holds the numbers, on a light ground."""

import numpy as np
import pytest
from plot_checks import EveryPlot

from twoapples.plots import array_picture, arrays

A = np.array([[1.0, -2.5], [3.0, 4.0]])


class TestEveryPlot(EveryPlot):
    modules = (arrays,)
    drawings = {"array_picture": lambda: array_picture(("A", A), "→", ("A.T", A.T))}  # noqa: RUF012


def test_numbers_are_in_the_text(shown):
    array_picture(("A", A), "@", ("b", np.array([1, 2])), marks={"A": 0}, title="T")
    assert [p.alt for p in shown] == [
        "T. Arrays side by side. [A, 2 by 2: 1, −2.5; 3, 4 (marked: 1, −2.5)] @ [b, 2: 1, 2]."
    ]


def test_a_mark_can_be_seen(shown):
    array_picture(("A", A))
    array_picture(("A", A), marks={"A": (0, 0)})
    array_picture(("A", A), marks={"A": (1, 1)})
    assert len({picture.png for picture in shown}) == 3


def test_what_cannot_be_drawn_is_said(shown):
    with pytest.raises(ValueError, match="two at most"):
        array_picture(("A", np.zeros((2, 2, 2))))
    with pytest.raises(ValueError, match="no array named 'B'"):
        array_picture(("A", A), marks={"B": 0})
    assert shown == []
