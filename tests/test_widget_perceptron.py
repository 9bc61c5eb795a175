"""The widget of the decision line without a browser: what it computes, says and sends."""

import numpy as np
import pytest
from small_widgets import HALF, OR, OWN, sent, some_lines, stub

from solutions import perceptron as reference
from twoapples.datasets import xor
from twoapples.widgets.lines import scores
from twoapples.widgets.perceptron import DecisionLine, PerceptronPanel, explore_perceptron


def test_with_and_without_the_learners_perceptron_the_answers_are_the_same():
    x = np.random.default_rng(2).normal(size=(50, 2))
    t = np.arange(50) % 2
    for w, b in some_lines(20):
        plain = DecisionLine(x, t, w, b).look()
        own = DecisionLine(x, t, w, b, perceptron=reference.perceptron).look()
        assert plain.answers.tolist() == own.answers.tolist()
        assert plain.wrong.tolist() == own.wrong.tolist() == (own.answers != t).tolist()


def test_the_numbers_of_the_lesson():
    model = DecisionLine(OR.X, OR.t, (1, -1), -0.5, **OWN)
    losses, wrong = [], []
    for _ in range(5):
        look = model.look()
        losses.append(round(look.loss, 9))
        wrong.append(np.flatnonzero(look.wrong).tolist())
        assert model.step() is None
    assert losses == [2, 0.3, 0.3, 0.3, 0]
    assert wrong == [[1, 3], [0], [1], [0], []]
    # The rule changes nothing where nothing is misclassified.
    ((w, b),) = model.lines
    assert [b, *w] == pytest.approx([-0.1, 1.4, 0.2])
    model.rewind()
    ((w, b),) = model.lines
    assert [b, *w, model.updates] == [-0.5, 1, -1, 0]


def test_what_is_said():
    model = DecisionLine(OR.X, {"OR": OR.t, "XOR": xor().t}, HALF, -0.2, **OWN)
    assert model.sentences(model.look()) == ["All 4 points are right."]
    model.choose("XOR")
    assert model.sentences(model.look()) == ["1 of 4 points is misclassified: (1, 1)."]
    model.place(0, HALF, -0.5)
    told = model.sentences(model.look())
    assert told[0] == "3 of 4 points are misclassified: (0, 1), (1, 0), (1, 1)."
    assert told[1].startswith("On the line, with the score 0: (0, 1) and (1, 0).")
    model.place(0, (0, 0), 0)
    assert "there is no line" in model.sentences(model.look())[1]
    model.choose("OR")
    model.step()
    assert model.sentences(model.look())[-1] == "1 step of your delta_rule."
    with pytest.raises(ValueError, match="OR, XOR"):
        model.choose("AND")


def test_answers_that_deny_the_line_are_pointed_at():
    model = DecisionLine(OR.X, OR.t, HALF, -0.2, perceptron=lambda x, w, b: x @ w - b > 0)
    assert model.sentences(model.look()) == [
        "1 of 4 points is misclassified: (0, 0).",
        "Your perceptron answers 1 at (0, 0), though the score there is −0.2.",
    ]


def test_many_misclassified_points_are_counted_only():
    x = np.random.default_rng(3).normal(size=(30, 2))
    model = DecisionLine(x, np.ones(30), (0, 0), -1)
    assert model.sentences(model.look())[0] == "30 of 30 points are misclassified."


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (stub, ""),
        (lambda w, X, y, rate: None, "delta_rule returned None"),
        (lambda w, X, y, rate: w[1:], "delta_rule gave shape (2,)"),
        (lambda w, X, y, rate: w * np.nan, "which make no line"),
    ],
)
def test_a_rule_that_fails_leaves_the_line_where_it_is(rule, said):
    model = DecisionLine(OR.X, OR.t, (1, -1), -0.5, delta_rule=rule)
    error = model.step()
    assert said in str(error) and error is not None
    ((w, b),) = model.lines
    assert [b, *w, model.updates] == [-0.5, 1, -1, 0]


@pytest.mark.parametrize(
    ("x", "t", "w"),
    [
        (OR.X[:, :1], OR.t, HALF),
        (OR.X, OR.t[:3], HALF),
        (OR.X, OR.t, [1, 2, 3]),
        (OR.X, OR.t, [np.inf, 0]),
        (OR.X[:0], OR.t[:0], HALF),
        (OR.X, {}, HALF),
    ],
)
def test_what_does_not_fit_is_said(x, t, w):
    with pytest.raises(ValueError):
        DecisionLine(x, t, w, 0)


def test_frames_of_the_perceptron():
    panel = explore_perceptron(**OWN)
    assert isinstance(panel, PerceptronPanel)
    header, arrays, problem = sent(panel, {"first": True})
    assert problem is None
    assert (
        header["choices"]["task"] == ["OR", "AND", "NAND", "XOR"] and header["loss"] == "J(w) = 2"
    )
    assert arrays["wrong"].tolist() == [0, 1, 0, 1] and arrays["t"].tolist() == [0, 1, 1, 1]
    header, arrays, _ = sent(panel, {"lines": [[0.5, 0.5, -0.2]]})
    assert header["good"]
    assert np.all(scores(arrays["line1"], HALF, -0.2) == pytest.approx(0, abs=1e-6))
    header, _, _ = sent(panel, {"task": "AND"})
    assert not header["good"] and header["sentences"][0].startswith("2 of 4")
    header, _, _ = sent(panel, {"rate": "1"})
    assert header["chosen"]["rate"] == 1
    header, _, _ = sent(panel, {"step": True})
    # Wrong are (0, 1) and (1, 0), both with the target -1.
    assert header["lines"][0] == pytest.approx([-0.5, -0.5, -2.2])
    header, _, _ = sent(panel, {"rewind": True})
    assert header["lines"][0] == [1, -1, -0.5]


def test_an_exercise_that_is_not_written_yet():
    panel = explore_perceptron(perceptron=stub)
    header, arrays, problem = sent(panel, {"first": True})
    assert problem["sentence"] == "stub is not written yet."
    assert "raise NotImplementedError" in problem["traceback"]
    assert not header["good"] and not arrays["wrong"].any()
    assert "unknown" in repr(panel)
    # And once it is written, the problem is gone.
    panel.model._perceptron = reference.perceptron
    header, _, problem = sent(panel, {"lines": [[1, 1, -0.5]]})
    assert header["good"] and problem is None


def test_an_answer_of_a_wrong_shape_is_told_without_lines_of_ours():
    panel = explore_perceptron(perceptron=lambda x, w, b: 1)
    _, _, problem = sent(panel, {"first": True})
    assert problem["sentence"] == "ValueError: perceptron gave shape (); shape (4,) is needed."
    assert "line" not in problem["traceback"]


def test_words_of_the_perceptron():
    panel = explore_perceptron(OR.X, OR.t, (1, -1), -0.5, **OWN)
    assert repr(panel) == repr(explore_perceptron(OR.X, OR.t, (1, -1), -0.5, **OWN))
    assert repr(panel).splitlines() == [
        "A perceptron with the decision line x1 − x2 − 0.5 = 0.",
        "2 of 4 points are misclassified: (0, 1) and (1, 1).",
        "The loss J(w) is 2.",
        "x1  x2  target  score  answer        verdict",
        "0    0       0   −0.5       0          right",
        "0    1       1   −1.5       0  misclassified",
        "1    0       1    0.5       1          right",
        "1    1       1   −0.5       0  misclassified",
    ]
    assert panel.html().count("<tr>") == 5
    with pytest.raises(ValueError, match="give t as well as x"):
        explore_perceptron(OR.X)
