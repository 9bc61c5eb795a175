"""How lesson 10 is checked: cases, and the wrong versions that people really write.

The rows are drawn around a winner and its probability, so that it is known in advance which bin
they fall into, which are sure enough, and which of them are right.
"""

from itertools import pairwise

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise, WrittenExercise


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


@confidence.example("the three pictures of the text")
def text_three(confidence, rng):
    confidence(np.array([[0.1, 0.7, 0.2], [0.4, 0.25, 0.35], [0.0, 0.0, 1.0]]))


@confidence.case("a batch", draws=2)
def confidence_batch(confidence, rng):
    winners = rng.permutation([0, 1, 2, 3, 2])
    confidence(_rows(rng, winners, rng.uniform(0.45, 0.95, size=5), 4))


@confidence.case("a batch of one case")
def confidence_one(confidence, rng):
    confidence(_rows(rng, np.array([1]), rng.uniform(0.5, 0.9, size=1), 3))


@confidence.misconception(
    "The result is the *number* of the most probable class, its label. The confidence is the "
    "probability of that class."
)
def label(p):
    return np.argmax(p, axis=1)


@confidence.misconception(
    "The largest probability of each *column* was taken: one number for each class. One case is a "
    "row, so the result has one number for each row: look at `axis`."
)
def each_column(p):
    return np.max(p, axis=0)


@confidence.misconception(
    "`p` with the labels as its only index gives whole *rows*, those with these numbers. The "
    "confidence is one number a case: the largest of its own row."
)
def rows_by_label(p):
    return p[np.argmax(p, axis=1)]


@confidence.misconception(
    "A colon beside the labels takes *all* rows for each label, so every case got as many numbers "
    "as there are cases. The confidence is one number a case: the largest of its own row."
)
def all_rows_by_label(p):
    return p[:, np.argmax(p, axis=1)]


@confidence.misconception(
    "One number came out, the largest probability of the whole batch. Each row has a confidence "
    "of its own."
)
def whole_batch(p):
    return np.max(p)


@confidence.misconception(
    "The probabilities of each row were added up. They always sum to 1; how sure the network is "
    "shows in the largest of them."
)
def row_sum(p):
    return np.sum(p, axis=1)


@confidence.misconception(
    "The mean of each row was taken. A row sums to 1, so that is 1/C for every case, sure or not."
)
def row_mean(p):
    return np.mean(p, axis=1)


@confidence.misconception(
    "The smallest probability of each row was taken: that of the class which the network believes "
    "in least."
)
def smallest(p):
    return np.min(p, axis=1)


@confidence.misconception(
    "The second largest probability of each row was taken. The largest stands at the very end of "
    "a sorted row."
)
def second(p):
    return np.sort(p, axis=1)[:, -2]


@confidence.misconception(
    "The result is 1 minus the largest probability of each row: how much the network doubts, not "
    "how sure it is."
)
def doubt(p):
    return 1 - np.max(p, axis=1)


@confidence.misconception(
    "The result is the lead of the most probable class over the second. That is a measure of its "
    "own, called margin; the confidence is the largest probability itself."
)
def margin(p):
    ordered = np.sort(p, axis=1)
    return ordered[:, -1] - ordered[:, -2]


@confidence.misconception(
    "The result is the entropy of each row. It measures doubt: it is large where the network is "
    "not sure. The confidence is the largest probability."
)
def entropy(p):
    return -np.sum(p * np.log(p + 1e-7), axis=1)


@confidence.misconception(
    "The numbers are right, but they stand in a column of shape `(N, 1)`. The result has shape "
    "`(N,)`: look at `keepdims`."
)
def column(p):
    return np.max(p, axis=1, keepdims=True)


@confidence.misconception(
    "Softmax was applied to `p`, which holds probabilities already. A second softmax makes them "
    "too even, and the confidence too small."
)
def softmax_twice(p):
    e = np.exp(p)
    return np.max(e / np.sum(e, axis=1, keepdims=True), axis=1)


@confidence.misconception(
    "The probability of the first class was taken in every row, whichever class is the largest."
)
def first_class(p):
    return p[:, 0]


