"""How lesson 02 is checked: cases, and the wrong versions that people really write.

The batches are never square (N = C), so that an axis mixed up, or a `keepdims` left out, shows.
"""

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise, WrittenExercise
from solutions import softmax as reference
from source.families import Wrong, losses, overwritten
from source.families.cases import labels

# --- softmax ----------------------------------------------------------------------------------

softmax = Exercise("softmax", points=4, rtol=1e-6, atol=1e-9, forbids=(*FRAMEWORKS, "scipy"))

softmax.example("the scores of the text")(lambda softmax, rng: softmax(np.array([2.0, 1.0, 0.0])))
softmax.case("one case", draws=2)(lambda softmax, rng: softmax(rng.normal(0, 2, size=4)))
softmax.case("a batch", draws=2)(lambda softmax, rng: softmax(rng.normal(0, 2, size=(5, 3))))


@softmax.case("scores near 1000 and near -1000", draws=2)
def large(softmax, rng):
    softmax(1000 + rng.normal(0, 2, size=3))
    softmax(-1000 + rng.normal(0, 2, size=3))
    softmax(np.array([-1000.0, 1000.0, -1000.0]) + rng.normal(0, 2, size=3))


softmax.case("a batch with rows far apart", draws=2)(
    lambda softmax, rng: softmax(
        np.array([[1000.0], [0.0], [-1000.0], [1000.0]]) + rng.normal(0, 2, size=(4, 3))
    )
)


def _normalized(e, axis=-1, keepdims=True):
    return e / np.sum(e, axis=axis, keepdims=keepdims)


def _shifted(s, axis=-1):
    return s - np.max(s, axis=axis, keepdims=True)


wrong = Wrong(softmax, reference.softmax)
wrong("whole_batch", lambda s: _normalized(np.exp(s - np.max(s)), axis=None)).says(
    "Every row was divided by the sum over the whole batch, so all entries together sum to 1. "
    "Each row is a case of its own: look at the axis of the sum."
)
wrong("whole_batch_overflow", lambda s: _normalized(np.exp(s), axis=None)).says(
    "Two things happened. Every row was divided by the sum over the whole batch, though each row "
    "is a case of its own. And `np.exp` met scores as they are, which gives infinity near 1000 "
    "and 0 near -1000."
)
wrong("columns", lambda s: _normalized(np.exp(_shifted(s, axis=0)), axis=0)).says(
    "The columns of a batch sum to 1, not the rows. One case is a row, so maximum and sum are "
    "taken along the row: look at `axis`."
)
wrong("columns_overflow", lambda s: _normalized(np.exp(s), axis=0)).says(
    "The columns of a batch sum to 1, not the rows: look at the `axis` of the sum. And `np.exp` "
    "met the scores as they are, which gives infinity near 1000 and 0 near -1000."
)
wrong("one_maximum", lambda s: _normalized(np.exp(s - np.max(s)))).says(
    "One maximum was subtracted from the whole batch. A row whose scores lie far below those of "
    "another row is then rounded to 0, and 0/0 is `nan`. Each row has a maximum of its own."
)
wrong(
    "smallest_subtracted", lambda s: _normalized(np.exp(s - np.min(s, axis=-1, keepdims=True)))
).says(
    "The smallest score of each case was subtracted, so the exponents are 0 or more: a case with "
    "scores near 1000 and near -1000 overflows. Which score leaves no exponent above 0?"
)
wrong("cut_off", lambda s: _normalized(np.exp(np.clip(s, -500, 500)))).says(
    "Large scores were cut off before `np.exp`. Nothing overflows, but their differences are lost, "
    "and only differences count. Shift the scores instead."
)
wrong("maximum_of_columns", lambda s: _normalized(np.exp(_shifted(s, axis=0)))).says(
    "The maxima of a batch were taken down the columns, so the scores of one row were shifted by "
    "different numbers. That changes their differences: look at the `axis` of the maximum."
)
wrong("sum_of_columns", lambda s: _normalized(np.exp(_shifted(s)), axis=0)).says(
    "The maximum is that of each row, but the sum of a batch runs down the columns. Python's own "
    "`sum` does that, too. Look at the `axis` of the sum."
)
wrong(
    "denominator_not_shifted",
    lambda s: np.exp(_shifted(s)) / np.sum(np.exp(s), axis=-1, keepdims=True),
).says(
    "The numerator holds shifted scores, the sum in the denominator holds the scores as they came. "
    "The factor cancels only if both have the same shift."
)
wrong(
    "shifted_too_late", lambda s: _normalized(np.exp(s) - np.max(s, axis=-1, keepdims=True))
).says(
    "The maximum was subtracted after `np.exp`, not before: look at the parentheses. The shift "
    "belongs into the exponent."
)
wrong("overflow", lambda s: _normalized(np.exp(s))).says(
    "`np.exp` met the scores as they are. It overflows to infinity above 709 and is rounded to 0 "
    "below -745, and the division then gives `nan`. Only differences of scores count, so you may "
    "shift them first."
)
wrong("no_keepdims", lambda s: _normalized(np.exp(_shifted(s)), keepdims=False)).says(
    "One case works, a batch does not: a maximum or a sum of shape `(N,)` met an array of shape "
    "`(N, C)`. Look at `keepdims`."
)
wrong("batch_only", lambda s: _normalized(np.exp(_shifted(s, axis=1)), axis=1)).says(
    "A batch works, one case does not: `axis=1` was asked of scores of shape `(C,)`, which have "
    "one axis only. The classes are on the last axis in both shapes."
)
wrong("no_exp", _normalized).says(
    "The scores were divided by their sum, without `np.exp`. The rows sum to 1, but negative "
    "scores give negative results."
)
wrong("shifted_no_exp", lambda s: _normalized(_shifted(s))).says(
    "The scores were shifted by their maximum and divided by their sum, but `np.exp` is missing "
    "in between. The largest score of each case comes out as 0."
)
wrong("not_divided", lambda s: np.exp(_shifted(s))).says(
    "The result is the shifted `np.exp` itself, the largest entry of each case is 1. It has not "
    "been divided by the sum of the case yet."
)
wrong("exponential", np.exp).says(
    "The result is `np.exp` of the scores. It has not been divided by the sum of the case yet, and "
    "scores near 1000 overflow: shift them first."
)
wrong.changes("log_softmax", np.log).says(
    "The result is the logarithm of the probabilities: every entry is negative or 0. Its "
    "exponential would be what is asked for."
)
wrong("sigmoid", lambda s: 0.5 * (1 + np.tanh(s / 2))).says(
    "Each score was squashed into 0 to 1 by itself (a sigmoid), so the classes of a case do not "
    "sum to 1. A probability depends on all scores of its case."
)
wrong("decision", lambda s: np.eye(s.shape[-1])[np.argmax(s, axis=-1)]).says(
    "The result has a 1 at the largest score of each case and 0 elsewhere. Softmax is not a "
    "decision: smaller scores keep a share."
)


