"""Every number that the prose of lesson 10 states is computed here, without its references.

What depends on training is stated as a band. Its 40 seeds are trained side by side, as one array
with the seed as its first axis, and draw what the lesson's own cell draws.
"""

import functools
import math
import re

import numpy as np
import pytest
from lesson_numbers import Lesson, LessonNumbers

from solutions import layers, pitfalls
from solutions.softmax import cross_entropy, softmax
from twoapples.datasets import digits

pytestmark = pytest.mark.slow

LESSON = Lesson("10-pitfalls")
DATA = digits()
SEEDS = 40
TEMPERATURES = np.arange(5, 41) / 10

# --- forty networks -----------------------------------------------------------------------------


def train_all(seeds, epochs=100, rate=0.01, batch_size=20):
    """Return the three parts of the data for each seed, and the weights of all networks."""
    rngs = [np.random.default_rng(seed) for seed in range(seeds)]
    parts = [np.split(rng.permutation(len(DATA.X)), [200, 600]) for rng in rngs]
    W1 = np.stack([rng.normal(0, 0.2, (64, 50)) for rng in rngs])
    W2 = np.stack([rng.normal(0, 0.2, (50, 10)) for rng in rngs])
    b1, b2 = np.zeros((seeds, 1, 50)), np.zeros((seeds, 1, 10))
    train = np.stack([part[0] for part in parts])
    X, T = DATA.X[train], DATA.T[train]
    each = np.arange(seeds)[:, np.newaxis]
    for _ in range(epochs):
        order = np.stack([rng.permutation(200) for rng in rngs])
        for start in range(0, 200, batch_size):
            batch = order[:, start : start + batch_size]
            x = X[each, batch]
            z = x @ W1 + b1
            h = np.maximum(z, 0)
            ds = (softmax(h @ W2 + b2) - T[each, batch]) / batch_size
            dz = (ds @ W2.transpose(0, 2, 1)) * (z > 0)
            W2 -= rate * (h.transpose(0, 2, 1) @ ds)
            b2 -= rate * ds.sum(axis=1, keepdims=True)
            W1 -= rate * (x.transpose(0, 2, 1) @ dz)
            b1 -= rate * dz.sum(axis=1, keepdims=True)
    return parts, (W1, b1, W2, b2)


def scores_of(weights, seed, X):
    W1, b1, W2, b2 = (w[seed] for w in weights)
    return np.maximum(X.reshape(len(X), -1) @ W1 + b1, 0) @ W2 + b2


def ece(p, t, bins=10):
    """Go through the cases one by one, with a dictionary of bins."""
    members = {}
    for row, label in zip(p, t, strict=True):
        members.setdefault(math.ceil(row.max() * bins), []).append(
            (row.max(), row.argmax() == label)
        )
    gaps = [abs(sum(c - r for c, r in cases)) for cases in members.values()]
    return sum(gaps) / len(p)


def best_temperature(s, t):
    return TEMPERATURES[np.argmin([cross_entropy(softmax(s / T), t) for T in TEMPERATURES])]


def nearest(X, train):
    X, train = X.reshape(len(X), -1), train.reshape(len(train), -1)
    squares = (X**2).sum(axis=1)[:, np.newaxis] - 2 * X @ train.T + (train**2).sum(axis=1)
    return np.sqrt(np.maximum(squares, 0).min(axis=1))