@confidence.misconception(
    "The results are right, but the probabilities that were given are no longer in their order. "
    "`p.sort()` sorts the caller's array; `np.sort(p)` makes a new one."
)
def sorts_in_place(p):
    p.sort(axis=1)
    return p[:, -1].copy()


# --- reject -----------------------------------------------------------------------------------

reject = Exercise("reject", points=3, rtol=1e-6, atol=1e-9, needs=("confidence",))


@reject.example("the three pictures of the text, threshold 0.6")
def text_threshold(reject, rng):
    reject(np.array([[0.1, 0.7, 0.2], [0.4, 0.25, 0.35], [0.0, 0.0, 1.0]]), 0.6)


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


def _answers(p, threshold):
    return np.argmax(p, axis=1), np.max(p, axis=1) < threshold


@reject.misconception(
    "Rejected cases got the label 0. That is a class like any other: nobody can tell a rejected "
    "case from a confident 0. The mark for no answer is -1."
)
def zero_for_rejected(p, threshold):
    labels, doubtful = _answers(p, threshold)
    return np.where(doubtful, 0, labels)


@reject.misconception(
    "Everything is right but for a confidence that *equals* the threshold: it was rejected. Only a "
    "confidence below the threshold is."
)
def not_strict(p, threshold):
    return np.where(np.max(p, axis=1) <= threshold, -1, np.argmax(p, axis=1))


@reject.misconception(
    "It is the wrong way round: the sure cases were rejected, and the doubtful ones answered."
)
def inverted(p, threshold):
    labels, doubtful = _answers(p, threshold)
    return np.where(doubtful, labels, -1)


@reject.misconception(
    "Sure cases got their confidence. What is asked for is the answer itself, the label of the "
    "most probable class."
)
def gives_confidence(p, threshold):
    _, doubtful = _answers(p, threshold)
    return np.where(doubtful, -1, np.max(p, axis=1))


@reject.misconception(
    "The result says which cases are sure enough, True or False. What is asked for is the label "
    "of each case, or -1."
)
def mask_of_sure(p, threshold):
    return np.max(p, axis=1) >= threshold


@reject.misconception(
    "The result says which cases are rejected, True or False. What is asked for is the label of "
    "each case, or -1."
)
def mask_of_rejected(p, threshold):
    return np.max(p, axis=1) < threshold


@reject.misconception(
    "Rejected cases were left out, so the result is shorter than the batch, and nobody knows which "
    "answer belongs to which case. They keep their place, marked with -1."
)
def left_out(p, threshold):
    labels, doubtful = _answers(p, threshold)
    return labels[~doubtful]


@reject.misconception(
    "The result holds the *positions* of the cases that are sure enough. What is asked for is one "
    "label for every case of the batch, or -1."
)
def positions(p, threshold):
    return np.flatnonzero(np.max(p, axis=1) >= threshold)


@reject.misconception(
    "Rejected cases got `None`, which NumPy cannot calculate or compare with. The mark for no "
    "answer is the number -1."
)
def none_for_rejected(p, threshold):
    labels, doubtful = _answers(p, threshold)
    return [None if no else int(k) for k, no in zip(labels, doubtful, strict=True)]


@reject.misconception(
    "Rejected cases got `nan`. Labels are whole numbers; the mark for no answer is -1."
)
def nan_for_rejected(p, threshold):
    labels, doubtful = _answers(p, threshold)
    return np.where(doubtful, np.nan, labels)


@reject.misconception(
    "A case was rejected where *any* of its probabilities is below the threshold. The small ones "
    "always are; only the largest of a row counts."
)
def any_below(p, threshold):
    return np.where(np.any(p < threshold, axis=1), -1, np.argmax(p, axis=1))


@reject.misconception(
    "The *first* class that reaches the threshold was answered. Where the threshold is low, "
    "several do; the answer is the most probable of them."
)
def first_to_reach(p, threshold):
    reached = p >= threshold
    return np.where(np.any(reached, axis=1), np.argmax(reached, axis=1), -1)