@softmax.misconception(overwritten("s", "-"))
def overwrites(s):
    s -= np.max(s, axis=-1, keepdims=True)
    return _normalized(np.exp(s))


# --- cross_entropy ----------------------------------------------------------------------------

cross_entropy = Exercise(
    "cross_entropy", points=4, rtol=1e-6, atol=1e-9, forbids=(*FRAMEWORKS, "scipy")
)


def _probabilities(rng, cases, classes):
    """Draw rows that sum to 1, with no entry near 0."""
    raw = rng.uniform(0.2, 2.0, size=(cases, classes))
    return raw / raw.sum(axis=1, keepdims=True)


cross_entropy.example("the cat of the text: scores 2, 1, 0 after softmax, label 0")(
    lambda cross_entropy, rng: cross_entropy(np.array([0.66524096, 0.24472847, 0.09003057]), 0)
)


@cross_entropy.case("one case: a label, then a one-hot row", draws=2)
def one_case_both(cross_entropy, rng):
    p = _probabilities(rng, 1, 4)[0]
    k = int(rng.integers(1, 4))
    cross_entropy(p, k)
    cross_entropy(p, np.eye(4)[k])


cross_entropy.case("a batch with labels", draws=2)(
    lambda cross_entropy, rng: cross_entropy(_probabilities(rng, 5, 3), labels(rng, 5, 3))
)
cross_entropy.case("a batch with one-hot rows", draws=2)(
    lambda cross_entropy, rng: cross_entropy(
        _probabilities(rng, 5, 3), np.eye(3)[labels(rng, 5, 3)]
    )
)


