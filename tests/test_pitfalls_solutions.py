"""The references of lesson 10 against slow, obvious versions with exact fractions."""

from fractions import Fraction

import numpy as np
import pytest

from solutions.pitfalls import calibration_error, confidence, reject
from solutions.softmax import softmax

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def rng():
    return np.random.default_rng(10)


def slow_calibration_error(p, labels, bins):
    """Fractions of the floats as they are: no edge is rounded."""
    members = {}
    for row, label in zip(p.tolist(), labels, strict=True):
        sure = max(row)
        number = next(k for k in range(bins) if sure <= Fraction(k + 1, bins))
        members.setdefault(number, []).append((Fraction(sure), row.index(sure) == label))
    total = Fraction(0)
    for cases in members.values():
        mean = sum(sure for sure, _ in cases) / len(cases)
        accuracy = Fraction(sum(right for _, right in cases), len(cases))
        total += Fraction(len(cases), len(p)) * abs(accuracy - mean)
    return float(total)


class TestConfidence:
    @pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1), (3, 3), (6, 4)])
    def test_one_number_a_row(self, rng, shape):
        p = softmax(rng.normal(size=shape))
        found = confidence(p)
        assert found.shape == (shape[0],)
        assert found.tolist() == [max(row) for row in p.tolist()]

    def test_input_stays(self, rng):
        p = softmax(rng.normal(size=(4, 3)))
        before = p.copy()
        confidence(p)
        np.testing.assert_array_equal(p, before)


class TestReject:
    def test_slow(self, rng):
        p = softmax(rng.normal(0, 2, size=(50, 4)))
        for threshold in (0.0, 0.3, 0.6, 0.9, 1.0):
            expected = [row.index(max(row)) if max(row) >= threshold else -1 for row in p.tolist()]
            assert reject(p, threshold).tolist() == expected

    def test_equal_is_sure_enough(self):
        p = np.array([[0.25, 0.75], [0.5, 0.5], [0.0, 1.0]])
        assert reject(p, 0.75).tolist() == [1, -1, 1]
        assert reject(p, 1.0).tolist() == [-1, -1, 1]

    def test_gives_whole_numbers_for_every_case(self, rng):
        found = reject(softmax(rng.normal(size=(7, 3))), 0.5)
        assert found.shape == (7,) and found.dtype.kind == "i"

    def test_input_stays(self, rng):
        p = softmax(rng.normal(size=(4, 3)))
        before = p.copy()
        reject(p, 0.9)
        np.testing.assert_array_equal(p, before)


class TestCalibrationError:
    @pytest.mark.parametrize("bins", [1, 2, 5, 10, 15, 100])
    @pytest.mark.parametrize("cases", [1, 3, 200])
    def test_slow(self, rng, cases, bins):
        p = softmax(rng.normal(0, 3, size=(cases, 4)))
        t = rng.integers(4, size=cases)
        expected = slow_calibration_error(p, t.tolist(), bins)
        assert calibration_error(p, t, bins) == pytest.approx(expected, abs=1e-12)
        assert calibration_error(p, np.eye(4)[t], bins) == pytest.approx(expected, abs=1e-12)

    def test_ten_bins_unless_told(self, rng):
        p, t = softmax(rng.normal(0, 2, size=(80, 3))), rng.integers(3, size=80)
        assert calibration_error(p, t) == calibration_error(p, t, bins=10)

    def test_the_upper_end_belongs_to_the_bin(self):
        # 0.5 wrong, 0.75 right: apart in (0.25, 0.5] and (0.5, 0.75], together in [0.5, 0.75).
        p = np.array([[0.5, 0.3, 0.2], [0.75, 0.25, 0.0], [0.6, 0.2, 0.2]])
        expected = (0.5 + abs(1.0 - (0.75 + 0.6) / 2) * 2) / 3
        assert calibration_error(p, np.array([1, 0, 0]), 4) == pytest.approx(expected)

    @pytest.mark.parametrize("edge", [0.6, 0.7, 0.8, 0.9, 1.0])
    def test_an_edge_that_a_float_cannot_hold(self, edge):
        """A confidence written as the edge is written lies in the bin below, with its neighbour."""
        p = np.array([[edge, 1 - edge], [edge - 0.05, 1.05 - edge]])
        mean = edge - 0.025
        assert calibration_error(p, np.array([0, 1])) == pytest.approx(abs(0.5 - mean))

    def test_sure_and_right_and_sure_and_wrong(self):
        p = np.array([[0.0, 1.0], [1.0, 0.0]])
        assert calibration_error(p, np.array([1, 0])) == 0
        assert calibration_error(p, np.array([0, 1])) == 1

    def test_honest_and_useless(self):
        p = np.full((40, 4), 0.25)
        assert calibration_error(p, np.arange(40) % 4) == pytest.approx(0)

    def test_a_batch_as_wide_as_long(self, rng):
        p, t = softmax(rng.normal(size=(3, 3))), np.array([2, 0, 0])
        expected = slow_calibration_error(p, t.tolist(), 10)
        assert calibration_error(p, t) == pytest.approx(expected)

    def test_is_a_float_and_inputs_stay(self, rng):
        p, t = softmax(rng.normal(size=(4, 3))), np.eye(3)[[0, 1, 2, 0]]
        before = p.copy(), t.copy()
        assert type(calibration_error(p, t)) is float
        np.testing.assert_array_equal(p, before[0])
        np.testing.assert_array_equal(t, before[1])
