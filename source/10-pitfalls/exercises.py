"""How lesson 10 is checked: cases, and the wrong versions that people really write.

The rows are drawn around a winner and its probability, so that it is known in advance which bin
they fall into, which are sure enough, and which of them are right.
"""

from itertools import pairwise

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise, WrittenExercise
from solutions import pitfalls as reference
from source.families import Wrong


def _rows(rng, winners, sure, classes):
    """Draw a row of probabilities for each winner, with the given largest probability.

    What the winner leaves is shared by the others, at random but nearly equally: none of them
    comes near a winner of 0.4 or more.
    """
    others = rng.uniform(0.8, 1.2, size=(len(winners), classes))
    others[np.arange(len(winners)), winners] = 0
    p = others / others.sum(axis=1, keepdims=True) * (1 - np.asarray(sure))[:, np.newaxis]
    p[np.arange(len(winners)), winners] = sure
    return p


# --- confidence -------------------------------------------------------------------------------

confidence = Exercise("confidence", points=2, rtol=1e-6, atol=1e-9)


_THREE = np.array([[0.1, 0.7, 0.2], [0.4, 0.25, 0.35], [0.0, 0.0, 1.0]])

confidence.example("the three pictures of the text")(lambda confidence, rng: confidence(_THREE))


@confidence.case("a batch", draws=2)
def confidence_batch(confidence, rng):
    winners = rng.permutation([0, 1, 2, 3, 2])
    confidence(_rows(rng, winners, rng.uniform(0.45, 0.95, size=5), 4))


@confidence.case("a batch of one case")
def confidence_one(confidence, rng):
    confidence(_rows(rng, np.array([1]), rng.uniform(0.5, 0.9, size=1), 3))


def _margin(p):
    ordered = np.sort(p, axis=1)
    return ordered[:, -1] - ordered[:, -2]


wrong = Wrong(confidence)
wrong("label", lambda p: np.argmax(p, axis=1)).says(
    "The result is the *number* of the most probable class, its label. The confidence is the "
    "probability of that class."
)
wrong("each_column", lambda p: np.max(p, axis=0)).says(
    "The largest probability of each *column* was taken: one number for each class. One case is a "
    "row, so the result has one number for each row: look at `axis`."
)
wrong("rows_by_label", lambda p: p[np.argmax(p, axis=1)]).says(
    "`p` with the labels as its only index gives whole *rows*, those with these numbers. The "
    "confidence is one number a case: the largest of its own row."
)
wrong("all_rows_by_label", lambda p: p[:, np.argmax(p, axis=1)]).says(
    "A colon beside the labels takes *all* rows for each label, so every case got as many numbers "
    "as there are cases. The confidence is one number a case: the largest of its own row."
)
wrong("whole_batch", lambda p: np.max(p)).says(
    "One number came out, the largest probability of the whole batch. Each row has a confidence "
    "of its own."
)
wrong("row_sum", lambda p: np.sum(p, axis=1)).says(
    "The probabilities of each row were added up. They always sum to 1; how sure the network is "
    "shows in the largest of them."
)
wrong("row_mean", lambda p: np.mean(p, axis=1)).says(
    "The mean of each row was taken. A row sums to 1, so that is 1/C for every case, sure or not."
)
wrong("smallest", lambda p: np.min(p, axis=1)).says(
    "The smallest probability of each row was taken: that of the class which the network believes "
    "in least."
)
wrong("second", lambda p: np.sort(p, axis=1)[:, -2]).says(
    "The second largest probability of each row was taken. The largest stands at the very end of "
    "a sorted row."
)
wrong("doubt", lambda p: 1 - np.max(p, axis=1)).says(
    "The result is 1 minus the largest probability of each row: how much the network doubts, not "
    "how sure it is."
)
wrong("margin", _margin).says(
    "The result is the lead of the most probable class over the second. That is a measure of its "
    "own, called margin; the confidence is the largest probability itself."
)
wrong("entropy", lambda p: -np.sum(p * np.log(p + 1e-7), axis=1)).says(
    "The result is the entropy of each row. It measures doubt: it is large where the network is "
    "not sure. The confidence is the largest probability."
)
wrong("column", lambda p: np.max(p, axis=1, keepdims=True)).says(
    "The numbers are right, but they stand in a column of shape `(N, 1)`. The result has shape "
    "`(N,)`: look at `keepdims`."
)
wrong(
    "softmax_twice", lambda p: np.max((e := np.exp(p)) / np.sum(e, axis=1, keepdims=True), axis=1)
).says(
    "Softmax was applied to `p`, which holds probabilities already. A second softmax makes them "
    "too even, and the confidence too small."
)
wrong("first_class", lambda p: p[:, 0]).says(
    "The probability of the first class was taken in every row, whichever class is the largest."
)


