"""Pictures of pictures: a grid of digits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from numpy.typing import ArrayLike

from twoapples.plots.style import Drawing, floats, in_style, line_up

__all__ = ["digit_grid"]


@in_style
def digit_grid(X: ArrayLike, titles: Sequence[str] | None = None, columns: int = 8) -> Drawing:
    """Show pictures in rows, dark ink on a light ground, each with a title.

    Parameters
    ----------
    X : ndarray, shape (N, height, width) or (N, D)
        N pictures, square ones where they are flat; large numbers are ink, the largest is black.
    titles : sequence of str, optional
        A title for every picture: the answer of a network, say. Line ends are kept.
    columns : int, optional
        How many pictures stand in a row.
    """
    X = floats(X)
    if X.ndim == 2:
        side = math.isqrt(X.shape[1])
        if side * side != X.shape[1]:
            raise ValueError(f"{X.shape[1]} pixels are no picture of {side} by {side}")
        X = X.reshape(len(X), side, side)
    if X.ndim != 3 or len(X) == 0:
        raise ValueError(f"X needs shape (N, height, width) or (N, D), not {X.shape}")
    titles = [""] * len(X) if titles is None else list(map(str, titles))
    if len(titles) != len(X):
        raise ValueError(f"{len(titles)} titles for {len(X)} pictures")
    columns = min(columns, len(X))
    lines = -(-len(X) // columns)
    told = "; ".join(title.replace("\n", ", ") or "untitled" for title in titles)
    extra = 0.18 * max(title.count("\n") + bool(title) for title in titles)
    fig = yield (
        f"{len(X)} picture{'s' if len(X) > 1 else ''} of {X.shape[1]} by {X.shape[2]} pixels in "
        f"{lines} row{'s' if lines > 1 else ''}. Their titles: {told}.",
        (1.15 * columns + 0.1, (1.05 + extra) * lines + 0.1),
    )
    for axes, picture, title in zip(line_up(fig, len(X), columns), X, titles, strict=True):
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=float(X.max()) or 1.0)
        axes.set_title(title, fontsize=9)
        axes.set(xticks=[], yticks=[])
        axes.spines[["top", "right"]].set_visible(True)
