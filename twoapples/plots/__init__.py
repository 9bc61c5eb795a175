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
from twoapples.plots.autograd import feature_spread, recorded_graph, share_bars
from twoapples.plots.calibration import (
    confidence_histogram,
    reliability_diagram,
    share_curves,
)
from twoapples.plots.digits import digit_grid
from twoapples.plots.learning import (
    activation_histograms,
    descent_paths,
    fit_comparison,
    train_test_curves,
)
from twoapples.plots.perceptron import perceptron_diagram, threshold_steps
from twoapples.plots.planes import (
    decision_line,
    decision_lines,
    feature_space,
    line_regions,
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
    "activation_histograms",
    "array_picture",
    "confidence_histogram",
    "decision_line",
    "decision_lines",
    "descent_paths",
    "digit_grid",
    "feature_space",
    "feature_spread",
    "fit_comparison",
    "gradient_bars",
    "learning_rate_comparison",
    "line_regions",
    "loss_curve",
    "loss_curves",
    "minus_log_curve",
    "perceptron_diagram",
    "picture_grid",
    "probability_bars",
    "recorded_graph",
    "reliability_diagram",
    "share_bars",
    "share_curves",
    "softmax_bars",
    "steepness_curves",
    "tangent_line",
    "threshold_steps",
    "train_test_curves",
    "vanishing_gradients",
]
