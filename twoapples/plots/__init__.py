"""Pictures that the lessons draw, each with one short call.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

from twoapples.plots.softmax import (
    gradient_bars,
    loss_curve,
    minus_log_curve,
    probability_bars,
    softmax_bars,
    tangent_line,
)

__all__ = [
    "gradient_bars",
    "loss_curve",
    "minus_log_curve",
    "probability_bars",
    "softmax_bars",
    "tangent_line",
]
