"""The references of lesson 05 against slow, obvious versions and against measured gradients."""

import inspect
import math

import numpy as np
import pytest
from course_exercises import check_misconceptions, exercises_of

from solutions import bug_hunts, layers
from solutions.array_nodes import numerical_gradient, relative_error
from solutions.layers import Affine, ReLU, Sigmoid, SoftmaxWithLoss, Tanh, sigmoid
from source.families import made_from
from twoapples.checking.diagnose import diagnose
from twoapples.checking.replay import replay

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture(scope="module")
def exercises():
    return exercises_of("05-layers")


def away_from_zero(rng, shape):
    """Draw numbers none of which is so near 0 that a step of 1e-4 crosses a corner there."""
    return rng.uniform(0.1, 2, shape) * rng.choice([-1.0, 1.0], shape)


def measured(layer, x, dout):
    """Differentiate sum(dout * layer.forward(x)), the number whose upstream gradient is dout."""
    return numerical_gradient(lambda x: float(np.sum(dout * layer.forward(x))), x.copy())


def slow_sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x)


class TestSigmoid:
    @pytest.mark.parametrize("x", [-2.0, 0.0, 0.3, 2, np.float64(1.5), -745.0, 700.0])
    def test_one_number(self, x):
        assert sigmoid(x) == pytest.approx(slow_sigmoid(x), rel=1e-13)
        assert np.ndim(sigmoid(x)) == 0

    @pytest.mark.parametrize("shape", [(5,), (4, 3), (2, 3, 2), (0,)])
    def test_arrays(self, rng, shape):
        x = rng.normal(0, 4, shape)
        expected = np.array([slow_sigmoid(v) for v in x.ravel().tolist()]).reshape(shape)
        assert sigmoid(x).shape == shape
        np.testing.assert_allclose(sigmoid(x), expected, rtol=1e-12)

    def test_nothing_overflows(self):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            np.testing.assert_array_equal(sigmoid(np.array([-1000.0, 1000.0, 1e300])), [0, 1, 1])
            assert sigmoid(-1000) == 0 and sigmoid(1000) == 1

    def test_whole_numbers(self):
        np.testing.assert_allclose(sigmoid(np.array([-1, 0, 1])), sigmoid(np.array([-1.0, 0, 1])))

    def test_both_sides(self, rng):
        x = rng.normal(0, 5, 50)
        np.testing.assert_allclose(sigmoid(x) + sigmoid(-x), 1, rtol=1e-14)


@pytest.mark.parametrize("layer_class", [ReLU, Sigmoid, Tanh, bug_hunts.repaired_relu])
class TestActivations:
    @pytest.mark.parametrize("shape", [(6,), (4, 3), (2, 3, 4), (1, 1)])
    def test_gradient_equals_the_measured_one(self, rng, layer_class, shape):
        layer, x = layer_class(), away_from_zero(rng, shape)
        dout = rng.normal(size=shape)
        expected = measured(layer, x, dout)
        layer.forward(x)
        dx = layer.backward(dout)
        assert dx.shape == shape
        assert relative_error(dx, expected) < 1e-6

    def test_arrays_stay(self, rng, layer_class):
        layer, x, dout = layer_class(), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
        kept = x.copy(), dout.copy()
        out = layer.forward(x)
        dx = layer.backward(dout)
        np.testing.assert_array_equal(x, kept[0])
        np.testing.assert_array_equal(dout, kept[1])
        assert not np.shares_memory(dx, dout) and not np.shares_memory(out, x)

    def test_backward_can_be_called_again(self, rng, layer_class):
        layer, dout = layer_class(), rng.normal(size=(4, 3))
        layer.forward(rng.normal(size=(4, 3)))
        np.testing.assert_array_equal(layer.backward(dout), layer.backward(dout))

    def test_two_layers_do_not_meet(self, rng, layer_class):
        first, second = layer_class(), layer_class()
        x, dout = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
        first.forward(x)
        alone = first.backward(dout)
        second.forward(-x)
        np.testing.assert_array_equal(first.backward(dout), alone)

    def test_nothing_to_learn(self, layer_class):
        assert layer_class().params == [] and layer_class().grads == []

    def test_large_numbers(self, layer_class):
        layer = layer_class()
        assert np.isfinite(layer.forward(np.array([-1000.0, 1000.0]))).all()
        assert np.isfinite(layer.backward(np.ones(2))).all()


