"""Pictures of pictures: a grid of digits, and a table of which of them are taken for which.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

import math

import numpy as np
from matplotlib.figure import Figure

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = ["confusion_matrix", "digit_grid"]


def _as_pictures(X, image_shape):
    """Return X with shape (N, height, width)."""
    X = np.asarray(X, dtype=float)
    if X.ndim == 2:
        side = math.isqrt(X.shape[1])
        height, width = image_shape or (side, side)
        if height * width != X.shape[1]:
            raise ValueError(f"{X.shape[1]} pixels are no picture of {height} by {width}")
        X = X.reshape(len(X), height, width)
    if X.ndim != 3 or len(X) == 0:
        raise ValueError(f"X needs shape (N, height, width) or (N, D), not {X.shape}")
    return X


@in_style
def digit_grid(X, titles=None, columns=8, image_shape=None, brightest=None, marked=()):
    """Show pictures in rows, dark ink on a light ground, each with a title.

    Parameters
    ----------
    X : ndarray, shape (N, height, width) or (N, D)
        N pictures; large numbers are ink.
    titles : sequence of str, optional
        A title for every picture: the answer of a network, say. Line ends are kept.
    columns : int, optional
        How many pictures stand in a row.
    image_shape : (int, int), optional
        Height and width, where `X` is flat and the pictures are not square.
    brightest : float, optional
        The number that is drawn as full ink; the largest of all pictures unless given.
    marked : sequence of int, optional
        Positions of pictures to be framed and titled in colour: wrong answers, say.
    """
    X = _as_pictures(X, image_shape)
    titles = [""] * len(X) if titles is None else list(map(str, titles))
    if len(titles) != len(X):
        raise ValueError(f"{len(titles)} titles for {len(X)} pictures")
    marked = {int(position) for position in marked}
    columns = min(columns, len(X))
    lines = -(-len(X) // columns)
    extra = 0.18 * max(title.count("\n") + bool(title) for title in titles)
    fig = Figure(figsize=(1.15 * columns + 0.1, (1.05 + extra) * lines + 0.1))
    panels = fig.subplots(lines, columns, squeeze=False)
    high = float(X.max()) if brightest is None else float(brightest)
    for position, axes in enumerate(panels.flat):
        if position >= len(X):
            axes.remove()
            continue
        axes.imshow(X[position], cmap="gray_r", vmin=0, vmax=high or 1.0)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[["top", "right"]].set_visible(True)
        emphasis = position in marked
        axes.set_title(
            titles[position],
            fontsize=9,
            color=PALETTE[3] if emphasis else "black",
            fontweight="bold" if emphasis else "normal",
        )
        if emphasis:
            for spine in axes.spines.values():
                spine.set(color=PALETTE[3], linewidth=2.5)
    told = [title.replace("\n", ", ") or "untitled" for title in titles]
    told = [f"{text} (marked)" if n in marked else text for n, text in enumerate(told)]
    show(
        fig,
        alt=f"{len(X)} picture{'s' if len(X) > 1 else ''} of {X.shape[1]} by {X.shape[2]} pixels "
        f"in {lines} row{'s' if lines > 1 else ''}. Their titles: {'; '.join(told)}.",
    )


@in_style
def confusion_matrix(counts, names=None):
    """Show how often each class was answered for each true class.

    Parameters
    ----------
    counts : ndarray of int, shape (C, C)
        Entry (i, k) says how many cases of class i were answered with class k.
    names : sequence of str, optional
        Names of the C classes.
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.any():
        raise ValueError(f"counts needs shape (C, C) and some cases, not {counts.shape}")
    classes = len(counts)
    names = [str(k) for k in range(classes)] if names is None else list(map(str, names))
    if len(names) != classes:
        raise ValueError(f"{len(names)} names for {classes} classes")
    # Shares of a row: classes with few cases are as readable as those with many. The square root
    # makes rare mistakes visible beside a full diagonal.
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 0.46 * classes + 1.6
    fig = Figure(figsize=(size, size * 0.92))
    axes = fig.subplots()
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1.15)
    for (i, k), count in np.ndenumerate(counts):
        if count:
            axes.text(
                k,
                i,
                f"{count}",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if np.sqrt(shares[i, k]) > 0.7 else "black",
                fontweight="bold" if i != k else "normal",
            )
    axes.set_xticks(
        range(classes), names, rotation=45 if any(len(name) > 3 for name in names) else 0
    )
    axes.set_yticks(range(classes), names)
    axes.set_xlabel("answer of the network")
    axes.set_ylabel("true class")
    axes.spines[["top", "right"]].set_visible(True)
    wrong = [
        (int(counts[i, k]), f"{names[i]} taken for {names[k]} {counts[i, k]} times")
        for i, k in np.ndindex(classes, classes)
        if i != k and counts[i, k]
    ]
    most = sorted(wrong, key=lambda pair: -pair[0])[:3]
    told = ", ".join(text for _, text in most) or "no mistakes"
    show(
        fig,
        alt=f"A table of {classes} by {classes} counts: rows are true classes, columns answers. "
        f"{int(np.trace(counts))} of {int(counts.sum())} are right, on the diagonal. "
        f"Most frequent mistakes: {told}.",
    )
