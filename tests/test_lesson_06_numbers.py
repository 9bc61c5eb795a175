"""Every number that the prose of lesson 06 states is computed here, without its reference.

Runs over many seeds are calculated side by side, as one array with the seed as its first axis.
"""

import math

import numpy as np
import pytest
from lesson_numbers import Lesson, LessonNumbers

from solutions.array_nodes import numerical_gradient
from solutions.one_layer import NN_1layer
from solutions.softmax import cross_entropy
from twoapples.datasets import six_pictures

LESSON = Lesson("06-one-layer-network")
DATA = six_pictures()
ROWS, T = DATA.X.reshape(6, 4), DATA.T
CAP = -math.log(1e-7)

# --- the computations ---------------------------------------------------------------------------


def starts(seeds):
    return np.stack([np.random.default_rng(seed).random((3, 4)) for seed in seeds])


def forward(W, X=ROWS):
    scores = np.einsum("nd,...cd->...nc", X, W)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def losses_of(p, t=T, floor=1e-7):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.sum(t * np.log(p + floor), axis=-1).mean(axis=-1)


def accuracies(p):
    return (p.argmax(axis=-1) == DATA.t).mean(axis=-1)


def summed_gradient(W, X=ROWS, t=T):
    return np.einsum("...nc,nd->...cd", forward(W, X) - t, X)


def history(W, rate, epochs, summed=False):
    """Return the weights before each update, and after the last."""
    weights = [W]
    for _ in range(epochs):
        step = summed_gradient(weights[-1]) / (1 if summed else 6)
        weights.append(weights[-1] - rate * step)
    return np.array(weights)


def share_right(rate, seeds, summed=False):
    last = history(starts(seeds), rate, 100, summed)[-1]
    return float(np.mean(accuracies(forward(last)) == 1))


FIRST = starts([0])[0]
START_LOSS = losses_of(forward(FIRST))
RUN = history(FIRST, 1e-3, 100)
RUN_LOSSES = losses_of(forward(RUN))
CAT_IS_CAT = np.log10(forward(RUN)[:, 0, 0])
GENTLE_LOSS = losses_of(forward(FIRST / 100))

# The two pictures of the text, from W = 0.
TWO, TWO_T = np.array([[3.0, 6.0], [6.0, 0.0]]), np.eye(3)[[0, 2]]
TWO_GRADIENT = summed_gradient(np.zeros((3, 2)), TWO, TWO_T) / 2
TWO_W = -0.3 * TWO_GRADIENT
TWO_SCORES = TWO @ TWO_W.T
TWO_LOSSES = [losses_of(forward(W, TWO), TWO_T) for W in (np.zeros((3, 2)), TWO_W)]

# Plain loss, without 1e-7, at the rate at which it breaks.
BROKEN = forward(history(FIRST, 0.06, 5))


def number(value):
    return f"{round(float(value), 9) + 0.0:g}"


def minus(value):
    return number(value).replace("-", "−")


def matrix(A):
    rows = r" \\ ".join(" & ".join(map(number, row)) for row in A)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def first_epoch(condition):
    return int(np.flatnonzero(condition)[0])


