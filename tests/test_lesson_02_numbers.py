"""Every number that the prose of lesson 02 states is computed here.

A statement is a piece of the prose with its numbers filled in from a computation. All statements
must occur in the text, and no number with a decimal point, no power of ten and no large number may
stand outside them: a number that is changed in the prose, or added to it, turns a test red.
The computations use `math` on single cases and not the references, which they would only repeat.
"""

import itertools
import math
import sys

import numpy as np
import pytest
from lesson_numbers import PLACES, Lesson, LessonNumbers, fill

from solutions import softmax as reference

LESSON = Lesson("02-softmax-cross-entropy")

# --- the computations ---------------------------------------------------------------------------


def softmax(scores):
    exponentials = [math.exp(score) for score in scores]
    return [e / sum(exponentials) for e in exponentials]


def loss(scores, label):
    return -math.log(softmax(scores)[label])


CAT, DOG, SHIP = 0, 1, 2
SCORES = [2, 1, 0]
SECOND = [0, 3, 1]
E = [math.exp(score) for score in SCORES]
P = softmax(SCORES)
Q = softmax(SECOND)
MEAN = (loss(SCORES, CAT) + loss(SECOND, CAT)) / 2
SOFT = [0.7, 0.3, 0.0]

# The softmax that is "found in many notebooks": down the columns.
COLUMNS = [sum(math.exp(row[k]) for row in (SCORES, SECOND)) for k in range(3)]
ROW_SUMS = [sum(math.exp(row[k]) / COLUMNS[k] for k in range(3)) for row in (SCORES, SECOND)]


def descend(rate, steps):
    rows = [list(SCORES), list(SECOND)]
    for _ in range(steps):
        for row in rows:
            p = softmax(row)
            for k in range(3):
                row[k] -= rate * (p[k] - (k == CAT)) / 2
    return sum(loss(row, CAT) for row in rows) / 2


LEAD = math.ceil(math.log(0.9 / (0.1 / 2)) * 10) / 10  # to the next step of the slider


