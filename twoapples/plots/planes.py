"""Pictures of the plane and the lines that divide it: decisions, feature spaces, regions.

Classes are told apart by shape and by filling as well as by colour: circles for 0 (or -1), filled
squares for 1, and a cross over every point that was answered wrongly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from numpy.typing import ArrayLike, NDArray

from twoapples.plots import style
from twoapples.plots.style import BLUE, GREEN, Drawing, Floats, Look, floats, in_style

__all__ = ["decision_line", "decision_lines", "feature_space", "line_regions"]

Line = tuple[ArrayLike, float]  # weights, shape (2,), and bias
_Line = tuple[Floats, float]
_Mask = NDArray[np.bool_]

_X = ("x1", "x2")
_SHADE = "#FBEFD5"  # the orange of class 1, light enough for black text and marks on top


def brief(value: float) -> str:
    """Write a number as briefly as it can be read, with a true minus sign."""
    value = round(float(value), 3) + 0.0  # which makes 0 of a -0
    return f"{value:g}".replace("-", "−")


def _signed(value: float) -> str:
    """Write a number with its sign, apart, for the middle of a formula."""
    return f"{'−' if round(value, 3) < 0 else '+'} {brief(abs(value))}"


def line_equation(w: Sequence[float] | Floats, b: float, names: Sequence[str]) -> str:
    """Write the equation of a decision line."""
    formula = f"{brief(w[0])} {names[0]} {_signed(w[1])} {names[1]} {_signed(b)} = 0"
    for name in names:  # a factor of 1 is not written
        formula = formula.replace(f"− 1 {name}", f"− {name}").replace(f"+ 1 {name}", f"+ {name}")
    if formula.startswith("−1 "):
        return f"−{formula.removeprefix('−1 ')}"
    return formula.removeprefix("1 ")


def limits(x: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the edges of a square that holds all points, with some room."""
    centre = (x.max(axis=0) + x.min(axis=0)) / 2
    half = max(np.max(x.max(axis=0) - x.min(axis=0)) * 0.9, 0.5)
    return (centre[0] - half, centre[0] + half), (centre[1] - half, centre[1] + half)


def _points(x: ArrayLike, name: str) -> Floats:
    x = floats(x)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"{name} needs shape (N, 2), not {x.shape}")
    return x


def _line(line: Line) -> _Line:
    """Check a line's weights; return them as an array and a float."""
    w = floats(line[0])
    if w.shape != (2,):
        raise ValueError(f"w needs shape (2,), not {w.shape}")
    return w, float(line[1])


def _one_a_point(values: ArrayLike, x: Floats, name: str) -> _Mask:
    """Check that there is a number for each point; return which of them are positive."""
    signs = np.asarray(values)
    if signs.shape != (len(x),):
        raise ValueError(f"{name} needs shape ({len(x)},), one a point, not {signs.shape}")
    return np.asarray(signs > 0)


def _places(x: Iterable[Floats]) -> str:
    """List points for the alternative text."""
    return ", ".join(f"({brief(a)}, {brief(b)})" for a, b in x) or "none"


class _Answers(NamedTuple):
    """A line, and for each point its class and whether it is answered wrongly."""

    line: _Line
    squares: _Mask
    wrong: _Mask
    classes: tuple[str, str]  # as the targets name them

    @classmethod
    def checked(cls, x: Floats, t: ArrayLike, answers: ArrayLike, line: Line) -> _Answers:
        squares = _one_a_point(t, x, "t")
        wrong = squares != _one_a_point(answers, x, "answers")
        classes = ("−1", "+1") if np.min(t, initial=0) < 0 else ("0", "1")
        return cls(_line(line), squares, wrong, classes)

    def draw(self, axes: Axes, x: Floats) -> None:
        _plane(axes, x, _X)
        _draw_line(axes, self.line, shade=True, label="decision line")
        _draw_points(axes, x, self.squares, self.classes)
        if self.wrong.any():
            cross: Look = {"marker": "x", "color": style.VERMILION, "linewidth": 2.5, "zorder": 4}
            cross["s"] = 190
            axes.scatter(*x[self.wrong].T, label="misclassified", **cross)


# Drawing -----------------------------------------------------------------------------------------


def _plane(axes: Axes, x: Floats, names: Sequence[str]) -> None:
    """Make room for points."""
    across, up = limits(x)
    axes.set(xlim=across, ylim=up, aspect="equal", xlabel=names[0])