def statements():
    loss, two_wrong = f"{START_LOSS:.3f}", f"{RUN_LOSSES[1]:.3f}"
    cat, ship = TWO_SCORES
    nan_from = first_epoch(np.isnan(losses_of(BROKEN, floor=0)))
    right_from = first_epoch(accuracies(BROKEN) == 1)
    gone = np.exp(-745.0) > 0 == np.exp(-746.0)
    return [
        # Part 3
        rf"a loss of $\log 3 = {math.log(3):.3f}$. Here the loss is {loss}.",
        rf"$-\log 10^{{-7}} = {CAP:.3f}$",
        rf"\frac{{4 \times {CAP:.3f} + 2 \times 0}}{{6}} = {4 * CAP / 6:.3f}",
        f"a mean loss of {2 * CAP / 6:.3f} means that two of six pictures",
        # Part 4
        f"= {matrix(TWO_GRADIENT)}$$ For $N$",
        r"A learning rate of $10^{-4}$ in that text is one of $6 \times 10^{-4}$ in this one.",
        "with 600 pictures instead of six the same rate would step a hundred times as far",
        # Part 5
        rf"learning rate of 0.3, the new weights are $$0 - 0.3 \times {matrix(TWO_GRADIENT)}"
        rf" = {matrix(TWO_W)}$$",
        f"gets the scores {minus(cat[0])}, {minus(cat[1])} and {minus(cat[2])}; the ship "
        f"$(6, 0)$ gets {minus(ship[0])}, {minus(ship[1])} and {minus(ship[2])}.",
        f"the loss has gone from {TWO_LOSSES[0]:.3f} to {TWO_LOSSES[1]:.3f}",
        "a list of 100 losses ends before the last update",
        f"the loss is about {losses_of(forward(RUN[-1])):.4f}",
        "everything below 0.1 would lie on the ground",
        f"takes the loss from {loss} to {two_wrong}, and there it seems to wait until epoch "
        f"{int(np.flatnonzero(RUN_LOSSES > 5)[-1])}.",
        rf"rises from $10^{{{CAT_IS_CAT[0]:.0f}}}$ to about $10^{{{CAT_IS_CAT[6]:.0f}}}$ in six",
        rf"because below $10^{{-7}}$ everything costs {CAP:.3f}",
        # Part 6
        f"the loss near {GENTLE_LOSS:.3f}",
        r"probabilities far below $10^{-7}$, and there the loss of the *code* is flat at "
        f"{CAP:.3f}",
        r"Your $p - t$ leaves the $10^{-7}$ out",
        f"With pixels up to {ROWS.max():.0f}, a weight that moves by $h$ moves a score by "
        rf"${ROWS.max():.0f}\,h$; that is why `h` is `1e-6` here.",
        # Part 7; the bands are tested below
        "same start, 100 epochs",
        "With $10^{-7}$ nothing seems to happen",
        "With $10^{-5}$ the loss moves",
        "$10^{-4}$ arrives. $10^{-2}$ arrives at once",
        "Start from 100 different random weights",
        "| $10^{-7}$ | at most 3 % of the runs | at most 3 % |",
        "| $10^{-5}$ | below 8 % | 55 to 75 % |",
        "| $10^{-4}$ | 85 to 95 % | all |",
        "| $10^{-2}$ | all | all |",
        "the same rate, $10^{-5}$, is hopeless in one text and useful in another",
        # A published run, whose seed nobody knows: its two numbers can only be quoted.
        "55.13 after the first update and 0.018 after update 25, with the summed gradient and the "
        "rate $10^{-4}$",
        f"Its loss has no `1e-7` and so no ceiling at {CAP:.3f} (part 8",
        "We calculated that loss for 200 seeds: it begins anywhere between 0 and 120, and after 25 "
        "such updates it is below 0.05 on all of them. So 0.018 is a typical end, and 55.13 says",
        "Put `X / 255` in the place of `X`",
        "try the rates 0.01, 1 and 100. Scores become 255 times as small",
        f"about $255^2 = {255**2 // 1000}{{,}}{255**2 % 1000:03}$ times as large",
        # Part 8
        "hidden by the `1e-7`",
        "the rate 0.06, which is 0.01 with the summed gradient",
        f"From epoch {nan_from} on the plain loss is `nan`",
        f"from epoch {right_from} on, the accuracy is 1.00",
        f"$e^{{{-745 if gone else 0}}}$ is about the smallest number above 0",
        r"With `1e-7` inside the logarithm the term is $0 \cdot \log 10^{-7} = 0$",
        r"$-\log(1 + 10^{-7})$, a tiny bit below 0. That is the −1e-07 in the table of part 7",
        "and 100 % accuracy fit together",
    ]


class TestNumbers(LessonNumbers):
    lesson = LESSON
    statements = statements()
    exercises = ("NN_1layer",)
    printed = (
        "(6, 2, 2) (6, 3) ('cat', 'dog', 'ship')",
        "[ 3.  6. -3.]\n",
        "dY @ W.T: (3, 6) and (4, 3) do not fit\nW.T @ dY: (4, 6)",
        "loss 10.745 accuracy 0.333",
        "[[-2. -4.]\n [ 1.  2.]\n [ 1.  2.]]",
        "loss before [1.099]\nloss after  0.044",
        "losses [10.745  5.373  5.376  5.373  5.376  5.373  3.342  0.014]",
        "loss 0.00038 accuracy 1.0",
        "relative error below 1e-4: True",
        "1e-02 |             -1e-07       100 % |            -1e-07       100 %",
        "epoch 1: plain loss     nan   with 1e-7   5.373   accuracy 0.67",
        "epoch 3: plain loss     nan   with 1e-7  -0.000   accuracy 1.00",
        "-inf nan",
        "all six right: 100 of 100",
    )
    pictures = 5


def test_pictures_show_the_numbers_of_the_prose(solved):
    assert "cat: 56, 231 / 24, 1" in solved.alts[0]


def test_the_exercise_asks_for_two_methods():
    assert "{exercise}`one_layer.NN_1layer(backward, train)`" in LESSON.text


# --- what the prose says without a number of its own --------------------------------------------


@pytest.mark.parametrize("seeds", [range(100), range(100, 200), range(200, 300)])
def test_learning_rate_bands(seeds):
    for summed in (False, True):
        assert share_right(1e-7, seeds, summed) <= 0.03
    assert share_right(1e-5, seeds) < 0.08
    assert 0.55 <= share_right(1e-5, seeds, summed=True) <= 0.75
    assert 0.85 <= share_right(1e-4, seeds) <= 0.95
    assert share_right(1e-4, seeds, summed=True) == 1
    assert share_right(1e-2, seeds) == share_right(1e-2, seeds, summed=True) == 1


