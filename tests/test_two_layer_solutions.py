"""The references of lesson 07 against slow, obvious versions and against measured derivatives."""

import math

import numpy as np
import pytest

from solutions.softmax import cross_entropy
from solutions.two_layer import NN_2layer, drelu, relu

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def case(rng, n=6, shape=(2, 2), hidden=4, classes=3):
    pixels = math.prod(shape)
    net = NN_2layer(rng.normal(0, 0.7, (hidden, pixels)), rng.normal(0, 0.7, (classes, hidden)))
    return net, rng.normal(size=(n, *shape)), np.eye(classes)[np.arange(n) % classes]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 2)])
def test_relu_and_its_slope(rng, shape):
    x = rng.normal(size=shape)
    before = x.copy()
    assert relu(x).shape == drelu(x).shape == shape
    for value, y, slope in zip(np.ravel(x), np.ravel(relu(x)), np.ravel(drelu(x)), strict=True):
        assert (y, slope) == ((value, 1.0) if value > 0 else (0.0, 0.0))
    np.testing.assert_array_equal(x, before)


def test_the_corner():
    corner = np.array([0.0, -0.0, 1e-300, -1e-300])
    np.testing.assert_array_equal(relu(corner), [0, 0, 1e-300, 0])
    np.testing.assert_array_equal(drelu(corner), [0, 0, 1, 0])


def test_forward_for_each_picture(rng):
    net, X, _ = case(rng, hidden=5)
    for x, p in zip(X, net.forward(X), strict=True):
        h = [max(0.0, z) for z in net.W1 @ x.reshape(4)]
        e = [math.exp(score) for score in net.W2 @ h]
        np.testing.assert_allclose(p, np.array(e) / sum(e), rtol=1e-12)
    np.testing.assert_array_equal(net.forward(X), net.forward(X.reshape(6, 4)))


@pytest.mark.parametrize(
    ("n", "shape", "hidden", "classes"),
    [(6, (2, 2), 4, 3), (1, (3,), 5, 2), (4, (4,), 4, 4), (3, (2, 3), 1, 3)],
)
def test_backward_equals_the_measured_one(rng, n, shape, hidden, classes):
    net, X, t = case(rng, n, shape, hidden, classes)
    gradients = net.backward(net.forward(X), X, t)
    for W, gradient in zip((net.W1, net.W2), gradients, strict=True):
        assert gradient.shape == W.shape
        measured = np.zeros_like(W)
        for index in np.ndindex(W.shape):
            before, losses = W[index], []
            for h in (1e-6, -1e-6):
                W[index] = before + h
                losses.append(cross_entropy(net.forward(X), t))
            W[index] = before
            measured[index] = (losses[0] - losses[1]) / 2e-6
        np.testing.assert_allclose(gradient, measured, atol=5e-6)


def test_backward_does_not_depend_on_what_forward_saw_last(rng):
    net, X, t = case(rng)
    p = net.forward(X)
    expected = net.backward(p, X, t)
    net.forward(-X[:2])
    np.testing.assert_array_equal(net.backward(p, X, t)[0], expected[0])


def test_train_moves_both_layers_by_gradients_of_the_same_weights(rng):
    net, X, t = case(rng)
    W1, W2, losses = net.W1, net.W2, []
    for _ in range(4):
        step = NN_2layer(W1, W2)
        p = step.forward(X)
        losses.append(-np.mean(np.log(p[t == 1] + 1e-7)))
        dW1, dW2 = step.backward(p, X, t)
        W1, W2 = W1 - 0.2 * dW1, W2 - 0.2 * dW2
    found = net.train(X, t, 4, 0.2)
    assert found == pytest.approx(losses, rel=1e-12)
    assert [type(loss) for loss in found] == [float] * 4
    np.testing.assert_allclose(net.W1, W1, rtol=1e-12)
    np.testing.assert_allclose(net.W2, W2, rtol=1e-12)


def test_train_goes_on_where_it_stopped(rng):
    net, X, t = case(rng)
    other = NN_2layer(net.W1, net.W2)
    assert net.train(X, t, 2, 0.2) + net.train(X, t, 3, 0.2) == other.train(X, t, 5, 0.2)


def test_everything_that_is_given_stays(rng):
    W1, W2 = rng.normal(size=(4, 4)), rng.normal(size=(3, 4))
    net, (_, X, t) = NN_2layer(W1, W2), case(rng)
    before = [array.copy() for array in (W1, W2, X, t)]
    net.backward(net.forward(X), X, t)
    net.train(X, t, 3, 0.5)
    for array, copy in zip((W1, W2, X, t), before, strict=True):
        np.testing.assert_array_equal(array, copy)