@reject.misconception(
    "Two things happened. The *first* class that reaches the threshold was answered, not the most "
    "probable. And where none does, the answer is 0: `argmax` of a row of False. The mark for no "
    "answer is -1."
)
def argmax_of_comparison(p, threshold):
    return np.argmax(p >= threshold, axis=1)


@reject.misconception(
    "The mean confidence of the batch was compared with the threshold, so all cases were answered "
    "or all rejected. Each case is decided by itself."
)
def batch_decides(p, threshold):
    return np.where(np.mean(np.max(p, axis=1)) < threshold, -1, np.argmax(p, axis=1))


@reject.misconception(
    "The cases were compared with 0.5, whatever `threshold` says. The argument is not used."
)
def always_half(p, threshold):
    return np.where(np.max(p, axis=1) < 0.5, -1, np.argmax(p, axis=1))


@reject.misconception(
    "The lead over the second class was compared with the threshold. It is the largest probability "
    "itself that has to reach it."
)
def margin_decides(p, threshold):
    ordered = np.sort(p, axis=1)
    return np.where(ordered[:, -1] - ordered[:, -2] < threshold, -1, np.argmax(p, axis=1))


@reject.misconception(
    "Maximum and label were taken along the columns: one answer for each class. One case is a row: "
    "look at `axis`."
)
def each_class(p, threshold):
    return np.where(np.max(p, axis=0) < threshold, -1, np.argmax(p, axis=0))


@reject.misconception(
    "All sure cases got the same number: `argmax` without `axis` looks for one largest element in "
    "the whole batch. Each row has an answer of its own."
)
def argmax_of_batch(p, threshold):
    return np.where(np.max(p, axis=1) < threshold, -1, np.argmax(p))


@reject.misconception(
    "Every single probability was compared with the threshold, so there is a whole row for each "
    "case, or shapes that do not fit. Compare one number a case, its confidence."
)
def each_probability(p, threshold):
    return np.where(p >= threshold, np.argmax(p, axis=1), -1)


@reject.misconception("Every case got its label, sure or not: nothing was rejected.")
def never_rejects(p, threshold):
    return np.argmax(p, axis=1)


@reject.misconception(
    "The result has a row for every case, with one-hot answers. What is asked for is the number of "
    "the class, or -1."
)
def one_hot_answers(p, threshold):
    labels, doubtful = _answers(p, threshold)
    rows = np.eye(p.shape[1])[labels]
    rows[doubtful] = -1
    return rows


@reject.misconception(
    "The labels are right, but the probabilities of rejected cases have been overwritten. Whoever "
    "called the function still needs them: change the labels, or a copy."
)
def overwrites(p, threshold):
    labels, doubtful = _answers(p, threshold)
    p[doubtful] = 0
    return np.where(p.sum(axis=1) == 0, -1, labels)


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


@calibration_error.case("labels, ten bins, a network that is too sure", weight=2, draws=2)
def labels_too_sure(calibration_error, rng):
    calibration_error(*_promises(rng, _TOO_SURE, 4))


@calibration_error.case("one-hot rows, five bins, a network that is not sure enough", draws=2)
def one_hot_not_sure(calibration_error, rng):
    calibration_error(*_promises(rng, _NOT_SURE_ENOUGH, 4, one_hot=True), bins=5)


@calibration_error.case("confidences on the edge of a bin, and exactly 1", draws=2)
def edges(calibration_error, rng):
    # Powers of one half, which a float holds exactly, as it does the edges of four bins.
    sure = np.concatenate([[0.5, 0.5, 0.75, 0.75, 1.0, 1.0], rng.uniform(0.55, 0.95, size=4)])
    right = np.array([True, True, False, False, True, False, True, False, True, True])
    calibration_error(*_cases(rng, sure, right, 3), bins=4)


@calibration_error.case("two bins, both with cases", draws=2)
def two_bins(calibration_error, rng):
    calibration_error(*_promises(rng, _TOO_SURE, 4), bins=2)


def _right(p, t):
    labels = np.argmax(t, axis=1) if np.ndim(t) == 2 else t
    return np.argmax(p, axis=1) == labels