@cross_entropy.case("probabilities of exactly 0 and 1", draws=2)
def zeros(cross_entropy, rng):
    p = _probabilities(rng, 4, 3)
    p[0] = [0.0, 1.0, 0.0]
    cross_entropy(p, np.eye(3)[[1, 0, 2, 1]])  # sure and right
    cross_entropy(p, np.array([2, 0, 2, 1]))  # sure and wrong


def _one_hot(p, t):
    """Return one-hot rows for labels as well as for one-hot rows."""
    t = np.asarray(t)
    return t if t.ndim == p.ndim else np.eye(p.shape[-1])[t]


def _true(p, t):
    """Return the probability of the true class of each case, shape (N,) or ()."""
    return np.sum(_one_hot(p, t) * p, axis=-1)


def _losses(p, t, floor=1e-7):
    """Return the loss of each case."""
    return -np.log(_true(p, t) + floor)


wrong = Wrong(cross_entropy)
wrong("summed", lambda p, t: np.sum(_losses(p, t))).says(
    "The losses of the cases were added up. The loss of a batch is their mean, so that it does "
    "not grow with the number of cases."
)
wrong("no_minus", lambda p, t: -np.mean(_losses(p, t))).says(
    "The sign is turned round: the logarithm of a probability is negative, and the loss is minus "
    "that."
)
wrong("no_floor", lambda p, t: np.mean(_losses(p, t, floor=0))).says(
    "Everything is right until the true class has probability 0: then the loss is infinite. A "
    "small number inside the logarithm prevents this; the text says which."
)
wrong(
    "zero_times_log_zero", lambda p, t: -np.mean(np.sum(_one_hot(p, t) * np.log(p), axis=-1))
).says(
    "A probability of 0 gave `nan`, although the class was not the true one: 0 times the "
    "logarithm of 0 is not a number. A small number inside the logarithm prevents this; the text "
    "says which."
)
for _floor in ("1e-06", "1e-08", "1e-09", "1e-10", "1e-12", "1e-15"):
    wrong(
        f"floor_{_floor}".replace("-", "_minus_"),
        lambda p, t, floor=float(_floor): np.mean(_losses(p, t, floor)),
    ).says(
        "A small number stands inside the logarithm, but another one than the docstring asks for: "
        "where the true class has probability 0 the loss comes out different."
    )
wrong("floor_1e_07", lambda p, t: np.mean(_losses(p, t, floor=1e7))).says(
    "Ten million was added inside the logarithm: `1e7`. What the docstring asks for is tiny; look "
    "at the sign of the exponent."
)
for _base in (2, 10):
    wrong(f"log{_base}", lambda p, t, base=_base: np.mean(_losses(p, t)) / np.log(base)).says(
        f"The logarithm to base {_base} was taken. The loss uses the natural logarithm, whose "
        "derivative is 1/x."
    )
wrong("mean_over_entries", lambda p, t: -np.mean(_one_hot(p, t) * np.log(p + 1e-7))).says(
    "The sum was divided by all N·C entries. Each case has one loss, so there are N numbers to "
    "average, not N·C."
)
wrong("one_case_divided", lambda p, t: np.sum(_losses(p, t)) / len(p)).says(
    "The loss of a single case was divided by the number of classes. With `p` of shape `(C,)` "
    "the first axis counts classes, not cases; N is 1."
)
wrong(
    "mean_over_classes",
    lambda p, t: np.sum(_losses(p, t)) / (1 if p.ndim == 1 else p.shape[1]),
).says(
    "The losses of a batch were divided by the number of classes C, or summed down the columns and "
    "then averaged. The mean goes over the N cases: look at the axes."
)
wrong(
    "roles_swapped", lambda p, t: -np.mean(np.sum(p * np.log(_one_hot(p, t) + 1e-7), axis=-1))
).says(
    "The probabilities and the targets have changed places: the logarithm of the targets was "
    "taken. The logarithm belongs to `p`."
)
wrong("first_case_only", lambda p, t: (each := np.atleast_1d(_losses(p, t)))[0] / len(each)).says(
    "Only the loss of the first case was counted, and divided by N. Does a loop end too early, "
    "with a `return` inside it?"
)
wrong("no_log", lambda p, t: -np.mean(_true(p, t))).says(
    "The result is minus the mean probability of the true class: the logarithm is missing."
)
wrong("one_minus_p", lambda p, t: np.mean(1 - _true(p, t))).says(
    "The result is the mean of 1 - p for the true class: how much is missing to 1, without a "
    "logarithm."
)
wrong("log_of_mean", lambda p, t: -np.log(np.mean(_true(p, t)) + 1e-7)).says(
    "The probabilities were averaged first, and the logarithm was taken of the mean. Each case "
    "has a loss of its own: first the logarithms, then their mean."
)
wrong("not_averaged", _losses).says(
    "The result holds one loss for each case. What is asked for is one number, their mean."
)
wrong(
    "labels_as_weights",
    lambda p, t: -np.sum(np.asarray(t) * np.log(p + 1e-7)) / (1 if p.ndim == 1 else len(p)),
).says(
    "Labels were used as if they were one-hot rows and multiplied with the logarithms. A label "
    "says *where* to look; it is not a weight."
)
wrong("formula_for_batches", lambda p, t: -np.sum(t * np.log(p + 1e-7)) / len(p)).says(
    "This is the formula for a batch of one-hot rows, and there it works. A label says *where* to "
    "look; it cannot be multiplied. And for one case the first axis of `p` counts classes, not "
    "cases."
)