def measure(weights, part, seed, letters):
    """Return everything that a band is stated for, for one network."""
    train, validation, test = part
    t = DATA.t[test]
    pictures = DATA.X[test].reshape(-1, 8, 8)
    shown = {
        "letters": letters,
        "noise": np.random.default_rng(1).uniform(0, 16, (500, 8, 8)),
        "quarter": np.rot90(pictures, axes=(1, 2)),
        "half": pictures[:, ::-1, ::-1],
        "negative": 16 - pictures,
        "moved": np.roll(pictures, -1, axis=2),
        "blank": np.zeros((1, 8, 8)),
    }
    s = {name: scores_of(weights, seed, X) for name, X in {**shown, "test": pictures}.items()}
    p = softmax(s["test"])
    c, right = p.max(axis=1), p.argmax(axis=1) == t
    T = best_temperature(scores_of(weights, seed, DATA.X[validation]), DATA.t[validation])
    s_train = scores_of(weights, seed, DATA.X[train])
    mild = softmax(s["test"] / T)
    limit = np.quantile(nearest(DATA.X[validation], DATA.X[train]), 0.99)
    near = {name: nearest(X, DATA.X[train]) <= limit for name, X in shown.items()}
    answered = (nearest(pictures, DATA.X[train]) <= limit) & (mild.max(axis=1) >= 0.9)
    noise, moved = softmax(s["noise"]), softmax(s["moved"])
    bright = softmax(scores_of(weights, seed, 8 * shown["noise"]))
    return {
        "train accuracy": np.mean(s_train.argmax(axis=1) == DATA.t[train]),
        "accuracy": right.mean(),
        "promised too much": c.mean() - right.mean(),
        "sure mistakes": np.mean(c[~right] >= 0.9),
        "less sure when wrong": c[right].mean() - c[~right].mean(),
        "noise confidence": noise.max(axis=1).mean(),
        "noise 0.9": np.mean(noise.max(axis=1) >= 0.9),
        "letters confidence": softmax(s["letters"]).max(axis=1).mean(),
        "moved accuracy": np.mean(moved.argmax(axis=1) == t),
        "moved confidence": moved.max(axis=1).mean(),
        "bright noise": bright.max(axis=1).mean(),
        "blank": softmax(s["blank"]).max(),
        "answered": np.mean(c >= 0.9),
        "answered right": right[c >= 0.9].mean(),
        "ece": ece(p, t),
        "ece, 1000 bins": ece(p, t, 1000) - ece(p, t),
        "T of training": best_temperature(s_train, DATA.t[train]),
        "T": T,
        "ece at T": ece(mild, t),
        "loss gained": cross_entropy(p, t) - cross_entropy(mild, t),
        "noise 0.9 at T": np.mean(softmax(s["noise"] / T).max(axis=1) >= 0.9),
        "test passes": np.mean(nearest(pictures, DATA.X[train]) <= limit),
        "strange passes": sum(
            near[k].sum() for k in ("letters", "noise", "quarter", "negative", "blank")
        ),
        "half passes": near["half"].mean(),
        "moved passes": near["moved"].mean(),
        "moved and near, wrong": 1 - np.mean((moved.argmax(axis=1) == t)[near["moved"]]),
        "careful answers": answered.mean(),
        "careful right": right[answered].mean(),
    }


@functools.cache
def letters():
    """Draw the letters of the lesson's own cell."""
    (cell,) = [cell for cell in LESSON.cells if "LETTERS =" in cell]
    rows = [line.split() for line in re.search(r'"""\n(.*?)"""', cell, re.DOTALL)[1].splitlines()]
    return np.array(
        [[[16.0 * (dot == "#") for dot in row[k]] for row in rows] for k in range(len(rows[0]))]
    )


@functools.cache
def bands():
    parts, weights = train_all(SEEDS)
    runs = [measure(weights, part, seed, letters()) for seed, part in enumerate(parts)]
    return {name: np.array([run[name] for run in runs]) for name in runs[0]}


# --- numbers that depend on training ------------------------------------------------------------