def statements():
    """Return the pieces of prose that hold numbers, filled in."""
    mantissa, exponent = f"{sys.float_info.max:.1e}".split("e+")
    soft_loss = -sum(t * math.log(p) for t, p in zip(SOFT, P, strict=True))
    entropy = -sum(t * math.log(t) for t in SOFT if t)
    table = (1, 0.9, 0.5, 0.1, 0.01)
    cap = f"{-math.log(1e-7):.3f}"
    return [
        # Part 1
        fill("cat %d, dog %d, ship %d. A score", *SCORES),
        "Raise the score of cat from 2 to 2.01: the answer is",
        # Part 2
        fill("scores 2, 1 and −3 the sum is %d", 2 + 1 - 3),
        fill("| cat | %d | %.3f | %.3f |", SCORES[0], E[0], P[0]),
        fill("| dog | %d | %.3f | %.3f |", SCORES[1], E[1], P[1]),
        fill("| ship | %d | %.3f | %.3f |", SCORES[2], E[2], P[2]),
        fill("| sum | | %.3f | %.3f |", sum(E), sum(P)),
        fill(
            "cat is %d ahead of dog, so it gets $e^1 = %.3f$ times",
            SCORES[0] - SCORES[1],
            P[0] / P[1],
        ),
        "add 100 to all three scores",
        fill(r"near $%s \times 10^{%d}$", mantissa, int(exponent)),
        fill("where $x$ is above %.2f", math.log(sys.float_info.max)),
        "next cell tries the scores 1000, 999 and 998.",
        "But 1000, 999 and 998 have the same differences as 2, 1 and 0",
        fill("is %.3f, %.3f and %.3f again", *P),
        fill("numerator is $e^0 = %d$, the sum lies between 1 and $C$", math.exp(0)),
        "very small scores, −1000, −1001 and −1002?",
        fill("the rows sum to %.3f and\n%.3f", *ROW_SUMS),
        "has scores near 1000 and another row has scores near −1000",
        fill("at $T = 10$ cat has %.3f", softmax([score / 10 for score in SCORES])[CAT]),
        "to have a probability of 0.9? Then add something",
        "does your softmax keep its answer up to 1000?",
        fill("A lead of %.1f is enough", LEAD),
        fill("$e^{2.9} = %.3f$ stands against two times 1", math.exp(LEAD)),
        # Part 3
        fill("the network gives cat the probability %.3f", P[CAT]),
        fill(r"$-\log %.3f = %.3f$", P[CAT], loss(SCORES, CAT)),
        fill(
            "the loss would be %.3f; for a ship it would be %.3f",
            loss(SCORES, DOG),
            loss(SCORES, SHIP),
        ),
        "| probability of the true class | " + " | ".join(f"{p:g}" for p in table) + " |",
        "| loss | 0 | " + " | ".join(f"{-math.log(p):.3f}" for p in table[1:]) + " |",
        fill("two cases at 0.5 each\nit is %.2f", 0.5 * 0.5),
        fill(
            "product of 2000 probabilities of 0.5 is rounded to %d; the sum is %.1f",
            0.5**2000,
            -2000 * math.log(0.5),
        ),
        fill("fall from 0.02 to 0.01. The line $1 - p$ rises by %.2f", (1 - 0.01) - (1 - 0.02)),
        fill("The logarithm rises by %.3f", math.log(0.02) - math.log(0.01)),
        fill(r"$\log %.3f - 2 = %.3f - 2 = %.3f$", sum(E), math.log(sum(E)), loss(SCORES, CAT)),
        fill("cat gets only %.3f", Q[CAT]),
        fill(
            r"costs $-\log(1 + 10^{-7})$, which is about $-10^{%d}$",
            round(math.log10(math.log(1 + 1e-7))),
        ),
        fill(r"can cost is $-\log 10^{-7} = %s$", cap),
        fill("The cat's loss still reads %.3f", -math.log(P[CAT] + 1e-7)),
        fill(
            "losses are %.3f and %.3f, and the mean is %.3f",
            loss(SCORES, CAT),
            loss(SECOND, CAT),
            MEAN,
        ),
        "with 100 cases it is ten times as large as with 10",
        fill("%.3f for 3 classes, %.3f for 10", math.log(3), math.log(10)),
        # Part 4
        fill("$%.3f$ is $%.3f - 1$", P[CAT] - 1, P[CAT]),
        r"p_{\mathrm{true}} / (p_{\mathrm{true}} + 10^{-7})$",
        "1 to six digits as long as the true class has more than 0.1",
        fill("at %s, and the formula", cap),
        "Leave the $10^{-7}$ out",
        "Then try a `rate` of 0.1 and of 10",
        fill("falls from %.3f to %.3f in 20 steps", MEAN, descend(1.0, 20)),
        # Part 5
        fill("The cat's %.3f has become %.3f", P[CAT], softmax(P)[CAT]),
        # Part 6
        fill("$t = (0.7, 0.3, 0)$ is a **soft label**. It sums to %d", sum(SOFT)),
        fill("there it is %.3f, the **entropy**", entropy),
        fill("cat should rise, by %.3f", SOFT[CAT] - P[CAT]),
        fill("prints %.3f, your function works", soft_loss),
        fill("prints %.3f, it took the largest entry", loss(SCORES, CAT)),
        # Summary
        fill("one case costs from $-10^{-7}$ to %s", cap),
        # The constant itself, in the text
        "add $10^{-7}$, written `1e-7`",
    ]


class TestNumbers(LessonNumbers):
    lesson = LESSON
    statements = statements()
    # The constant inside the logarithm; `test_the_constant` holds it to the code.
    ignore = rf"{PLACES}|10\^\{{-7\}}|1e-7"
    exercises = ("softmax", "cross_entropy", "softmax_cross_entropy_gradient")
    written = ("p_minus_t",)
    printed = (
        "e^s [7.389 2.718 1.   ] with the sum 11.107\np   [0.665 0.245 0.09 ] with the sum 1.0",
        "[0.665 0.245 0.09 ]\n",
        "e^s [inf inf inf]\np   [nan nan nan]",
        "(2, 3)\n(2,)\n(2, 1)",
        "row sums    [1.269 1.731]\ncolumn sums [1. 1. 1.]",
        "product         0.0\nsum of -log(p)  1386.3",
        "[[1. 0. 0.]\n [1. 0. 0.]]\n[0 0]",
        "[[0.665 0.245 0.09 ]\n [0.042 0.844 0.114]]\n[0.665 0.042]",
        "log(p)         [  0. -inf -inf]\nt * log(p)     [ 0. nan nan]\n-sum           nan",
        "3 classes: 1.099\n10 classes: 2.303",
        "cat    measured -0.335   p 0.665   t 1\ndog    measured  0.245   p 0.245   t 0\n"
        "ship   measured  0.090   p 0.090   t 0",
        "[[-0.167  0.122  0.045]\n [-0.479  0.422  0.057]]\nlargest difference below 1e-5: True",
        "first 1.789 last 0.073",
        "[0 1] [0 1]",
        "[0.665 0.245 0.09 ]\n[0.451 0.296 0.253]",
        "loss at our p       0.708\nloss at p = t       0.611\n"
        "gradient at our p   [-0.035 -0.055  0.09 ]",
        "0.708\n",
    )
    pictures = 6