def _draw_line(axes: Axes, line: _Line, shade: bool = False, **look: Any) -> None:
    """Draw the line where the score is 0, and shade the side where it is above 0."""
    (w, b), (left, right), (low, high) = line, axes.get_xlim(), axes.get_ylim()
    across, up = np.meshgrid(np.linspace(left, right, 201), np.linspace(low, high, 201))
    score = w[0] * across + w[1] * up + b
    if shade and score.max() > 0:
        axes.contourf(across, up, score, levels=[0, np.inf], colors=[_SHADE], zorder=0)
    look = {"color": "black", "linewidth": 2, **look}
    if w[1] != 0:
        ends = np.array([left, right])
        axes.plot(ends, -(w[0] * ends + b) / w[1], **look)
    elif w[0] != 0:
        axes.axvline(-b / w[0], **look)
    axes.set(xlim=(left, right), ylim=(low, high))


def _draw_points(axes: Axes, x: Floats, t: _Mask, classes: Sequence[str] = ("0", "1")) -> None:
    """Mark points by class."""
    circle: Look = {"marker": "o", "facecolor": "white", "edgecolor": BLUE, "linewidth": 2}
    square: Look = {"marker": "s", "facecolor": style.ORANGE, "edgecolor": "black", "linewidth": 1}
    for mask, look, name in ((~t, circle, classes[0]), (t, square, classes[1])):
        axes.scatter(x[mask, 0], x[mask, 1], s=80, label=f"target {name}", zorder=3, **look)


def _draw_weights(axes: Axes, line: _Line) -> None:
    """Draw the weight vector from the point of the line that is nearest to the middle."""
    w, b = line
    if not w.any():
        return
    middle = np.array([np.mean(axes.get_xlim()), np.mean(axes.get_ylim())])
    foot = middle - (middle @ w + b) / (w @ w) * w
    reach = 0.2 * (axes.get_xlim()[1] - axes.get_xlim()[0])
    tip = foot + w / np.sqrt(w @ w) * reach
    style.arrow(axes, foot, tip, zorder=5, color=GREEN, linewidth=2.5, mutation_scale=18)
    style.note(axes, "w", tip, (5, 5), color=GREEN, fontsize=13)


# Plots -------------------------------------------------------------------------------------------


@in_style
def decision_line(
    x: ArrayLike, t: ArrayLike, answers: ArrayLike, w: ArrayLike, b: float, arrow: bool = False
) -> Drawing:
    """Show points, (N, 2), the decision line with its w, (2,), and b, and what is misclassified.

    Targets, (N,), are 0 and 1, or -1 and +1. A point is misclassified where its answer and its
    target lie on different sides of 0.5 (or of 0). The arrow is the weight vector: its direction;
    the length is made to fit.
    """
    x = _points(x, "x")
    given = _Answers.checked(x, t, answers, (w, b))
    line, squares, wrong, classes = given
    equation = line_equation(*line, _X)
    fig = yield (
        f"{len(x)} points in the plane of x1 and x2, and the decision line {equation}; its "
        f"positive side is shaded. "
        + ("An arrow, the weight vector, stands at a right angle on the line. " if arrow else "")
        + f"Squares, target {classes[1]}: {_places(x[squares])}. "
        f"Circles, target {classes[0]}: {_places(x[~squares])}. "
        f"Misclassified, with a cross: {_places(x[wrong])}.",
        (6.4, 4.2),
    )
    axes = fig.subplots()
    given.draw(axes, x)
    if arrow:
        _draw_weights(axes, line)
    axes.set(title=equation, ylabel="x2")
    fig.legend(*axes.get_legend_handles_labels(), loc="outside right upper")


@in_style
def decision_lines(
    x: ArrayLike,
    t: ArrayLike | Sequence[ArrayLike],
    answers: Sequence[ArrayLike],
    lines: Sequence[Line],
    titles: Sequence[str],
) -> Drawing:
    """Show several decision lines over the same points, one panel a line.

    A line is its weights, (2,), and its bias. Points, targets and answers are as for
    `decision_line`; there are answers for every panel, and a list gives it targets of its own.
    """
    targets: list[Any] = list(t) if isinstance(t, (list, tuple)) else [t] * len(lines)
    if not len(lines) == len(answers) == len(titles) == len(targets) or not lines:
        raise ValueError(
            f"{len(lines)} lines need as many targets, answers and titles, not {len(targets)}, "
            f"{len(answers)} and {len(titles)}"
        )
    x = _points(x, "x")
    given = [_Answers.checked(x, *one) for one in zip(targets, answers, lines, strict=True)]
    told = ". ".join(
        f"{title}: {line_equation(*one.line, _X)}, misclassified {_places(x[one.wrong])}"
        for title, one in zip(titles, given, strict=True)
    )
    fig = yield (
        f"{len(lines)} panels with {len(x)} points and a decision line each; misclassified "
        f"points have a cross. {told}.",
        (2.1 * len(lines) + 1.5, 2.8),
    )
    legend: dict[str, Any] = {}  # what the panels together show
    panels = style.line_up(fig, len(lines), sharex=True, sharey=True)
    for axes, one, title in zip(panels, given, titles, strict=True):
        one.draw(axes, x)
        axes.set_title(title)
        handles, labels = axes.get_legend_handles_labels()
        legend |= dict(zip(labels, handles, strict=True))
    panels[0].set_ylabel("x2")
    fig.legend(list(legend.values()), list(legend), loc="outside lower center", ncols=4)


