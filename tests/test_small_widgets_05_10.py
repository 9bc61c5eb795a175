"""What the widgets of lessons 05, 06, 08 and 10 calculate, without a browser."""

import asyncio
import math

import numpy as np
import pytest
from lesson_numbers import Lesson

from solutions import layers
from solutions.one_layer import NN_1layer
from solutions.pitfalls import confidence
from twoapples import widgets
from twoapples.datasets import digits, six_pictures
from twoapples.widgets.activations import ActivationLayers
from twoapples.widgets.digit_reader import STRANGE, DigitReader
from twoapples.widgets.fit import ENDS, EPOCHS, WIDTHS, FitGrid
from twoapples.widgets.learning_rates import OneLayer, RateRun

DATA = six_pictures()


# --- activations --------------------------------------------------------------------------------


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


# --- learning rates -----------------------------------------------------------------------------


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


# --- under- and overfitting ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def grid():
    grid = FitGrid()
    while not grid.finished:
        grid.advance(100)
    return grid


def test_the_curves_of_three_widths(grid):
    narrow, middle, wide = (grid.curves(WIDTHS.index(width)) for width in (1, 3, 16))
    # Underfitting: both losses stay high, close together.
    assert 0.25 < narrow[0, -1] < 0.4 and abs(narrow[0, -1] - narrow[1, -1]) < 0.05
    # A better fit: both are lower, for a while.
    assert middle[1].min() < 0.9 * narrow[1].min()
    # Overfitting: training goes to nearly nothing, the test falls and rises to far above.
    best = wide[1].argmin()
    assert wide[0, -1] < 0.02
    assert 10 < EPOCHS[best] < 200
    assert wide[1, -1] > 3 * wide[1, best]
    assert wide.shape == (2, len(EPOCHS))


def test_narrow_networks_are_filled_up_with_units_that_stay_zero(grid):
    W1, b1, W2, _ = grid._params
    for row, width in enumerate(WIDTHS):
        for array in (W1[row].T, b1[row].T, W2[row]):
            assert not array[width:].any()
            assert array[:width].any(axis=1).all()


def test_a_width_trained_alone_is_the_same(grid):
    alone = FitGrid(widths=(3, 64))
    alone.advance(50)
    at = EPOCHS.index(50)
    position = WIDTHS.index(3)
    np.testing.assert_allclose(alone.losses[at][0], grid.losses[at][position], rtol=1e-9)


def test_the_boundary_is_that_of_the_remembered_epoch(grid):
    xs, ys = np.linspace(-2, 3, 9), np.linspace(-1.5, 2, 7)
    width = WIDTHS.index(16)
    first, last = (grid.boundary(width, k, xs, ys) for k in (0, len(EPOCHS) - 1))
    assert first.shape == (7, 9)
    assert not np.allclose(first, last)
    # At a training point it is the probability that the loss was taken of.
    p = np.array([grid.boundary(width, len(EPOCHS) - 1, *point[:, None])[0, 0] for point in grid.X])
    true = np.where(grid.t == 1, p, 1 - p)
    assert -np.log(true + 1e-7).mean() == pytest.approx(grid.losses[-1][width, 0])


