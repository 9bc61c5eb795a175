"""Pictures of how sure a network is, and how often it is right when it is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twoapples.plots import style
from twoapples.plots.style import BLUE, LOOKS, VERMILION, Curves, Drawing, Floats, floats, in_style

__all__ = ["confidence_histogram", "reliability_diagram", "share_curves"]


def _shares(values: ArrayLike, name: str) -> Floats:
    """Return numbers between 0 and 1 as an array of shape (N,)."""
    shares = floats(values)
    if shares.ndim != 1 or shares.size == 0:
        raise ValueError(f"{name} needs shape (N,) with at least one number, not {shares.shape}")
    if not np.all((shares >= 0) & (shares <= 1)):
        raise ValueError(f"{name} has numbers below 0 or above 1")
    return shares


def _number_of_bin(sure: Floats, bins: int) -> NDArray[np.int64]:
    """Return for each confidence the number of its bin (lower, upper]; 0 goes into the first."""
    ends = np.arange(bins + 1) / bins
    return np.maximum(np.searchsorted(ends, sure, side="left") - 1, 0)


@in_style
def confidence_histogram(groups: Curves) -> Drawing:
    """Show in ten bins how confidences are spread, (N,) in each group, one panel a group."""
    checked = {str(name): _shares(sure, name) for name, sure in groups.items()}
    if not checked:
        raise ValueError("no group to draw")
    told = "; ".join(
        f"{name}, {len(sure)} cases: mean {np.mean(sure):.2f}, "
        f"{np.mean(sure > 1 - 1 / 10):.0%} in the highest bin"
        for name, sure in checked.items()
    )
    columns = min(len(checked), 4)
    fig = yield (
        f"{len(checked)} histograms of confidence from 0 to 1 in 10 bins; a dashed line marks each "
        f"mean. {told}.",
        (2.5 * columns + 0.4, 2.7 * -(-len(checked) // columns)),
    )
    panels = style.line_up(fig, len(checked), columns, sharey=True)
    for axes, (name, sure) in zip(panels, checked.items(), strict=True):
        shares = np.bincount(_number_of_bin(sure, 10), minlength=10) / len(sure)
        axes.bar((np.arange(10) + 0.5) / 10, shares, width=0.9 / 10, color=BLUE)
        axes.axvline(float(np.mean(sure)), color=VERMILION, linewidth=2, linestyle="--")
        axes.set(title=f"{name} ({len(sure)})\nmean {np.mean(sure):.2f}", xlabel="confidence")
        axes.set(xlim=(0, 1), ylim=(0, 1.05))
    for axes in panels[::columns]:
        axes.set_ylabel("share of cases")


@in_style
def reliability_diagram(runs: Mapping[str, tuple[ArrayLike, ArrayLike]], bins: int = 10) -> Drawing:
    """Show how often a network is right, for each confidence; beside the line where both agree.

    `runs` has for every panel the confidence of each case, (N,), and whether its answer is right,
    bool (N,). The bins between 0 and 1 have equal widths.
    """
    if not runs:
        raise ValueError("no run to draw")
    drawn: dict[str, list[tuple[float, float, float, int]]] = {}
    for name, (confidences, answers) in runs.items():
        sure, right = _shares(confidences, name), np.asarray(answers)
        if right.shape != sure.shape:
            raise ValueError(f"{name}: {sure.shape} confidences, and {right.shape} answers")
        number, bars = _number_of_bin(sure, bins), drawn.setdefault(str(name), [])
        for k in np.unique(number):
            here = number == k
            accuracy = right[here].astype(float).mean()
            bars.append(((k + 0.5) / bins, sure[here].mean(), accuracy, int(here.sum())))
    told = "; ".join(
        f"{name}: mean confidence against accuracy "
        + ", ".join(f"{sure:.2f} against {right:.2f} for {count}" for _, sure, right, count in bars)
        for name, bars in drawn.items()
    )
    count = len(drawn)
    fig = yield (
        f"{count} bar chart{'s' if count > 1 else ''} of the share of right answers over "
        f"confidence in {bins} bins, beside the diagonal on which both agree. {told}.",
        (3.6 * count + (0.5 if count > 1 else 1.2), 4.0),
    )
    panels = style.line_up(fig, count, sharey=True)
    for axes, (name, bars) in zip(panels, drawn.items(), strict=True):
        middles, means, accuracies, _ = zip(*bars, strict=True)
        axes.bar(middles, accuracies, width=0.94 / bins, color=BLUE, label="accuracy")
        mark: style.Look = {"color": VERMILION, "markersize": 6, "markeredgecolor": "white"}
        axes.plot(middles, means, "D", label="mean confidence", **mark)
        for middle, mean, accuracy, cases in bars:
            top = middle, max(accuracy, mean)
            style.note(axes, str(cases), top, (0, 5), ha="center", va="bottom", fontsize=8)
        axes.plot([0, 1], [0, 1], color="black", linewidth=1.2, linestyle="--", label="both equal")
        axes.set(title=name, xlabel="confidence", xlim=(0, 1), ylim=(0, 1.12))
        axes.set_yticks(np.linspace(0, 1, 6))
    panels[0].set_ylabel("share of right answers")
    # Below the panels: inside them there is no place that is always free.
    handles, labels = panels[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3)


@in_style
def share_curves(x: ArrayLike, curves: Curves, xlabel: str, ylabel: str = "share") -> Drawing:
    """Show how one or several shares, or probabilities, change with a number.

    Each curve has a value between 0 and 1 for each position of `x`; nan leaves a gap.
    """
    x = floats(x)
    values = {str(name): floats(curve) for name, curve in curves.items()}
    if not 1 <= len(values) <= len(LOOKS):
        raise ValueError(f"{len(values)} curves: at least 1 and at most {len(LOOKS)}")
    for name, curve in values.items():
        if x.ndim != 1 or curve.shape != x.shape:
            raise ValueError(f"{name}: {curve.shape} values for {x.shape} positions")
    told = "; ".join(f"{name}: from {y[0]:.2f} to {y[-1]:.2f}" for name, y in values.items())
    fig = yield (
        f"{'Curves' if len(values) > 1 else 'A curve'} of {ylabel} over {xlabel}, from {x[0]:g} to "
        f"{x[-1]:g}. {told}.",
        (6.8, 3.4),
    )
    axes = fig.subplots()
    style.plot_lines(axes, x, values, markers=len(x) <= 25)
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(-0.03, 1.05))
    style.level_lines(axes)
    if len(values) > 1:
        style.legend_beside(axes)
