"""The widget that reads a digit without a browser: what it computes, says and sends."""

import math

import numpy as np
import pytest
from lesson_numbers import Lesson
from small_widgets import check_text, watch

from solutions.pitfalls import confidence
from twoapples import widgets
from twoapples.datasets import digits
from twoapples.widgets.digit_reader import STRANGE, DigitReader


class Brightest:
    """Scores: how much ink the first ten pixels have."""

    def predict(self, X):
        return X[:, :10]


def test_scores_become_probabilities():
    reader = DigitReader(Brightest())
    picture = np.zeros((8, 8))
    picture[0, 3] = 2
    p, scores = reader.read(picture)
    assert p[3] == pytest.approx(math.e**2 / (math.e**2 + 9))
    np.testing.assert_array_equal(scores, picture.ravel()[:10])
    brighter, _ = reader.read(picture, 2.0)
    assert brighter[3] == pytest.approx(math.e**4 / (math.e**4 + 9))


def test_probabilities_stay_what_they_are():
    given = np.array([0.5, 0.5, *[0.0] * 8])
    for answer in (given, given[None]):
        p, scores = DigitReader(lambda X, answer=answer: answer).read(np.zeros(64))
        np.testing.assert_array_equal(p, given)
        assert scores is None


def test_scores_that_look_like_probabilities_once():
    reader = DigitReader(Brightest())
    assert reader.read(np.ones(64))[1] is not None
    p, scores = reader.read(np.eye(64)[3])
    assert scores[3] == 1
    assert p[3] == pytest.approx(math.e / (math.e + 9))


def test_ink_is_scaled_to_what_the_network_knows():
    seen = []

    def predict(X):
        seen.append(X)
        return np.zeros((1, 10))

    DigitReader(predict, ink=1).read(np.full((8, 8), 16))
    assert seen[0].shape == (1, 64)
    assert seen[0].max() == 1


@pytest.mark.parametrize("kind", STRANGE)
def test_strange_pictures(kind):
    picture, title = DigitReader(Brightest()).strange(kind)
    assert picture.shape == (8, 8)
    assert picture.min() >= 0
    assert picture.max() <= 16
    again, same = DigitReader(Brightest()).strange(kind)
    np.testing.assert_array_equal(picture, again)
    assert title == same


def test_strange_pictures_are_made_of_digits():
    reader = DigitReader(Brightest())
    digit, title = DigitReader(Brightest()).example()
    (found,) = np.flatnonzero((digits().X == digit.ravel()).all(axis=1))  # noqa: SIM300
    assert title == f"a handwritten {digits().t[found]}"
    turned, told = reader.strange("upside down")
    np.testing.assert_array_equal(turned, digit[::-1, ::-1])
    assert told.startswith(title)
    assert reader.strange("letter")[1] == "the letter A"
    assert reader.strange("letter")[1] == "the letter H"
    with pytest.raises(ValueError, match="none of noise"):
        reader.strange("cat")


def test_networks_that_do_not_fit():
    with pytest.raises(TypeError, match="predict"):
        DigitReader(3)
    with pytest.raises(ValueError, match="ink"):
        DigitReader(Brightest(), ink=0)
    with pytest.raises(ValueError, match=r"shape \(1, 3\) to one picture"):
        DigitReader(lambda X: np.zeros((1, 3))).read(np.zeros(64))


def test_confidence_is_the_largest_bar():
    reader = DigitReader(Brightest())
    p, _ = reader.read(reader.example()[0])
    assert confidence(p[None])[0] == p.max()


def test_a_text_says_what_the_widget_shows():
    check_text("draw_digit", lambda: widgets.draw_digit(Brightest()))


def test_draw_answers(monkeypatch):
    panel = widgets.draw_digit(Brightest())
    tell, pushed = watch(panel, monkeypatch)
    tell(first=True)
    assert pushed[-1][0]["loaded"]
    tell(pixels=[0, 0, 0, 0, 16] + [0] * 59)
    header, arrays = pushed[-1]
    assert (header["title"], header["loaded"], header["answer"]) == ("your drawing", False, 4)
    assert arrays["p"].sum() == pytest.approx(1)
    tell(brightness=0)
    assert "0 times as bright" in pushed[-1][0]["said"]
    assert max(pushed[-1][1]["p"]) == pytest.approx(0.1)
    tell(load="negative")
    header, arrays = pushed[-1]
    assert header["loaded"]
    assert "ink and paper changed over" in header["said"]
    assert arrays["picture"].dtype == np.uint8


def test_lesson_10():
    lesson = Lesson("10-pitfalls")
    assert lesson.states("The ten bars add up to 1 whatever is on the sheet")
    assert lesson.states("At 0 only the biases are left.")
    reader = DigitReader(Brightest())
    for kind in STRANGE:
        assert reader.read(reader.strange(kind)[0])[0].sum() == pytest.approx(1)
    assert reader.read(np.ones(64), 0)[0] == pytest.approx(np.full(10, 0.1))
