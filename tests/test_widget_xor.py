"""The widget of XOR without a browser: what it computes, says and sends."""

import itertools

import numpy as np
import pytest
from small_widgets import HALF, sent, some_lines, stub

from solutions import perceptron as reference
from twoapples.datasets import xor
from twoapples.widgets.lines import scores
from twoapples.widgets.xor import TwoLines, XorPanel, explore_xor, separating_line

CORNERS = np.array(list(itertools.product((0, 1), repeat=2)))


def test_a_separating_line_is_found_wherever_there_is_one():
    """All ways in which four points can go to the corners, against a search over many lines."""
    t = xor().t
    wide = [
        (np.array(w), b)
        for w in itertools.product(range(-2, 3), repeat=2)
        for b in np.arange(-4.5, 5, 0.5)
    ]
    separable = 0
    for places in itertools.product(range(4), repeat=4):
        z = CORNERS[list(places)]
        found = separating_line(z, t)
        exists = any(np.array_equal(scores(z, w, b) > 0, t == 1) for w, b in wide)
        assert (found is not None) == exists
        if found is not None:
            separable += 1
            assert np.array_equal(scores(z, *found) > 0, t == 1)
            # No line of the search keeps further away.
            sign = 2 * t - 1
            room = [np.min(sign * scores(z, w, b)) / np.hypot(*w) for w, b in wide if w.any()]
            assert np.min(sign * scores(z, *found)) / np.hypot(*found[0]) >= max(room) - 1e-12
    assert 0 < separable < 256


def test_or_and_nand_make_xor_separable():
    model = TwoLines([(HALF, -0.2), (-HALF, 0.7)], perceptron=reference.perceptron)
    look = model.look()
    assert look.z.tolist() == [[0, 1], [1, 1], [1, 1], [1, 0]]
    assert model.sentences(look) == [
        "Separable: in the plane of the answers one line divides squares and circles, "
        "z1 + z2 − 1.5 = 0."
    ]
    # With AND in place of NAND: the line of the lesson.
    model.place(1, HALF, -0.7)
    assert model.sentences(model.look())[0].endswith("z1 − z2 − 0.5 = 0.")


def test_why_it_is_not_separable():
    model = TwoLines([((1, 0), -0.5), ((0, 1), -0.5)])
    assert model.look().z.tolist() == model.x.tolist()
    assert "lie crosswise as before" in model.sentences(model.look())[0]
    model.place(0, HALF, -0.2)
    model.place(1, HALF, -0.2)
    assert model.sentences(model.look()) == [
        "Not separable: (0, 1) and (1, 0) with the target 1 and (1, 1) with the target 0 go to "
        "the same place, (1, 1)."
    ]
    model.rewind()
    assert model.look().z.tolist() == model.x.tolist()
    with pytest.raises(ValueError):
        model.place(2, HALF, 0)
    with pytest.raises(ValueError):
        TwoLines([(HALF, 0)])


def test_with_and_without_the_learners_perceptron_the_places_are_the_same():
    for pair in itertools.pairwise(some_lines(20)):
        plain, own = TwoLines(pair).look(), TwoLines(pair, perceptron=reference.perceptron).look()
        assert plain.z.tolist() == own.z.tolist()


def test_frames_of_xor():
    panel = explore_xor(perceptron=reference.perceptron)
    assert isinstance(panel, XorPanel)
    header, arrays, problem = sent(panel, {"first": True})
    assert not header["good"] and "line" not in arrays and problem is None
    header, arrays, _ = sent(panel, {"lines": [[1, 1, -0.5], [-1, -1, 1.5]]})
    assert header["good"]
    assert np.all(scores(arrays["line"], (1, 1), -1.5) == pytest.approx(0, abs=1e-6))
    assert header["corners"] == [
        {"place": [0, 1], "points": [0], "text": ["from (0, 0)"]},
        {"place": [1, 0], "points": [3], "text": ["from (1, 1)"]},
        {"place": [1, 1], "points": [1, 2], "text": ["from (0, 1)", "from (1, 0)"]},
    ]
    assert repr(panel).splitlines()[0] == (
        "XOR and two perceptrons, z1: x1 + x2 − 0.5 = 0 and z2: −x1 − x2 + 1.5 = 0."
    )
    assert "(0, 0)              (0, 1)       0" in repr(panel)
    assert panel.html().count("<tr>") == 5
    panel = explore_xor(perceptron=stub)
    header, _, problem = sent(panel, {"first": True})
    assert problem["sentence"] == "stub is not written yet." and not header["good"]