@pytest.mark.parametrize("layer_class", [ReLU, bug_hunts.repaired_relu])
def test_relu_at_zero(layer_class):
    layer = layer_class()
    np.testing.assert_array_equal(layer.forward(np.array([-1.0, 0.0, 2.0])), [0, 0, 2])
    np.testing.assert_array_equal(layer.backward(np.array([5.0, 6.0, 7.0])), [0, 0, 7])


def test_relu_makes_no_negative_zero():
    layer = ReLU()
    assert not np.signbit(layer.forward(np.array([-1.0, -0.0]))).any()
    assert not np.signbit(layer.backward(np.array([-1.0, -1.0]))).any()


def affine(rng, layer_class, d_in, d_out):
    return layer_class(rng.normal(size=(d_in, d_out)), rng.normal(size=d_out))


@pytest.mark.parametrize("layer_class", [Affine, bug_hunts.repaired_affine])
class TestAffine:
    @pytest.mark.parametrize("n, d_in, d_out", [(5, 3, 4), (3, 3, 3), (1, 4, 2), (6, 1, 1)])
    def test_forward_and_gradients(self, rng, layer_class, n, d_in, d_out):
        layer, x = affine(rng, layer_class, d_in, d_out), rng.normal(size=(n, d_in))
        W, b = layer.params
        slow = [
            [sum(x[i, k] * W[k, j] for k in range(d_in)) + b[j] for j in range(d_out)]
            for i in range(n)
        ]
        np.testing.assert_allclose(layer.forward(x), slow, rtol=1e-12)

        dout = rng.normal(size=(n, d_out))

        def total(_):
            return float(np.sum(dout * layer.forward(x)))

        dx = layer.backward(dout)
        assert relative_error(dx, measured(layer, x, dout)) < 1e-6
        layer.forward(x)
        layer.backward(dout)
        for array, gradient in zip(layer.params, layer.grads, strict=True):
            assert gradient.shape == array.shape
            assert relative_error(gradient, numerical_gradient(total, array)) < 1e-6

    def test_everything_stays_in_place(self, rng, layer_class):
        W, b = rng.normal(size=(3, 2)), rng.normal(size=2)
        layer = layer_class(W, b)
        dW, db = layer.grads
        for _ in range(2):
            x, dout = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
            kept = x.copy(), dout.copy(), W.copy(), b.copy()
            layer.forward(x)
            layer.backward(dout)
            for array, before in zip((x, dout, W, b), kept, strict=True):
                np.testing.assert_array_equal(array, before)
            np.testing.assert_allclose(dW, x.T @ dout)
            np.testing.assert_allclose(db, dout.sum(axis=0))
        assert layer.params[0] is W and layer.params[1] is b
        assert layer.grads[0] is dW and layer.grads[1] is db

    def test_sees_weights_that_training_changes(self, rng, layer_class):
        layer, x = affine(rng, layer_class, 3, 2), rng.normal(size=(4, 3))
        before = layer.forward(x)
        layer.params[1] -= 1
        np.testing.assert_allclose(layer.forward(x), before - 1)

    def test_whole_numbers_in_weights(self, layer_class):
        layer = layer_class(np.array([[1], [2]]), np.array([3]))
        layer.forward(np.array([[0.5, 0.25]]))
        layer.backward(np.array([[0.5]]))
        np.testing.assert_allclose(layer.grads[0], [[0.25], [0.125]])
        np.testing.assert_allclose(layer.grads[1], [0.5])


@pytest.mark.parametrize("shape", [(5, 6), (5, 2, 3), (5, 1, 2, 3), (6,)])
def test_affine_flattens(rng, shape):
    d_in = math.prod(shape[1:])
    layer, x = affine(rng, Affine, d_in, 4), rng.normal(size=shape)
    out = layer.forward(x)
    np.testing.assert_allclose(out, x.reshape(len(x), d_in) @ layer.params[0] + layer.params[1])
    dout = rng.normal(size=out.shape)
    dx = layer.backward(dout)
    assert dx.shape == shape
    assert relative_error(dx, measured(layer, x, dout)) < 1e-6


