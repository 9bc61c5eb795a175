"""The references of lesson 01 against slow, obvious versions and against measured derivatives."""

import itertools
import math

import numpy as np
import pytest

from solutions.perceptron import AND, NAND, OR, XOR, delta_rule, perceptron, perceptron_loss

pytestmark = pytest.mark.filterwarnings("error")

TABLE = [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def labelled(rng, cases, inputs):
    """Draw weights, points with a leading 1, and targets of +1 and -1."""
    X = np.column_stack([np.ones(cases), rng.normal(size=(cases, inputs))])
    return rng.normal(size=inputs + 1), X, rng.choice([-1, 1], size=cases)


def slow_margins(w, X, y):
    return [
        label * sum(weight * value for weight, value in zip(w, row, strict=True))
        for row, label in zip(X.tolist(), y.tolist(), strict=True)
    ]


class TestPerceptron:
    @pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1), (3, 3), (6, 2), (0, 2)])
    def test_point_by_point(self, rng, shape):
        x, w, b = rng.normal(size=shape), rng.normal(size=shape[1]), rng.normal()
        expected = [int(math.fsum(row * w) + b > 0) for row in x]
        answers = perceptron(x, w, b)
        assert answers.shape == (shape[0],)
        assert answers.dtype.kind == "i"
        np.testing.assert_array_equal(answers, expected)

    def test_on_the_line_is_0(self):
        x = np.array([[2.0, 0.0], [1.0, 2.0], [2.0, 1.0], [1.0, 1.0]])
        np.testing.assert_array_equal(perceptron(x, np.array([2.0, 1.0]), -4.0), [0, 0, 1, 0])

    def test_answers_add_up(self):
        x, w = np.ones((2, 1)), np.ones(1)
        np.testing.assert_array_equal(perceptron(x, w, 0.0) + perceptron(x, w, 1.0), [2, 2])

    def test_inputs_stay(self, rng):
        x, w = rng.normal(size=(4, 3)), rng.normal(size=3)
        before = x.copy(), w.copy()
        perceptron(x, w, 0.5)
        np.testing.assert_array_equal(x, before[0])
        np.testing.assert_array_equal(w, before[1])


@pytest.mark.parametrize(
    ("gate", "rule"),
    [
        (AND, lambda a, b: a and b),
        (NAND, lambda a, b: not (a and b)),
        (OR, lambda a, b: a or b),
        (XOR, lambda a, b: a != b),
    ],
)
@pytest.mark.parametrize("kind", [int, float, np.int64, bool])
def test_gates(gate, rule, kind):
    for a, b in TABLE:
        answer = gate(kind(a), kind(b))
        assert type(answer) is int
        assert answer == int(rule(a, b))


class TestLoss:
    @pytest.mark.parametrize(("cases", "inputs"), [(1, 1), (4, 4), (9, 2), (30, 3)])
    def test_sum_over_the_misclassified(self, rng, cases, inputs):
        w, X, y = labelled(rng, cases, inputs)
        expected = sum(-m for m in slow_margins(w, X, y) if m <= 0)
        assert perceptron_loss(w, X, y) == pytest.approx(expected, rel=1e-12)

    def test_nothing_wrong(self):
        X, y = np.array([[1.0, 2.0], [1.0, -3.0]]), np.array([1, -1])
        assert perceptron_loss(np.array([0.0, 1.0]), X, y) == 0

    def test_zero_is_printed_without_a_sign(self, rng):
        _, X, y = labelled(rng, 5, 2)
        assert str(perceptron_loss(np.zeros(3), X, y)) == "0.0"

    def test_is_a_float(self, rng):
        assert type(perceptron_loss(*labelled(rng, 5, 2))) is float

    def test_has_a_single_valley(self, rng):
        """Between two places the loss is never above the straight line between their losses."""
        _, X, y = labelled(rng, 20, 3)
        for _ in range(50):
            v, u = rng.normal(size=(2, 4))
            middle = perceptron_loss((u + v) / 2, X, y)
            mean = (perceptron_loss(u, X, y) + perceptron_loss(v, X, y)) / 2
            assert middle <= mean + 1e-12


class TestDeltaRule:
    @pytest.mark.parametrize(("cases", "inputs"), [(1, 1), (4, 4), (9, 2), (30, 3)])
    def test_slow(self, rng, cases, inputs):
        w, X, y = labelled(rng, cases, inputs)
        expected = w.copy()
        for k, margin in enumerate(slow_margins(w, X, y)):
            if margin <= 0:
                expected = expected + 0.3 * y[k] * X[k]
        np.testing.assert_allclose(delta_rule(w, X, y, 0.3), expected, rtol=1e-12)

    def test_is_a_step_against_the_measured_gradient(self, rng):
        w, X, y = labelled(rng, 12, 3)
        h, gradient = 1e-6, np.zeros(4)
        for i in range(4):
            up, down = w.copy(), w.copy()
            up[i] += h
            down[i] -= h
            gradient[i] = (perceptron_loss(up, X, y) - perceptron_loss(down, X, y)) / (2 * h)
        np.testing.assert_allclose(delta_rule(w, X, y, 0.7), w - 0.7 * gradient, atol=1e-7)

    def test_points_on_the_line_count(self):
        X, y = np.array([[1.0, 2.0], [1.0, 3.0]]), np.array([1, -1])
        np.testing.assert_array_equal(delta_rule(np.zeros(2), X, y, 0.5), [0.0, -0.5])

    def test_nothing_wrong_changes_nothing(self):
        X, y, w = np.array([[1.0, 2.0]]), np.array([1]), np.array([0.0, 1.0])
        new = delta_rule(w, X, y, 0.5)
        np.testing.assert_array_equal(new, w)
        assert new is not w

    def test_inputs_stay(self, rng):
        w, X, y = labelled(rng, 8, 3)
        before = w.copy(), X.copy(), y.copy()
        delta_rule(w, X, y, 0.5)
        for array, copy in zip((w, X, y), before, strict=True):
            np.testing.assert_array_equal(array, copy)

    @pytest.mark.parametrize("rate", [0.125, 1.0, 64.0])
    def test_separates_what_can_be_separated(self, rng, rate):
        """The convergence theorem, on points with some room beside a line."""
        target, X, _ = labelled(rng, 60, 2)
        X = X[np.abs(X @ target) > 0.2]
        y = np.where(X @ target > 0, 1, -1)
        for start in rng.normal(size=(5, 3)):
            w = start
            for _ in range(5000):
                if perceptron_loss(w, X, y) == 0 and np.all(X @ w != 0):
                    break
                w = delta_rule(w, X, y, rate)
            np.testing.assert_array_equal(np.where(X @ w > 0, 1, -1), y)


def test_the_batch_version_of_xor_agrees():
    x = np.array(TABLE, dtype=float)
    z = np.column_stack(
        [
            perceptron(x, np.array([0.5, 0.5]), -0.2),
            perceptron(x, np.array([-0.5, -0.5]), 0.7),
        ]
    )
    answers = perceptron(z, np.array([0.5, 0.5]), -0.7)
    assert answers.tolist() == list(itertools.starmap(XOR, TABLE))