@confidence.misconception(
    "The results are right, but the probabilities that were given are no longer in their order. "
    "`p.sort()` sorts the caller's array; `np.sort(p)` makes a new one."
)
def sorts_in_place(p):
    p.sort(axis=1)
    return p[:, -1].copy()


# --- reject -----------------------------------------------------------------------------------

reject = Exercise("reject", points=3, rtol=1e-6, atol=1e-9, needs=("confidence",))


reject.example("the three pictures of the text, threshold 0.6")(
    lambda reject, rng: reject(_THREE, 0.6)
)


@reject.case("some sure, some not", weight=2, draws=2)
def mixed(reject, rng):
    winners = np.array([0, 1, 2, 3, 2, 0, 1])
    sure = np.array([0.9, 0.45, 0.8, 0.5, 0.55, 0.48, 0.85]) + rng.uniform(-0.02, 0.02, size=7)
    order = rng.permutation(7)
    reject(_rows(rng, winners[order], sure[order], 4), float(rng.uniform(0.6, 0.75)))


@reject.case("a confidence that equals the threshold", draws=2)
def equal(reject, rng):
    winners = rng.permutation([1, 2, 0, 1, 2])
    p = _rows(rng, winners, rng.permutation([0.5, 0.6, 0.7, 0.8, 0.9]), 3)
    reject(p, float(np.sort(np.max(p, axis=1))[2]))


@reject.case("a low threshold that two classes of a row reach", draws=2)
def two_reach(reject, rng):
    # In the first rows a class before the winner reaches the threshold as well.
    p = np.array(
        [
            [0.34, 0.05, 0.55, 0.06],
            [0.05, 0.36, 0.07, 0.52],
            [0.08, 0.50, 0.35, 0.07],
            [0.27, 0.24, 0.23, 0.26],
            [0.24, 0.28, 0.25, 0.23],
        ]
    )
    reject(p[rng.permutation(5)], float(rng.uniform(0.3, 0.33)))


@reject.case("thresholds that let everything through, and nothing")
def all_or_nothing(reject, rng):
    p = _rows(rng, rng.permutation([0, 1, 2, 2]), rng.uniform(0.45, 0.9, size=4), 3)
    reject(p, 0.0)
    reject(p, 1.0)


def _answer(p, threshold, sure=None, doubtful=-1, compared=None):
    """Answer with -1 where the confidence is below the threshold, or with something else there."""
    compared = np.max(p, axis=1) if compared is None else compared
    sure = np.argmax(p, axis=1) if sure is None else sure
    return np.where(compared < threshold, doubtful, sure)


wrong = Wrong(reject)
wrong("zero_for_rejected", lambda p, threshold: _answer(p, threshold, doubtful=0)).says(
    "Rejected cases got the label 0. That is a class like any other: nobody can tell a rejected "
    "case from a confident 0. The mark for no answer is -1."
)
wrong("not_strict", lambda p, threshold: _answer(p, np.nextafter(threshold, 2))).says(
    "Everything is right but for a confidence that *equals* the threshold: it was rejected. Only a "
    "confidence below the threshold is."
)
wrong(
    "inverted", lambda p, threshold: _answer(p, threshold, sure=-1, doubtful=np.argmax(p, axis=1))
).says("It is the wrong way round: the sure cases were rejected, and the doubtful ones answered.")
wrong("gives_confidence", lambda p, threshold: _answer(p, threshold, sure=np.max(p, axis=1))).says(
    "Sure cases got their confidence. What is asked for is the answer itself, the label of the "
    "most probable class."
)
for _name, _change, _which in (
    ("mask_of_sure", lambda answers: answers != -1, "sure enough"),
    ("mask_of_rejected", lambda answers: answers == -1, "rejected"),
):
    wrong(_name, lambda p, threshold, change=_change: change(_answer(p, threshold))).says(
        f"The result says which cases are {_which}, True or False. What is asked for is the label "
        "of each case, or -1."
    )