def test_gradients_are_those_that_are_measured():
    grid = FitGrid(widths=(2, 3), epochs=(0, 1), points=10)
    _, p = grid_forward(grid)
    gradients = grid._gradients(_, p)
    for array, gradient in zip(grid._params, gradients, strict=True):
        used = np.argwhere(gradient != 0)
        for index in map(tuple, used[:: max(1, len(used) // 4)]):
            before, h, losses = array[index], 1e-6, []
            for step in (h, -h):
                array[index] = before + step
                p = grid_forward(grid)[1]
                losses.append(-np.log(p[index[0], np.arange(10), grid.t]).mean())
            array[index] = before
            assert gradient[index] == pytest.approx((losses[0] - losses[1]) / (2 * h), rel=1e-4)


def grid_forward(grid):
    from twoapples.widgets.fit import _forward

    return _forward(grid._params, grid.X)


def test_training_ends_at_the_last_epoch():
    grid = FitGrid(epochs=(0, 3), points=6, test_points=6)
    assert (grid.advance(2), grid.remembered, grid.finished) == (2, 1, False)
    assert (grid.advance(5), grid.remembered, grid.finished) == (1, 2, True)
    assert grid.advance(5) == 0


def test_epochs_rise():
    with pytest.raises(ValueError, match="epochs rise and begin with 0"):
        FitGrid(epochs=(1, 2))


# --- a digit ------------------------------------------------------------------------------------


class Brightest:
    """Scores: how much ink the first ten pixels have."""

    def predict(self, X):
        return X[:, :10]


def test_scores_become_probabilities():
    reader = DigitReader(Brightest())
    picture = np.zeros((8, 8))
    picture[0, 3] = 2
    p, scores = reader.read(picture)
    assert p[3] == pytest.approx(math.e**2 / (math.e**2 + 9))
    np.testing.assert_array_equal(scores, picture.ravel()[:10])
    brighter, _ = reader.read(picture, 2.0)
    assert brighter[3] == pytest.approx(math.e**4 / (math.e**4 + 9))


def test_probabilities_stay_what_they_are():
    given = np.array([0.5, 0.5, *[0.0] * 8])
    for answer in (given, given[None]):
        p, scores = DigitReader(lambda X, answer=answer: answer).read(np.zeros(64))
        np.testing.assert_array_equal(p, given)
        assert scores is None


def test_scores_that_look_like_probabilities_once():
    reader = DigitReader(Brightest())
    assert reader.read(np.ones(64))[1] is not None
    p, scores = reader.read(np.eye(64)[3])
    assert scores[3] == 1
    assert p[3] == pytest.approx(math.e / (math.e + 9))


def test_ink_is_scaled_to_what_the_network_knows():
    seen = []

    def predict(X):
        seen.append(X)
        return np.zeros((1, 10))

    DigitReader(predict, ink=1).read(np.full((8, 8), 16))
    assert seen[0].shape == (1, 64)
    assert seen[0].max() == 1


@pytest.mark.parametrize("kind", STRANGE)
def test_strange_pictures(kind):
    picture, title = DigitReader(Brightest()).strange(kind)
    assert picture.shape == (8, 8)
    assert picture.min() >= 0
    assert picture.max() <= 16
    again, same = DigitReader(Brightest()).strange(kind)
    np.testing.assert_array_equal(picture, again)
    assert title == same


def test_strange_pictures_are_made_of_digits():
    reader = DigitReader(Brightest())
    digit, title = DigitReader(Brightest()).example()
    (found,) = np.flatnonzero((digits().X == digit.ravel()).all(axis=1))  # noqa: SIM300
    assert title == f"a handwritten {digits().t[found]}"
    turned, told = reader.strange("upside down")
    np.testing.assert_array_equal(turned, digit[::-1, ::-1])
    assert told.startswith(title)
    assert reader.strange("letter")[1] == "the letter A"
    assert reader.strange("letter")[1] == "the letter H"
    with pytest.raises(ValueError, match="none of noise"):
        reader.strange("cat")


def test_networks_that_do_not_fit():
    with pytest.raises(TypeError, match="predict"):
        DigitReader(3)
    with pytest.raises(ValueError, match="ink"):
        DigitReader(Brightest(), ink=0)
    with pytest.raises(ValueError, match=r"shape \(1, 3\) to one picture"):
        DigitReader(lambda X: np.zeros((1, 3))).read(np.zeros(64))


def test_confidence_is_the_largest_bar():
    reader = DigitReader(Brightest())
    p, _ = reader.read(reader.example()[0])
    assert confidence(p[None])[0] == p.max()


# --- the panels, without a browser ----------------------------------------------------------------


def watch(panel, monkeypatch):
    """Return the list that everything pushed to the browser goes to."""
    pushed = []
    monkeypatch.setattr(panel, "push", lambda header, **arrays: pushed.append((header, arrays)))
    return pushed


PANELS = {
    "explore_activations": lambda: widgets.explore_activations(),
    "compare_learning_rates": lambda: widgets.compare_learning_rates(),
    "explore_fit": lambda: widgets.explore_fit(),
    "draw_digit": lambda: widgets.draw_digit(Brightest()),
}


@pytest.mark.parametrize("name", PANELS)
def test_a_text_says_what_a_widget_shows(name):
    first, second = PANELS[name](), PANELS[name]()
    assert first.kind == name
    assert first.text() == second.text()
    assert len(first.text().splitlines()) > 4
    assert "<table" in first.html() and "<caption>" in first.html()


def test_activations_answer(monkeypatch):
    panel = widgets.explore_activations(learners_layers())
    pushed = watch(panel, monkeypatch)
    panel.answer({"first": True})
    panel.answer({"x": 10})
    header, arrays = pushed[-1]
    assert (header["name"], header["at"], header["weight"]) == ("sigmoid", 10, 1)
    # Smaller than what float32 holds: the power of ten is sent.
    assert arrays["powers"][0, -1] == pytest.approx(math.log10(3.72e-44), abs=0.01)
    assert header["left"][0] == pytest.approx(3.72e-44, rel=0.01)
    assert "3.72e-44" in panel.text()
    panel.answer({"name": "ReLU"})
    assert pushed[-1][0]["value"] == 10
    assert max(pushed[-1][1]["out"]) == 10


def test_learning_rates_answer(monkeypatch):
    panel = widgets.compare_learning_rates(NN_1layer, epochs=10)
    pushed = watch(panel, monkeypatch)
    panel.answer({"rate": 1e-3, "epochs": 7})
    header, arrays = pushed[-1]
    assert header["rates"] == ["1e-7", "1e-5", "1e-4", "0.01", "1e-3"]
    assert np.shape(arrays["losses"]) == (5, 8)
    assert [round(loss, 3) for loss in arrays["losses"][4][:2]] == [10.745, 5.373]
    assert header["rows"][4][4] == "1.00"  # all six are right after 7 updates
    panel.answer({"rate": 0.06})
    assert pushed[-1][0]["lost"] == [None, None, None, None, 1]
    assert "0 times log 0" in panel.text()
    for rate in np.logspace(-8, 0, 100):
        panel.answer({"rate": rate, "epochs": 1})
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


def test_fit_trains_in_the_background(monkeypatch):
    async def look():
        panel = widgets.explore_fit(width=64, epochs=2000)
        pushed = watch(panel, monkeypatch)
        panel.answer({"first": True})
        first = pushed[-1][0]
        assert (first["done"], first["shown"], first["width"]) == (0, 0, len(WIDTHS) - 1)
        panel.answer({"width": 2})  # answered from what there is, without waiting
        assert pushed[-1][0]["done"] == 0
        await panel._training
        return panel, pushed

    panel, pushed = asyncio.run(look())
    header, arrays = pushed[-1]
    assert (header["done"], header["shown"]) == (2000, len(EPOCHS) - 1)
    assert arrays["p"].shape == (64, 80)
    assert arrays["p"].dtype == np.uint8
    assert panel.text().startswith("3 hidden units after 2000 epochs: training loss 0.11 and test")
    # Nothing is trained again, and no loop is needed any more.
    panel.answer({"epoch": 0})
    assert pushed[-1][0]["shown"] == 0


def test_the_table_of_fit_holds_what_training_ends_with(grid):
    for width, told in ENDS.items():
        at = WIDTHS.index(width)
        found = [*grid.losses[EPOCHS.index(50)][at], *grid.losses[-1][at]]
        assert [float(loss) for loss in told] == pytest.approx(found, abs=0.011)


def test_draw_answers(monkeypatch):
    panel = widgets.draw_digit(Brightest())
    pushed = watch(panel, monkeypatch)
    panel.answer({"first": True})
    assert pushed[-1][0]["loaded"]
    panel.answer({"pixels": [0, 0, 0, 0, 16] + [0] * 59})
    header, arrays = pushed[-1]
    assert (header["title"], header["loaded"], header["answer"]) == ("your drawing", False, 4)
    assert arrays["p"].sum() == pytest.approx(1)
    panel.answer({"brightness": 0})
    assert pushed[-1][0]["sure"] == pytest.approx(0.1)
    panel.answer({"load": "negative"})
    header, arrays = pushed[-1]
    assert header["loaded"]
    assert "ink and paper changed over" in header["said"]
    assert arrays["picture"].dtype == np.uint8


# --- what the lessons say beside the widgets ------------------------------------------------------


def test_lesson_05():
    lesson = Lesson("05-layers")
    assert lesson.states("set $x$ to 0 and the weight to 4: a quarter times 4 is 1")
    assert lesson.states("It gives one half, times 4 is 2")
    assert lesson.states("Less than a billionth of the gradient is left.")
    own = ActivationLayers(learners_layers())
    assert own.products(0, 4, False)[0, -1] == pytest.approx(1)
    assert 1e-10 < own.products(0, 4, True)[0, -1] < 1e-9


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


def test_lesson_08(grid):
    lesson = Lesson("08-mlp-training")
    assert lesson.states("Nine networks, from 1 to 64 hidden units, learn the same sixty points")
    assert (len(WIDTHS), WIDTHS[0], WIDTHS[-1], len(grid.X)) == (9, 1, 64, 60)
    assert lesson.states("With 16 units or more the border begins to wind around")
    for width in (16, 32, 64):
        train, test = grid.curves(WIDTHS.index(width))
        assert train[-1] == train.min()
        assert test[-1] > 2.5 * test.min()
        assert grid.accuracies[-1][WIDTHS.index(width), 0] == 1
    # "With one unit the border is a straight line, and both losses stay where they are"
    train, test = grid.curves(0)[:, EPOCHS.index(50) :]
    assert max(np.ptp(train), np.ptp(test)) < 0.01
    xs, ys = np.linspace(-2, 3, 40), np.linspace(-1.75, 2.25, 400)
    p = grid.boundary(0, len(EPOCHS) - 1, xs, ys)
    crossings = [ys[np.argmin(np.abs(column - 0.5))] for column in p.T]
    fitted = np.polyval(np.polyfit(xs, crossings, 1), xs)
    np.testing.assert_allclose(crossings, fitted, atol=0.02)


def test_lesson_10():
    lesson = Lesson("10-pitfalls")
    assert lesson.states("The ten bars add up to 1 whatever is on the sheet")
    assert lesson.states("At 0 only the biases are left.")
    reader = DigitReader(Brightest())
    for kind in STRANGE:
        assert reader.read(reader.strange(kind)[0])[0].sum() == pytest.approx(1)
    assert reader.read(np.ones(64), 0)[0] == pytest.approx(np.full(10, 0.1))