class TestSoftmaxWithLoss:
    def slow(self, rows, targets):
        """A list of rows of scores, a list of rows of targets."""
        total = 0.0
        for row, target in zip(rows, targets, strict=True):
            sum_of_all = sum(math.exp(score) for score in row)
            for score, t in zip(row, target, strict=True):
                total -= t * math.log(math.exp(score) / sum_of_all + 1e-7)
        return total / len(rows)

    @pytest.mark.parametrize("form", ["labels", "one-hot", "soft"])
    @pytest.mark.parametrize("shape", [(5, 3), (4, 4), (1, 3), (3, 1)])
    def test_loss_and_gradient(self, rng, shape, form):
        s, labels = rng.normal(size=shape), np.arange(shape[0]) % shape[1]
        rows = np.eye(shape[1])[labels]
        if form == "soft":
            rows = layers.softmax(rng.normal(size=shape))
        t = labels if form == "labels" else rows
        layer = SoftmaxWithLoss()
        loss = layer.forward(s, t)
        assert type(loss) is float
        assert loss == pytest.approx(self.slow(s.tolist(), rows.tolist()), rel=1e-12)
        gradient = layer.backward()
        expected = numerical_gradient(lambda s: SoftmaxWithLoss().forward(s, t), s.copy())
        np.testing.assert_allclose(gradient, expected, atol=5e-6)

    @pytest.mark.parametrize("t", [2, np.int64(2), np.array([0, 0, 1, 0])])
    def test_one_case(self, rng, t):
        s, layer, batch = rng.normal(size=4), SoftmaxWithLoss(), SoftmaxWithLoss()
        assert layer.forward(s, t) == pytest.approx(batch.forward(s[np.newaxis], np.array([2])))
        assert layer.backward().shape == (4,)
        np.testing.assert_allclose(layer.backward(), batch.backward()[0], rtol=1e-12)

    def test_scales_with_dout(self, rng):
        layer = SoftmaxWithLoss()
        layer.forward(rng.normal(size=(5, 3)), np.array([0, 1, 2, 0, 1]))
        np.testing.assert_allclose(layer.backward(2.5), 2.5 * layer.backward(), rtol=1e-14)
        assert np.all(layer.backward(0) == 0)

    def test_arrays_stay(self, rng):
        s, t = rng.normal(size=(5, 3)), np.eye(3)[[0, 1, 2, 0, 1]]
        kept, layer = (s.copy(), t.copy()), SoftmaxWithLoss()
        layer.forward(s, t)
        np.testing.assert_array_equal(layer.backward(), layer.backward())
        np.testing.assert_array_equal(s, kept[0])
        np.testing.assert_array_equal(t, kept[1])
        assert layer.params == [] and layer.grads == []

    def test_large_scores(self):
        layer = SoftmaxWithLoss()
        s = np.array([[1000.0, -1000.0], [-1000.0, 1000.0]])
        assert layer.forward(s, np.array([0, 0])) == pytest.approx((16.118 - 1e-7) / 2, abs=1e-3)
        np.testing.assert_array_equal(layer.backward(), [[0, 0], [-0.5, 0.5]])


@pytest.mark.parametrize("activation", [ReLU, Sigmoid, Tanh])
def test_a_stack_of_layers(rng, activation):
    x, t = rng.normal(size=(6, 2, 3)), np.array([0, 1, 2, 0, 1, 2])
    network = [affine(rng, Affine, 6, 5), activation(), affine(rng, Affine, 5, 3)]
    last = SoftmaxWithLoss()

    def loss(_=None):
        out = x
        for layer in network:
            out = layer.forward(out)
        return last.forward(out, t)

    loss()
    dout = last.backward()
    for layer in reversed(network):
        dout = layer.backward(dout)
    gradients = [gradient.copy() for layer in network for gradient in layer.grads]
    arrays = [array for layer in network for array in layer.params]
    # A small step: a larger one would carry some unit over the corner of ReLU. What is left of a
    # difference comes from the 1e-7 in the logarithm.
    near = {"rtol": 1e-4, "atol": 1e-6}
    np.testing.assert_allclose(dout, numerical_gradient(loss, x, 1e-6), **near)
    for array, gradient in zip(arrays, gradients, strict=True):
        np.testing.assert_allclose(gradient, numerical_gradient(loss, array, 1e-6), **near)


# --- the broken layers --------------------------------------------------------------------------


def hunts(exercises):
    return [
        (exercises.repaired_relu, exercises.BROKEN_RELU),
        (exercises.repaired_affine, exercises.BROKEN_AFFINE),
    ]


