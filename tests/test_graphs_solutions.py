"""The reference solutions of lesson 03 against calculations that do not use them."""

import math
from fractions import Fraction

import numpy as np
import pytest

from solutions.graphs import (
    AddNode,
    BranchNode,
    MaxNode,
    MulNode,
    apple_bill,
    fruit_bill,
    jacobian,
    numerical_derivative,
    triple_derivative,
)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def exact_slope(f, arguments, position):
    """Slope of a function that is linear in each argument alone, in exact fractions."""
    moved = list(arguments)
    moved[position] += 1
    return f(*moved) - f(*arguments)


def test_apple_bill_has_the_numbers_of_the_seed():
    assert apple_bill(100, 2, 1.1) == (220.00000000000003, 2.2, 110.00000000000001, 200)


def test_fruit_bill_has_the_numbers_of_the_seed():
    assert fruit_bill(100, 2, 150, 3, 1.1) == pytest.approx((715, 2.2, 110, 3.3, 165, 650))


def test_apple_bill_against_exact_fractions(rng):
    for _ in range(20):
        arguments = [Fraction(int(k), 16) for k in rng.integers(1, 5000, size=3)]
        slopes = [exact_slope(lambda a, c, t: a * c * t, arguments, j) for j in range(3)]
        assert apple_bill(*arguments) == (math.prod(arguments), *slopes)


def test_fruit_bill_against_exact_fractions(rng):
    def total(a, ac, o, oc, t):
        return (a * ac + o * oc) * t

    for _ in range(20):
        arguments = [Fraction(int(k), 16) for k in rng.integers(1, 5000, size=5)]
        slopes = [exact_slope(total, arguments, j) for j in range(5)]
        assert fruit_bill(*arguments) == (total(*arguments), *slopes)


@pytest.mark.parametrize(
    ("node", "function"),
    [(MulNode(), lambda x, y: x * y), (AddNode(), lambda x, y: x + y), (MaxNode(), max)],
)
def test_backward_is_upstream_times_local(node, function, rng):
    for _ in range(20):
        x, y, dout = rng.normal(0, 5, size=3).tolist()
        assert node.forward(x, y) == function(x, y)
        h = 1e-6  # far below the distance of two such draws
        local = (
            (function(x + h, y) - function(x - h, y)) / (2 * h),
            (function(x, y + h) - function(x, y - h)) / (2 * h),
        )
        assert node.backward(dout) == pytest.approx([dout * d for d in local], rel=1e-6, abs=1e-7)


def test_one_mul_node_in_two_places_loses_its_memory():
    shared = MulNode()
    shared.forward(shared.forward(100, 2), 1.1)
    assert shared.backward(1) == (1.1, 200)
    assert shared.backward(1.1) == pytest.approx((1.21, 220))


def test_max_node_counts_x_as_larger_when_both_are_equal():
    node = MaxNode()
    assert node.forward(2.5, 2.5) == 2.5
    assert node.backward(3.0) == (3.0, 0.0)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_branch_node_copies_forward_and_adds_backward(n):
    node = BranchNode(n)
    assert node.forward(7.5) == (7.5,) * n
    assert node.backward(tuple(range(1, n + 1))) == n * (n + 1) / 2


def test_triple_derivative_of_powers():
    # f(x) = x**p gives z = w**(p**3)
    for p, w in ((2, 2.0), (3, 1.1), (2, -0.7)):
        found = triple_derivative(lambda x, p=p: x**p, lambda x, p=p: p * x ** (p - 1), w)
        assert found == pytest.approx(p**3 * w ** (p**3 - 1))


def test_triple_derivative_of_the_sine():
    w = 0.4
    found = triple_derivative(math.sin, math.cos, w)
    h = 1e-5
    z = [math.sin(math.sin(math.sin(w + s))) for s in (h, -h)]
    assert found == pytest.approx((z[0] - z[1]) / (2 * h), rel=1e-8)


def test_numerical_derivative_is_near_the_true_one():
    for x in (-1.2, 0.3, 2.0):
        assert numerical_derivative(math.sin, x) == pytest.approx(math.cos(x), rel=1e-7)


def test_numerical_derivative_of_a_cube_is_too_large_by_the_square_of_the_step():
    assert numerical_derivative(lambda x: x**3, 2.0, 0.5) == 12 + 0.5**2


def test_jacobian_against_derivatives_by_hand(rng):
    def f(x):
        return np.array([x[0] * x[1], np.sin(x[2]), x[0] + x[2] ** 2, np.exp(x[1])])

    x = rng.normal(size=3)
    by_hand = [[x[1], x[0], 0], [0, 0, np.cos(x[2])], [1, 0, 2 * x[2]], [0, np.exp(x[1]), 0]]
    found = jacobian(f, x)
    assert found.shape == (4, 3)
    np.testing.assert_allclose(found, by_hand, rtol=1e-7, atol=1e-9)


def test_jacobian_of_a_matrix_is_the_matrix(rng):
    A = rng.normal(size=(5, 2))
    np.testing.assert_allclose(jacobian(lambda x: A @ x, rng.normal(size=2)), A, atol=1e-10)


def test_jacobian_leaves_x_alone_and_takes_whole_numbers():
    x = np.array([3, 2])
    x.flags.writeable = False
    found = jacobian(lambda v: v**2, x)
    np.testing.assert_allclose(found, [[6, 0], [0, 4]], atol=1e-8)
    assert x.tolist() == [3, 2]
