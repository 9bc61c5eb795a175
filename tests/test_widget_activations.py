"""The widget of activations without a browser: what it computes, says and sends."""

import math

import numpy as np
import pytest
from lesson_numbers import Lesson
from small_widgets import check_text, watch

from solutions import layers
from twoapples import widgets
from twoapples.widgets.activations import ActivationLayers


def learners_layers():
    return {"sigmoid": layers.Sigmoid(), "tanh": layers.Tanh, "ReLU": layers.ReLU()}


def test_own_layers_are_those_of_the_lesson():
    own, theirs = ActivationLayers(), ActivationLayers(learners_layers())
    assert own.names == ["step", "sigmoid", "tanh", "ReLU"]
    for name in theirs.names:
        np.testing.assert_allclose(own.curve(name), theirs.curve(name), rtol=1e-6, atol=1e-12)


def test_derivatives_are_those_that_are_measured():
    own = ActivationLayers()
    x, h = np.array([-3.3, -0.7, 0.4, 2.0]), 1e-6
    for name in own.names:
        measured = (own.ask(name, x + h)[0] - own.ask(name, x - h)[0]) / (2 * h)
        np.testing.assert_allclose(own.ask(name, x)[1], measured, atol=1e-8)


def test_products_are_the_numbers_of_the_lesson():
    own = ActivationLayers(learners_layers())
    at_0, at_10 = own.products(0, 1, False), own.products(10, 1, False)
    sigmoid, tanh, relu = range(3)
    assert f"{at_0[sigmoid, -1]:.2e}" == "9.54e-07"
    assert f"{at_10[sigmoid, -1]:.2e}" == "3.72e-44"
    assert at_0[tanh, -1] == 1
    assert at_0[relu, -1] == 0
    assert at_10[relu, -1] == 1
    assert own.products(2, 0.5, False)[relu, -1] == 0.5**10


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "ReLU"])
def test_a_chain_is_differentiated_by_the_chain_rule(name):
    own = ActivationLayers(learners_layers())
    x, weight, h = 0.3, 1.7, 1e-5

    def through(x):
        value = np.array([x])
        for _ in range(10):
            value = own.ask(name, weight * value)[0]
        return value[0]

    measured = (through(x + h) - through(x - h)) / (2 * h)
    product = own.products(x, weight, True)[own.names.index(name), -1]
    assert product == pytest.approx(measured, rel=1e-4)


def test_the_gradient_goes_from_the_last_layer_to_the_first():
    own = ActivationLayers(learners_layers())
    factors = own.factors("sigmoid", 0, 4, True)
    assert factors[0] == pytest.approx(1)  # weight 4 makes up for the quarter, in one layer
    assert factors[-1] < 0.1  # and in the others it saturates
    row = own.products(0, 4, True)[0]
    assert row[1] == pytest.approx(factors[-1])
    assert row[-1] == pytest.approx(np.prod(factors))


def test_wrong_layers_are_named():
    class Short:
        def forward(self, x):
            return x[:1]

    with pytest.raises(ValueError, match=r"mine\.forward: \(401,\) went in, but \(1,\) came out"):
        ActivationLayers({"mine": Short}).curve("mine")
    with pytest.raises(ValueError, match="no layer"):
        ActivationLayers({})


def test_a_text_says_what_the_widget_shows():
    check_text("explore_activations", widgets.explore_activations)


def test_activations_answer(monkeypatch):
    panel = widgets.explore_activations(learners_layers())
    tell, pushed = watch(panel, monkeypatch)
    tell(first=True)
    tell(x=10)
    header, arrays = pushed[-1]
    assert (panel.function, panel.x, panel.weight) == ("sigmoid", 10, 1)
    # Smaller than what float32 holds: the power of ten is sent.
    assert arrays["powers"][0, -1] == pytest.approx(math.log10(3.72e-44), abs=0.01)
    assert header["left"][0] == pytest.approx(3.72e-44, rel=0.01)
    assert "3.72e-44" in panel.text()
    tell(function="ReLU")
    assert pushed[-1][0]["value"] == 10
    assert max(pushed[-1][1]["out"]) == 10


def test_lesson_05():
    lesson = Lesson("05-layers")
    assert lesson.states("set $x$ to 0 and the weight to 4: a quarter times 4 is 1")
    assert lesson.states("It gives one half, times 4 is 2")
    assert lesson.states("Less than a billionth of the gradient is left.")
    own = ActivationLayers(learners_layers())
    assert own.products(0, 4, False)[0, -1] == pytest.approx(1)
    assert 1e-10 < own.products(0, 4, True)[0, -1] < 1e-9