wrong("left_out", lambda p, threshold: (k := _answer(p, threshold))[k != -1]).says(
    "Rejected cases were left out, so the result is shorter than the batch, and nobody knows which "
    "answer belongs to which case. They keep their place, marked with -1."
)
wrong("positions", lambda p, threshold: np.flatnonzero(_answer(p, threshold) != -1)).says(
    "The result holds the *positions* of the cases that are sure enough. What is asked for is one "
    "label for every case of the batch, or -1."
)
wrong(
    "none_for_rejected",
    lambda p, threshold: [None if k == -1 else int(k) for k in _answer(p, threshold)],
).says(
    "Rejected cases got `None`, which NumPy cannot calculate or compare with. The mark for no "
    "answer is the number -1."
)
wrong("nan_for_rejected", lambda p, threshold: _answer(p, threshold, doubtful=np.nan)).says(
    "Rejected cases got `nan`. Labels are whole numbers; the mark for no answer is -1."
)
wrong("any_below", lambda p, threshold: _answer(p, threshold, compared=np.min(p, axis=1))).says(
    "A case was rejected where *any* of its probabilities is below the threshold. The small ones "
    "always are; only the largest of a row counts."
)
wrong(
    "first_to_reach",
    lambda p, threshold: _answer(p, threshold, sure=np.argmax(p >= threshold, axis=1)),
).says(
    "The *first* class that reaches the threshold was answered. Where the threshold is low, "
    "several do; the answer is the most probable of them."
)
wrong("argmax_of_comparison", lambda p, threshold: np.argmax(p >= threshold, axis=1)).says(
    "Two things happened. The *first* class that reaches the threshold was answered, not the most "
    "probable. And where none does, the answer is 0: `argmax` of a row of False. The mark for no "
    "answer is -1."
)
wrong(
    "batch_decides", lambda p, threshold: _answer(p, threshold, compared=np.mean(np.max(p, axis=1)))
).says(
    "The mean confidence of the batch was compared with the threshold, so all cases were answered "
    "or all rejected. Each case is decided by itself."
)
wrong("always_half", lambda p, threshold: _answer(p, 0.5)).says(
    "The cases were compared with 0.5, whatever `threshold` says. The argument is not used."
)
wrong("margin_decides", lambda p, threshold: _answer(p, threshold, compared=_margin(p))).says(
    "The lead over the second class was compared with the threshold. It is the largest probability "
    "itself that has to reach it."
)
wrong("each_class", lambda p, threshold: _answer(p.T, threshold)).says(
    "Maximum and label were taken along the columns: one answer for each class. One case is a row: "
    "look at `axis`."
)
wrong("argmax_of_batch", lambda p, threshold: _answer(p, threshold, sure=np.argmax(p))).says(
    "All sure cases got the same number: `argmax` without `axis` looks for one largest element in "
    "the whole batch. Each row has an answer of its own."
)
wrong("each_probability", lambda p, threshold: _answer(p, threshold, compared=p)).says(
    "Every single probability was compared with the threshold, so there is a whole row for each "
    "case, or shapes that do not fit. Compare one number a case, its confidence."
)
wrong("never_rejects", lambda p, threshold: np.argmax(p, axis=1)).says(
    "Every case got its label, sure or not: nothing was rejected."
)
wrong(
    "one_hot_answers",
    lambda p, threshold: _answer(
        p,
        threshold,
        sure=np.eye(p.shape[1])[np.argmax(p, axis=1)],
        compared=np.max(p, axis=1, keepdims=True),
    ),
).says(
    "The result has a row for every case, with one-hot answers. What is asked for is the number of "
    "the class, or -1."
)


@reject.misconception(
    "The labels are right, but the probabilities of rejected cases have been overwritten. Whoever "
    "called the function still needs them: change the labels, or a copy."
)
def overwrites(p, threshold):
    answers = _answer(p, threshold)
    p[answers == -1] = 0
    return answers


# --- calibration_error ------------------------------------------------------------------------

calibration_error = Exercise(
    "calibration_error",
    points=5,
    rtol=1e-6,
    atol=1e-9,
    needs=("confidence",),
    forbids=(*FRAMEWORKS, "scipy"),
)


def _promises(rng, groups, classes, one_hot=False):
    """Draw p and t in a random order from groups (lowest, highest confidence, cases, right)."""
    sure = np.concatenate([rng.uniform(low, high, size=n) for low, high, n, _ in groups])
    right = np.concatenate([np.arange(n) < correct for _, _, n, correct in groups])
    return _cases(rng, sure, right, classes, one_hot)


