"""The references of lesson 04 against loops over single numbers, and against each other."""

import itertools

import numpy as np
import pytest

from solutions.array_nodes import (
    MatMulNode,
    RepeatNode,
    SumNode,
    numerical_gradient,
    relative_error,
)


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def slow_product(A, B):
    out = np.zeros((len(A), len(B[0])))
    for n, j, i in itertools.product(range(len(A)), range(len(B[0])), range(len(B))):
        out[n, j] += A[n][i] * B[i][j]
    return out


@pytest.mark.parametrize("n", [1, 2, 5])
class TestRepeatAndSum:
    def test_repeat(self, rng, n):
        x, dout = rng.normal(size=(1, 3)), rng.normal(size=(n, 3))
        node = RepeatNode(n)
        assert node.forward(x).tolist() == [x[0].tolist()] * n
        dx = node.backward(dout)
        assert dx.shape == (1, 3)
        np.testing.assert_allclose(dx[0], [sum(dout[:, d]) for d in range(3)])

    def test_sum_is_its_mirror(self, rng, n):
        rows, row = rng.normal(size=(n, 3)), rng.normal(size=(1, 3))
        repeat, node = RepeatNode(n), SumNode()
        np.testing.assert_array_equal(node.forward(rows), repeat.backward(rows))
        np.testing.assert_array_equal(node.backward(row), repeat.forward(row))

    def test_gradients_equal_the_measured_ones(self, rng, n):
        for node, shape in ((RepeatNode(n), (1, 3)), (SumNode(), (n, 3))):
            x = rng.normal(size=shape)
            dout = rng.normal(size=node.forward(x).shape)
            measured = numerical_gradient(
                lambda x, node=node, dout=dout: np.sum(node.forward(x) * dout), x
            )
            assert relative_error(node.backward(dout), measured) < 1e-7


class TestMatMul:
    @pytest.mark.parametrize("N, D_in, D_out", [(4, 2, 3), (1, 3, 2), (3, 3, 3), (2, 1, 1)])
    def test_forward_and_gradients(self, rng, N, D_in, D_out):
        x, W = rng.normal(size=(N, D_in)), rng.normal(size=(D_in, D_out))
        dout = rng.normal(size=(N, D_out))
        node = MatMulNode(W)
        np.testing.assert_allclose(node.forward(x), slow_product(x, W))
        dx = node.backward(dout)
        assert dx.shape == x.shape and node.grads[0].shape == W.shape
        measured_dx = numerical_gradient(lambda x: np.sum(x @ W * dout), x)
        measured_dW = numerical_gradient(lambda W: np.sum(x @ W * dout), W)
        assert relative_error(dx, measured_dx) < 1e-7
        assert relative_error(node.grads[0], measured_dW) < 1e-7

    def test_params_and_grads_keep_their_identity(self, rng):
        W = rng.normal(size=(2, 3))
        node = MatMulNode(W)
        grads, gradient = node.grads, node.grads[0]
        assert node.params[0] is W and not gradient.any()
        for _ in range(2):
            x, dout = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
            node.forward(x)
            node.backward(dout)
            np.testing.assert_allclose(gradient, slow_product(x.T, dout))
        assert node.grads is grads and grads[0] is gradient

    def test_sees_weights_that_were_updated_in_place(self, rng):
        W, x = rng.normal(size=(2, 3)), rng.normal(size=(4, 2))
        node = MatMulNode(W)
        W -= 1
        np.testing.assert_array_equal(node.forward(x), x @ W)

    def test_whole_numbers_as_weights_have_a_gradient_of_floats(self):
        node = MatMulNode(np.array([[1, 2], [3, 4]]))
        node.forward(np.array([[0.5, 0.25]]))
        node.backward(np.array([[0.5, 1.0]]))
        assert node.grads[0].tolist() == [[0.25, 0.5], [0.125, 0.25]]

    def test_inputs_stay(self, rng):
        arrays = [rng.normal(size=s) for s in ((4, 2), (2, 3), (4, 3))]
        before = [a.copy() for a in arrays]
        x, W, dout = arrays
        node = MatMulNode(W)
        node.forward(x)
        node.backward(dout)
        for a, b in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(a, b)


class TestNumericalGradient:
    @pytest.mark.parametrize("shape", [(), (5,), (2, 3), (2, 1, 2), (0, 3)])
    def test_of_squares(self, rng, shape):
        x, w = np.array(rng.normal(size=shape)), rng.normal(size=shape)
        before = x.copy()
        gradient = numerical_gradient(lambda x: np.sum(w * x**2), x)
        assert gradient.shape == shape
        np.testing.assert_allclose(gradient, 2 * w * x, atol=1e-9)
        np.testing.assert_array_equal(x, before)

    def test_elements_that_belong_together(self, rng):
        x = rng.normal(size=(2, 3))
        gradient = numerical_gradient(lambda x: np.sum(np.sin(x)) ** 2, x)
        np.testing.assert_allclose(gradient, 2 * np.sum(np.sin(x)) * np.cos(x), atol=1e-7)

    def test_whole_numbers(self):
        x = np.array([[1, 2], [3, 4]])
        gradient = numerical_gradient(lambda x: np.sum(x**2), x)
        np.testing.assert_allclose(gradient, 2 * x, atol=1e-9)
        assert x.dtype.kind == "i" and x.tolist() == [[1, 2], [3, 4]]

    def test_function_that_reads_the_array_by_another_name(self, rng):
        W = rng.normal(size=(2, 2))
        np.testing.assert_allclose(numerical_gradient(lambda _: np.sum(W**2), W), 2 * W, atol=1e-9)


class TestRelativeError:
    @pytest.mark.parametrize("shape", [(6,), (2, 3), (1,)])
    def test_is_the_largest_of_all(self, rng, shape):
        a, b = rng.normal(size=shape), rng.normal(size=shape)
        slow = [abs(p - q) / (abs(p) + abs(q)) for p, q in zip(a.flat, b.flat, strict=True)]
        assert relative_error(a, b) == pytest.approx(max(slow), rel=1e-14)
        assert relative_error(b, a) == relative_error(a, b)

    def test_near_zero(self):
        a = np.array([0.0, 3e-12])
        assert relative_error(a, np.zeros(2)) == pytest.approx(3e-4)
        assert relative_error(np.zeros(2), np.zeros(2)) == 0

    def test_is_a_float_and_keeps_nan(self):
        assert type(relative_error(np.ones(2), np.ones(2))) is float
        assert np.isnan(relative_error(np.array([1.0, np.nan]), np.ones(2)))
