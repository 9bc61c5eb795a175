"""Sentences about softmax, cross-entropy and their gradient, which several lessons say."""

SUMMED_GRADIENT = (
    "The gradient is N times too large: it belongs to the sum of the losses. The loss is their "
    "mean, so p - t has to be divided by N, the number of cases."
)
DIVIDED_BY_ENTRIES = (
    "p - t was divided by the number of all entries, N·C. There are N losses to average, one for "
    "each case."
)
T_MINUS_P = (
    "The sign is turned round: this is t - p. Raising the score of a wrong class raises the loss, "
    "so its entry is positive."
)
HALF_DIVIDED = (
    "Only the targets were divided by N: the result is p - t/N. The whole difference is divided; "
    "look at the parentheses."
)
SCORES_MINUS_T = (
    "The targets were subtracted from the scores. They belong to the probabilities: softmax comes "
    "first."
)
