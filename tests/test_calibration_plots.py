"""Pictures of confidence: a text, the same bytes, what does not fit."""

import numpy as np
import pytest
from plot_checks import EveryPlot

from twoapples.plots import calibration

SURE = np.array([0.35, 0.6, 0.66, 0.8, 0.95, 1.0])
RIGHT = np.array([False, False, True, True, True, True])

DRAWINGS = {
    "confidence_histogram": lambda: calibration.confidence_histogram({"a": SURE, "b": SURE[:1]}),
    "confidence_histogram, two rows": lambda: calibration.confidence_histogram(
        {str(k): SURE for k in range(5)}
    ),
    "reliability_diagram": lambda: calibration.reliability_diagram({"a": (SURE, RIGHT)}, bins=5),
    "reliability_diagram, two": lambda: calibration.reliability_diagram(
        {"before": (SURE, RIGHT), "after": (SURE**2, RIGHT)}
    ),
    "share_curves": lambda: calibration.share_curves([0, 1, 2], {"a": [0, 0.5, 1]}, "x"),
    "share_curves, nan": lambda: calibration.share_curves(
        [0, 1], {"a": [0, 1], "b": [1, np.nan]}, "x", "accuracy"
    ),
}


class TestEveryPlot(EveryPlot):
    modules = (calibration,)
    drawings = DRAWINGS


def test_axes_are_labelled(drawn):
    for draw in DRAWINGS.values():
        draw()
        assert all(axes.get_xlabel() for axes in drawn[-1].axes)
        assert drawn[-1].axes[0].get_ylabel()
    assert len(drawn) == len(DRAWINGS)


def test_numbers_are_in_the_text(shown):
    calibration.reliability_diagram({"a": (SURE, RIGHT)}, bins=5)
    # 0.6 belongs to (0.4, 0.6], and 0.8 to (0.6, 0.8].
    for told in (
        "0.35 against 0.00 for 1",
        "0.60 against 0.00 for 1",
        "0.73 against 1.00 for 2",
        "0.97 against 1.00 for 2",
    ):
        assert told in shown[0].alt
    calibration.confidence_histogram({"a": SURE})
    assert "6 cases: mean 0.73, 33% in the highest bin" in shown[1].alt
    calibration.share_curves([0, 8], {"noise": [0.1, 0.9]}, "brightness")
    assert "noise: from 0.10 to 0.90" in shown[2].alt


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: calibration.confidence_histogram({}),
        lambda: calibration.confidence_histogram({"a": np.array([])}),
        lambda: calibration.confidence_histogram({"a": np.array([1.5])}),
        lambda: calibration.confidence_histogram({"a": np.eye(2)}),
        lambda: calibration.reliability_diagram({}),
        lambda: calibration.reliability_diagram({"a": (SURE, RIGHT[:2])}),
        lambda: calibration.share_curves([0, 1], {}, "x"),
        lambda: calibration.share_curves([0, 1], {"a": [1]}, "x"),
    ],
)
def test_what_does_not_fit_is_said(wrong, shown):
    with pytest.raises(ValueError):
        wrong()
    assert shown == []