def _by_bin(inside_bins, sure, right):
    """Return share, accuracy and mean confidence of each bin that is not empty."""
    return [
        (np.mean(inside), np.mean(right[inside]), np.mean(sure[inside]))
        for inside in inside_bins
        if inside.any()
    ]


def _half_open(sure, bins):
    """Return the cases of each bin (lower, upper]."""
    ends = np.linspace(0, 1, bins + 1)
    return [(a < sure) & (sure <= b) for a, b in pairwise(ends)]


def _parts(p, t, bins):
    sure = np.max(p, axis=1)
    return _by_bin(_half_open(sure, bins), sure, _right(p, t))


def _weighted(parts):
    return float(sum(share * abs(accuracy - mean) for share, accuracy, mean in parts))


def _with_bins(inside_bins, p, t):
    return _weighted(_by_bin(inside_bins, np.max(p, axis=1), _right(p, t)))


@calibration_error.misconception(
    "A confidence on the edge of two bins went into the upper one, and a confidence of exactly 1 "
    "into none. A bin contains its upper end, not its lower: (lower, upper]."
)
def closed_below(p, t, bins=10):
    sure, ends = np.max(p, axis=1), np.linspace(0, 1, bins + 1)
    return _with_bins([(a <= sure) & (sure < b) for a, b in pairwise(ends)], p, t)


@calibration_error.misconception(
    "A confidence on the edge of two bins went into the upper one. A bin contains its upper end, "
    "not its lower: (lower, upper]."
)
def closed_below_with_one(p, t, bins=10):
    number = np.minimum((np.max(p, axis=1) * bins).astype(int), bins - 1)
    return _with_bins([number == k for k in range(bins)], p, t)


@calibration_error.misconception(
    "A confidence on the edge of two bins was counted in both of them. A bin contains its upper "
    "end, not its lower: (lower, upper]."
)
def closed_on_both_sides(p, t, bins=10):
    sure, ends = np.max(p, axis=1), np.linspace(0, 1, bins + 1)
    return _with_bins([(a <= sure) & (sure <= b) for a, b in pairwise(ends)], p, t)


@calibration_error.misconception(
    "A confidence on the edge of two bins was counted in none of them. A bin contains its upper "
    "end: (lower, upper]."
)
def open_on_both_sides(p, t, bins=10):
    sure, ends = np.max(p, axis=1), np.linspace(0, 1, bins + 1)
    return _with_bins([(a < sure) & (sure < b) for a, b in pairwise(ends)], p, t)


@calibration_error.misconception(
    "Every bin that is not empty counted the same, a bin with one case as much as a bin with a "
    "hundred. Each bin counts as much as its share of the cases."
)
def bins_alike(p, t, bins=10):
    return float(np.mean([abs(accuracy - mean) for _, accuracy, mean in _parts(p, t, bins)]))


@calibration_error.misconception(
    "The gaps were added up and divided by the number of bins, empty ones included. Each bin "
    "counts as much as its share of the cases."
)
def all_bins_alike(p, t, bins=10):
    return float(sum(abs(a - m) for _, a, m in _parts(p, t, bins)) / bins)


@calibration_error.misconception(
    "The gaps kept their sign, so bins that promise too much and bins that promise too little "
    "cancel. Take the gap of each bin without its sign."
)
def signed(p, t, bins=10):
    return float(sum(share * (accuracy - mean) for share, accuracy, mean in _parts(p, t, bins)))


@calibration_error.misconception(
    "The gaps, confidence minus accuracy, kept their sign, so bins that promise too much and bins "
    "that promise too little cancel. Take the gap of each bin without its sign."
)
def signed_other_way(p, t, bins=10):
    return -signed(p, t, bins)


@calibration_error.misconception(
    "The overall accuracy was compared with the overall mean confidence. There a sure mistake and "
    "a doubtful hit cancel; the comparison is made in each bin."
)
def one_bin(p, t, bins=10):
    return abs(signed(p, t, bins))


@calibration_error.misconception(
    "The largest gap was taken. That is the *maximum* calibration error; the expected one is the "
    "mean of the gaps, with each bin's share of the cases as its weight."
)
def largest_gap(p, t, bins=10):
    return float(max(abs(accuracy - mean) for _, accuracy, mean in _parts(p, t, bins)))


