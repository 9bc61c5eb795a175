"""The widget of softmax without a browser: what it computes, says and sends."""

from fractions import Fraction

import numpy as np
import pytest
from small_widgets import sent, stub

from solutions import softmax as softmax_reference
from twoapples.widgets.softmax import Scores, SoftmaxPanel, as_number, explore_softmax

LEARNED = {
    "softmax": softmax_reference.softmax,
    "cross_entropy": softmax_reference.cross_entropy,
}
NAMES = ["cat", "dog", "ship"]


def test_with_and_without_the_learners_functions_the_numbers_are_the_same():
    rng = np.random.default_rng(4)
    for s in rng.normal(scale=2, size=(20, 4)):
        plain, own = Scores(s, true=2), Scores(s, true=2, **LEARNED)
        plain.temperature = own.temperature = 1.7
        assert plain.look().p == pytest.approx(own.look().p, abs=1e-12)
        # The learner's has 1e-7 inside the logarithm.
        assert plain.look().loss == pytest.approx(own.look().loss, abs=1e-3)


def test_the_numbers_of_lesson_02():
    model = Scores([2, 1, 0], NAMES, **LEARNED)
    assert model.sentences(model.look()) == [
        "True class cat with the probability 0.665: loss 0.408."
    ]
    model.choose(2)
    assert "0.090: loss 2.408" in model.sentences(model.look())[0]
    model.temperature = 10
    assert model.look().p[0] == pytest.approx(0.367, abs=5e-4)
    model.added = 1000
    assert model.look().p[0] == pytest.approx(0.367, abs=5e-4)
    model.rewind()
    model.place([0, 3, 1])
    assert model.rows(model.look())[0] == ["cat", "0", "0", "0.042"]


def test_the_loss_is_shown_with_the_learners_or_with_neither():
    assert Scores().look().loss == pytest.approx(0.4076, abs=1e-4)
    assert Scores(**LEARNED).has_loss
    alone = Scores(softmax=softmax_reference.softmax)
    assert not alone.has_loss and alone.look().loss is None
    assert alone.sentences(alone.look()) == ["The most, 0.665, goes to class 0."]


@pytest.mark.parametrize(
    ("softmax", "added", "said"),
    [
        (lambda s: np.exp(s) / np.exp(s).sum(), 1000, "the largest score given to softmax is 1002"),
        (lambda s: s * np.nan, 0, "Not all of them are numbers."),
        (lambda s: np.exp(s), 0, "these sum to 11.107"),
        (lambda s: np.array([2.0, -1.0, 0.0]), 0, "cannot be below 0"),
    ],
)
def test_probabilities_that_cannot_be(softmax, added, said):
    model = Scores(softmax=softmax)
    model.added = added
    assert said in model.sentences(model.look())[-1]


def test_numbers_as_they_are_written():
    written = {0.66524: "0.665", -1e-7: "0.000", 2.06e-9: "2.06e−9", 16.118: "16.118"}
    assert {value: as_number(value) for value in written} == written
    assert as_number(np.nan) == "nan"
    assert as_number(float(Fraction(-1, 2))) == "−0.500"


def test_frames_of_softmax():
    panel = explore_softmax((2, 1, 0), NAMES, **LEARNED)
    assert isinstance(panel, SoftmaxPanel)
    header, arrays, problem = sent(panel, {"first": True})
    assert problem is None
    assert header["p_text"] == ["0.665", "0.245", "0.090"] and header["loss_text"] == "0.408"
    assert arrays["p"].sum() == pytest.approx(1)
    header, _, _ = sent(panel, {"s": [0, 3, 1], "true": 1, "temperature": 2.0, "added": 50})
    assert header["chosen"] == {"true": 1, "temperature": 2, "added": 50}
    assert "50 added to every score" in repr(panel)
    header, _, _ = sent(panel, {"rewind": True})
    assert header["s"] == [2, 1, 0] and header["chosen"]["temperature"] == 1
    panel = explore_softmax(softmax=softmax_reference.softmax, cross_entropy=stub)
    header, arrays, problem = sent(panel, {"first": True})
    assert problem["sentence"] == "stub is not written yet."
    assert header["known"] and header["loss"] is None
    panel = explore_softmax(softmax=lambda s: s[:1])
    header, _, problem = sent(panel, {"first": True})
    assert "softmax gave shape (1,); shape (3,) is needed." in problem["sentence"]
    assert header["p_text"] == []


def test_words_of_softmax():
    panel = explore_softmax((2, 1, 0), NAMES, **LEARNED)
    assert repr(panel).splitlines() == [
        "Scores and their softmax with the temperature 1.",
        "True class cat with the probability 0.665: loss 0.408.",
        "class       score  given to softmax  probability",
        "cat (true)      2                 2        0.665",
        "dog             1                 1        0.245",
        "ship            0                 0        0.090",
    ]
    assert panel.html().count("<tr>") == 4


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Scores([1.0]),
        lambda: Scores([[1.0, 2.0]]),
        lambda: Scores([1.0, np.nan]),
        lambda: Scores([1.0, 2.0], ["one"]),
        lambda: Scores([1.0, 2.0], true=2),
        lambda: Scores([1.0, 2.0]).place([1.0, 2.0, 3.0]),
    ],
)
def test_scores_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError):
        wrong()
