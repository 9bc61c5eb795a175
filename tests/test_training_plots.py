"""Pictures of training: displayed once, with a text, the same bytes, on a light ground."""

import numpy as np
import pytest
from plot_checks import EveryPlot

from twoapples.plots import training as plots

FALLING = [10.7, 5.4, 0.3, 0.01, 1e-4]
DIGITS = np.arange(3 * 64).reshape(3, 64) % 17
PICTURES = np.arange(12.0).reshape(3, 2, 2) - 4

DRAWINGS = {
    "loss_curves, one": lambda: plots.loss_curves({"a run": FALLING}),
    "loss_curves, several": lambda: plots.loss_curves(
        {f"seed {k}": np.array(FALLING) * k for k in range(1, 8)}, title="Seven seeds"
    ),
    "loss_curves, nan": lambda: plots.loss_curves({"broken": [3.0, np.inf, np.nan]}),
    "loss_curves, only nan": lambda: plots.loss_curves({"broken": [np.nan]}),
    "learning_rate_comparison": lambda: plots.learning_rate_comparison(
        {1e-7: [10.7, 10.7], 1e-4: FALLING, 1e-2: [10.7, -1e-7]}
    ),
    "learning_rate_comparison, nan": lambda: plots.learning_rate_comparison({1: [1.0, np.nan]}),
    "digit_grid": lambda: plots.digit_grid(DIGITS, ["one", "two\nlines", "3"]),
    "digit_grid, untitled": lambda: plots.digit_grid(DIGITS.reshape(3, 8, 8), columns=2),
    "digit_grid, oblong and blank": lambda: plots.digit_grid(np.zeros((1, 2, 3))),
    "picture_grid": lambda: plots.picture_grid(PICTURES, ["cat", "dog", "ship"]),
    "picture_grid, signed": lambda: plots.picture_grid(PICTURES, signed=True, digits=2),
    "picture_grid, all zero": lambda: plots.picture_grid(np.zeros((1, 2, 3)), signed=True),
    "picture_grid, all equal": lambda: plots.picture_grid(np.ones((1, 2, 3))),
}


class TestEveryPlot(EveryPlot):
    modules = (plots,)
    drawings = DRAWINGS


@pytest.mark.parametrize("name", [name for name in DRAWINGS if "grid" not in name])
def test_axes_are_logarithmic_and_labelled(name, drawn):
    DRAWINGS[name]()
    (fig,) = drawn
    assert all(axes.get_xlabel() == "epoch" for axes in fig.axes)
    assert all(axes.get_yscale() == "log" for axes in fig.axes)
    assert fig.axes[0].get_ylabel() == "mean loss, logarithmic"


def test_what_has_no_logarithm_runs_along_the_bottom(drawn):
    DRAWINGS["learning_rate_comparison"]()
    (fig,) = drawn
    line = fig.axes[2].lines[0].get_ydata()
    assert line.tolist() == [10.7, 1e-5]
    assert fig.axes[2].get_ylim()[0] < 1e-5
    assert "leq" in fig.axes[0].get_yticklabels()[0].get_text()
    assert [axes.get_title() for axes in fig.axes] == ["rate 1e-7", "rate 1e-4", "rate 1e-2"]


def test_nan_is_said(drawn, shown):
    DRAWINGS["loss_curves, nan"]()
    DRAWINGS["learning_rate_comparison, nan"]()
    assert "nan from epoch 1" in drawn[0].axes[0].get_legend().get_texts()[0].get_text()
    assert "nan from epoch 1" in drawn[1].axes[0].texts[0].get_text()
    assert all("nan or infinite from epoch 1" in picture.alt for picture in shown)


def test_numbers_are_in_the_text(shown):
    DRAWINGS["learning_rate_comparison"]()
    DRAWINGS["picture_grid"]()
    plots.digit_grid(DIGITS, ["4", "5\nwrong", "6"])
    assert "rate 1e-4: from 10.700 to 1.0e-4" in shown[0].alt
    assert "rate 1e-2: from 10.700 to -1.0e-7" in shown[0].alt
    assert "cat: -4, -3 / -2, -1; dog: 0, 1 / 2, 3" in shown[1].alt
    assert "3 pictures of 8 by 8 pixels in 1 row" in shown[2].alt
    assert "4; 5, wrong; 6" in shown[2].alt


def test_seven_runs_look_different(drawn):
    DRAWINGS["loss_curves, several"]()
    lines = drawn[0].axes[0].lines[:6]
    assert len({line.get_color() for line in lines}) == 6
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == 6


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: plots.loss_curves({}),
        lambda: plots.loss_curves({"empty": []}),
        lambda: plots.learning_rate_comparison({0.1: [[1.0]]}),
        lambda: plots.digit_grid(np.zeros(64)),
        lambda: plots.digit_grid(np.zeros((2, 63))),
        lambda: plots.digit_grid(DIGITS, ["one"]),
        lambda: plots.picture_grid(PICTURES, ["cat"]),
        lambda: plots.picture_grid(PICTURES[0]),
    ],
)
def test_what_does_not_fit_is_said(wrong, shown):
    with pytest.raises(ValueError):
        wrong()
    assert shown == []
