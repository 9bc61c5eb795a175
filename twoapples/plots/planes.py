"""Pictures of the plane and the lines that divide it: decisions, feature spaces, regions.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing.

Classes are told apart by shape and by filling as well as by colour: circles for 0 (or -1), filled
squares for 1, and a cross over every point that was answered wrongly.
"""

from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from twoapples.figures import PALETTE, show
from twoapples.plots.style import in_style

__all__ = [
    "decision_line",
    "decision_lines",
    "feature_space",
    "line_regions",
]

_BLUE, _ORANGE, _GREEN, _VERMILION, _PURPLE = PALETTE[:5]
_SHADE = "#FBEFD5"  # the orange of class 1, light enough for black text and marks on top
_LINE_STYLES = ("-", "--", "-.", ":")


def brief(value):
    """Write a number as briefly as it can be read, with a true minus sign."""
    value = round(float(value), 3) + 0.0  # which makes 0 of a -0
    return f"{value:g}".replace("-", "−")


def _signed(value):
    """Write a number with its sign, apart, for the middle of a formula."""
    return f"{'−' if round(value, 3) < 0 else '+'} {brief(abs(value))}"


def line_equation(w, b, names):
    """Write the equation of a decision line."""
    formula = f"{brief(w[0])} {names[0]} {_signed(w[1])} {names[1]} {_signed(b)} = 0"
    for name in names:  # a factor of 1 is not written
        formula = formula.replace(f"− 1 {name}", f"− {name}").replace(f"+ 1 {name}", f"+ {name}")
    if formula.startswith("−1 "):
        return f"−{formula.removeprefix('−1 ')}"
    return formula.removeprefix("1 ")


def _plane(x, t, answers):
    """Check the shapes of points, targets and answers; return arrays, targets as booleans."""
    x, t = np.asarray(x, dtype=float), np.asarray(t)
    answers = np.asarray(answers)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"x needs shape (N, 2), not {x.shape}")
    if t.shape != (len(x),) or answers.shape != (len(x),):
        raise ValueError(
            f"t and answers need shape ({len(x)},), one a point, not {t.shape} and {answers.shape}"
        )
    return x, t > 0, answers > 0


def _line(w, b):
    """Check a line's weights; return them as an array and a float."""
    w = np.asarray(w, dtype=float)
    if w.shape != (2,):
        raise ValueError(f"w needs shape (2,), not {w.shape}")
    return w, float(b)


def limits(x):
    """Return the edges of a square that holds all points, with some room."""
    centre = (x.max(axis=0) + x.min(axis=0)) / 2
    half = max(np.max(x.max(axis=0) - x.min(axis=0)) * 0.9, 0.5)
    return (centre[0] - half, centre[0] + half), (centre[1] - half, centre[1] + half)


