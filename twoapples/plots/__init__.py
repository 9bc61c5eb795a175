"""Pictures that the lessons draw, each with one short call.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

from twoapples.plots.activations import (
    activation_curves,
    steepness_curves,
    vanishing_gradients,
)
from twoapples.plots.arrays import array_picture
from twoapples.plots.perceptron import (
    decision_line,
    decision_lines,
    feature_space,
    line_regions,
    perceptron_diagram,
    threshold_steps,
)
from twoapples.plots.softmax import (
    gradient_bars,
    loss_curve,
    minus_log_curve,
    probability_bars,
    softmax_bars,
    tangent_line,
)
from twoapples.plots.training import learning_rate_comparison, loss_curves, picture_grid

__all__ = [
    "activation_curves",
    "array_picture",
    "decision_line",
    "decision_lines",
    "feature_space",
    "gradient_bars",
    "learning_rate_comparison",
    "line_regions",
    "loss_curve",
    "loss_curves",
    "minus_log_curve",
    "perceptron_diagram",
    "picture_grid",
    "probability_bars",
    "softmax_bars",
    "steepness_curves",
    "tangent_line",
    "threshold_steps",
    "vanishing_gradients",
]