# What the prose states, what it is about, and from where to where it may lie.
BANDS = [
    ("on 40 seeds we found a test accuracy from 0.81 to 0.91", "accuracy", 0.81, 0.91),
    (
        "From 20 to 50 % of its mistakes have a confidence of 0.9 or more (40 seeds).",
        "sure mistakes",
        0.20,
        0.50,
    ),
    ("The mean confidence lies above the accuracy, on each of the 40.", "promised too much", 0, 1),
    (
        "On 40 seeds its mean confidence for noise lies between 0.80 and 0.95,",
        "noise confidence",
        0.80,
        0.95,
    ),
    ("and 44 to 82 % of the noise pictures get 0.9 or more.", "noise 0.9", 0.44, 0.82),
    ("From 0.17 to 0.45 on 40 seeds, with a mean", "moved accuracy", 0.17, 0.45),
    ("confidence from 0.78 to 0.93.", "moved confidence", 0.78, 0.93),
    (
        "At 8 times the brightness the mean confidence for noise is 0.97 or more on each of 40 "
        "seeds.",
        "bright noise",
        0.97,
        1,
    ),
    ("the blank sheet: about 0.10 for each class.", "blank", 0.10, 0.105),
    (
        "At a threshold of 0.9 the network still answers 74 to 84 % of the digits.",
        "answered",
        0.74,
        0.84,
    ),
    ("Of these answers 90 to 97 % are right,", "answered right", 0.90, 0.97),
    ("as against 81 to 91 % without a threshold (40 seeds).", "accuracy", 0.81, 0.91),
    ("But 44 to 82 % of the noise comes through.", "noise 0.9", 0.44, 0.82),
    ("On 40 seeds its calibration error lies between 0.03 and 0.11.", "ece", 0.03, 0.11),
    ("The number grows, on each of 40 seeds,", "ece, 1000 bins", 0, 1),
    (
        "choose the smallest temperature on offer, 0.5, on each of 40 seeds",
        "T of training",
        0.5,
        0.5,
    ),
    ("The validation pictures choose between 1.3 and 2.6.", "T", 1.3, 2.6),
    ("it is below 0.05 on every one.", "ece at T", 0, 0.05),
    ("The loss on the test pictures falls on all of them.", "loss gained", 0, 1),
    (
        "from 20 to 55 % of the noise still gets 0.9 or more (40 seeds)",
        "noise 0.9 at T",
        0.20,
        0.55,
    ),
    ("On 40 seeds 97 to 100 % of the test digits pass.", "test passes", 0.97, 1),
    ("the quarter turns and the blank sheet, *nothing* does.", "strange passes", 0, 0),
    ("**Half turns** pass in 53 to 88 % of the cases.", "half passes", 0.53, 0.88),
    ("**One pixel to the left**: 16 to 49 % pass", "moved passes", 0.16, 0.49),
    ("answers only 45 to 70 % of the digits.", "careful answers", 0.45, 0.70),
    ("Of these answers 95 to 100 % are right, on 40 seeds.", "careful right", 0.95, 1),
]


@pytest.mark.parametrize(("statement", "name", "low", "high"), BANDS, ids=[b[1] for b in BANDS])
def test_bands(statement, name, low, high):
    assert LESSON.states(statement)
    values = bands()[name]
    assert len(values) == SEEDS
    assert values.min() >= low and values.max() <= high


def test_what_is_said_about_most_seeds():
    found = bands()
    assert (found["train accuracy"] == 1).all()  # "All training pictures are right"
    assert np.median(found["accuracy"]) == pytest.approx(6 / 7, abs=0.02)  # "about six of seven"
    assert (found["less sure when wrong"] > 0.1).all()
    assert np.sum(found["ece at T"] < found["ece"]) >= 38
    assert LESSON.states("the error falls on at least 38 of 40 seeds")
    # "The network is *sure* of letters"
    assert np.median(found["letters confidence"]) > 0.9
    # "though the network gets most of them wrong": of all that are moved
    assert (found["moved accuracy"] < 0.5).all()


