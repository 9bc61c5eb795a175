"""Pictures of automatic differentiation: a recorded graph, and what batch normalization does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from twoapples.plots import style
from twoapples.plots.style import BLUE, VERMILION, Drawing, Look, Names, floats, in_style

__all__ = ["feature_spread", "recorded_graph", "share_bars"]


def _columns(order: Sequence[Any]) -> dict[Any, int]:
    """Give each node its column: one more than the largest column of its parents."""
    column: dict[Any, int] = {}
    for node in order:
        column[node] = 1 + max((column[parent] for parent in node.parents), default=-1)
    return column


def _heights(order: Sequence[Any], column: Mapping[Any, int]) -> dict[Any, float]:
    """Spread the nodes of a column; each tries to stand level with its parents."""
    height: dict[Any, float] = {}
    for c in range(max(column.values()) + 1):
        members = [node for node in order if column[node] == c]
        wish: dict[Any, float] = {}
        for position, node in enumerate(members):
            known = [height[parent] for parent in node.parents]
            wish[node] = float(np.mean(known)) if known else -float(position)
        members.sort(key=wish.__getitem__, reverse=True)
        middle = float(np.mean(list(wish.values())))
        for position, node in enumerate(members):
            height[node] = middle + (len(members) - 1) / 2 - position
    return height


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _label(node: Any, names: Mapping[Any, str]) -> str:
    text = names.get(node, node if isinstance(node, str) else "")
    lines = [str(text)] if text else []
    if hasattr(node, "data"):
        lines.append(_number(node.data))
    return "\n".join(lines)


def recorded_graph(
    order: Sequence[Any], names: Mapping[Any, str] | None = None, title: str | None = None
) -> None:
    """Show the nodes of a list and the arrows from parents to children, numbered as in the list.

    `order` holds nodes with an attribute `parents`, parents first. Where a node has `data` and
    `grad`, the two numbers are drawn as well; where it is a text, its text. `names` are of nodes.
    """
    order, names = list(order), dict(names or {})
    column = _columns(order)
    height = _heights(order, column)
    place = {node: position for position, node in enumerate(order)}
    boxes, words = [], []
    for position, node in enumerate(order):
        label = _label(node, names)
        said = label.replace("\n", " ") or f"node {position + 1}"
        gradient = ""
        if grad := getattr(node, "grad", None):
            gradient = f"← {_number(grad)}"
            said += f", grad {_number(grad)}"
        if node.parents:
            made = [_label(parent, names).replace("\n", " ") for parent in node.parents]
            said += f", made from {' and '.join(made)}"
        words.append(f"{position + 1}: {said}")
        # In a wrong list a node may stand twice; its arrows belong to the last place.
        arrows = [
            (place[parent], place[node], node.parents.count(parent) > 1)
            for parent in dict.fromkeys(node.parents)
        ]
        box = {"at": (column[node], height[node]), "label": label, "gradient": gradient}
        boxes.append(box | {"beside": place[node], "arrows": arrows})
    alt = f"{title or 'A recorded graph'}. In order, {'; '.join(words)}."
    _recorded_graph(boxes, title, alt)


@in_style
def _recorded_graph(nodes: Sequence[dict[str, Any]], title: str | None, alt: str) -> Drawing:
    """Draw places, numbers and texts, which are all that is known here of the nodes."""
    columns = max(node["at"][0] for node in nodes) + 1
    heights = [node["at"][1] for node in nodes]
    low, high = min(heights), max(heights)
    fig = yield alt, (max(4.0, 1.65 * columns + 0.4), max(1.8, 1.05 * (high - low) + 1.5))
    axes = fig.subplots()
    frame = {"boxstyle": "round,pad=0.35", "facecolor": "#EAF2F8", "edgecolor": BLUE}
    boxes = []
    for node in nodes:
        x, y = node["at"]
        look: Look = {"fontsize": 10, "zorder": 3, "bbox": frame}
        boxes.append(style.centred(axes, x, y, node["label"], **look))
    for position, node in enumerate(nodes):
        for start, end, twice in node["arrows"]:
            (x_0, y_0), (x_1, y_1) = nodes[start]["at"], nodes[end]["at"]
            around = x_1 - x_0 > 1 and abs(y_1 - y_0) < 0.5  # what stands between
            look = {"color": "0.4", "linewidth": 2.6 if twice else 1.2}
            look["connectionstyle"] = "arc3,rad=-0.3" if around else "arc3"
            look |= {"patchA": boxes[start].get_bbox_patch(), "shrinkA": 0}
            look |= {"patchB": boxes[end].get_bbox_patch(), "shrinkB": 1}
            style.arrow(axes, (x_0, y_0), (x_1, y_1), **look)
        # Both stand at the box, however large its text is.
        look = {"xycoords": boxes[node["beside"]], "ha": "center"}
        style.note(axes, str(position + 1), (0.5, 1), (0, 6), fontsize=8, color="0.3", **look)
        look |= {"va": "top", "fontsize": 9, "style": "italic", "color": style.GRADIENT}
        style.note(axes, node["gradient"], (0.5, 0), (0, -7), **look)
    axes.set(xlim=(-0.6, columns - 0.4), ylim=(low - 0.75, high + 0.65), title=title or "")
    axes.axis("off")


@in_style
def feature_spread(before: ArrayLike, after: ArrayLike, feature_names: Names = None) -> Drawing:
    """Show how the numbers of each feature lie before and after a layer, one strip a feature.

    `before` goes into the layer and `after` comes out, both (N, D), one case a row.
    """
    sides = {"before": floats(before), "after": floats(after)}
    d = sides["before"].shape[1]
    names = list(feature_names or [f"feature {k + 1}" for k in range(d)])
    words = []
    for title, values in sides.items():
        told = ", ".join(
            f"{name} mean {_near(m)} and standard deviation {_near(s)}"
            for name, m, s in zip(names, values.mean(axis=0), values.std(axis=0), strict=True)
        )
        words.append(f"{title}: {told}")
    alt = f"The values of {d} features over a batch. {'; '.join(words)}."
    fig = yield alt, (7.2, 0.5 * d + 1.4)
    rows = np.arange(d)[::-1]
    rng = np.random.default_rng(0)  # spreads the dots a little, so that they do not hide each other
    for axes, (title, values) in zip(fig.subplots(1, 2, sharey=True), sides.items(), strict=True):
        for row, column in zip(rows, values.T, strict=True):
            jitter = rng.uniform(-0.2, 0.2, size=len(column))
            axes.plot(column, row + jitter, "o", markersize=3, alpha=0.6, color=BLUE)
            axes.plot([column.mean()] * 2, [row - 0.36, row + 0.36], color=VERMILION, linewidth=2)
        axes.axvline(0, color="0.75", linewidth=0.8, zorder=0)
        axes.set_yticks(rows, names)
        axes.set(title=f"{title} (line: mean)", xlabel="value")


def _near(value: float) -> str:
    """Write a number to two places, without the sign of a zero."""
    return f"{round(float(value), 2) + 0.0:.2f}"


@in_style
def share_bars(shares: Mapping[str, float]) -> Drawing:
    """Show accuracies, between 0 and 1, as horizontal bars with a label each."""
    told = "; ".join(f"{name}: {value:.2f}" for name, value in shares.items())
    fig = yield f"Bars for the accuracy. {told}.", (6.4, 0.5 * len(shares) + 0.9)
    axes = fig.subplots()
    rows = np.arange(len(shares))[::-1]
    axes.barh(rows, list(shares.values()), height=0.6, color=BLUE)
    for row, value in zip(rows, shares.values(), strict=True):
        axes.text(value + 0.01, row, f"{value:.2f}", va="center", fontsize=10)
    axes.set_yticks(rows, list(shares))
    axes.set(xlim=(0, 1.1), xticks=[0, 0.25, 0.5, 0.75, 1], xlabel="accuracy")
