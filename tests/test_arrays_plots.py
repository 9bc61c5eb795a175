"""Pictures of arrays: displayed once, with a text that holds the numbers, on a light ground."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import image as mpimg

from twoapples.plots import array_picture

A = np.array([[1.0, -2.5], [3.0, 4.0]])


def test_shown_once_with_a_text_and_closed(shown):
    assert array_picture(("A", A), "@", ("b", np.array([1, 2])), marks={"A": 0}, title="T") is None
    assert plt.get_fignums() == []
    assert [p.alt for p in shown] == [
        "T. Arrays side by side. [A, 2 by 2: 1, −2.5; 3, 4 (marked: 1, −2.5)] @ [b, 2: 1, 2]."
    ]


def test_same_bytes_on_a_light_ground_whatever_the_style(shown):
    array_picture(("A", A), "→", ("A.T", A.T))
    with plt.style.context("dark_background"):
        array_picture(("A", A), "→", ("A.T", A.T))
    assert shown[0].png == shown[1].png
    pixels = mpimg.imread(io.BytesIO(shown[0].png))
    assert np.all(pixels[0, 0] == 1) and np.all(pixels[..., 3] == 1)


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
