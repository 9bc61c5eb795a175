"""The references of lesson 02 against slow, obvious versions and against measured derivatives."""

import math

import numpy as np
import pytest

from solutions.softmax import cross_entropy, softmax, softmax_cross_entropy_gradient

pytestmark = pytest.mark.filterwarnings("error")

FLOOR = 1e-7


@pytest.fixture
def rng():
    return np.random.default_rng(2)


def slow_softmax(scores):
    """One case, a list of floats: the formula, with exact exponentials of the differences."""
    return [1 / sum(math.exp(other - score) for other in scores) for score in scores]


def slow_cross_entropy(rows, targets):
    """A list of rows, and a list of one-hot or soft rows."""
    total = 0.0
    for row, target in zip(rows, targets, strict=True):
        for p, t in zip(row, target, strict=True):
            total -= t * math.log(p + FLOOR)
    return total / len(rows)


def measured_gradient(loss, s, h=1e-5):
    gradient = np.zeros_like(s)
    for index in np.ndindex(s.shape):
        up, down = s.copy(), s.copy()
        up[index] += h
        down[index] -= h
        gradient[index] = (loss(up) - loss(down)) / (2 * h)
    return gradient


class TestSoftmax:
    @pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1), (3, 3), (6, 3), (2, 7)])
    def test_batch_is_row_by_row(self, rng, shape):
        s = rng.normal(0, 3, size=shape)
        expected = [slow_softmax(row) for row in s.tolist()]
        np.testing.assert_allclose(softmax(s), expected, rtol=1e-12)

    def test_one_case(self, rng):
        s = rng.normal(0, 3, size=5)
        assert softmax(s).shape == (5,)
        np.testing.assert_allclose(softmax(s), slow_softmax(s.tolist()), rtol=1e-12)

    @pytest.mark.parametrize("level", [1000.0, -1000.0, 1e300, -1e300])
    def test_level_does_not_matter(self, level):
        s = np.array([2.0, 1.0, 0.0]) if abs(level) < 1e6 else np.zeros(3)
        np.testing.assert_allclose(softmax(s + level), softmax(s), rtol=1e-10)

    def test_rows_far_apart(self):
        s = np.array([[1000.0, 999.0, 998.0], [-1000.0, -1001.0, -1002.0], [2.0, 1.0, 0.0]])
        np.testing.assert_allclose(softmax(s), [slow_softmax([2.0, 1.0, 0.0])] * 3, rtol=1e-12)

    def test_scores_far_apart_in_one_row(self):
        np.testing.assert_array_equal(softmax(np.array([1000.0, -1000.0, 0.0])), [1.0, 0.0, 0.0])

    def test_integers(self):
        np.testing.assert_allclose(softmax(np.array([2, 1, 0])), slow_softmax([2, 1, 0]))

    def test_input_stays(self, rng):
        s = rng.normal(size=(3, 4))
        before = s.copy()
        softmax(s)
        np.testing.assert_array_equal(s, before)


class TestCrossEntropy:
    def test_labels_and_one_hot_rows_agree(self, rng):
        p, t = softmax(rng.normal(0, 3, size=(6, 4))), np.array([0, 3, 1, 1, 2, 0])
        expected = slow_cross_entropy(p.tolist(), np.eye(4)[t].tolist())
        assert cross_entropy(p, t) == pytest.approx(expected, rel=1e-12)
        assert cross_entropy(p, np.eye(4)[t]) == pytest.approx(expected, rel=1e-12)
        assert cross_entropy(p, np.eye(4, dtype=int)[t]) == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("label", [2, np.int64(2), np.array(2), np.array([0.0, 0, 1, 0])])
    def test_one_case(self, rng, label):
        p = softmax(rng.normal(size=4))
        assert cross_entropy(p, label) == pytest.approx(-math.log(p[2] + FLOOR), rel=1e-12)

    def test_soft_labels(self, rng):
        p, t = softmax(rng.normal(size=(5, 3))), softmax(rng.normal(size=(5, 3)))
        expected = slow_cross_entropy(p.tolist(), t.tolist())
        assert cross_entropy(p, t) == pytest.approx(expected, rel=1e-12)

    def test_a_batch_as_wide_as_long(self, rng):
        p, t = softmax(rng.normal(size=(3, 3))), np.array([2, 0, 0])
        expected = slow_cross_entropy(p.tolist(), np.eye(3)[t].tolist())
        assert cross_entropy(p, t) == pytest.approx(expected, rel=1e-12)

    def test_one_class(self):
        assert cross_entropy(np.ones((3, 1)), np.zeros(3, dtype=int)) == pytest.approx(-FLOOR)

    def test_sure_and_right_and_sure_and_wrong(self):
        p = np.array([1.0, 0.0, 0.0])
        assert cross_entropy(p, 0) == pytest.approx(-1e-7, rel=1e-6)
        assert cross_entropy(p, 1) == pytest.approx(16.118, abs=5e-4)

    def test_is_a_float(self):
        assert type(cross_entropy(np.full((2, 2), 0.5), np.array([0, 1]))) is float

    def test_inputs_stay(self, rng):
        p, t = softmax(rng.normal(size=(4, 3))), np.eye(3)[[0, 1, 2, 0]]
        before = p.copy(), t.copy()
        cross_entropy(p, t)
        np.testing.assert_array_equal(p, before[0])
        np.testing.assert_array_equal(t, before[1])


class TestGradient:
    @pytest.mark.parametrize("form", ["labels", "one-hot", "soft"])
    @pytest.mark.parametrize("shape", [(1, 3), (4, 4), (6, 3)])
    def test_equals_the_measured_one(self, rng, shape, form):
        s = rng.normal(size=shape)
        t = np.arange(shape[0]) % shape[1]
        if form == "one-hot":
            t = np.eye(shape[1])[t]
        elif form == "soft":
            t = softmax(rng.normal(size=shape))
        measured = measured_gradient(lambda scores: cross_entropy(softmax(scores), t), s)
        gradient = softmax_cross_entropy_gradient(s, t)
        assert gradient.shape == s.shape
        # The derivative leaves out the 1e-7 in the loss: that, and h, is what separates the two.
        np.testing.assert_allclose(gradient, measured, atol=5e-6)

    def test_slow(self, rng):
        s, t = rng.normal(size=(5, 3)), np.array([0, 1, 2, 1, 0])
        expected = [
            [(p - (k == label)) / 5 for k, p in enumerate(slow_softmax(row))]
            for row, label in zip(s.tolist(), t.tolist(), strict=True)
        ]
        np.testing.assert_allclose(softmax_cross_entropy_gradient(s, t), expected, rtol=1e-12)

    def test_large_scores(self):
        s = np.array([[1000.0, -1000.0], [-1000.0, 1000.0]])
        expected = [[0.0, 0.0], [-0.5, 0.5]]
        np.testing.assert_array_equal(softmax_cross_entropy_gradient(s, np.array([0, 0])), expected)

    def test_inputs_stay(self, rng):
        s, t = rng.normal(size=(4, 3)), np.eye(3)[[0, 1, 2, 0]]
        before = s.copy(), t.copy()
        softmax_cross_entropy_gradient(s, t)
        np.testing.assert_array_equal(s, before[0])
        np.testing.assert_array_equal(t, before[1])