def _cases(rng, sure, right, classes, one_hot=False):
    """Draw p and t in a random order, given the confidence of each case and whether it is right."""
    order = rng.permutation(len(sure))
    sure, right = sure[order], right[order]
    winners = rng.integers(classes, size=len(sure))
    t = np.where(right, winners, (winners + rng.integers(1, classes, size=len(sure))) % classes)
    return _rows(rng, winners, sure, classes), np.eye(classes)[t] if one_hot else t


# Bins that promise too much and bins that promise too little, empty bins between them, and not
# the same number of cases in each.
_TOO_SURE = [
    (0.42, 0.48, 3, 2),
    (0.62, 0.68, 5, 2),
    (0.72, 0.78, 2, 1),
    (0.91, 0.99, 8, 4),
]
_NOT_SURE_ENOUGH = [
    (0.42, 0.58, 6, 5),
    (0.62, 0.78, 4, 2),
    (0.82, 0.97, 5, 5),
]


@calibration_error.example("the ten answers of the text, with 5 bins")
def text_ten(calibration_error, rng):
    sure = np.array([0.55, 0.6, 0.65, 0.7, 0.8, 0.85, 0.9, 0.95, 0.95, 1.0])
    right = np.array([1, 0, 1, 1, 1, 1, 1, 0, 1, 1])
    calibration_error(np.stack([sure, 1 - sure], axis=1), 1 - right, 5)


calibration_error.case("labels, ten bins, a network that is too sure", weight=2, draws=2)(
    lambda calibration_error, rng: calibration_error(*_promises(rng, _TOO_SURE, 4))
)


calibration_error.case("one-hot rows, five bins, a network that is not sure enough", draws=2)(
    lambda calibration_error, rng: calibration_error(
        *_promises(rng, _NOT_SURE_ENOUGH, 4, one_hot=True), bins=5
    )
)


@calibration_error.case("confidences on the edge of a bin, and exactly 1", draws=2)
def edges(calibration_error, rng):
    # Powers of one half, which a float holds exactly, as it does the edges of four bins.
    sure = np.concatenate([[0.5, 0.5, 0.75, 0.75, 1.0, 1.0], rng.uniform(0.55, 0.95, size=4)])
    right = np.array([True, True, False, False, True, False, True, False, True, True])
    calibration_error(*_cases(rng, sure, right, 3), bins=4)


calibration_error.case("two bins, both with cases", draws=2)(
    lambda calibration_error, rng: calibration_error(*_promises(rng, _TOO_SURE, 4), bins=2)
)


def _labels(p, t):
    return np.argmax(t, axis=1) if np.ndim(t) == 2 else t


def _sure(p, t):
    return np.max(p, axis=1)


def _right(p, t):
    return np.argmax(p, axis=1) == _labels(p, t)


def _within(ends, lower=np.less, upper=np.less_equal):
    """Return what finds the cases of each bin between the ends, (lower, upper] if nothing else."""
    return lambda sure: [lower(a, sure) & upper(sure, b) for a, b in pairwise(ends)]


def _ends(bins):
    return np.linspace(0, 1, bins + 1)


def _parts(sure, right, cases):
    """Return share, accuracy and mean confidence of each bin that is not empty."""
    return [
        (np.mean(inside), np.mean(right[inside]), np.mean(sure[inside]))
        for inside in cases(sure)
        if inside.any()
    ]


def _weighted(parts):
    return float(sum(share * abs(accuracy - mean) for share, accuracy, mean in parts))


def _summed_up(name, summary):
    """Declare a `summary` of the right parts other than the weighted mean of their gaps."""
    return wrong(
        name,
        lambda p, t, bins=10: summary(_parts(_sure(p, t), _right(p, t), _within(_ends(bins)))),
    )


def _cut(name, cases):
    """Declare other bins: `cases(p, bins)` returns what finds the cases of each."""
    return wrong(
        name,
        lambda p, t, bins=10: _weighted(_parts(_sure(p, t), _right(p, t), cases(p, bins))),
    )


def _measured(name, sure, right):
    """Declare another confidence or another accuracy, functions of p and t."""
    return wrong(
        name,
        lambda p, t, bins=10: _weighted(_parts(sure(p, t), right(p, t), _within(_ends(bins)))),
    )