def test_the_bands_are_of_the_network_of_the_lesson(solved):
    names = solved.names
    parts, weights = train_all(names["SEED"] + 1)
    test = parts[-1][2]
    np.testing.assert_array_equal(test, names["test"])
    expected = scores_of(weights, names["SEED"], DATA.X[test])
    np.testing.assert_allclose(names["s_test"], expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(names["shown"]["letters"], letters())


# --- numbers by hand ----------------------------------------------------------------------------


def softmax_by_hand(scores):
    return [1 / sum(math.exp(other - score) for other in scores) for score in scores]


TEN_SURE = [0.55, 0.6, 0.65, 0.7, 0.8, 0.85, 0.9, 0.95, 0.95, 1]
TEN_RIGHT = [1, 0, 1, 1, 1, 1, 1, 0, 1, 1]


def rows_of_the_table():
    """Return for each bin of the ten answers: mean confidence, accuracy, gap, and the count."""
    rows = []
    for cases in ([0, 1], [2, 3, 4], [5, 6, 7, 8, 9]):
        mean = sum(TEN_SURE[k] for k in cases) / len(cases)
        accuracy = sum(TEN_RIGHT[k] for k in cases) / len(cases)
        rows.append((mean, accuracy, abs(accuracy - mean), len(cases)))
    return rows


def statements():
    one, two, five = (softmax_by_hand([2 * a, a, 0]) for a in (1, 2, 5))
    losses = [f"{-math.log(p[0]):.3f}" for p in (one, two, five)]
    half = softmax_by_hand([1, 0.5, 0])[0]
    table = rows_of_the_table()
    parts = [f"{count / 10 * gap:.3f}" for _, _, gap, count in table]
    total = sum(count / 10 * gap for _, _, gap, count in table)
    accuracy, mean = sum(TEN_RIGHT) / 10, sum(TEN_SURE) / 10
    marks = ["yes, no", "yes, yes, yes", "yes, yes, no, yes, yes"]
    ends = ["(0.4, 0.6]", "(0.6, 0.8]", "(0.8, 1]"]
    sure = ["0.55, 0.6", "0.65, 0.7, 0.8", "0.85, 0.9, 0.95, 0.95, 1"]
    return [
        # Part 1
        f"| a cat | cat | 0.6, 0.4, 0 | 0.6 | {-math.log(0.6):.3f} |",
        f"| a cat | cat | 0.6, 0.2, 0.2 | 0.6 | {-math.log(0.6):.3f} |",
        f"| a dog | cat (somebody slipped) | 0.01, 0.98, 0.01 | 0.01 | {-math.log(0.01):.3f} |",
        f"the loss falls from {losses[0]} over {losses[1]} to {losses[2]}.",
        f"Every class gets {1 / 3:.3f}.",
        # Part 2, and its numbers again in part 5
        "| 0.1, 0.7, 0.2 | 1 | 0.7 |",
        "| 0.4, 0.25, 0.35 | 0 | 0.4 |",
        'nobody is less than 0.5 sure, so "0.5" sounds',
        "Try `confidence(np.full((1, 10), 0.1))`.",
        "With the threshold 0.6, the three rows",
        "| 0.1, 0.7, 0.2 | 0.7 | 1 |",
        "| 0.4, 0.25, 0.35 | 0.4 | −1 |",
        # Part 3
        "It learns from 200 handwritten digits only.",
        f"The {len(DATA.X):,} pictures go into three parts that do not overlap: 200 to train, 400 "
        f"to choose things with (**validation**), and the rest, {len(DATA.X) - 600:,}, to measure",
        # Part 4
        f"the scores 2, 1, 0 has the confidence {one[0]:.3f}, twice as bright it is "
        f"{two[0]:.3f}, five times as bright {five[0]:.3f}.",
        # Part 5
        "`reject(p_test, 1.0)`",
        # Part 6
        "## 6 Is 0.9 really nine in ten?",
        "| 6 Is 0.9 really nine in ten? |",
        "of all answers with a confidence near 0.9, about nine in ten",
        'of all days with "rain 70 %", it rains on about 70 %',
        "| (0, 0.2] | | | 0 | | | |",
        "| (0.2, 0.4] | | | 0 | | | |",
        *(
            f"| {end} | {confidences} | {mark} | {row[3]} | {row[0]:.3f} | {row[1]:.3f} "
            f"| {row[2]:.3f} |"
            for end, confidences, mark, row in zip(ends, sure, marks, table, strict=True)
        ),
        "Where does 0.6 belong,",
        "so 0.6 belongs to the third bin, and 1 to the last.",
        " + ".join(rf"\frac{{{count}}}{{10}} \times {gap:.3f}" for _, _, gap, count in table)
        + f" = {' + '.join(parts)} = {total:.3f}$$",
        f"the overall accuracy, {accuracy:.3f}, with the overall mean confidence, {mean:.3f}? "
        f"They are {abs(accuracy - mean):.3f} apart.",
        "With 1,000 bins most hold a single case",
        "a network answers 0.1 for every class",
        # Part 7
        f"For the scores 2, 1, 0 the confidence is {one[0]:.3f} at $T = 1$, and {half:.3f} at "
        "$T = 2$.",
        "**What if** $T$ is 100? Then every confidence is close to 0.1.",
        # Part 8
        "the training set holds (0, 16) and (16, 0), the new picture is (13, 4). The distances are "
        rf"$\sqrt{{13^2 + 12^2}} = {math.hypot(13, 12):.1f}$ and $\sqrt{{3^2 + 4^2}} = "
        f"{math.hypot(3, 4):.0f}$",
        "so that 99 % of them pass",
        "Change 0.99 to 1.0.",
        r"\sqrt{\sum_j (x_j - x^{\mathrm{train}}_{nj})^2}",
        # Part 9
        '$s = (0, 0, 4.6)$, so it answers "ship" with a confidence of '
        f"{softmax_by_hand([0, 0, 4.6])[2]:.2f}.",
        "and two of them are $e^0$",
        "(2017)",
        "(2019)",
    ]


class TestNumbers(LessonNumbers):
    lesson = LESSON
    statements = statements()
    covered = tuple(band[0] for band in BANDS)  # which `test_bands` looks at
    exercises = ("confidence", "reject", "calibration_error")
    written = ("sure_and_wrong",)
    printed = (
        "scores x 1:  p = [0.665 0.245 0.09 ]  loss 0.408\n"
        "scores x 2:  p = [0.867 0.117 0.016]  loss 0.143\n"
        "scores x 5:  p = [0.993 0.007 0.   ]  loss 0.007\n",
        "[1 0 2] [0.7 0.4 1. ]",
        "accuracy on the training pictures: 1.0\n",
        "ten answers, 5 bins: 0.165\n",
        "knows nothing: 0.0\n",
        "chosen with the training pictures:   0.5\n",
        "letters         passes: 0.00\nnoise           passes: 0.00\n"
        "quarter turn    passes: 0.00\n",
        "letters         answered: 0.00\nnoise           answered: 0.00\n",
    )
    pictures = 9


def test_the_model_answer():
    answer = (LESSON.path.parents[2] / "solutions" / "sure_and_wrong.md").read_text("utf-8")
    mild = softmax_by_hand([0, 0, 2.3])[2]
    e = math.exp(2.3)
    assert rf"\frac{{e^{{2.3}}}}{{e^{{2.3}} + 2}} = \frac{{{e:.2f}}}{{{e + 2:.2f}}}" in answer
    assert f"= {mild:.2f}.$$" in answer
    points = [int(n) for n in re.findall(r"^\| (\d) \|", answer, re.MULTILINE)]
    assert sum(points) == 6
    assert [int(n) for n in re.findall(r"\((\d) points?\)", LESSON.prose)] == [1, 2, 1, 2]


# --- what the prose says without a number of its own --------------------------------------------


def test_equal_losses_for_different_mistakes():
    p = np.array([[0.6, 0.4, 0.0], [0.6, 0.2, 0.2], [0.01, 0.98, 0.01]])
    first, second, slip = (cross_entropy(row, 0) for row in p)
    assert first == second
    assert slip > first + second


def test_scores_grow_with_the_brightness():
    rng = np.random.default_rng(0)
    W1, W2, x = rng.normal(size=(50, 64)), rng.normal(size=(10, 50)), rng.normal(size=64)
    for a in (0.5, 2, 8):
        np.testing.assert_allclose(
            W2 @ np.maximum(W1 @ (a * x), 0), a * (W2 @ np.maximum(W1 @ x, 0)), rtol=1e-12
        )


def test_the_left_column_is_nearly_always_empty():
    # So a digit that is moved to the left loses no ink, and nothing comes in at the right.
    assert np.mean(DATA.X.reshape(-1, 8, 8)[:, :, 0] > 0) < 0.005


def test_nobody_below_chance():
    rng = np.random.default_rng(1)
    for classes in (2, 3, 10):
        p = softmax(rng.normal(size=(200, classes)))
        assert pitfalls.confidence(p).min() >= 1 / classes


def test_a_hundred_degrees_is_doubt_and_dishonest_in_the_other_direction(solved):
    names = solved.names
    p = softmax(names["s_test"] / 100)
    assert p.max() < 0.15
    assert pitfalls.calibration_error(p, names["t_test"]) > 0.7


# --- the cells themselves -----------------------------------------------------------------------


def test_the_training_loop_uses_the_layers_of_lesson_05(solved):
    assert isinstance(solved.names["layers"][0], layers.Affine)
