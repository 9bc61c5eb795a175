"""Lines in widgets: where they begin and end, what lies on which side, and words for it."""

import numpy as np
import pytest
from small_widgets import HALF, some_lines

from twoapples.widgets.lines import arrow, binary, ends, listing, positive_side, reach, scores

LOW, HIGH = np.array([-0.4, -0.4]), np.array([1.4, 1.4])


def area(corners):
    x, y = np.array(corners).T
    return abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2


def test_a_line_divides_a_rectangle_in_two():
    whole = np.prod(HIGH - LOW)
    counted = {0: 0, 2: 0}
    for w, b in some_lines():
        parts = [positive_side(w, b, LOW, HIGH), positive_side(-w, -b, LOW, HIGH)]
        assert sum(area(part) for part in parts if len(part)) == pytest.approx(whole)
        assert np.all(scores(parts[0].reshape(-1, 2), w, b) > -1e-12)
        found = ends(w, b, LOW, HIGH)
        counted[len(found)] += 1
        assert bool(len(found)) == (len(parts[0]) > 0 and len(parts[1]) > 0)
        for place in found:
            assert scores(place[np.newaxis], w, b) == pytest.approx(0)
            assert np.min(np.abs([place - LOW, place - HIGH])) < 1e-12  # on an edge
            assert np.min(np.linalg.norm(parts[0] - place, axis=1)) < 1e-9
    assert min(counted.values()) > 10  # lines that cross and lines that miss


@pytest.mark.parametrize(
    ("w", "b", "found"),
    [
        ((1, 0), -0.5, {(0.5, -0.4), (0.5, 1.4)}),
        ((0, -2), 1, {(-0.4, 0.5), (1.4, 0.5)}),
        ((1, 1), -1, {(-0.4, 1.4), (1.4, -0.4)}),
        ((1, 0), -2, set()),
        ((0, 0), 1, set()),
    ],
)
def test_ends_of_upright_level_and_missing_lines(w, b, found):
    places = {tuple(place.round(9).tolist()) for place in ends(w, b, LOW, HIGH)}
    assert places == found
    assert len(arrow(w, b, LOW, HIGH)) == len(found)


def test_the_arrow_stands_at_a_right_angle_and_points_to_the_positive_side():
    for w, b in some_lines():
        found = arrow(w, b, LOW, HIGH, 0.35)
        if len(found):
            along = np.diff(ends(w, b, LOW, HIGH), axis=0)[0]
            way = found[1] - found[0]
            assert way @ along == pytest.approx(0, abs=1e-9)
            assert np.hypot(*way) == pytest.approx(0.2 * 1.8)
            at_foot, at_tip = scores(found, w, b)
            assert at_foot == pytest.approx(0, abs=1e-9)
            assert at_tip > 1e-3


def test_arrows_of_lines_that_face_each_other_keep_apart():
    one, other = arrow(HALF, -0.2, LOW, HIGH, 0.35), arrow(-HALF, 0.7, LOW, HIGH, 0.35)
    assert np.hypot(*(one[1] - other[1])) > 0.3


def test_sliders_reach_the_start_and_beyond_the_picture():
    assert reach(LOW, HIGH, [(HALF, -0.2)]) == [3, 3]
    assert reach(LOW, HIGH, [(np.array([-4.5, 0]), 7.2), (HALF, 0)]) == [5, 8]


def test_targets_are_checked():
    assert binary([-1, 1], 2).tolist() == binary([0, 1], 2).tolist() == [0, 1]
    for wrong in ([0, 1, 1], [0, 2], [0.5, 1], [-1, 0]):
        with pytest.raises(ValueError):
            binary(wrong, 2)


def test_places_in_words():
    assert listing([(0, 1)]) == "(0, 1)"
    assert listing([(0, -0.5), (1, 0)]) == "(0, −0.5) and (1, 0)"
    assert listing(np.eye(3)[:, :2]) == "(1, 0), (0, 1), (0, 0)"
