"""The widgets of lessons 01 and 02 without a browser: what they compute, say and send."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from solutions import perceptron as reference
from solutions import softmax as softmax_reference
from twoapples.datasets import gates, xor
from twoapples.widgets.learner_calls import call, numbers, zeros_and_ones
from twoapples.widgets.lines import arrow, binary, ends, listing, positive_side, reach, scores
from twoapples.widgets.perceptron import DecisionLine, PerceptronPanel, explore_perceptron
from twoapples.widgets.softmax import Scores, SoftmaxPanel, as_number, explore_softmax
from twoapples.widgets.xor import TwoLines, XorPanel, explore_xor, separating_line

LOW, HIGH = np.array([-0.4, -0.4]), np.array([1.4, 1.4])
OR = gates().OR
HALF = np.array([0.5, 0.5])
OWN = {
    "perceptron": reference.perceptron,
    "perceptron_loss": reference.perceptron_loss,
    "delta_rule": reference.delta_rule,
}


def some_lines(count=100):
    rng = np.random.default_rng(1)
    return [(values[:2], float(values[2])) for values in rng.normal(size=(count, 3))]


def stub(*args):
    raise NotImplementedError


def sent(panel, message):
    """Return what a panel sends for a message: the header, the arrays, and the problem if any."""
    found = []
    panel.send = lambda content, buffers=None: found.append((content, buffers))
    panel._receive(panel, {"ta": "ask", "n": 1, "message": message}, [])
    frames = [(c, b) for c, b in found if c["ta"] == "frame"]
    problems = [c["problem"] for c, _ in found if c["ta"] == "problem" and c["problem"]]
    assert found[-1][0] == {"ta": "done", "n": 1}
    assert len(frames) == 1
    content, buffers = frames[0]
    arrays = {}
    for about, data in zip(content["arrays"], buffers, strict=True):
        kind = "u1" if about["dtype"] == "uint8" else "<f4"
        arrays[about["name"]] = np.frombuffer(data, dtype=kind).reshape(about["shape"])
    return content["header"], arrays, problems[-1] if problems else None


# --- lines ------------------------------------------------------------------------------------


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


# --- the learner's functions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "perceptron returned None"),
        (np.zeros((2, 1)), "perceptron gave shape (2, 1); shape (2,) is needed"),
        ([1, 3], "has to answer 0 or 1"),
        ([np.nan, 1], "has to answer 0 or 1"),
        ("yes", "perceptron gave str; numbers are needed"),
    ],
)
def test_answers_that_cannot_be_drawn(found, said):
    value, error = call(lambda: found, reads=zeros_and_ones(2, "perceptron"))
    assert value is None
    assert said in str(error)
    assert error.__traceback__ is None  # no line of the learner's has failed


def test_answers_of_all_kinds_are_read():
    for found in ([True, False], np.array([1.0, 0.0]), (1, 0)):
        value, error = call(lambda found=found: found, reads=zeros_and_ones(2, "perceptron"))
        assert (value.tolist(), error) == ([1, 0], None)


def test_an_error_keeps_its_line_and_a_warning_is_not_printed(recwarn):
    value, error = call(lambda: 1 // 0, reads=numbers((), "f"))
    assert value is None and isinstance(error, ZeroDivisionError)
    assert error.__traceback__.tb_next is not None
    value, error = call(lambda x: x / 0, np.ones(2), reads=numbers((2,), "f"))
    assert error is None and np.isinf(value).all()
    assert len(recwarn) == 0


def test_a_function_that_writes_into_its_arguments_does_no_harm():
    def overwrites(x, w, b):
        x *= 0
        w *= 0
        return x[:, 0]

    model = DecisionLine(OR.X, OR.t, HALF, -0.2, perceptron=overwrites)
    model.look()
    assert model.x.tolist() == OR.X.tolist() and model.w.tolist() == [0.5, 0.5]


# --- the decision line ----------------------------------------------------------------------------


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
    assert [model.b, *model.w] == pytest.approx([-0.1, 1.4, 0.2])
    model.rewind()
    assert [model.b, *model.w, model.updates] == [-0.5, 1, -1, 0]


def test_what_is_said():
    model = DecisionLine(OR.X, {"OR": OR.t, "XOR": xor().t}, HALF, -0.2, **OWN)
    assert model.sentences(model.look()) == ["All 4 points are right."]
    model.choose("XOR")
    assert model.sentences(model.look()) == ["1 of 4 points is misclassified: (1, 1)."]
    model.place(HALF, -0.5)
    told = model.sentences(model.look())
    assert told[0] == "3 of 4 points are misclassified: (0, 1), (1, 0), (1, 1)."
    assert told[1].startswith("On the line, with the score 0: (0, 1) and (1, 0).")
    model.place((0, 0), 0)
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
    assert [model.b, *model.w, model.updates] == [-0.5, 1, -1, 0]


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
    assert header["tasks"] == ["OR", "AND", "NAND", "XOR"] and header["loss"] == "J(w) = 2"
    assert arrays["wrong"].tolist() == [0, 1, 0, 1] and arrays["t"].tolist() == [0, 1, 1, 1]
    header, arrays, _ = sent(panel, {"w": [0.5, 0.5], "b": -0.2, "serial": "a 7"})
    assert (header["errors"], header["serial"]) == (0, "a 7")
    assert np.all(scores(arrays["line"], HALF, -0.2) == pytest.approx(0, abs=1e-6))
    header, _, _ = sent(panel, {"task": "AND"})
    assert header["errors"] == 2
    header, _, _ = sent(panel, {"rate": 1})
    assert header["rate"] == 1
    header, _, _ = sent(panel, {"step": True})
    # Wrong are (0, 1) and (1, 0), both with the target -1.
    assert [header["b"], *header["w"]] == pytest.approx([-2.2, -0.5, -0.5])
    header, _, _ = sent(panel, {"rewind": True})
    assert [header["b"], *header["w"]] == [-0.5, 1, -1]


def test_an_exercise_that_is_not_written_yet():
    panel = explore_perceptron(perceptron=stub)
    header, arrays, problem = sent(panel, {"first": True})
    assert problem["sentence"] == "stub is not written yet."
    assert "raise NotImplementedError" in problem["traceback"]
    assert not header["known"] and not arrays["wrong"].any()
    assert "unknown" in repr(panel)
    # And once it is written, the problem is gone.
    panel.model._perceptron = reference.perceptron
    header, _, problem = sent(panel, {"w": [1, 1], "b": -0.5})
    assert header["known"] and problem is None


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


# --- XOR ------------------------------------------------------------------------------------------

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
    assert not header["separable"] and "line" not in arrays and problem is None
    header, arrays, _ = sent(panel, {"lines": [[1, 1, -0.5], [-1, -1, 1.5]], "serial": "b 1"})
    assert header["separable"] and header["serial"] == "b 1"
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
    assert problem["sentence"] == "stub is not written yet." and not header["known"]


# --- softmax --------------------------------------------------------------------------------------

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
    assert problem is None and header["placed"]
    assert header["p_text"] == ["0.665", "0.245", "0.090"] and header["loss_text"] == "0.408"
    assert arrays["p"].sum() == pytest.approx(1)
    header, _, _ = sent(panel, {"s": [0, 3, 1], "true": 1, "temperature": 2.0, "added": 50})
    assert not header["placed"] and header["true"] == 1
    assert "50 added to every score" in repr(panel)
    header, _, _ = sent(panel, {"rewind": True})
    assert header["placed"] and header["s"] == [2, 1, 0] and header["temperature"] == 1
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
