"""Pictures of learning: displayed once, with a text, the same bytes, on a light ground."""

import numpy as np
import pytest
from plot_checks import EveryPlot

from twoapples.plots import learning as plots

FALLING = {
    "loss": [2.3, 1.0, 0.2],
    "accuracy": [0.1, 0.7, 1.0],
    "test_loss": [2.3, 0.9, 1.4],
    "test_accuracy": [0.1, 0.6, 0.5],
}
ONE = {name: values[:1] for name, values in FALLING.items()}
BROKEN = {**FALLING, "loss": [2.3, np.nan, np.nan], "test_loss": [np.nan] * 3}
PATH = np.array([[-8.0, 1.5], [-4.0, -1.0], [-1.0, 0.5]])


def outputs(scale):
    rng = np.random.default_rng(0)
    return [np.maximum(scale**k * rng.normal(size=(20, 5)), 0) for k in (1, 2, 3)]


def bowl(first, second):
    return first**2 + second**2


DRAWINGS = {
    "train_test_curves": lambda: plots.train_test_curves(FALLING),
    "train_test_curves, title": lambda: plots.train_test_curves(FALLING, title="Digits"),
    "train_test_curves, one epoch": lambda: plots.train_test_curves(ONE),
    "train_test_curves, nan": lambda: plots.train_test_curves(BROKEN),
    "fit_comparison": lambda: plots.fit_comparison({"small": FALLING, "large": FALLING}),
    "activation_histograms": lambda: plots.activation_histograms(
        {"small": outputs(0.01), "large": outputs(50.0)}
    ),
    "activation_histograms, zeros": lambda: plots.activation_histograms({"dead": [np.zeros(9)]}),
    "descent_paths": lambda: plots.descent_paths(bowl, {"SGD": PATH, "Momentum": PATH[:2]}),
    "descent_paths, no step": lambda: plots.descent_paths(bowl, {"still": PATH[:1]}),
}


class TestEveryPlot(EveryPlot):
    modules = (plots,)
    drawings = DRAWINGS


def test_axes_are_labelled(drawn):
    for draw in DRAWINGS.values():
        draw()
    for fig in drawn:
        assert fig.axes[-1].get_xlabel()
        assert fig.axes[0].get_ylabel()


def test_train_and_test_differ_in_colour_and_in_line(drawn):
    DRAWINGS["train_test_curves"]()
    train, test = drawn[0].axes[0].lines
    assert train.get_color() != test.get_color()
    assert train.get_linestyle() != test.get_linestyle()
    assert [text.get_text() for text in drawn[0].axes[0].get_legend().get_texts()] == [
        "train",
        "test",
    ]
    assert train.get_xdata().tolist() == [1, 2, 3]
    assert drawn[0].axes[1].get_ylim()[0] == 0


def test_numbers_are_in_the_text(shown):
    DRAWINGS["train_test_curves, title"]()
    DRAWINGS["fit_comparison"]()
    DRAWINGS["activation_histograms"]()
    DRAWINGS["descent_paths"]()
    assert shown[0].alt.startswith("Digits. Two panels of curves over 3 epochs: loss")
    assert "from 2.300 to 1.400, lowest with 0.900 at epoch 2" in shown[0].alt
    assert "accuracy on the training cases from 0.100 to 1.000" in shown[0].alt
    assert "small: loss on the training cases from 2.300 to 0.200" in shown[1].alt
    assert "Histograms of the outputs of 3 layers" in shown[2].alt
    assert "SGD: after 2 steps at (-1.00, 0.50), height 1.250" in shown[3].alt


@pytest.mark.parametrize(
    "value, text",
    [
        (0.0, "0"),
        (0.583, "0.58"),
        (5.8, "5.8"),
        (42.2, "42"),
        (320.4, "320"),
        (1.6e4, "2e4"),
        (4e-3, "4e-3"),
    ],
)
def test_spreads_are_short(value, text):
    assert plots._short(value) == text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: plots.train_test_curves({"loss": [1.0], "accuracy": [1.0]}),
        lambda: plots.train_test_curves({**FALLING, "loss": [1.0]}),
        lambda: plots.train_test_curves({name: [] for name in FALLING}),
        lambda: plots.fit_comparison({}),
        lambda: plots.activation_histograms({}),
        lambda: plots.activation_histograms({"a": outputs(1), "b": outputs(1)[:2]}),
        lambda: plots.descent_paths(bowl, {}),
        lambda: plots.descent_paths(bowl, {"flat": np.zeros(4)}),
    ],
)
def test_what_does_not_fit_is_said(wrong, shown):
    with pytest.raises(ValueError):
        wrong()
    assert shown == []