@in_style
def feature_space(
    x: ArrayLike,
    z: ArrayLike,
    t: ArrayLike,
    lines: Sequence[Line],
    output_line: Line,
    names: tuple[str, str] = ("z1", "z2"),
) -> Drawing:
    """Show points before and after two perceptrons: the plane of x, and the plane of z.

    For points `x`, (N, 2), with targets `t`, (N,), 0 or 1, the two perceptrons `names` answer `z`,
    (N, 2). Their `lines` lie in the plane of x, and the `output_line` of the perceptron behind them
    in that of z. A line is its weights, (2,), and its bias.
    """
    x, z = _points(x, "x"), _points(z, "z")
    squares = _one_a_point(t, x, "t")
    if len(z) != len(x) or len(lines) != 2:
        raise ValueError(f"{len(x)} points and {len(z)} answers, {len(lines)} lines of 2")
    first, second, output = _line(lines[0]), _line(lines[1]), _line(output_line)
    moved = "; ".join(f"{_places([a])} goes to {_places([b])}" for a, b in zip(x, z, strict=True))
    fig = yield (
        f"Two panels. Left: {len(x)} points in the plane of x1 and x2 with the lines of "
        f"{names[0]} and {names[1]}. Right: the same points in the plane of {names[0]} and "
        f"{names[1]}: {moved}. There the line {line_equation(*output, names)} has the squares, "
        "target 1, on its shaded side and the circles, target 0, on the other.",
        (8.4, 4),
    )
    left, right = fig.subplots(1, 2)
    _plane(left, x, _X)
    _draw_line(left, first, color=GREEN, linestyle="--", label=f"line of {names[0]}")
    _draw_line(left, second, color=style.PURPLE, linestyle="-.", label=f"line of {names[1]}")
    _draw_points(left, x, squares)
    _plane(right, z, names)
    _draw_line(right, output, shade=True)
    _draw_points(right, z, squares)
    for place in np.unique(z, axis=0):
        here = x[(z == place).all(axis=1)]
        origins = "from " + "\nand ".join(_places([point]) for point in here)
        style.note(right, origins, place, (0, 9), ha="center", fontsize=9)
    left.set(ylabel="x2", title="the inputs x")
    right.set(ylabel=names[1], title="the feature space z")
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)


@in_style
def line_regions(lines: Sequence[Line]) -> Drawing:
    """Show into which regions lines cut the plane, and what the perceptrons answer in each.

    A line is a perceptron's weights, (2,), and its bias. Both axes go from -2 to 2; regions outside
    the picture are not counted.
    """
    checked = [_line(line) for line in lines]
    if not checked:
        raise ValueError("at least one line is needed")
    ticks = np.linspace(-2, 2, 401)
    across, up = ticks, ticks[:, np.newaxis]
    distances = np.array([(w[0] * across + w[1] * up + b) / np.sqrt(w @ w) for w, b in checked])
    positive = distances > 0
    number = sum(answers << k for k, answers in enumerate(positive.astype(int)))
    # The way to the nearest line or edge: a code is written where there is most room for it.
    room = np.abs(distances).min(axis=0)
    room = np.minimum(room, 2 - np.maximum(np.abs(across), np.abs(up)))
    codes = {}
    for region in np.unique(number):
        row, column = np.unravel_index(np.argmax(np.where(number == region, room, -1)), room.shape)
        code = "".join(str(int(answer)) for answer in positive[:, row, column])
        codes[code] = ticks[column], ticks[row]
    fig = yield (
        f"The plane of x1 and x2, cut by {len(checked)} straight lines into {len(codes)} regions. "
        f"In each stand the answers of the perceptrons, 1 on the positive side of a line: "
        f"{', '.join(sorted(codes))}.",
        (6.4, 4.8),
    )
    axes = fig.subplots()
    # Neighbours differ in one answer, so an odd and an even count of ones: two tints are enough.
    tints: Look = {
        "cmap": ListedColormap(["#FFFFFF", "#E3EEF6"]),
        "vmin": 0,
        "vmax": 1,
        "zorder": 0,
    }
    axes.imshow(positive.sum(axis=0) % 2, extent=(-2, 2, -2, 2), origin="lower", **tints)
    axes.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="x1", ylabel="x2")
    axes.set_title(f"lines: {len(checked)}, regions: {len(codes)}")
    for k, line in enumerate(checked):
        look = style.LOOKS[k % len(style.LOOKS)] | {"marker": None, "label": f"line {k + 1}"}
        _draw_line(axes, line, **look)
    for code, (x, y) in codes.items():
        style.centred(axes, x, y, code, fontsize=10)
    fig.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
