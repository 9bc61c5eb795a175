"""Pictures of automatic differentiation: a recorded graph, and what batch normalization does.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = ["feature_spread", "recorded_graph", "share_bars"]

_GRADIENT = "#B84A00"  # the palette's vermilion, darker: small text needs more contrast
_BOX = "#EAF2F8"


def _rows(order):
    """Give each node its column: one more than the largest column of its parents."""
    column: dict[Any, int] = {}
    for node in order:
        column[node] = 1 + max((column[parent] for parent in node.parents), default=-1)
    return column


def _heights(order, column):
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


def _number(value):
    return f"{value:.6g}".replace("-", "−")


def _arrow(axes, start, end, twice):
    """Draw an arrow between two boxes, thicker where it stands for two, around what is between."""
    (x_0, y_0), (x_1, y_1) = start.get_position(), end.get_position()
    around = x_1 - x_0 > 1 and abs(y_1 - y_0) < 0.5
    axes.annotate(
        "",
        xy=(x_1, y_1),
        xytext=(x_0, y_0),
        arrowprops={
            "arrowstyle": "-|>",
            "color": "0.4",
            "linewidth": 2.6 if twice else 1.2,
            "connectionstyle": "arc3,rad=-0.3" if around else "arc3",
            "patchA": start.get_bbox_patch(),
            "patchB": end.get_bbox_patch(),
            "shrinkA": 0,
            "shrinkB": 1,
        },
        zorder=1,
    )


def _label(node, names):
    text = names.get(node, node if isinstance(node, str) else "")
    lines = [str(text)] if text else []
    if hasattr(node, "data"):
        lines.append(_number(node.data))
    return "\n".join(lines)


def recorded_graph(order, names=None, title=None):
    """Show the nodes of a list and the arrows from parents to children, numbered as in the list.

    Parameters
    ----------
    order : sequence
        Nodes with an attribute `parents`, parents first. Where a node has `data` and `grad`, the
        two numbers are drawn as well; where it is a text, its text.
    names : dict, optional
        Names of nodes.
    title : str, optional
        A heading.
    """
    order, names = list(order), dict(names or {})
    column = _rows(order)
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
        boxes.append(
            {
                "at": (column[node], height[node]),
                "label": label,
                "gradient": gradient,
                "beside": place[node],
                "arrows": arrows,
            }
        )
    alt = f"{title or 'A recorded graph'}. In order, {'; '.join(words)}."
    _recorded_graph(boxes, title, alt)


@in_style
def _recorded_graph(nodes, title, alt):
    """Draw places, numbers and texts, which are all that is known here of the nodes."""
    columns = max(node["at"][0] for node in nodes) + 1
    heights = [node["at"][1] for node in nodes]
    low, high = min(heights), max(heights)
    fig = Figure(figsize=(max(4.0, 1.65 * columns + 0.4), max(1.8, 1.05 * (high - low) + 1.5)))
    axes = fig.subplots()
    boxes = [
        axes.text(
            node["at"][0],
            node["at"][1],
            node["label"],
            ha="center",
            va="center",
            fontsize=10,
            zorder=3,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": _BOX, "edgecolor": PALETTE[0]},
        )
        for node in nodes
    ]
    for position, node in enumerate(nodes):
        for start, end, twice in node["arrows"]:
            _arrow(axes, boxes[start], boxes[end], twice)
        # Both stand at the box, however large its text is.
        beside: dict[str, Any] = {"xycoords": boxes[node["beside"]], "textcoords": "offset points"}
        axes.annotate(
            str(position + 1), (0.5, 1), (0, 6), ha="center", fontsize=8, color="0.3", **beside
        )
        if node["gradient"]:
            axes.annotate(
                node["gradient"],
                (0.5, 0),
                (0, -7),
                ha="center",
                va="top",
                fontsize=9,
                style="italic",
                color=_GRADIENT,
                **beside,
            )
    axes.set_xlim(-0.6, columns - 0.4)
    axes.set_ylim(low - 0.75, high + 0.65)
    axes.axis("off")
    if title:
        axes.set_title(title)
    show(fig, alt=alt)


@in_style
def feature_spread(before, after, feature_names=None):
    """Show how the numbers of each feature lie before and after a layer, one strip a feature.

    Parameters
    ----------
    before, after : ndarray of shape (N, D)
        What goes into the layer and what comes out, one case a row.
    feature_names : sequence of str, optional
        What the columns are called.
    """
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    d = before.shape[1]
    names = list(feature_names or [f"feature {k + 1}" for k in range(d)])
    fig = Figure(figsize=(7.2, 0.5 * d + 1.4))
    rows = np.arange(d)[::-1]
    rng = np.random.default_rng(0)  # spreads the dots a little, so that they do not hide each other
    words = []
    for axes, values, title in zip(
        fig.subplots(1, 2, sharey=True), (before, after), ("before", "after"), strict=True
    ):
        for k in range(d):
            jitter = rng.uniform(-0.2, 0.2, size=len(values))
            axes.plot(
                values[:, k], rows[k] + jitter, "o", markersize=3, alpha=0.6, color=PALETTE[0]
            )
            mean = values[:, k].mean()
            axes.plot([mean, mean], [rows[k] - 0.36, rows[k] + 0.36], color=PALETTE[3], linewidth=2)
        axes.axvline(0, color="0.75", linewidth=0.8, zorder=0)
        axes.set_yticks(rows, names)
        axes.set_title(f"{title} (line: mean)")
        axes.set_xlabel("value")
        told = ", ".join(
            f"{name} mean {_near(m)} and standard deviation {_near(s)}"
            for name, m, s in zip(names, values.mean(axis=0), values.std(axis=0), strict=True)
        )
        words.append(f"{title}: {told}")
    show(fig, alt=f"The values of {d} features over a batch. {'; '.join(words)}.")


def _near(value):
    """Write a number to two places, without the sign of a zero."""
    return f"{round(float(value), 2) + 0.0:.2f}"


@in_style
def share_bars(shares, xlabel="accuracy"):
    """Show some shares between 0 and 1 as horizontal bars.

    Parameters
    ----------
    shares : dict of str to float
        What is compared, and its share.
    xlabel : str, optional
        What the shares are.
    """
    names, values = list(shares), [float(value) for value in shares.values()]
    fig = Figure(figsize=(6.4, 0.5 * len(names) + 0.9))
    axes = fig.subplots()
    rows = np.arange(len(names))[::-1]
    axes.barh(rows, values, height=0.6, color=PALETTE[0])
    for row, value in zip(rows, values, strict=True):
        axes.text(value + 0.01, row, f"{value:.2f}", va="center", fontsize=10)
    axes.set_yticks(rows, names)
    axes.set_xlim(0, 1.1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel(xlabel)
    told = "; ".join(f"{name}: {value:.2f}" for name, value in zip(names, values, strict=True))
    show(fig, alt=f"Bars for the {xlabel}. {told}.")
