"""Pictures of how sure a network is, and how often it is right when it is.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

import numpy as np
from matplotlib.figure import Figure

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = ["confidence_histogram", "reliability_diagram", "share_curves"]

_BLUE, _ORANGE, _GREEN, _VERMILION, _PURPLE = PALETTE[:5]

# Each colour with a line style and a marker of its own: told apart in grey as well.
_LINES = [
    (_BLUE, "-", "o"),
    (_VERMILION, "--", "s"),
    (_GREEN, "-.", "^"),
    (_ORANGE, ":", "D"),
    (_PURPLE, (0, (5, 1, 1, 1)), "v"),
]


def _shares(values, name):
    """Return numbers between 0 and 1 as an array of shape (N,)."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name} needs shape (N,) with at least one number, not {values.shape}")
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError(f"{name} has numbers below 0 or above 1")
    return values


def _number_of_bin(sure, bins):
    """Return for each confidence the number of its bin (lower, upper]; 0 goes into the first."""
    ends = np.arange(bins + 1) / bins
    return np.maximum(np.searchsorted(ends, sure, side="left") - 1, 0)


@in_style
def confidence_histogram(groups, bins=10):
    """Show how the confidences of several groups of cases are spread, one panel a group.

    Parameters
    ----------
    groups : dict of str to ndarray of shape (N,)
        For every group a title and the confidences of its cases.
    bins : int, optional
        Number of bins of equal width between 0 and 1.
    """
    groups = [(str(name), _shares(sure, name)) for name, sure in groups.items()]
    if not groups:
        raise ValueError("no group to draw")
    columns = min(len(groups), 4)
    lines = -(-len(groups) // columns)
    fig = Figure(figsize=(2.5 * columns + 0.4, 2.7 * lines))
    panels = fig.subplots(lines, columns, sharey=True, squeeze=False)
    middles = (np.arange(bins) + 0.5) / bins
    told = []
    for position, axes in enumerate(panels.flat):
        if position >= len(groups):
            axes.remove()
            continue
        name, sure = groups[position]
        shares = np.bincount(_number_of_bin(sure, bins), minlength=bins) / len(sure)
        axes.bar(middles, shares, width=0.9 / bins, color=_BLUE)
        axes.axvline(np.mean(sure), color=_VERMILION, linewidth=2, linestyle="--")
        axes.set_title(f"{name} ({len(sure)})\nmean {np.mean(sure):.2f}")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("confidence")
        if position % columns == 0:
            axes.set_ylabel("share of cases")
        told.append(
            f"{name}, {len(sure)} cases: mean {np.mean(sure):.2f}, "
            f"{np.mean(sure > 1 - 1 / bins):.0%} in the highest bin"
        )
    show(
        fig,
        alt=f"{len(groups)} histograms of confidence from 0 to 1 in {bins} bins; a dashed line "
        f"marks each mean. {'; '.join(told)}.",
    )


@in_style
def reliability_diagram(runs, bins=10):
    """Show how often a network is right, for each confidence; beside the line where both agree.

    Parameters
    ----------
    runs : dict of str to (ndarray of shape (N,), ndarray of bool of shape (N,))
        For every panel a title, the confidence of each case, and whether its answer is right.
    bins : int, optional
        Number of bins of equal width between 0 and 1.
    """
    checked = []
    for name, (sure, right) in runs.items():
        sure, right = _shares(sure, name), np.asarray(right)
        if right.shape != sure.shape:
            raise ValueError(f"{name}: {sure.shape} confidences, and {right.shape} answers")
        checked.append((str(name), sure, right.astype(float)))
    if not checked:
        raise ValueError("no run to draw")
    fig = Figure(figsize=(3.6 * len(checked) + (0.5 if len(checked) > 1 else 1.2), 4.0))
    panels = fig.subplots(1, len(checked), sharey=True, squeeze=False)[0]
    told = []
    for position, (axes, (name, sure, right)) in enumerate(zip(panels, checked, strict=True)):
        told.append(f"{name}: {_draw_bins(axes, sure, right, bins)}")
        axes.plot([0, 1], [0, 1], color="black", linewidth=1.2, linestyle="--", label="both equal")
        axes.set_title(name)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.12)
        axes.set_yticks(np.linspace(0, 1, 6))
        axes.set_xlabel("confidence")
        if position == 0:
            axes.set_ylabel("share of right answers")
    # Below the panels: inside them there is no place that is always free.
    handles, labels = panels[0].get_legend_handles_labels()
    fig.legend(handles, labels, frameon=False, loc="outside lower center", ncols=3)
    show(
        fig,
        alt=f"{len(checked)} bar chart{'s' if len(checked) > 1 else ''} of the share of right "
        f"answers over confidence in {bins} bins, beside the diagonal on which both agree. "
        f"{'; '.join(told)}.",
    )


def _draw_bins(axes, sure, right, bins):
    """Draw a bar a bin, a mark at its mean confidence, and its count; return them in words."""
    number = _number_of_bin(sure, bins)
    told = []
    used = np.unique(number)
    middles = (used + 0.5) / bins
    accuracies = np.array([right[number == k].mean() for k in used])
    means = np.array([sure[number == k].mean() for k in used])
    axes.bar(middles, accuracies, width=0.94 / bins, color=_BLUE, label="accuracy")
    axes.plot(
        middles,
        means,
        linestyle="none",
        marker="D",
        markersize=6,
        color=_VERMILION,
        markeredgecolor="white",
        label="mean confidence",
    )
    for k, middle, accuracy, mean in zip(used, middles, accuracies, means, strict=True):
        count = int(np.sum(number == k))
        axes.annotate(
            str(count),
            (middle, max(accuracy, mean)),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
        )
        told.append(f"{mean:.2f} against {accuracy:.2f} for {count}")
    return "mean confidence against accuracy " + ", ".join(told)


@in_style
def share_curves(x, curves, xlabel, ylabel="share"):
    """Show how one or several shares, or probabilities, change with a number.

    Parameters
    ----------
    x : sequence of float, length M
        Positions on the horizontal axis.
    curves : dict of str to sequence of float, length M
        For every curve a label and its values between 0 and 1; nan leaves a gap.
    xlabel, ylabel : str
        Names of the two axes.
    """
    x = np.asarray(x, dtype=float)
    values = {str(name): np.asarray(curve, dtype=float) for name, curve in curves.items()}
    if not values or len(values) > len(_LINES):
        raise ValueError(f"{len(values)} curves: at least 1 and at most {len(_LINES)}")
    for name, curve in values.items():
        if x.ndim != 1 or curve.shape != x.shape:
            raise ValueError(f"{name}: {curve.shape} values for {x.shape} positions")
    fig = Figure(figsize=(6.8, 3.4))
    axes = fig.subplots()
    for (name, curve), (colour, style, marker) in zip(values.items(), _LINES, strict=False):
        axes.plot(
            x,
            curve,
            color=colour,
            linestyle=style,
            marker=marker if len(x) <= 25 else None,
            markersize=4,
            linewidth=2,
            label=name,
        )
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_ylim(-0.03, 1.05)
    axes.grid(axis="y", color="0.88", linewidth=0.8)
    axes.set_axisbelow(True)
    if len(values) > 1:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    told = [f"{name}: from {curve[0]:.2f} to {curve[-1]:.2f}" for name, curve in values.items()]
    show(
        fig,
        alt=f"{'Curves' if len(values) > 1 else 'A curve'} of {ylabel} over {xlabel}, from "
        f"{x[0]:g} to {x[-1]:g}. {'; '.join(told)}.",
    )
