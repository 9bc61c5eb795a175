"""Pictures of training: what goes in, how the loss goes down, what a learning rate does."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from numpy.typing import ArrayLike

from twoapples.plots import style
from twoapples.plots.style import BLUE, LOOKS, Curves, Drawing, Floats, Names, floats, in_style

__all__ = ["digit_grid", "learning_rate_comparison", "loss_curves", "picture_grid"]

# A logarithmic axis has no place for 0, and a perfect loss is about -1e-7.
_FLOOR = 1e-5


def _number(value: float) -> str:
    """Write a loss for a text: three decimals, or powers of ten where those would show nothing."""
    return _short(style.number(value, 0.001, ".1e"))


def _short(text: str) -> str:
    """Leave zeros out of an exponent: 1e-07 becomes 1e-7."""
    return re.sub(r"e([+-])0*(\d)", lambda found: f"e{found[1].strip('+')}{found[2]}", text)


def _rate(value: float) -> str:
    """Write a learning rate: 0.06 as it is, smaller ones with a power of ten."""
    value = float(value)
    if value == 0 or 0.01 < abs(value) < 10000:
        return f"{value:g}"
    return _short(re.sub(r"\.?0*e", "e", f"{value:.4e}"))


def _runs(runs: Curves) -> dict[str, Floats]:
    checked = {str(label): floats(losses) for label, losses in runs.items()}
    if not checked:
        raise ValueError("no run to draw")
    for label, losses in checked.items():
        if losses.ndim != 1 or losses.size == 0:
            raise ValueError(f"the losses of {label!r} are not a list of numbers")
    return checked


def _lost(losses: Floats, text: str = "nan from epoch {}") -> str:
    """Say where losses are nan or infinite for the first time, if they are."""
    lost = np.flatnonzero(~np.isfinite(losses))
    return text.format(lost[0]) if lost.size else ""


def _in_words(runs: Mapping[str, Floats]) -> str:
    return "; ".join(
        f"{label}: from {_number(losses[0])} to {_number(losses[-1])}"
        + _lost(losses, ", nan or infinite from epoch {}")
        for label, losses in runs.items()
    )


def _plot_losses(axes: Axes, losses: Floats, **look: Any) -> None:
    """Draw one run: at the bottom what is below the floor, not at all what is nan."""
    losses = np.where(np.isfinite(losses), losses, np.nan)
    # A single number is a point, and a line would not show it.
    look["marker"] = "o" if len(losses) == 1 else None
    axes.plot(np.maximum(losses, _FLOOR), linewidth=2, **look)


def _log_axis(axes: Axes, runs: Mapping[str, Floats]) -> None:
    """Make the vertical axis logarithmic, with one tick a power of ten."""
    finite = np.concatenate([losses[np.isfinite(losses)] for losses in runs.values()])
    finite = np.maximum(finite, _FLOOR) if finite.size else np.array([1.0])
    low = int(np.floor(np.log10(finite.min()) + 1e-9))
    top = max(finite.max(), 10.0 ** (low + 1)) * 1.5
    powers = range(low, int(np.floor(np.log10(top))) + 1)
    at_floor = 10.0**low <= _FLOOR
    texts = [f"$\\leq 10^{{{k}}}$" if at_floor and k == low else f"$10^{{{k}}}$" for k in powers]
    axes.set(yscale="log", ylim=(10.0**low * 0.8, top))
    axes.yaxis.set_major_locator(FixedLocator([10.0**k for k in powers]))
    axes.yaxis.set_major_formatter(FixedFormatter(texts))
    axes.yaxis.set_minor_locator(NullLocator())
    style.epochs_across(axes)


@in_style
def loss_curves(runs: Curves, title: str | None = None) -> Drawing:
    """Show how the loss of one or several runs goes down, one number an epoch, logarithmically."""
    checked = _runs(runs)
    fig = yield (
        f"{title + '. ' if title else ''}Mean loss over epoch on a logarithmic axis. "
        f"{_in_words(checked)}.",
        (6.4, 3.4),
    )
    axes = fig.subplots()
    for (label, losses), look in zip(checked.items(), itertools.cycle(LOOKS)):
        lost = _lost(losses)
        _plot_losses(axes, losses, **look | {"label": f"{label} ({lost})" if lost else label})
    _log_axis(axes, checked)
    axes.set(ylabel="mean loss, logarithmic", title=title or "")
    if len(checked) > 1 or any(map(_lost, checked.values())):
        style.legend_beside(axes)


@in_style
def learning_rate_comparison(runs: Mapping[float, ArrayLike]) -> Drawing:
    """Show runs side by side, on the same axes: for every learning rate a loss an epoch."""
    checked = _runs({f"rate {_rate(rate)}": losses for rate, losses in runs.items()})
    fig = yield (
        f"{len(checked)} curves of the mean loss over epoch, side by side, on one logarithmic "
        f"axis. {_in_words(checked)}.",
        (min(2.2 * len(checked) + 0.8, 11), 2.9),
    )
    panels = style.line_up(fig, len(checked), sharey=True)
    for axes, (label, losses) in zip(panels, checked.items(), strict=True):
        _plot_losses(axes, losses, color=BLUE)
        _log_axis(axes, checked)
        axes.set_title(label)
        # The last number in words: a curve that lies on the frame says too little.
        ending = _lost(losses) or f"ends at {_number(losses[-1])}"
        axes.text(0.97, 0.97, ending, transform=axes.transAxes, ha="right", va="top", fontsize=9)
    panels[0].set_ylabel("mean loss, logarithmic")
    # Room above the curves for the words.
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(low, high * (high / low) ** 0.15)


@in_style
def picture_grid(
    X: ArrayLike, names: Names = None, signed: bool = False, digits: int = 0
) -> Drawing:
    """Show small pictures, (N, height, width), side by side, with the number of each pixel in it.

    Where numbers are `signed`, as weights are, white stands for 0, and two colours for both signs.
    Otherwise the smallest number is black, and the largest white. `digits` are decimals.
    """
    X = floats(X)
    if X.ndim != 3 or len(X) == 0:
        raise ValueError(f"X needs shape (N, height, width), not {X.shape}")
    names = style.names_of(names, len(X), "pictures", "picture")
    listed = "; ".join(
        f"{name}: "
        + " / ".join(", ".join(f"{value:.{digits}f}" for value in row) for row in picture)
        for name, picture in zip(names, X, strict=True)
    )
    fig = yield (
        f"{len(X)} pictures of {X.shape[1]} by {X.shape[2]} pixels side by side; rows are "
        f"separated by a slash. {listed}.",
        (min(1.6 * len(X) + 0.2, 11), 2.0),
    )
    reach = float(np.abs(X).max()) or 1.0
    low, high = (-reach, reach) if signed else (float(X.min()), float(X.max()))
    for axes, picture, name in zip(style.line_up(fig, len(X)), X, names, strict=True):
        # PuOr: orange for negative, purple for positive; told apart with colour blindness.
        axes.imshow(picture, cmap="PuOr" if signed else "gray", vmin=low, vmax=high)
        for (row, column), value in np.ndenumerate(picture):
            share = abs(value) / reach if signed else (value - low) / ((high - low) or 1.0)
            dark = share > 0.6 if signed else share < 0.5
            colour = "white" if dark else "black"
            style.centred(axes, column, row, f"{value:.{digits}f}", color=colour)
        axes.set(title=name, xticks=[], yticks=[])
        axes.spines[["top", "right"]].set_visible(True)


@in_style
def digit_grid(X: ArrayLike, titles: Names = None, columns: int = 8) -> Drawing:
    """Show pictures in rows, dark ink on a light ground, each with a title, of several lines maybe.

    They are (N, height, width), or (N, D) if they are square; the largest number is black.
    """
    X = floats(X)
    if X.ndim == 2:
        side = math.isqrt(X.shape[1])
        if side * side != X.shape[1]:
            raise ValueError(f"{X.shape[1]} pixels are no picture of {side} by {side}")
        X = X.reshape(len(X), side, side)
    if X.ndim != 3 or len(X) == 0:
        raise ValueError(f"X needs shape (N, height, width) or (N, D), not {X.shape}")
    titles = style.names_of([""] * len(X) if titles is None else titles, len(X), "pictures")
    columns = min(columns, len(X))
    lines = -(-len(X) // columns)
    told = "; ".join(title.replace("\n", ", ") or "untitled" for title in titles)
    extra = 0.18 * max(title.count("\n") + bool(title) for title in titles)
    fig = yield (
        f"{len(X)} picture{'s' if len(X) > 1 else ''} of {X.shape[1]} by {X.shape[2]} pixels in "
        f"{lines} row{'s' if lines > 1 else ''}. Their titles: {told}.",
        (1.15 * columns + 0.1, (1.05 + extra) * lines + 0.1),
    )
    for axes, picture, title in zip(style.line_up(fig, len(X), columns), X, titles, strict=True):
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=float(X.max()) or 1.0)
        axes.set_title(title, fontsize=9)
        axes.set(xticks=[], yticks=[])
        axes.spines[["top", "right"]].set_visible(True)