wrong = Wrong(calibration_error)
_cut("closed_below", lambda p, bins: _within(_ends(bins), np.less_equal, np.less)).says(
    "A confidence on the edge of two bins went into the upper one, and a confidence of exactly 1 "
    "into none. A bin contains its upper end, not its lower: (lower, upper]."
)
_cut(
    "closed_below_with_one",
    lambda p, bins: (
        lambda sure: [np.minimum((sure * bins).astype(int), bins - 1) == k for k in range(bins)]
    ),
).says(
    "A confidence on the edge of two bins went into the upper one. A bin contains its upper end, "
    "not its lower: (lower, upper]."
)
_cut("closed_on_both_sides", lambda p, bins: _within(_ends(bins), np.less_equal)).says(
    "A confidence on the edge of two bins was counted in both of them. A bin contains its upper "
    "end, not its lower: (lower, upper]."
)
_cut("open_on_both_sides", lambda p, bins: _within(_ends(bins), upper=np.less)).says(
    "A confidence on the edge of two bins was counted in none of them. A bin contains its upper "
    "end: (lower, upper]."
)
_summed_up("bins_alike", lambda parts: float(np.mean([abs(a - m) for _, a, m in parts]))).says(
    "Every bin that is not empty counted the same, a bin with one case as much as a bin with a "
    "hundred. Each bin counts as much as its share of the cases."
)
wrong(
    "all_bins_alike",
    lambda p, t, bins=10: float(
        sum(abs(a - m) for _, a, m in _parts(_sure(p, t), _right(p, t), _within(_ends(bins))))
        / bins
    ),
).says(
    "The gaps were added up and divided by the number of bins, empty ones included. Each bin "
    "counts as much as its share of the cases."
)
_summed_up("signed", lambda parts: float(sum(s * (a - m) for s, a, m in parts))).says(
    "The gaps kept their sign, so bins that promise too much and bins that promise too little "
    "cancel. Take the gap of each bin without its sign."
)
_summed_up("signed_other_way", lambda parts: float(sum(s * (m - a) for s, a, m in parts))).says(
    "The gaps, confidence minus accuracy, kept their sign, so bins that promise too much and bins "
    "that promise too little cancel. Take the gap of each bin without its sign."
)
_summed_up("one_bin", lambda parts: float(abs(sum(s * (a - m) for s, a, m in parts)))).says(
    "The overall accuracy was compared with the overall mean confidence. There a sure mistake and "
    "a doubtful hit cancel; the comparison is made in each bin."
)
_summed_up("largest_gap", lambda parts: float(max(abs(a - m) for _, a, m in parts))).says(
    "The largest gap was taken. That is the *maximum* calibration error; the expected one is the "
    "mean of the gaps, with each bin's share of the cases as its weight."
)
wrong("not_divided", lambda p, t, bins=10: len(p) * reference.calibration_error(p, t, bins)).says(
    "The gap of each bin was multiplied by its number of cases and not divided by N. The result "
    "is N times too large."
)
_summed_up("gaps_added", lambda parts: float(sum(abs(a - m) for _, a, m in parts))).says(
    "The gaps were added up as they are. Each of them has to be weighted with its bin's share of "
    "the cases."
)
_summed_up("squared", lambda parts: float(sum(s * (a - m) ** 2 for s, a, m in parts))).says(
    "The gaps were squared. The expected calibration error takes them without the sign, but not "
    "squared."
)
_summed_up(
    "root_of_squares", lambda parts: float(np.sqrt(sum(s * (a - m) ** 2 for s, a, m in parts)))
).says(
    "The root of the mean squared gap was taken, in which large gaps count more. The expected "
    "calibration error is the mean of the gaps without their sign."
)
wrong("each_case", lambda p, t, bins=10: float(np.mean(np.abs(_right(p, t) - _sure(p, t))))).says(
    "Each *case* was compared with its confidence, and the differences were averaged. A single "
    "case is right or wrong, so it never agrees; only the accuracy of a bin can be compared."
)
_measured("true_class", lambda p, t: p[np.arange(len(p)), _labels(p, t)], _right).says(
    "The probability of the *true* class was used as confidence. The network does not know the "
    "true class: its confidence is the largest probability of the row."
)
_measured(
    "all_classes",
    lambda p, t: p.ravel(),
    lambda p, t: (np.arange(p.shape[1]) == _labels(p, t)[:, np.newaxis]).ravel(),
).says(
    "All N·C probabilities were put into bins, those of the classes not answered too. Each case "
    "has one confidence, its largest probability."
)