@cross_entropy.misconception(
    "One-hot targets were used as positions. Labels work; a row such as (0, 1, 0) has to be "
    "turned into the number of its class first, or multiplied."
)
def labels_only(p, t):
    if p.ndim == 1:
        p, t = p.reshape(1, -1), np.reshape(t, (1, *np.shape(t)))
    return -np.mean(np.log(p[np.arange(len(p)), t] + 1e-7))


wrong(
    "picks_rows", lambda p, t: -np.mean(np.log(p[np.argmax(_one_hot(p, t), axis=-1)] + 1e-7))
).says(
    "Labels picked whole *rows* of `p`, and all their entries were averaged. A label is the "
    "number of a column; the row is the number of the case."
)
wrong(
    "all_labels_for_all",
    lambda p, t: -np.mean(np.log(p[..., np.argmax(_one_hot(p, t), axis=-1)] + 1e-7)),
).says(
    "For every case the probabilities of *all* cases' labels were taken, an N × N table. Each "
    "row needs only its own label: give NumPy a row number with every column number."
)
wrong("softmax_twice", lambda p, t: np.mean(_losses(reference.softmax(p), t))).says(
    "Softmax was applied to `p`, which holds probabilities already. A second softmax makes them "
    "too even."
)


@cross_entropy.misconception(
    "The wrong classes were counted too, with log(1 - p). That is the loss for yes-or-no "
    "questions; here only the true class counts."
)
def binary(p, t):
    t = _one_hot(p, t)
    each = t * np.log(p + 1e-7) + (1 - t) * np.log(1 - p + 1e-7)
    return -np.mean(np.sum(each, axis=-1))


wrong("largest_probability", lambda p, t: -np.mean(np.log(np.max(p, axis=-1) + 1e-7))).says(
    "The largest probability of each case was taken, whatever the target says. The loss looks at "
    "the probability of the *true* class."
)


# --- p - t, on paper --------------------------------------------------------------------------

p_minus_t = WrittenExercise("p_minus_t", points=4)

# --- softmax_cross_entropy_gradient -----------------------------------------------------------

softmax_cross_entropy_gradient = Exercise(
    "softmax_cross_entropy_gradient",
    points=4,
    rtol=1e-6,
    atol=1e-9,
    needs=("softmax",),
    forbids=(*FRAMEWORKS, "scipy"),
)

softmax_cross_entropy_gradient.example("the two cats of the text")(
    lambda gradient, rng: gradient(np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), np.array([0, 0]))
)
softmax_cross_entropy_gradient.case("a batch with labels", weight=1.5, draws=2)(
    lambda gradient, rng: gradient(rng.normal(0, 2, size=(5, 3)), labels(rng, 5, 3))
)
softmax_cross_entropy_gradient.case("a batch with one-hot rows", weight=1.5, draws=2)(
    lambda gradient, rng: gradient(rng.normal(0, 2, size=(6, 4)), np.eye(4)[labels(rng, 6, 4)])
)


@softmax_cross_entropy_gradient.case("scores near 1000 and near -1000", draws=2)
def gradient_large(softmax_cross_entropy_gradient, rng):
    level = np.array([[1000.0], [-1000.0], [0.0], [1000.0], [-1000.0]])
    softmax_cross_entropy_gradient(level + rng.normal(0, 2, size=(5, 3)), labels(rng, 5, 3))


