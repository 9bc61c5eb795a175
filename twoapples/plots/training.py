"""Pictures of training: what goes in, how the loss goes down, what a learning rate does.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

import re

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = ["learning_rate_comparison", "loss_curves", "picture_grid"]

# Colours that also differ in lightness, each with a line style of its own. Sky blue and yellow are
# too pale for a thin line on white.
_LINES = [
    (PALETTE[0], "-"),
    (PALETTE[3], "--"),
    (PALETTE[2], "-."),
    (PALETTE[1], ":"),
    (PALETTE[4], (0, (5, 1, 1, 1, 1, 1))),
    (PALETTE[7], (0, (1, 3))),
]

# A logarithmic axis has no place for 0, and a perfect loss is about -1e-7.
_FLOOR = 1e-5


def _number(value):
    """Write a loss for a text: three decimals, or powers of ten where those would show nothing."""
    if not np.isfinite(value):
        return str(float(value))
    if value != 0 and not 0.001 <= abs(value) < 10000:
        return _short(f"{value:.1e}")
    return f"{value:.3f}"


def _short(text):
    """Leave zeros out of an exponent: 1e-07 becomes 1e-7."""
    return re.sub(r"e([+-])0*(\d)", lambda found: f"e{found[1].strip('+')}{found[2]}", text)


def _rate(value):
    """Write a learning rate: 0.06 as it is, smaller ones with a power of ten."""
    value = float(value)
    if value == 0 or 0.01 < abs(value) < 10000:
        return f"{value:g}"
    return _short(re.sub(r"\.?0*e", "e", f"{value:.4e}"))


def _runs(runs):
    """Return a list of (label, losses)."""
    runs = [(str(label), np.asarray(losses, dtype=float)) for label, losses in runs.items()]
    if not runs:
        raise ValueError("no run to draw")
    for label, losses in runs:
        if losses.ndim != 1 or losses.size == 0:
            raise ValueError(f"the losses of {label!r} are not a list of numbers")
    return runs


def _first_lost(losses):
    """Return the first position that is nan or infinite, or None."""
    lost = np.flatnonzero(~np.isfinite(losses))
    return int(lost[0]) if lost.size else None


def _plot_losses(axes, losses, **look):
    """Draw one run: at the bottom what is below the floor, not at all what is nan."""
    losses = np.where(np.isfinite(losses), losses, np.nan)
    # A single number is a point, and a line would not show it.
    marker = "o" if len(losses) == 1 else None
    axes.plot(np.maximum(losses, _FLOOR), linewidth=2, marker=marker, **look)


def _log_axis(axes, runs):
    """Make the vertical axis logarithmic, with one tick a power of ten."""
    finite = np.concatenate([losses[np.isfinite(losses)] for _, losses in runs])
    finite = np.maximum(finite, _FLOOR) if finite.size else np.array([1.0])
    low = int(np.floor(np.log10(finite.min()) + 1e-9))
    top = max(finite.max(), 10.0 ** (low + 1)) * 1.5
    powers = range(low, int(np.floor(np.log10(top))) + 1)
    at_floor = 10.0**low <= _FLOOR
    texts = [f"$\\leq 10^{{{k}}}$" if at_floor and k == low else f"$10^{{{k}}}$" for k in powers]
    axes.set_yscale("log")
    axes.set_ylim(10.0**low * 0.8, top)
    axes.yaxis.set_major_locator(FixedLocator([10.0**k for k in powers]))
    axes.yaxis.set_major_formatter(FixedFormatter(texts))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.grid(axis="y", color="0.88", linewidth=0.8)
    axes.set_axisbelow(True)


def _in_words(label, losses, xlabel):
    text = f"{label}: from {_number(losses[0])} to {_number(losses[-1])}"
    lost = _first_lost(losses)
    return text if lost is None else f"{text}, nan or infinite from {xlabel} {lost}"


@in_style
def loss_curves(runs, xlabel="epoch", title=None):
    """Show how the loss of one or several runs goes down, on a logarithmic axis.

    Parameters
    ----------
    runs : dict of str to sequence of float
        For every run a label and its losses.
    xlabel : str, optional
        What is counted on the horizontal axis.
    title : str, optional
        A heading.
    """
    runs = _runs(runs)
    fig = Figure(figsize=(6.4, 3.4))
    axes = fig.subplots()
    for position, (label, losses) in enumerate(runs):
        colour, style = _LINES[position % len(_LINES)]
        lost = _first_lost(losses)
        named = label if lost is None else f"{label} (nan from {xlabel} {lost})"
        _plot_losses(axes, losses, color=colour, linestyle=style, label=named)
    _log_axis(axes, runs)
    axes.set_xlabel(xlabel)
    axes.set_ylabel("mean loss, logarithmic")
    if title:
        axes.set_title(title)
    if len(runs) > 1 or _first_lost(runs[0][1]) is not None:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    listed = "; ".join(_in_words(label, losses, xlabel) for label, losses in runs)
    show(
        fig,
        alt=f"{title + '. ' if title else ''}Mean loss over {xlabel} on a logarithmic axis. "
        f"{listed}.",
    )


@in_style
def learning_rate_comparison(runs, xlabel="epoch"):
    """Show runs that differ in their learning rate side by side, on the same axes.

    Parameters
    ----------
    runs : dict of float to sequence of float
        For every learning rate the losses of a run.
    xlabel : str, optional
        What is counted on the horizontal axis.
    """
    runs = [(f"rate {_rate(rate)}", losses) for rate, losses in runs.items()]
    runs = _runs(dict(runs))
    fig = Figure(figsize=(min(2.2 * len(runs) + 0.8, 11), 2.9))
    panels = fig.subplots(1, len(runs), sharey=True, squeeze=False)[0]
    for position, (axes, (label, losses)) in enumerate(zip(panels, runs, strict=True)):
        _plot_losses(axes, losses, color=_LINES[0][0])
        _log_axis(axes, runs)
        axes.set_title(label)
        axes.set_xlabel(xlabel)
        # The last number in words: a curve that lies on the frame says too little.
        lost = _first_lost(losses)
        ending = f"ends at {_number(losses[-1])}"
        if lost is not None:
            ending = f"nan from {xlabel} {lost}"
        axes.text(0.97, 0.97, ending, transform=axes.transAxes, ha="right", va="top", fontsize=9)
        if position == 0:
            axes.set_ylabel("mean loss, logarithmic")
    # Room above the curves for the words.
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(low, high * (high / low) ** 0.15)
    listed = "; ".join(_in_words(label, losses, xlabel) for label, losses in runs)
    show(
        fig,
        alt=f"{len(runs)} curves of the mean loss over {xlabel}, side by side, on one logarithmic "
        f"axis. {listed}.",
    )


@in_style
def picture_grid(X, names=None, signed=False, digits=0):
    """Show small pictures side by side, with the number of each pixel in it.

    Parameters
    ----------
    X : ndarray, shape (N, height, width)
        N pictures.
    names : sequence of str, optional
        A title for every picture.
    signed : bool, optional
        Whether the sign of a number matters, as it does for weights: then white stands for 0, and
        two colours for both signs. Otherwise the smallest number is black, and the largest white.
    digits : int, optional
        Decimals to write.
    """
    X = np.asarray(X, dtype=float)
    if X.ndim != 3 or len(X) == 0:
        raise ValueError(f"X needs shape (N, height, width), not {X.shape}")
    names = [f"picture {n}" for n in range(len(X))] if names is None else list(map(str, names))
    if len(names) != len(X):
        raise ValueError(f"{len(names)} names for {len(X)} pictures")
    reach = float(np.abs(X).max()) or 1.0
    low, high = (-reach, reach) if signed else (float(X.min()), float(X.max()))
    fig = Figure(figsize=(min(1.6 * len(X) + 0.2, 11), 2.0))
    panels = fig.subplots(1, len(X), squeeze=False)[0]
    for axes, picture, name in zip(panels, X, names, strict=True):
        # PuOr: orange for negative, purple for positive; told apart with colour blindness.
        axes.imshow(picture, cmap="PuOr" if signed else "gray", vmin=low, vmax=high)
        for (row, column), value in np.ndenumerate(picture):
            share = abs(value) / reach if signed else (value - low) / ((high - low) or 1.0)
            dark = share > 0.6 if signed else share < 0.5
            axes.text(
                column,
                row,
                f"{value:.{digits}f}",
                ha="center",
                va="center",
                color="white" if dark else "black",
            )
        axes.set_title(name)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[["top", "right"]].set_visible(True)
    rows = [
        f"{name}: "
        + " / ".join(", ".join(f"{value:.{digits}f}" for value in row) for row in picture)
        for name, picture in zip(names, X, strict=True)
    ]
    show(
        fig,
        alt=f"{len(X)} pictures of {X.shape[1]} by {X.shape[2]} pixels side by side; rows are "
        f"separated by a slash. {'; '.join(rows)}.",
    )