def test_the_constant():
    assert reference.cross_entropy(np.array([0.0, 1.0]), 0) == pytest.approx(-math.log(1e-7))


def test_claims_without_a_number_of_their_own():
    # "log of the largest float": above it `exp` overflows, at it it does not.
    assert math.isfinite(math.exp(709.78))
    with pytest.raises(OverflowError):
        math.exp(709.79)
    # Said in a misconception's sentence: rounded to 0 below -745.
    assert math.exp(-745) > 0 == math.exp(-746)
    # "Without the shift each is rounded to 0", and the same for a row far below another.
    assert math.exp(-1000) == math.exp(-2000) == 0
    # "1 to six digits as long as the true class has more than 0.1"
    assert 1 - 0.1 / (0.1 + 1e-7) < 1e-6
    # "Ordinary losses change in the seventh digit or so"
    assert 1e-8 < -math.log(P[CAT]) + math.log(P[CAT] + 1e-7) < 1e-6
    # "A small T stretches the differences, and the largest score takes nearly everything."
    assert softmax([score / 0.1 for score in SCORES])[CAT] > 0.999
    # "With six pictures it is six times too large."
    s, t = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    summed = reference.softmax(s) - np.eye(3)[t]
    assert summed / reference.softmax_cross_entropy_gradient(s, t) == pytest.approx(6)
    # "Far to the left the network is sure and wrong. There the slope is close to -1."
    assert softmax([-2, 1, 0])[CAT] - 1 == pytest.approx(-1, abs=0.05)
    # "The second row is larger, because that case is more wrong."
    assert abs(Q[CAT] - 1) > abs(P[CAT] - 1)
    # "Both pass the checks": scores that softmax leaves in the same order in both rows.
    assert np.argmax(P) == np.argmax(SCORES) and np.argmax(Q) == np.argmax(SECOND)
    # "What still separates the two comes mostly from the 1e-7": of the second case's cat.
    assert abs(Q[CAT] - 1) / 2 * (1 - Q[CAT] / (Q[CAT] + 1e-7)) == pytest.approx(1.1e-6, rel=0.1)
    # "The smallest loss ... is reached at p = t."
    rng = np.random.default_rng(1)
    entropy = -sum(t * math.log(t) for t in SOFT if t)
    for p in rng.dirichlet(np.ones(3), size=200):
        assert -sum(t * math.log(p_k) for t, p_k in zip(SOFT, p, strict=True) if t) > entropy


def test_each_point_of_a_score_costs_nearly_one_when_it_is_sure_and_wrong():
    # The cat's score on the widget's slider, with a ship as the true class.
    losses = [loss([cat, 1, 0], SHIP) for cat in range(6)]
    growth = [later - earlier for earlier, later in itertools.pairwise(losses)]
    assert growth == sorted(growth)
    assert 0.9 < growth[-1] < 1
    for score in (700, 30, 5):  # which is little more than the largest score
        assert 0 <= math.log(sum(map(math.exp, [score, 1, 0]))) - score < 0.03


# --- the cells themselves -----------------------------------------------------------------------


def test_cells_start_from_the_numbers_of_the_prose(solved):
    names = solved.names
    assert names["s"].tolist() == SCORES
    assert names["batch"].tolist() == [SCORES, SECOND]
    assert names["p"] == pytest.approx(P)
    assert names["labels"].tolist() == [CAT, CAT]
    assert names["soft"].tolist() == SOFT
    assert names["losses"][0] == pytest.approx(MEAN, abs=1e-5)
    assert names["losses"][-1] == pytest.approx(descend(1.0, 20), abs=1e-6)
    assert len(names["losses"]) == 21
    assert names["found"].sum(axis=1) == pytest.approx(ROW_SUMS)
    assert names["found"].sum(axis=0) == pytest.approx(1)