@calibration_error.misconception(
    "The accuracy of each bin was compared with the middle of the bin. It belongs beside the mean "
    "confidence of the cases that are in it."
)
def middle_of_bin(p, t, bins=10):
    middles = (np.ceil(_sure(p, t) * bins) - 0.5) / bins
    return _weighted(_parts(middles, _right(p, t), _within(_ends(bins))))


_cut(
    "bins_of_the_batch",
    lambda p, bins: (
        lambda sure: _within(
            np.linspace(np.min(sure), np.max(sure), bins + 1) - 1e-9 * np.eye(bins + 1)[0]
        )(sure)
    ),
).says(
    "The bins reach from the smallest confidence of the batch to the largest. They are to cut the "
    "whole range from 0 to 1, so that two networks are measured with the same bins."
)
_cut("bins_from_chance", lambda p, bins: _within(np.linspace(1 / p.shape[1], 1, bins + 1))).says(
    "The bins begin at 1/C, the smallest confidence that there can be. They are to cut the whole "
    "range from 0 to 1, empty bins included."
)
_cut(
    "equal_numbers",
    lambda p, bins: (
        lambda sure: [
            np.isin(np.arange(len(sure)), piece) for piece in np.array_split(np.argsort(sure), bins)
        ]
    ),
).says(
    "The cases were sorted and cut into bins of equal *numbers*. The bins are of equal width, "
    "however many cases they hold."
)
_cut("without_first_bin", lambda p, bins: _within(_ends(bins)[1:])).says(
    "The first bin was left out: it begins at 0, and counting begins with 0 too. With few bins it "
    "holds cases."
)
_cut("first_bin_only", lambda p, bins: _within(_ends(bins)[:2])).says(
    "Only the first bin was counted, with cases or without. A `return` inside the loop ends it "
    "after its first turn."
)
_summed_up("first_full_bin_only", lambda parts: _weighted(parts[:1])).says(
    "Only the first bin with cases was counted. A `return` inside the loop ends it before the "
    "other bins have their turn."
)
_cut("always_ten", lambda p, bins: _within(_ends(10))).says(
    "There were ten bins, whatever `bins` says: it is not used."
)
_cut("one_bin_too_few", lambda p, bins: _within(_ends(bins - 1))).says(
    "There is one bin too few: `bins` numbers from 0 to 1 are the ends of `bins - 1` bins."
)


@calibration_error.misconception(
    "The result is `nan`: the mean of an empty bin was taken. A bin without cases has no gap and "
    "counts nothing."
)
def empty_bins(p, t, bins=10):
    sure, right = _sure(p, t), _right(p, t)
    cases = np.array(_within(_ends(bins))(sure), dtype=float)
    gaps = np.abs(cases @ right - cases @ sure) / np.sum(cases, axis=1)
    return float(np.sum(np.mean(cases, axis=1) * gaps))


wrong("accuracy_only", lambda p, t, bins=10: float(np.mean(_right(p, t)))).says(
    "The result is the share of right answers, the accuracy. It says nothing about whether the "
    "confidence promised as much."
)
wrong("promises_only", lambda p, t, bins=10: float(np.mean(_sure(p, t)))).says(
    "The result is the mean confidence: what the network promised. It has to be compared with what "
    "it kept, the accuracy, in each bin."
)
wrong("error_rate", lambda p, t, bins=10: float(np.mean(~_right(p, t)))).says(
    "The result is the share of wrong answers. A network may be wrong often and still be honest "
    "about it: compare accuracy and mean confidence in each bin."
)
_summed_up("percent", lambda parts: 100 * _weighted(parts)).says(
    "The result is a percentage, 100 times too large. Accuracy and confidence are shares between 0 "
    "and 1 here."
)
_summed_up("not_added", lambda parts: np.array([s * abs(a - m) for s, a, m in parts])).says(
    "The result holds one number for each bin. What is asked for is one number, the weighted mean "
    "of the gaps."
)
_measured("labels_only", _sure, lambda p, t: np.argmax(p, axis=1) == t).says(
    "Labels work; one-hot rows of shape `(N, C)` were compared with labels of shape `(N,)`. Turn "
    "one-hot rows into labels first."
)
_measured("one_hot_only", _sure, lambda p, t: np.argmax(p, axis=1) == np.argmax(t, axis=1)).says(
    "One-hot rows work; with labels of shape `(N,)` there is no second axis to take `argmax` "
    "along. Look at the number of axes of `t` first."
)


# --- sure and wrong, on paper -----------------------------------------------------------------

sure_and_wrong = WrittenExercise("sure_and_wrong", points=6)