def _p_minus_t(s, t):
    return reference.softmax(s) - _one_hot(s, t)


wrong = Wrong(softmax_cross_entropy_gradient, reference.softmax_cross_entropy_gradient)
wrong("summed_gradient", _p_minus_t).says(losses.SUMMED_GRADIENT)
wrong.changes("t_minus_p", lambda ds: -ds).says(losses.T_MINUS_P)
wrong("divided_by_classes", lambda s, t: _p_minus_t(s, t) / s.shape[1]).says(
    "p - t was divided by the number of classes C. The mean is over cases: the number of rows."
)
wrong("divided_by_entries", lambda s, t: _p_minus_t(s, t) / s.size).says(losses.DIVIDED_BY_ENTRIES)
wrong("half_divided", lambda s, t: reference.softmax(s) - _one_hot(s, t) / len(s)).says(
    losses.HALF_DIVIDED
)


@softmax_cross_entropy_gradient.misconception(
    "With labels, 1 was subtracted in whole *rows*. A label is the number of a column: give NumPy "
    "a row number with every column number."
)
def whole_rows(s, t):
    ones = np.zeros_like(s)
    ones[np.argmax(_one_hot(s, t), axis=1)] = 1
    return (reference.softmax(s) - ones) / len(s)


wrong("scores", lambda s, t: (s - _one_hot(s, t)) / len(s)).says(losses.SCORES_MINUS_T)
wrong("true_class_only", lambda s, t: _p_minus_t(s, t) * _one_hot(s, t) / len(s)).says(
    "Only the entry of the true class is filled, the others are 0. The scores of the wrong "
    "classes stand in the denominator of softmax, so they have a derivative too."
)
wrong("targets_forgotten", lambda s, t: reference.softmax(s) / len(s)).says(
    "The result is p / N: the targets were not subtracted. The true class should come out negative."
)
wrong("stops_at_probabilities", lambda s, t: -_one_hot(s, t) / reference.softmax(s) / len(s)).says(
    "This is the derivative of the loss with respect to the *probabilities*, -t/p. The chain "
    "goes on through softmax to the scores."
)
wrong(
    "softmax_counted_twice",
    lambda s, t: _p_minus_t(s, t) * (p := reference.softmax(s)) * (1 - p) / len(s),
).says(
    "p - t was multiplied by p(1 - p) once more. The derivative of softmax is contained in p - t "
    "already."
)


@softmax_cross_entropy_gradient.misconception(
    "1 was subtracted in whole columns, for every label in every row. Each row needs it at its "
    "own label only: give NumPy a row number with every column number."
)
def whole_columns(s, t):
    p = reference.softmax(s)
    p[:, np.argmax(_one_hot(s, t), axis=1)] -= 1
    return p / len(s)


wrong("one_hot_only", lambda s, t: (reference.softmax(s) - t) / len(s)).says(
    "One-hot rows work, labels do not: what is subtracted from the probabilities has not their "
    "shape `(N, C)`. Turn labels into one-hot rows of C numbers, or use them as positions."
)
wrong(
    "label_as_amount",
    lambda s, t: (reference.softmax(s) - np.argmax(_one_hot(s, t), axis=1)[:, np.newaxis]) / len(s),
).says(
    "The *number* of the label was subtracted from every probability of its row. Label 2 means "
    "column 2; it is not an amount."
)


@softmax_cross_entropy_gradient.misconception(
    "One-hot targets were used as positions. Labels work; with one-hot rows subtract them as "
    "they are, or turn them into labels first."
)
def positions_only(s, t):
    p = reference.softmax(s)
    p[np.arange(len(s)), t] -= 1
    return p / len(s)


wrong(
    "decision_minus_t",
    lambda s, t: (np.eye(s.shape[1])[np.argmax(s, axis=1)] - _one_hot(s, t)) / len(s),
).says(
    "A decision was compared with the targets: 1 at the largest score, 0 elsewhere. The gradient "
    "needs the probabilities themselves; a right decision can still be improved."
)
wrong("gradient_overflow", lambda s, t: (_normalized(np.exp(s)) - _one_hot(s, t)) / len(s)).says(
    "Near 1000 the result is `nan`, because `np.exp` met the scores as they are. Call your "
    "`softmax` instead of writing it a second time, or shift the scores first."
)
