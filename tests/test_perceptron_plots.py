"""Perceptron pictures: shown once, with a text, the same bytes every time, on a light ground."""

import numpy as np
import pytest
from plot_checks import EveryPlot

from twoapples import plots
from twoapples.plots import perceptron, planes, style

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
OR = np.array([0, 1, 1, 1])
AND = np.array([0, 0, 0, 1])
XOR = np.array([0, 1, 1, 0])
Z = np.array([[0, 1], [1, 1], [1, 1], [1, 0]])
HALF = np.array([0.5, 0.5])
LINES = [(np.array([-0.8, -0.3]), 0.4), (np.array([-0.1, 0.5]), -0.7), (np.array([-0.8, -1]), 0.1)]

DRAWINGS = {
    "decision_line": lambda: plots.decision_line(X, OR, AND, HALF, -0.7, arrow=True),
    "decision_line, vertical": lambda: plots.decision_line(X, OR, OR, np.array([1, 0]), -0.5),
    "decision_line, no line": lambda: plots.decision_line(X, OR, OR, np.zeros(2), 0, arrow=True),
    "decision_line, one point": lambda: plots.decision_line(X[:1], OR[:1], OR[:1], HALF, 1),
    "decision_lines": lambda: plots.decision_lines(
        X, 2 * OR - 1, [OR, AND], [(HALF, -0.2), (HALF, -0.7)], ["before", "after"]
    ),
    "decision_lines, own targets": lambda: plots.decision_lines(
        X, [OR, AND], [OR, AND], [(HALF, -0.2), (HALF, -0.7)], ["OR", "AND"]
    ),
    "feature_space": lambda: plots.feature_space(
        X, Z, XOR, [(HALF, -0.2), (-HALF, 0.7)], (HALF, -0.7), names=("OR", "NAND")
    ),
    "line_regions": lambda: plots.line_regions(LINES),
    "line_regions, one": lambda: plots.line_regions(LINES[:1]),
    "threshold_steps": lambda: plots.threshold_steps(0.7),
    "perceptron_diagram": lambda: plots.perceptron_diagram(HALF, -0.7),
    "perceptron_diagram, one input": lambda: plots.perceptron_diagram(np.ones(1), 0.0),
}


@pytest.fixture
def drawn(monkeypatch):
    """Collect figures and texts, without the time that a PNG takes."""
    found = []
    monkeypatch.setattr(style, "show", lambda fig, alt: found.append((fig, alt)))
    return found


class TestEveryPlot(EveryPlot):
    modules = (
        planes,
        perceptron,
    )
    drawings = DRAWINGS


def test_axes_are_labelled(drawn):
    for name, draw in DRAWINGS.items():
        draw()
        if not name.startswith("perceptron_diagram"):  # which has no axes
            fig, _ = drawn[-1]
            assert all(axes.get_xlabel() for axes in fig.axes)
            assert fig.axes[0].get_ylabel()


def legend(fig):
    return [text.get_text() for text in fig.legends[0].get_texts()]


def test_misclassified_points_are_told_by_shape_and_in_words(drawn):
    DRAWINGS["decision_line"]()
    fig, alt = drawn[0]
    assert legend(fig) == ["decision line", "target 0", "target 1", "misclassified"]
    assert "Misclassified, with a cross: (0, 1), (1, 0)." in alt
    plots.decision_line(X, OR, OR, HALF, -0.2)
    fig, alt = drawn[1]
    assert "misclassified" not in legend(fig)
    assert "Misclassified, with a cross: none." in alt


def test_targets_of_plus_and_minus_one_are_named_so(drawn):
    DRAWINGS["decision_lines"]()
    assert set(legend(drawn[0][0])) >= {"target −1", "target +1", "misclassified"}


@pytest.mark.parametrize(
    ("w", "b", "formula"),
    [
        ([2, 1], -4, "2 x1 + x2 − 4 = 0"),
        ([1, -1], 0.5, "x1 − x2 + 0.5 = 0"),
        ([-1, -1], -0.0001, "−x1 − x2 + 0 = 0"),
        ([-0.5, 10], 0.7, "−0.5 x1 + 10 x2 + 0.7 = 0"),
        ([1.5, 0], 0, "1.5 x1 + 0 x2 + 0 = 0"),
    ],
)
def test_equation_of_the_line(drawn, w, b, formula):
    plots.decision_line(X, OR, OR, np.array(w), b)
    fig, alt = drawn[0]
    assert fig.axes[0].get_title() == formula
    assert f"the decision line {formula};" in alt


def test_regions_are_counted(drawn):
    plots.line_regions(LINES)
    assert "cut by 3 straight lines into 7 regions" in drawn[0][1]
    assert "000, 001, 010, 100, 101, 110, 111." in drawn[0][1]
    # The lines of OR and NAND: parallel, three regions.
    plots.line_regions([(HALF, -0.2), (-HALF, 0.7)])
    assert "into 3 regions" in drawn[1][1] and "01, 10, 11." in drawn[1][1]


def test_feature_space_says_where_points_go(drawn):
    DRAWINGS["feature_space"]()
    assert "(0, 0) goes to (0, 1); (0, 1) goes to (1, 1)" in drawn[0][1]
    assert "0.5 OR + 0.5 NAND − 0.7 = 0" in drawn[0][1]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: plots.decision_line(X[:, :1], OR, OR, HALF, 0),
        lambda: plots.decision_line(X, OR[:3], OR, HALF, 0),
        lambda: plots.decision_line(X, OR, OR[:3], HALF, 0),
        lambda: plots.decision_line(X, OR, OR, np.ones(3), 0),
        lambda: plots.decision_lines(X, OR, [OR], [(HALF, 0)], ["one", "two"]),
        lambda: plots.decision_lines(X, [OR, OR], [OR], [(HALF, 0)], ["one"]),
        lambda: plots.decision_lines(X, OR, [], [], []),
        lambda: plots.feature_space(X, Z[:3], XOR, LINES[:2], (HALF, 0)),
        lambda: plots.feature_space(X, Z, XOR, LINES, (HALF, 0)),
        lambda: plots.line_regions([]),
        lambda: plots.perceptron_diagram(np.ones(6), 0),
    ],
)
def test_what_does_not_fit_is_said(wrong, drawn):
    with pytest.raises(ValueError):
        wrong()
    assert drawn == []
