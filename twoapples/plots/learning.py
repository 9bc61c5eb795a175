"""Pictures of learning: on cases that were seen and not seen, from good starts and bad ones.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = ["activation_histograms", "descent_paths", "fit_comparison", "train_test_curves"]

_TRAIN, _TEST = PALETTE[0], PALETTE[3]
_PARTS = ("loss", "test_loss", "accuracy", "test_accuracy")


def _history(history):
    """Return the four lists of a history as arrays, all of the same length."""
    arrays = {name: np.asarray(history[name], dtype=float) for name in _PARTS if name in history}
    if missing := [name for name in _PARTS if name not in arrays]:
        raise ValueError(f"the history has no {' and no '.join(missing)}")
    sizes = {array.shape for array in arrays.values()}
    if len(sizes) > 1 or any(len(size) != 1 or size[0] == 0 for size in sizes):
        raise ValueError("the lists of a history need one number an epoch, all equally many")
    return arrays


def _pair(axes, arrays, measure):
    """Draw train (solid) and test (dashed) over the epochs, counted from 1."""
    epochs = np.arange(1, len(arrays[measure]) + 1)
    marker = "o" if len(epochs) == 1 else None
    axes.plot(epochs, arrays[measure], color=_TRAIN, linewidth=2, marker=marker, label="train")
    axes.plot(
        epochs,
        arrays[f"test_{measure}"],
        color=_TEST,
        linewidth=2,
        linestyle="--",
        marker=marker,
        label="test",
    )
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.grid(axis="y", color="0.88", linewidth=0.8)
    axes.set_axisbelow(True)


def _limits(axes, runs, measure):
    """Begin the vertical axis at 0; an accuracy ends at 1, with room to see a line there."""
    if measure == "accuracy":
        axes.set_ylim(0, 1.03)
        return
    values = np.concatenate([arrays[name] for arrays in runs for name in (measure, "test_loss")])
    finite = values[np.isfinite(values)]
    axes.set_ylim(0, (finite.max() if finite.size else 1.0) * 1.05 or 1.0)


def _in_words(arrays, measure):
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
def train_test_curves(history, title=None):
    """Show loss and accuracy over the epochs, on training cases and on test cases.

    Parameters
    ----------
    history : dict of str to sequence of float
        "loss", "accuracy", "test_loss" and "test_accuracy", one number an epoch in each.
    title : str, optional
        A heading.
    """
    arrays = _history(history)
    fig = Figure(figsize=(8.0, 3.2))
    panels = fig.subplots(1, 2)
    for axes, measure in zip(panels, ("loss", "accuracy"), strict=True):
        _pair(axes, arrays, measure)
        _limits(axes, [arrays], measure)
        axes.set_ylabel("mean loss" if measure == "loss" else "accuracy")
    panels[0].legend(frameon=False)
    if title:
        fig.suptitle(title, fontsize=11)
    listed = "; ".join(_in_words(arrays, measure) for measure in ("loss", "accuracy"))
    show(
        fig,
        alt=f"{title + '. ' if title else ''}Two panels of curves over {len(arrays['loss'])} "
        f"epochs: {listed}.",
    )


@in_style
def fit_comparison(runs, measure="loss"):
    """Show the train and the test curves of several runs side by side, on the same axes.

    Parameters
    ----------
    runs : dict of str to dict
        For every run a label, and a history with "loss", "accuracy", "test_loss" and
        "test_accuracy".
    measure : str, optional
        "loss" or "accuracy".
    """
    if measure not in ("loss", "accuracy"):
        raise ValueError(f'measure is "loss" or "accuracy", not {measure!r}')
    if not runs:
        raise ValueError("no run to draw")
    arrays = {str(label): _history(history) for label, history in runs.items()}
    fig = Figure(figsize=(min(2.9 * len(arrays) + 0.6, 11), 3.1))
    panels = fig.subplots(1, len(arrays), sharey=True, squeeze=False)[0]
    for axes, (label, history) in zip(panels, arrays.items(), strict=True):
        _pair(axes, history, measure)
        axes.set_title(label)
    _limits(panels[0], arrays.values(), measure)
    panels[0].set_ylabel("mean loss" if measure == "loss" else "accuracy")
    panels[-1].legend(frameon=False)
    listed = "; ".join(
        f"{label}: {_in_words(history, measure)}" for label, history in arrays.items()
    )
    show(fig, alt=f"{len(arrays)} panels side by side, on one vertical axis. {listed}.")


def activation_histograms(runs):
    """Show how the outputs of each layer are spread, for several ways to start.

    Parameters
    ----------
    runs : dict of str to sequence of ndarray
        For every start a label, and the outputs of each hidden layer, from first to last, arrays of
        any shape. All starts have the same number of layers.
    """
    runs = {str(label): [np.ravel(a) for a in layers] for label, layers in runs.items()}
    counts = {len(layers) for layers in runs.values()}
    if len(counts) != 1 or 0 in counts:
        raise ValueError("every start needs the outputs of the same number of layers")
    rows = {}
    for label, layers in runs.items():
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
def _activation_histograms(starts):
    """Draw shares, a row of panels a start; outputs themselves would be a hundred times more."""
    depth = len(next(iter(starts.values()))[2])
    fig = Figure(figsize=(min(1.7 * depth + 1.4, 11), 1.6 * len(starts) + 0.5))
    rows = fig.subplots(len(starts), depth, squeeze=False, sharey=True, sharex="row")
    sentences = []
    for row, (label, (bins, layers, spreads)) in zip(rows, starts.items(), strict=True):
        panels = zip(row, layers, spreads, strict=True)
        for number, (axes, shares, spread) in enumerate(panels, start=1):
            axes.hist(bins[:-1], bins=bins, weights=shares, color=PALETTE[0])
            axes.text(
                0.96, 0.92, f"std {_short(spread)}", transform=axes.transAxes, ha="right", va="top"
            )
            axes.xaxis.set_major_locator(MaxNLocator(nbins=3))
            axes.set_xlabel("output", fontsize=9)
            axes.tick_params(labelsize=8)
            if axes in rows[0]:
                axes.set_title(f"layer {number}")
        row[0].set_ylabel(f"{label}\nshare", fontsize=9)
        sentences.append(f"{label}: {', '.join(map(_short, spreads))}")
    rows[0, 0].set_ylim(0, 1)
    show(
        fig,
        alt=f"Histograms of the outputs of {depth} layers, one row a start. Standard deviations "
        f"from the first layer to the last: {'; '.join(sentences)}.",
    )


def _short(value):
    """Write a standard deviation: two digits, or a power of ten where it is tiny or huge."""
    if value == 0 or 0.01 <= value < 1000:
        return f"{value:.2g}" if value < 100 else f"{value:.0f}"
    digits, exponent = f"{value:.0e}".split("e")
    return f"{digits}e{int(exponent)}"


def descent_paths(f, paths):
    """Show the ways of several optimizers down the same valley, seen from above.

    Parameters
    ----------
    f : callable
        The height: takes two arrays of the same shape, gives one.
    paths : dict of str to ndarray of shape (steps + 1, 2)
        For every optimizer a label and the points that it came through, from the start on.
    """
    paths = {str(label): np.asarray(path, dtype=float) for label, path in paths.items()}
    if not paths or any(path.ndim != 2 or path.shape[1] != 2 for path in paths.values()):
        raise ValueError("every path needs points of two numbers each")
    every = np.concatenate(list(paths.values()))
    low, high = every.min(axis=0), every.max(axis=0)
    margin = 0.12 * (high - low) + 0.1
    first, second = np.meshgrid(
        np.linspace(low[0] - margin[0], high[0] + margin[0], 200),
        np.linspace(low[1] - margin[1], high[1] + margin[1], 120),
    )
    heights = np.asarray(f(first, second), dtype=float)
    ends = [float(f(*path[-1])) for path in paths.values()]
    _descent_paths(first, second, heights, paths, ends)


@in_style
def _descent_paths(first, second, heights, paths, heights_at_end):
    """Draw paths over the contour lines of the heights over a grid."""
    fig = Figure(figsize=(7.2, 1.9 * len(paths) + 0.6))
    panels = fig.subplots(len(paths), 1, sharex=True, squeeze=False)[:, 0]
    ends = []
    for axes, (label, path), last in zip(panels, paths.items(), heights_at_end, strict=True):
        levels = np.quantile(heights, np.linspace(0.02, 0.98, 10))
        axes.contour(first, second, heights, levels=np.unique(levels), colors="0.75", linewidths=1)
        axes.plot(path[:, 0], path[:, 1], "-o", color=PALETTE[0], markersize=3.5, linewidth=1.3)
        axes.plot(*path[0], "s", color=PALETTE[3], markersize=8)
        axes.plot(*path[-1], "*", color="black", markersize=13)
        axes.set_title(f"{label} (square: start, star: end)")
        axes.set_ylabel("second number")
        ends.append(
            f"{label}: after {len(path) - 1} steps at ({path[-1, 0]:.2f}, {path[-1, 1]:.2f}), "
            f"height {last:.3f}"
        )
    panels[-1].set_xlabel("first number")
    start = next(iter(paths.values()))[0]
    show(
        fig,
        alt=f"{len(paths)} paths over the contour lines of a valley, from the start at "
        f"({start[0]:g}, {start[1]:g}). {'; '.join(ends)}.",
    )
