"""Pictures of lesson 05: displayed once, with a text, the same bytes every time, readable."""

import numpy as np
import pytest
from plot_checks import EveryPlot

from twoapples.plots import activations as plots


class Square:
    """Stands for a layer: the picture only needs forward and backward."""

    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dout):
        return 2 * self.x * dout


class Flat:
    def forward(self, x):
        return np.zeros_like(x)

    def backward(self, dout):
        return np.zeros_like(dout)


class Broken(Flat):
    def forward(self, x):
        return np.full_like(x, np.nan)


class Shrinks(Flat):
    def forward(self, x):
        return x[:-1]


class Spoils(Flat):
    """Overwrites what it is given, as a learner's layer may."""

    def forward(self, x):
        x[...] = 0
        return x


SHRINKING = 0.25 ** np.arange(1, 11)

DRAWINGS = {
    "activation_curves, one": lambda: plots.activation_curves({"square": Square()}),
    "activation_curves, three": lambda: plots.activation_curves(
        {"square": Square(), "flat": Flat(), "spoils": Spoils()}
    ),
    "activation_curves, nan": lambda: plots.activation_curves({"nan": Broken()}),
    "steepness_curves": lambda: plots.steepness_curves(np.tanh, factors=(1, 2.5)),
    "vanishing_gradients": lambda: plots.vanishing_gradients(
        {"quarter": SHRINKING, "one": np.ones(10)}, ylabel="product"
    ),
    "vanishing_gradients, one": lambda: plots.vanishing_gradients({"only": [0.5]}),
}


class TestEveryPlot(EveryPlot):
    modules = (plots,)
    drawings = DRAWINGS


def test_axes_are_labelled_and_lines_differ_without_colour(drawn):
    for draw in DRAWINGS.values():
        draw()
    assert len(drawn) == len(DRAWINGS)
    for fig in drawn:
        for axes in fig.axes:
            assert axes.get_xlabel() and axes.get_ylabel()
            named = [line for line in axes.lines if not line.get_label().startswith("_")]
            assert len({line.get_linestyle() for line in named}) == len(named)


def test_the_curves_are_those_of_the_layer(drawn):
    plots.activation_curves({"square": Square()})
    lines = {line.get_label(): line.get_xydata() for line in drawn[0].axes[0].lines}
    x, out = lines["output"].T
    assert x[0] == -5 and x[-1] == 5
    np.testing.assert_allclose(out, x**2)
    np.testing.assert_allclose(lines["derivative"][:, 1], 2 * x)


def test_numbers_are_in_the_text(shown):
    plots.activation_curves({"square": Square()})
    plots.steepness_curves(np.tanh, factors=(1, 4))
    plots.vanishing_gradients({"quarter": SHRINKING})
    assert "square: 25.000 with derivative -10.000 at x = -5, 0.000 with" in shown[0].alt
    assert "at x = 0.5 it is 0.462 for a = 1, 0.964 for a = 4" in shown[1].alt
    assert "quarter: 0.250 at the first and 9.54e-07 at the last" in shown[2].alt


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: plots.activation_curves({}),
        lambda: plots.activation_curves({"shrinks": Shrinks()}),
        lambda: plots.steepness_curves(np.tanh, factors=()),
        lambda: plots.steepness_curves(np.tanh, factors=range(1, 9)),
        lambda: plots.steepness_curves(np.sum, factors=(1,)),
        lambda: plots.vanishing_gradients({}),
        lambda: plots.vanishing_gradients({"zero": [1.0, 0.0]}),
        lambda: plots.vanishing_gradients({"empty": []}),
        lambda: plots.vanishing_gradients({"nan": [np.nan]}),
    ],
)
def test_what_does_not_fit_is_said(wrong, shown):
    with pytest.raises(ValueError):
        wrong()
    assert shown == []