def test_where_the_loss_without_a_ceiling_begins_and_ends():
    def plain_losses(W):
        scores = np.einsum("nd,...cd->...nc", ROWS, W)
        scores = scores - scores.max(axis=-1, keepdims=True)
        log_p = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
        return -np.sum(T * log_p, axis=-1).mean(axis=-1)

    run = history(starts(range(200)), 1e-4, 25, summed=True)
    first, last = plain_losses(run[0]), plain_losses(run[-1])
    assert first.min() < 1 and 110 < first.max() < 120
    assert last.max() < 0.05
    # The two numbers of the published run lie where such runs lie.
    assert first.min() < 55.13 < first.max() and last.min() < 0.018 < last.max()


def test_plain_loss_ends_as_nan_in_nearly_all_runs_and_all_are_right():
    p = forward(history(starts(range(100)), 0.06, 100)[-1])
    assert 0.95 <= np.isnan(losses_of(p, floor=0)).mean() <= 1
    assert np.all(accuracies(p) == 1)
    # The summed gradient at 0.01 takes the same steps.
    summed = forward(history(starts(range(100)), 0.01, 100, summed=True)[-1])
    assert np.isnan(losses_of(summed, floor=0)).mean() >= 0.95
    # "the perfect loss is a tiny bit below 0"
    assert np.median(losses_of(p)) == pytest.approx(-1e-7, rel=1e-3)


def test_the_summed_gradient_is_exactly_six_times_the_mean_one():
    net = NN_1layer(FIRST)
    mean = net.backward(net.forward(DATA.X), DATA.X, T)
    np.testing.assert_allclose(summed_gradient(FIRST), 6 * mean, rtol=1e-12)


def test_which_pictures_are_wrong():
    p = forward(FIRST)
    right = p.argmax(axis=1) == DATA.t
    # "calls nearly everything a dog. Both dogs cost nothing, the other four the maximum"
    assert (p.argmax(axis=1) == 1).sum() == 5
    assert right.tolist() == (DATA.t == 1).tolist()
    assert losses_of(p[~right], T[~right]) == pytest.approx(CAP, abs=1e-4)
    assert losses_of(p[right], T[right]) == pytest.approx(0, abs=1e-6)
    assert abs(START_LOSS - 4 * CAP / 6) < 5e-4
    # "the cats" wait until epoch 5, at two sixths of the maximum
    for epoch in range(1, 6):
        wrong = forward(RUN[epoch]).argmax(axis=1) != DATA.t
        assert wrong.tolist() == (DATA.t == 0).tolist()
        assert RUN_LOSSES[epoch] == pytest.approx(2 * CAP / 6, abs=0.005)
    assert accuracies(forward(RUN[-1])) == 1


def test_templates():
    W = history(np.zeros((3, 4)), 1e-3, 100)[-1]
    # Cat: top right. Dog: top left. Ship: both at the bottom, and only those.
    assert W.argmax(axis=1).tolist() == [1, 0, 2]
    assert (W > 0).tolist() == [
        [False, True, False, False],
        [True, False, False, False],
        [False, False, True, True],
    ]


def test_measuring_on_the_flat_part_gives_nothing():
    def loss(W):
        return losses_of(forward(W))

    assert np.abs(numerical_gradient(loss, FIRST.copy(), 1e-6)).max() < 0.005
    gentle = FIRST / 100
    measured = numerical_gradient(loss, gentle.copy(), 1e-6)
    np.testing.assert_allclose(measured, summed_gradient(gentle) / 6, rtol=1e-4)


def test_one_product_does_the_work_of_a_loop():
    W = np.array([[1, 0], [0, 1], [1, -1]])
    assert (W @ [3, 6]).tolist() == [3, 6, -3]
    assert LESSON.states(r"= \begin{pmatrix} 3 \\ 6 \\ -3 \end{pmatrix}$$")
    # "if there are as many pictures as classes, the formula fits and the result is wrong"
    dY, W = np.random.default_rng(0).normal(size=(3, 3)), np.ones((4, 3)).T
    assert (dY @ W).shape == (3, 4) != (W.T @ dY).shape


# --- the cells themselves -----------------------------------------------------------------------


def test_cells_use_the_numbers_of_the_prose(solved):
    names = solved.names
    np.testing.assert_array_equal(names["two"], TWO)
    np.testing.assert_array_equal(names["random_weights"](0), FIRST)
    assert [len(losses) for losses in names["runs"].values()] == [100] * 4
    assert cross_entropy(forward(FIRST), T) == pytest.approx(START_LOSS)