def _shaded_line(axes, w, b, shade=True, style="-", colour="black", label=None):
    """Draw the line where the score is 0, and shade the side where it is above 0."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    across, up = np.meshgrid(np.linspace(left, right, 201), np.linspace(low, high, 201))
    score = w[0] * across + w[1] * up + b
    if shade and score.max() > 0:
        axes.contourf(across, up, score, levels=[0, np.inf], colors=[_SHADE], zorder=0)
    if w[1] != 0:
        ends = np.array([left, right])
        axes.plot(ends, -(w[0] * ends + b) / w[1], style, color=colour, linewidth=2, label=label)
    elif w[0] != 0:
        axes.axvline(-b / w[0], linestyle=style, color=colour, linewidth=2, label=label)
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)


def _points(axes, x, t, wrong, classes=("0", "1")):
    """Mark points by class, and cross out those that were answered wrongly."""
    for mask, marker, fill, edge, name in (
        (~t, "o", "white", _BLUE, classes[0]),
        (t, "s", _ORANGE, "black", classes[1]),
    ):
        axes.scatter(
            x[mask, 0],
            x[mask, 1],
            s=80,
            marker=marker,
            facecolor=fill,
            edgecolor=edge,
            linewidth=2 if marker == "o" else 1,
            label=f"target {name}",
            zorder=3,
        )
    if wrong.any():
        axes.scatter(
            x[wrong, 0],
            x[wrong, 1],
            s=190,
            marker="x",
            color=_VERMILION,
            linewidth=2.5,
            label="misclassified",
            zorder=4,
        )


def _arrow(axes, w, b):
    """Draw the weight vector from the point of the line that is nearest to the middle."""
    if not w.any():
        return
    middle = np.array([np.mean(axes.get_xlim()), np.mean(axes.get_ylim())])
    foot = middle - (middle @ w + b) / (w @ w) * w
    reach = 0.2 * (axes.get_xlim()[1] - axes.get_xlim()[0])
    tip = foot + w / np.sqrt(w @ w) * reach
    axes.annotate(
        "",
        xy=tip,
        xytext=foot,
        arrowprops={"arrowstyle": "-|>", "color": _GREEN, "linewidth": 2.5, "mutation_scale": 18},
        zorder=5,
    )
    axes.annotate("w", tip, xytext=(5, 5), textcoords="offset points", color=_GREEN, fontsize=13)


def _places(x):
    """List points for the alternative text."""
    return ", ".join(f"({brief(a)}, {brief(b)})" for a, b in x) or "none"


def _classes_of(t):
    """Name the two classes as the targets do: 0 and 1, or −1 and +1."""
    return ("−1", "+1") if np.min(t, initial=0) < 0 else ("0", "1")


@in_style
def decision_line(x, t, answers, w, b, arrow=False, names=("x1", "x2"), title=""):
    """Show points, the decision line, and which points are answered wrongly.

    Parameters
    ----------
    x : ndarray, shape (N, 2)
        Points.
    t : ndarray, shape (N,)
        Targets: 0 and 1, or -1 and +1.
    answers : ndarray, shape (N,)
        What the perceptron answers; a point is misclassified where this and `t` lie on different
        sides of 0.5 (or of 0).
    w : ndarray, shape (2,)
        Weights.
    b : float
        Bias.
    arrow : bool, optional
        Draw the weight vector too (its direction; the length is made to fit).
    names : tuple of str, optional
        Names of the two inputs.
    title : str, optional
        Title of the picture.
    """
    classes = _classes_of(t)
    x, t, answers = _plane(x, t, answers)
    w, b = _line(w, b)
    wrong = t != answers
    fig = Figure(figsize=(6.4, 4.2))
    axes = fig.subplots()
    _decision_panel(axes, x, t, wrong, (w, b), names, classes)
    if arrow:
        _arrow(axes, w, b)
    axes.set_title(title or line_equation(w, b, names))
    axes.set_ylabel(names[1])
    fig.legend(*axes.get_legend_handles_labels(), loc="outside right upper", frameon=False)
    show(
        fig,
        alt=f"{len(x)} points in the plane of {names[0]} and {names[1]}, and the decision line "
        f"{line_equation(w, b, names)}; its positive side is shaded. "
        + ("An arrow, the weight vector, stands at a right angle on the line. " if arrow else "")
        + f"Squares, target {classes[1]}: {_places(x[t])}. "
        f"Circles, target {classes[0]}: {_places(x[~t])}. "
        f"Misclassified, with a cross: {_places(x[wrong])}.",
    )


def _decision_panel(axes, x, t, wrong, line, names, classes):
    across, up = limits(x)
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    axes.set_aspect("equal")
    w, b = line
    _shaded_line(axes, w, b, label="decision line")
    _points(axes, x, t, wrong, classes)
    axes.set_xlabel(names[0])


@in_style
def decision_lines(x, t, answers, lines, titles, names=("x1", "x2")):
    """Show several decision lines over the same points, one panel a line.

    Parameters
    ----------
    x : ndarray, shape (N, 2)
        Points.
    t : ndarray, shape (N,), or list of ndarray
        Targets: 0 and 1, or -1 and +1. A list gives every panel targets of its own.
    answers : list of ndarray, each of shape (N,)
        What the perceptron answers in each panel.
    lines : list of (ndarray of shape (2,), float)
        Weights and bias of each panel.
    titles : list of str
        A title for every panel.
    names : tuple of str, optional
        Names of the two inputs.
    """
    targets = list(t) if isinstance(t, (list, tuple)) else [t] * len(lines)
    if not len(lines) == len(answers) == len(titles) == len(targets) or not lines:
        raise ValueError(
            f"{len(lines)} lines need as many targets, answers and titles, not {len(targets)}, "
            f"{len(answers)} and {len(titles)}"
        )
    fig = Figure(figsize=(2.1 * len(lines) + 1.5, 2.8))
    panels = fig.subplots(1, len(lines), sharex=True, sharey=True, squeeze=False)[0]
    told = []
    legend: dict[str, Any] = {}  # what the panels together show
    for axes, each, target, line, title in zip(
        panels, answers, targets, lines, titles, strict=True
    ):
        classes = _classes_of(target)
        points, target, each = _plane(x, target, each)
        w, b = _line(*line)
        wrong = target != each
        _decision_panel(axes, points, target, wrong, (w, b), names, classes)
        axes.set_title(title)
        handles, labels = axes.get_legend_handles_labels()
        legend |= dict(zip(labels, handles, strict=True))
        told.append(
            f"{title}: {line_equation(w, b, names)}, misclassified {_places(points[wrong])}"
        )
    panels[0].set_ylabel(names[1])
    fig.legend(
        list(legend.values()), list(legend), loc="outside lower center", ncols=4, frameon=False
    )
    show(
        fig,
        alt=f"{len(lines)} panels with {len(x)} points and a decision line each; misclassified "
        f"points have a cross. {'. '.join(told)}.",
    )


@in_style
def feature_space(x, z, t, lines, output_line, names=("z1", "z2")):
    """Show points before and after two perceptrons: the plane of x, and the plane of z.

    Parameters
    ----------
    x : ndarray, shape (N, 2)
        Points.
    z : ndarray, shape (N, 2)
        What the two perceptrons answer for each point.
    t : ndarray, shape (N,)
        Targets, 0 or 1.
    lines : list of two (ndarray of shape (2,), float)
        Weights and bias of the two perceptrons, lines in the plane of x.
    output_line : (ndarray of shape (2,), float)
        Weights and bias of the perceptron behind them, a line in the plane of z.
    names : tuple of str, optional
        Names of the two perceptrons' answers.
    """
    x, t, _ = _plane(x, t, t)
    z, _, _ = _plane(z, t, t)
    lines = [_line(*line) for line in lines]
    w, b = _line(*output_line)
    if len(lines) != len(names):
        raise ValueError(f"{len(lines)} lines for the two names {names}")
    right_answers = np.zeros(len(x), dtype=bool)
    fig = Figure(figsize=(8.4, 4))
    left, right = fig.subplots(1, 2)
    for axes, points in ((left, x), (right, z)):
        across, up = limits(points)
        axes.set_xlim(*across)
        axes.set_ylim(*up)
        axes.set_aspect("equal")
    styles = zip(lines, names, _LINE_STYLES[1:], (_GREEN, _PURPLE), strict=False)
    for (line_w, line_b), name, style, colour in styles:
        _shaded_line(left, line_w, line_b, False, style, colour, f"line of {name}")
    _points(left, x, t, right_answers)
    _shaded_line(right, w, b)
    _points(right, z, t, right_answers)
    for place in np.unique(z, axis=0):
        here = x[(z == place).all(axis=1)]
        right.annotate(
            "from " + "\nand ".join(_places([point]) for point in here),
            place,
            xytext=(0, 9),
            textcoords="offset points",
            horizontalalignment="center",
            fontsize=9,
        )
    left.set(xlabel="x1", ylabel="x2", title="the inputs x")
    right.set(xlabel=names[0], ylabel=names[1], title="the feature space z")
    fig.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
    )
    moved = "; ".join(f"{_places([a])} goes to {_places([b])}" for a, b in zip(x, z, strict=True))
    show(
        fig,
        alt=f"Two panels. Left: {len(x)} points in the plane of x1 and x2 with the lines of "
        f"{names[0]} and {names[1]}. Right: the same points in the plane of {names[0]} and "
        f"{names[1]}: {moved}. There the line {line_equation(w, b, names)} has the squares, "
        "target 1, on its shaded side and the circles, target 0, on the other.",
    )


@in_style
def line_regions(lines, reach=2.0):
    """Show into which regions lines cut the plane, and what the perceptrons answer in each.

    Parameters
    ----------
    lines : list of (ndarray of shape (2,), float)
        Weights and bias of each perceptron.
    reach : float, optional
        Both axes go from -`reach` to `reach`. Regions outside the picture are not counted.
    """
    lines = [_line(*line) for line in lines]
    if not lines:
        raise ValueError("at least one line is needed")
    ticks = np.linspace(-reach, reach, 401)
    across, up = ticks, ticks[:, np.newaxis]
    distances = np.array([(w[0] * across + w[1] * up + b) / np.sqrt(w @ w) for w, b in lines])
    positive = distances > 0
    number = sum(answers << k for k, answers in enumerate(positive.astype(int)))
    # The way to the nearest line or edge: a code is written where there is most room for it.
    room = np.abs(distances).min(axis=0)
    room = np.minimum(room, reach - np.maximum(np.abs(across), np.abs(up)))
    fig = Figure(figsize=(6.4, 4.8))
    axes = fig.subplots()
    # Neighbours differ in one answer, so an odd and an even count of ones: two tints are enough.
    tints = ListedColormap(["#FFFFFF", "#E3EEF6"])
    axes.imshow(
        positive.sum(axis=0) % 2,
        extent=(-reach, reach, -reach, reach),
        origin="lower",
        cmap=tints,
        vmin=0,
        vmax=1,
        zorder=0,
    )
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    codes = []
    for k, (w, b) in enumerate(lines):
        colour, style = PALETTE[(0, 3, 2, 7, 4)[k % 5]], _LINE_STYLES[k % 4]
        _shaded_line(axes, w, b, False, style, colour, f"line {k + 1}")
    for region in np.unique(number):
        row, column = np.unravel_index(np.argmax(np.where(number == region, room, -1)), room.shape)
        codes.append("".join(str(int(answer)) for answer in positive[:, row, column]))
        axes.text(
            ticks[column],
            ticks[row],
            codes[-1],
            horizontalalignment="center",
            verticalalignment="center",
            fontsize=10,
        )
    axes.set(xlabel="x1", ylabel="x2", title=f"lines: {len(lines)}, regions: {len(codes)}")
    fig.legend(*axes.get_legend_handles_labels(), loc="outside right upper", frameon=False)
    show(
        fig,
        alt=f"The plane of x1 and x2, cut by {len(lines)} straight lines into {len(codes)} "
        f"regions. In each stand the answers of the perceptrons, 1 on the positive side of a "
        f"line: {', '.join(sorted(codes))}.",
    )
