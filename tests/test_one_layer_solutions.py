"""The reference of lesson 06 against slow, obvious versions and against measured derivatives."""

import math

import numpy as np
import pytest

from solutions.one_layer import NN_1layer
from solutions.softmax import cross_entropy

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def rng():
    return np.random.default_rng(6)


def case(rng, n=6, shape=(2, 2), classes=3):
    pixels = math.prod(shape)
    t = np.eye(classes)[np.arange(n) % classes]
    return NN_1layer(rng.normal(0, 0.5, (classes, pixels))), rng.normal(size=(n, *shape)), t


def slow_gradient(p, X, t):
    """One picture, one class, one pixel at a time."""
    rows = [np.ravel(x).tolist() for x in X]
    gradient = np.zeros((t.shape[1], len(rows[0])))
    for n, row in enumerate(rows):
        for k in range(t.shape[1]):
            for d, pixel in enumerate(row):
                gradient[k, d] += (p[n, k] - t[n, k]) * pixel / len(rows)
    return gradient


def test_forward_is_w_times_x_for_each_picture(rng):
    net, X, _ = case(rng)
    for x, p in zip(X, net.forward(X), strict=True):
        e = [math.exp(score) for score in net.W @ x.reshape(4)]
        np.testing.assert_allclose(p, np.array(e) / sum(e), rtol=1e-12)
    np.testing.assert_array_equal(net.forward(X), net.forward(X.reshape(6, 4)))


@pytest.mark.parametrize(
    ("n", "shape", "classes"), [(6, (2, 2), 3), (1, (4,), 3), (4, (4,), 4), (5, (2, 3), 2)]
)
def test_backward(rng, n, shape, classes):
    net, X, t = case(rng, n, shape, classes)
    p = net.forward(X)
    dW = net.backward(p, X, t)
    assert dW.shape == net.W.shape
    np.testing.assert_allclose(dW, slow_gradient(p, X, t), rtol=1e-12, atol=1e-15)
    measured = np.zeros_like(net.W)
    for index in np.ndindex(net.W.shape):
        losses = []
        for h in (1e-5, -1e-5):
            moved = NN_1layer(net.W)
            moved.W[index] += h
            losses.append(cross_entropy(moved.forward(X), t))
        measured[index] = (losses[0] - losses[1]) / 2e-5
    np.testing.assert_allclose(dW, measured, atol=5e-6)


def test_backward_uses_the_probabilities_it_is_given(rng):
    net, X, t = case(rng)
    p = rng.dirichlet(np.ones(3), size=6)
    np.testing.assert_allclose(net.backward(p, X, t), slow_gradient(p, X, t), rtol=1e-12)


def test_train_is_forward_loss_backward_update(rng):
    net, X, t = case(rng)
    W, losses = net.W.copy(), []
    for _ in range(5):
        p = NN_1layer(W).forward(X)
        losses.append(-np.mean(np.log(p[t == 1] + 1e-7)))
        W -= 0.3 * slow_gradient(p, X, t)
    found = net.train(X, t, 5, 0.3)
    assert found == pytest.approx(losses, rel=1e-12)
    assert [type(loss) for loss in found] == [float] * 5
    np.testing.assert_allclose(net.W, W, rtol=1e-12)


def test_train_goes_on_where_it_stopped(rng):
    net, X, t = case(rng)
    other = NN_1layer(net.W)
    assert net.train(X, t, 2, 0.2) + net.train(X, t, 3, 0.2) == other.train(X, t, 5, 0.2)
    np.testing.assert_array_equal(net.W, other.W)
    assert net.train(X, t, 0, 0.2) == []


def test_everything_that_is_given_stays(rng):
    W = rng.normal(size=(3, 4))
    net, (_, X, t) = NN_1layer(W), case(rng)
    before = W.copy(), X.copy(), t.copy()
    net.backward(net.forward(X), X, t)
    net.train(X, t, 3, 0.5)
    for array, copy in zip((W, X, t), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_whole_numbers_are_no_trap():
    net = NN_1layer([[0, 0], [0, 0]])
    net.train(np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]]), 1, 0.1)
    np.testing.assert_allclose(net.W, [[0.05, 0.1], [-0.05, -0.1]])