@calibration_error.misconception(
    "The gap of each bin was multiplied by its number of cases and not divided by N. The result "
    "is N times too large."
)
def not_divided(p, t, bins=10):
    return _weighted(_parts(p, t, bins)) * len(p)


@calibration_error.misconception(
    "The gaps were added up as they are. Each of them has to be weighted with its bin's share of "
    "the cases."
)
def gaps_added(p, t, bins=10):
    return float(sum(abs(accuracy - mean) for _, accuracy, mean in _parts(p, t, bins)))


@calibration_error.misconception(
    "The gaps were squared. The expected calibration error takes them without the sign, but not "
    "squared."
)
def squared(p, t, bins=10):
    return float(sum(share * (a - m) ** 2 for share, a, m in _parts(p, t, bins)))


@calibration_error.misconception(
    "The root of the mean squared gap was taken, in which large gaps count more. The expected "
    "calibration error is the mean of the gaps without their sign."
)
def root_of_squares(p, t, bins=10):
    return float(np.sqrt(squared(p, t, bins)))


@calibration_error.misconception(
    "Each *case* was compared with its confidence, and the differences were averaged. A single "
    "case is right or wrong, so it never agrees; only the accuracy of a bin can be compared."
)
def each_case(p, t, bins=10):
    return float(np.mean(np.abs(_right(p, t) - np.max(p, axis=1))))


@calibration_error.misconception(
    "The probability of the *true* class was used as confidence. The network does not know the "
    "true class: its confidence is the largest probability of the row."
)
def true_class(p, t, bins=10):
    labels = np.argmax(t, axis=1) if np.ndim(t) == 2 else t
    sure = p[np.arange(len(p)), labels]
    return _weighted(_by_bin(_half_open(sure, bins), sure, _right(p, t)))


@calibration_error.misconception(
    "All N·C probabilities were put into bins, those of the classes not answered too. Each case "
    "has one confidence, its largest probability."
)
def all_classes(p, t, bins=10):
    hit = np.asarray(t if np.ndim(t) == 2 else np.eye(p.shape[1])[t]).ravel() == 1
    return _weighted(_by_bin(_half_open(p.ravel(), bins), p.ravel(), hit))


@calibration_error.misconception(
    "The accuracy of each bin was compared with the middle of the bin. It belongs beside the mean "
    "confidence of the cases that are in it."
)
def middle_of_bin(p, t, bins=10):
    inside, right = _half_open(np.max(p, axis=1), bins), _right(p, t)
    return float(
        sum(
            np.mean(cases) * abs(np.mean(right[cases]) - (k + 0.5) / bins)
            for k, cases in enumerate(inside)
            if cases.any()
        )
    )


@calibration_error.misconception(
    "The bins reach from the smallest confidence of the batch to the largest. They are to cut the "
    "whole range from 0 to 1, so that two networks are measured with the same bins."
)
def bins_of_the_batch(p, t, bins=10):
    sure = np.max(p, axis=1)
    ends = np.linspace(np.min(sure), np.max(sure), bins + 1)
    ends[0] -= 1e-9
    return _with_bins([(a < sure) & (sure <= b) for a, b in pairwise(ends)], p, t)


@calibration_error.misconception(
    "The bins begin at 1/C, the smallest confidence that there can be. They are to cut the whole "
    "range from 0 to 1, empty bins included."
)
def bins_from_chance(p, t, bins=10):
    sure = np.max(p, axis=1)
    ends = np.linspace(1 / p.shape[1], 1, bins + 1)
    return _with_bins([(a < sure) & (sure <= b) for a, b in pairwise(ends)], p, t)


@calibration_error.misconception(
    "The cases were sorted and cut into bins of equal *numbers*. The bins are of equal width, "
    "however many cases they hold."
)
def equal_numbers(p, t, bins=10):
    sure, right = np.max(p, axis=1), _right(p, t)
    pieces = [k for k in np.array_split(np.argsort(sure), bins) if len(k)]
    return float(
        sum(len(k) * abs(np.mean(right[k]) - np.mean(sure[k])) for k in pieces) / len(sure)
    )


