"""The widget of learning rates without a browser: what it computes, says and sends."""

import math

import numpy as np
import pytest
from lesson_numbers import Lesson
from small_widgets import check_text, watch

from solutions.one_layer import NN_1layer
from twoapples import widgets
from twoapples.datasets import six_pictures
from twoapples.widgets.learning_rates import OneLayer, RateRun

DATA = six_pictures()


def weights(seed=0):
    return np.random.default_rng(seed).random((3, 4))


@pytest.mark.parametrize("network", [NN_1layer, OneLayer])
def test_losses_are_those_of_the_lesson(network):
    run = RateRun(network(weights()), 1e-3, DATA)
    run.extend(100)
    expected = NN_1layer(weights()).train(DATA.X, DATA.T, 100, 1e-3)
    np.testing.assert_allclose(run.losses[:100], expected, rtol=1e-9, atol=1e-15)
    assert [round(loss, 3) for loss in run.losses[:2]] == [10.745, 5.373]
    assert run.accuracies[-1] == 1


def test_a_run_goes_on_where_it_stopped():
    at_once, in_parts = (RateRun(OneLayer(weights()), 1e-4, DATA) for _ in range(2))
    at_once.extend(60)
    for updates in (0, 10, 5, 60):
        in_parts.extend(updates)
    assert at_once.losses == in_parts.losses
    assert len(at_once.losses) == 61


def test_a_run_that_stumbles_goes_on_where_it_stumbled():
    class Stumbling(OneLayer):
        calls = 0

        def train(self, X, t, epochs, learning_rate):
            self.calls += 1
            if self.calls == 5:
                raise RuntimeError("once")
            super().train(X, t, epochs, learning_rate)

    run, smooth = (
        RateRun(Stumbling(weights()), 1e-4, DATA),
        RateRun(OneLayer(weights()), 1e-4, DATA),
    )
    with pytest.raises(RuntimeError, match="once"):
        run.extend(20)
    assert len(run.losses) == 5
    run.extend(20)
    smooth.extend(20)
    assert run.losses == smooth.losses
    with pytest.raises(ValueError, match=r"shape \(6, 4\); probabilities need \(6, 3\)"):
        RateRun(OneLayer(np.zeros((4, 4))), 1, DATA).extend(0)


def test_a_loss_that_is_no_number_is_explained():
    run = RateRun(OneLayer(weights()), 0.06, DATA)
    run.extend(100)
    # The two epochs that lesson 06 gives.
    assert run.lost(100) == 1
    assert run.accuracies.index(1) == 3
    assert np.isnan(run.plain_losses[1])
    assert all(map(math.isfinite, run.losses))
    told = run.explain(100)
    assert "from epoch 1 on" in told
    assert "0 times log 0" in told
    assert "the accuracy is 1.00 from epoch 3 on" in told
    assert "accuracy" not in run.explain(2)
    assert run.lost(0) is None and run.explain(0) == ""


def test_a_picture_without_any_probability_for_its_class():
    class Certain:
        def forward(self, X):
            return np.eye(3)[[1] * 6]

    run = RateRun(Certain(), 1, DATA)
    run.extend(0)
    assert run.lost(0) == 0
    assert "picture 1, a cat, has the probability 0 for its own class" in run.explain(0)


def test_weights_that_overflow():
    class Overflown(OneLayer):
        def train(self, X, t, epochs, learning_rate):
            self.W = self.W * np.inf

    run = RateRun(Overflown(weights()), 1, DATA)
    run.extend(2)
    assert "From epoch 1 on probabilities are nan: the weights overflowed" in run.explain(2)


def test_the_four_rates_do_what_the_lesson_says():
    last = {}
    for rate in (1e-7, 1e-5, 1e-4, 1e-2):
        run = RateRun(OneLayer(weights()), rate, DATA)
        run.extend(100)
        last[rate] = (run.losses[100], run.accuracies[100])
    assert last[1e-7][0] == pytest.approx(10.745, abs=0.01)
    assert last[1e-5][1] < 1
    assert last[1e-4][1] == last[1e-2][1] == 1
    assert last[1e-2][0] < 1e-6


def test_a_text_says_what_the_widget_shows():
    check_text("compare_learning_rates", widgets.compare_learning_rates)


def test_learning_rates_answer(monkeypatch):
    panel = widgets.compare_learning_rates(NN_1layer, epochs=10)
    tell, pushed = watch(panel, monkeypatch)
    tell(rate=1e-3, epochs=7)
    header, arrays = pushed[-1]
    assert header["rates"] == ["1e-7", "1e-5", "1e-4", "0.01", "1e-3"]
    assert np.shape(arrays["losses"]) == (5, 8)
    assert [round(loss, 3) for loss in arrays["losses"][4][:2]] == [10.745, 5.373]
    assert header["rows"][4][4] == "1.00"  # all six are right after 7 updates
    tell(rate=0.06)
    assert pushed[-1][0]["lost"] == [None, None, None, None, 1]
    assert "0 times log 0" in panel.text()
    for rate in np.logspace(-8, 0, 100):
        tell(rate=rate, epochs=1)
    assert len(panel._runs) <= 60
    assert (0, 1e-7) in panel._runs


def test_an_unwritten_network_is_said_to_be_unwritten(monkeypatch):
    class NotYet(OneLayer):
        def train(self, X, t, epochs, learning_rate):
            raise NotImplementedError

    panel = widgets.compare_learning_rates(NotYet)
    assert "is not written yet" in repr(panel)
    with pytest.raises(NotImplementedError):
        panel.answer({"first": True})


def test_lesson_06():
    lesson = Lesson("06-one-layer-network")
    assert lesson.states("The accuracy is the same on both sides of the limit")
    assert lesson.states("the limit is not the same for all first weights")
    limits = set()
    for seed in range(5):
        rates = [0.01, 0.015, 0.02, 0.025, 0.04, 0.06]
        runs = [RateRun(OneLayer(weights(seed)), rate, DATA) for rate in rates]
        for run in runs:
            run.extend(100)
        assert {run.accuracies[-1] for run in runs} == {1}
        lost = [run.lost(100) is not None for run in runs]
        assert lost == sorted(lost)
        assert not lost[0] and lost[-1]
        limits.add(lost.index(True))
    assert len(limits) > 1