def test_broken_code_differs_from_the_repaired_in_the_bug_only(exercises):
    for exercise, broken in hunts(exercises):
        assert exercise.starts_from.strip() == broken.strip()
        repaired = inspect.getsource(getattr(bug_hunts, exercise.name)).splitlines()
        lines = broken.rstrip().splitlines()
        assert len(lines) == len(repaired)
        different = [pair for pair in zip(lines, repaired, strict=True) if pair[0] != pair[1]]
        assert 1 <= len(different) <= 2


def test_broken_relu_gives_right_numbers_and_spoils_dout(exercises):
    broken = made_from(exercises.BROKEN_RELU, "repaired_relu")()
    x, dout = np.array([1.0, -2.0]), np.array([10.0, 20.0])
    broken.forward(x)
    dx = broken.backward(dout)
    assert dx.tolist() == [10, 0]
    assert dx is dout


def test_broken_affine_stops_or_uses_a_stranger(exercises, rng):
    namespace = {"np": np}
    exec(exercises.BROKEN_AFFINE, namespace)
    layer = namespace["repaired_affine"](rng.normal(size=(3, 2)), np.zeros(2))
    x, dout = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    layer.forward(x)
    with pytest.raises(NameError):
        layer.backward(dout)
    namespace["x"] = other = rng.normal(size=(4, 3))
    layer.backward(dout)
    np.testing.assert_allclose(layer.grads[0], other.T @ dout)


def test_every_graded_relu_hunt_masks_something(exercises):
    """Otherwise the broken code, whose numbers are right, would score."""
    for seed in range(5):
        trace = exercises.repaired_relu.hidden_trace(bug_hunts.repaired_relu, seed)
        for case in trace.cases:
            broken = case.mistakes["still_broken_relu"]
            assert any("changed" in answer for answer in broken), case.title


def test_sentences_are_plain(exercises):
    check_misconceptions(
        exercises,
        [
            "ReLU",
            "sigmoid",
            "Sigmoid",
            "Tanh",
            "Affine",
            "SoftmaxWithLoss",
            "repaired_relu",
            "repaired_affine",
        ],
    )


# --- right in other styles ----------------------------------------------------------------------


class MultipliesByMask(ReLU):
    def forward(self, x):
        self.mask = x > 0
        return np.maximum(x, 0)

    def backward(self, dout):
        return dout * self.mask


def sigmoid_by_tanh(x):
    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))


def sigmoid_that_warns(x):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


class KeepsInput(Sigmoid):
    def forward(self, x):
        self.x = x
        return sigmoid(x)

    def backward(self, dout):
        return dout * sigmoid(self.x) * (1 - sigmoid(self.x))


class FlattensByWeights(Affine):
    def forward(self, x):
        self.original, self.flat = x, x.reshape(-1, self.params[0].shape[0])
        return np.dot(self.flat, self.params[0]) + self.params[1]

    def backward(self, dout):
        np.copyto(self.grads[0], np.dot(self.flat.T, dout))
        self.grads[1][:] = dout.sum(0)
        return np.dot(dout, self.params[0].T).reshape(self.original.shape)


class LooksUpLabels(SoftmaxWithLoss):
    def forward(self, s, t):
        self.kept, t = layers.softmax(np.atleast_2d(s)), np.asarray(t)
        labels = t.argmax(axis=-1) if t.ndim == s.ndim else t
        self.labels, self.shape = np.atleast_1d(labels), s.shape
        return layers.cross_entropy(self.kept, self.labels)

    def backward(self, dout=1):
        dx = self.kept.copy()
        dx[np.arange(len(dx)), self.labels] -= 1
        return (dx * (dout / len(dx))).reshape(self.shape)


class UsesWhere(bug_hunts.repaired_relu):
    def backward(self, dout):
        return np.where(self.off, 0, dout)


@pytest.mark.parametrize(
    "name, solution",
    [
        ("ReLU", MultipliesByMask),
        ("sigmoid", sigmoid_by_tanh),
        ("sigmoid", sigmoid_that_warns),
        ("Sigmoid", KeepsInput),
        ("Affine", FlattensByWeights),
        ("SoftmaxWithLoss", LooksUpLabels),
        ("repaired_relu", UsesWhere),
    ],
)
def test_other_styles_pass(exercises, name, solution):
    exercise = getattr(exercises, name)
    own = getattr(layers, name, None) or getattr(bug_hunts, name)
    for trace in (exercise.public_trace(own), exercise.hidden_trace(own, 1)):
        report = diagnose(trace, [replay(case.steps, solution) for case in trace.cases])
        assert report.right, report.diagnosis.headline