@calibration_error.misconception(
    "The first bin was left out: it begins at 0, and counting begins with 0 too. With few bins it "
    "holds cases."
)
def without_first_bin(p, t, bins=10):
    sure = np.max(p, axis=1)
    return _weighted(_by_bin(_half_open(sure, bins)[1:], sure, _right(p, t)))


@calibration_error.misconception(
    "Only the first bin was counted, with cases or without. A `return` inside the loop ends it "
    "after its first turn."
)
def first_bin_only(p, t, bins=10):
    sure = np.max(p, axis=1)
    return _weighted(_by_bin(_half_open(sure, bins)[:1], sure, _right(p, t)))


@calibration_error.misconception(
    "Only the first bin with cases was counted. A `return` inside the loop ends it before the "
    "other bins have their turn."
)
def first_full_bin_only(p, t, bins=10):
    return _weighted(_parts(p, t, bins)[:1])


@calibration_error.misconception("There were ten bins, whatever `bins` says: it is not used.")
def always_ten(p, t, bins=10):
    return _weighted(_parts(p, t, 10))


@calibration_error.misconception(
    "There is one bin too few: `bins` numbers from 0 to 1 are the ends of `bins - 1` bins."
)
def one_bin_too_few(p, t, bins=10):
    return _weighted(_parts(p, t, bins - 1))


@calibration_error.misconception(
    "The result is `nan`: the mean of an empty bin was taken. A bin without cases has no gap and "
    "counts nothing."
)
def empty_bins(p, t, bins=10):
    sure, right = np.max(p, axis=1), _right(p, t)
    cases = np.array(_half_open(sure, bins), dtype=float)
    gaps = np.abs(cases @ right - cases @ sure) / np.sum(cases, axis=1)
    return float(np.sum(np.mean(cases, axis=1) * gaps))


@calibration_error.misconception(
    "The result is the share of right answers, the accuracy. It says nothing about whether the "
    "confidence promised as much."
)
def accuracy_only(p, t, bins=10):
    return float(np.mean(_right(p, t)))


@calibration_error.misconception(
    "The result is the mean confidence: what the network promised. It has to be compared with what "
    "it kept, the accuracy, in each bin."
)
def promises_only(p, t, bins=10):
    return float(np.mean(np.max(p, axis=1)))


@calibration_error.misconception(
    "The result is the share of wrong answers. A network may be wrong often and still be honest "
    "about it: compare accuracy and mean confidence in each bin."
)
def error_rate(p, t, bins=10):
    return float(np.mean(~_right(p, t)))


@calibration_error.misconception(
    "The result is a percentage, 100 times too large. Accuracy and confidence are shares between 0 "
    "and 1 here."
)
def percent(p, t, bins=10):
    return 100 * _weighted(_parts(p, t, bins))


@calibration_error.misconception(
    "The result holds one number for each bin. What is asked for is one number, the weighted mean "
    "of the gaps."
)
def not_added(p, t, bins=10):
    return np.array([share * abs(a - m) for share, a, m in _parts(p, t, bins)])


@calibration_error.misconception(
    "Labels work; one-hot rows of shape `(N, C)` were compared with labels of shape `(N,)`. Turn "
    "one-hot rows into labels first."
)
def labels_only(p, t, bins=10):
    sure = np.max(p, axis=1)
    return _weighted(_by_bin(_half_open(sure, bins), sure, np.argmax(p, axis=1) == t))


@calibration_error.misconception(
    "One-hot rows work; with labels of shape `(N,)` there is no second axis to take `argmax` "
    "along. Look at the number of axes of `t` first."
)
def one_hot_only(p, t, bins=10):
    sure = np.max(p, axis=1)
    labels = np.argmax(t, axis=1)
    return _weighted(_by_bin(_half_open(sure, bins), sure, np.argmax(p, axis=1) == labels))


# --- sure and wrong, on paper -----------------------------------------------------------------

sure_and_wrong = WrittenExercise("sure_and_wrong", points=6)
