"""Pictures of learning: on cases that were seen and not seen, from good starts and bad ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from twoapples.plots import style
from twoapples.plots.style import BLUE, VERMILION, Curves, Drawing, Floats, Look, floats, in_style

__all__ = ["activation_histograms", "descent_paths", "fit_comparison", "train_test_curves"]

_PARTS = ("loss", "test_loss", "accuracy", "test_accuracy")

_History = dict[str, Floats]  # an array under each of these names, all of the same length


def _history(history: Curves) -> _History:
    arrays = {name: floats(history[name]) for name in _PARTS if name in history}
    if missing := [name for name in _PARTS if name not in arrays]:
        raise ValueError(f"the history has no {' and no '.join(missing)}")
    sizes = {array.shape for array in arrays.values()}
    if len(sizes) > 1 or any(len(size) != 1 or size[0] == 0 for size in sizes):
        raise ValueError("the lists of a history need one number an epoch, all equally many")
    return arrays


def _draw_pair(axes: Axes, arrays: _History, measure: str) -> None:
    """Draw train (solid) and test (dashed) over the epochs, counted from 1."""
    pair = {"train": arrays[measure], "test": arrays[f"test_{measure}"]}
    style.plot_lines(axes, None, pair, markers=len(pair["train"]) == 1)
    style.epochs_across(axes)


def _label_vertical(axes: Axes, runs: Iterable[_History], measure: str) -> None:
    """Begin the vertical axis at 0; an accuracy ends at 1, with room to see a line there."""
    if measure == "accuracy":
        axes.set(ylim=(0, 1.03), ylabel="accuracy")
        return
    values = np.concatenate([arrays[name] for arrays in runs for name in ("loss", "test_loss")])
    finite = values[np.isfinite(values)]
    top = (finite.max() if finite.size else 1.0) * 1.05 or 1.0
    axes.set(ylim=(0, top), ylabel="mean loss")


def _in_words(arrays: _History, measure: str) -> str:
    train, test = arrays[measure], arrays[f"test_{measure}"]
    text = (
        f"{measure} on the training cases from {train[0]:.3f} to {train[-1]:.3f}, "
        f"on the test cases from {test[0]:.3f} to {test[-1]:.3f}"
    )
    # A loss that rises again is what the picture is about.
    if measure == "loss" and np.isfinite(test).any() and test[-1] > 1.05 * np.nanmin(test):
        text += f", lowest with {np.nanmin(test):.3f} at epoch {int(np.nanargmin(test)) + 1}"
    return text


@in_style
def train_test_curves(history: Curves, title: str | None = None) -> Drawing:
    """Show loss and accuracy over the epochs, on training cases and on test cases.

    `history` has "loss", "accuracy", "test_loss" and "test_accuracy", one number an epoch in each.
    """
    arrays = _history(history)
    listed = "; ".join(_in_words(arrays, measure) for measure in ("loss", "accuracy"))
    fig = yield (
        f"{title + '. ' if title else ''}Two panels of curves over {len(arrays['loss'])} "
        f"epochs: {listed}.",
        (8.0, 3.2),
    )
    panels = fig.subplots(1, 2)
    for axes, measure in zip(panels, ("loss", "accuracy"), strict=True):
        _draw_pair(axes, arrays, measure)
        _label_vertical(axes, [arrays], measure)
    panels[0].legend()
    if title:
        fig.suptitle(title, fontsize=11)


@in_style
def fit_comparison(runs: Mapping[str, Curves]) -> Drawing:
    """Show the losses of several runs in training and test side by side, on the same axes.

    A run has a label, and a history as for `train_test_curves`.
    """
    if not runs:
        raise ValueError("no run to draw")
    arrays = {str(label): _history(history) for label, history in runs.items()}
    listed = "; ".join(f"{label}: {_in_words(each, 'loss')}" for label, each in arrays.items())
    fig = yield (
        f"{len(arrays)} panels side by side, on one vertical axis. {listed}.",
        (min(2.9 * len(arrays) + 0.6, 11), 3.1),
    )
    panels = style.line_up(fig, len(arrays), sharey=True)
    for axes, (label, each) in zip(panels, arrays.items(), strict=True):
        _draw_pair(axes, each, "loss")
        axes.set_title(label)
    _label_vertical(panels[0], arrays.values(), "loss")
    panels[-1].legend()


def activation_histograms(runs: Mapping[str, Sequence[ArrayLike]]) -> None:
    """Show how the outputs of each layer are spread, for several ways to start.

    For each start `runs` has the outputs of its hidden layers, from first to last, arrays of any
    shape. All starts have the same number of layers.
    """
    starts = {str(label): [np.ravel(a) for a in layers] for label, layers in runs.items()}
    counts = {len(layers) for layers in starts.values()}
    if len(counts) != 1 or 0 in counts:
        raise ValueError("every start needs the outputs of the same number of layers")
    rows = {}
    for label, layers in starts.items():
        top = max(float(np.max(np.abs(values))) for values in layers) or 1.0
        low = min(0.0, min(float(values.min()) for values in layers))
        bins = np.linspace(low, top, 25)
        shares = [
            np.histogram(values, bins, weights=np.full(values.size, 1 / values.size))[0]
            for values in layers
        ]
        rows[label] = (bins, shares, [float(values.std()) for values in layers])
    _activation_histograms(rows)


@in_style
def _activation_histograms(
    starts: Mapping[str, tuple[Floats, Sequence[Floats], Sequence[float]]],
) -> Drawing:
    """Draw shares, a row of panels a start; outputs themselves would be a hundred times more."""
    depth = len(next(iter(starts.values()))[2])
    told = "; ".join(
        f"{label}: {', '.join(map(_short, spreads))}" for label, (_, _, spreads) in starts.items()
    )
    fig = yield (
        f"Histograms of the outputs of {depth} layers, one row a start. Standard deviations "
        f"from the first layer to the last: {told}.",
        (min(1.7 * depth + 1.4, 11), 1.6 * len(starts) + 0.5),
    )
    rows = fig.subplots(len(starts), depth, squeeze=False, sharey=True, sharex="row")
    for row, (label, (bins, layers, spreads)) in zip(rows, starts.items(), strict=True):
        for axes, shares, spread in zip(row, layers, spreads, strict=True):
            axes.hist(bins[:-1], bins=bins, weights=shares, color=BLUE)
            corner: Look = {"transform": axes.transAxes, "ha": "right", "va": "top"}
            axes.text(0.96, 0.92, f"std {_short(spread)}", **corner)
            axes.xaxis.set_major_locator(MaxNLocator(nbins=3))
            axes.set_xlabel("output", fontsize=9)
            axes.tick_params(labelsize=8)
        row[0].set_ylabel(f"{label}\nshare", fontsize=9)
    for position, axes in enumerate(rows[0], start=1):
        axes.set_title(f"layer {position}")
    rows[0, 0].set_ylim(0, 1)


def _short(value: float) -> str:
    """Write a standard deviation: two digits, or a power of ten where it is tiny or huge."""
    if value == 0 or 0.01 <= value < 1000:
        return f"{value:.2g}" if value < 100 else f"{value:.0f}"
    digits, exponent = f"{value:.0e}".split("e")
    return f"{digits}e{int(exponent)}"


def descent_paths(f: Callable[[Any, Any], ArrayLike], paths: Curves) -> None:
    """Show the ways of several optimizers down the same valley, seen from above.

    `f` is the height: it takes two arrays of the same shape and gives one. A path has the points
    that an optimizer came through from the start on, shape (steps + 1, 2).
    """
    ways = {str(label): floats(path) for label, path in paths.items()}
    if not ways or any(path.ndim != 2 or path.shape[1] != 2 for path in ways.values()):
        raise ValueError("every path needs points of two numbers each")
    every = np.concatenate(list(ways.values()))
    low, high = every.min(axis=0), every.max(axis=0)
    margin = 0.12 * (high - low) + 0.1
    left, right = low - margin, high + margin
    first, second = np.meshgrid(
        np.linspace(left[0], right[0], 200), np.linspace(left[1], right[1], 120)
    )
    ends = [float(floats(f(*path[-1]))) for path in ways.values()]
    _descent_paths(first, second, floats(f(first, second)), ways, ends)


@in_style
def _descent_paths(
    first: Floats, second: Floats, heights: Floats, paths: dict[str, Floats], ends: list[float]
) -> Drawing:
    """Draw paths over the contour lines of the heights over a grid."""
    start = next(iter(paths.values()))[0]
    told = "; ".join(
        f"{label}: after {len(path) - 1} steps at ({path[-1, 0]:.2f}, {path[-1, 1]:.2f}), "
        f"height {end:.3f}"
        for (label, path), end in zip(paths.items(), ends, strict=True)
    )
    fig = yield (
        f"{len(paths)} paths over the contour lines of a valley, from the start at "
        f"({start[0]:g}, {start[1]:g}). {told}.",
        (7.2, 1.9 * len(paths) + 0.6),
    )
    panels = style.line_up(fig, len(paths), 1, sharex=True)
    levels = np.unique(np.quantile(heights, np.linspace(0.02, 0.98, 10)))
    for axes, (label, path) in zip(panels, paths.items(), strict=True):
        axes.contour(first, second, heights, levels=levels, colors="0.75", linewidths=1)
        axes.plot(*path.T, "-o", color=BLUE, markersize=3.5, linewidth=1.3)
        axes.plot(*path[0], "s", color=VERMILION, markersize=8)
        axes.plot(*path[-1], "*", color="black", markersize=13)
        axes.set(title=f"{label} (square: start, star: end)", ylabel="second number")
    panels[-1].set_xlabel("first number")
