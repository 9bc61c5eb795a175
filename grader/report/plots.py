"""The page's plots, as SVG that is read with a pointer, by keyboard and by a screen reader.

A plot is a group with a name; each bar in it is an image with a name of its own and a `<title>`,
which browsers show when the pointer rests on it. One bar at a time can be reached by Tab, the
others by the arrow keys (report.js). Numbers stand in a table below the plot as well, so nothing
depends on seeing it.

The colours are from Okabe and Ito's palette ("Color universal design", 2008), made darker where
they stood out less than 3 to 1 from white; they differ in lightness too, and bars are labelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from grader.report.statistics import Bin

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 16, 44
_MOST_LABELS = 16


@dataclass(frozen=True)
class Part:
    """A part of a bar: how much, its colour's class, and what a reader is told."""

    amount: int
    kind: str
    words: str


def columns(bins: Sequence[Bin], name: str, axis: str, mark: float | None = None) -> Markup:
    """Draw a histogram.

    Parameters
    ----------
    name : str
        What the plot shows, for those who do not see it.
    axis : str
        What stands along the horizontal axis.
    mark : float, optional
        Where a vertical line stands, in bars from the left: the due date.
    """
    top, step = _nice(max([one.count for one in bins], default=0))
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    each = width / max(len(bins), 1)
    gap = min(2.0, each / 8)
    parts = [_open(name, _HEIGHT)]
    for value in range(0, top + 1, step):
        y = _TOP + height * (1 - value / top)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(_text("tick", _LEFT - 6, y + 4, value, "end"))
    skip = -(-len(bins) // _MOST_LABELS)
    for k, one in enumerate(bins):
        x, tall, late = _LEFT + k * each, height * one.count / top, height * one.late / top
        y = _TOP + height - tall
        told = f"{one.words}: {one.count}" + (f", {one.late} of them late" if one.late else "")
        shapes = _rect("hit", x, _TOP, each, height)
        shapes += _rect("fill-right", x + gap, y + late, each - 2 * gap, tall - late)
        if one.late:
            shapes += _rect("fill-wrong", x + gap, y, each - 2 * gap, late)
        parts.append(_bar(told, shapes, first=k == 0))
        if k % skip == 0:
            parts.append(_text("tick", x + each / 2, _HEIGHT - _BOTTOM + 16, one.label))
    if mark is not None:
        x = _LEFT + mark * each
        parts.append(f'<path class="mark" d="M{x:.1f} {_TOP}V{_TOP + height}"/>')
        parts.append(_text("tick", min(x + 4, _WIDTH - 30), _TOP - 4, "due", "start"))
    parts.append(_text("tick", _LEFT + width / 2, _HEIGHT - 6, axis))
    return Markup("".join(parts) + "</svg>")


def stacks(rows: Sequence[tuple[str, Sequence[Part]]], name: str) -> Markup:
    """Draw a horizontal bar for each row, all of the same length, in parts."""
    line, label, width = 34, 230, 470
    parts = [_open(name, line * len(rows) + 6)]
    first = True
    for number, (title, shares) in enumerate(rows):
        y, total, x = number * line + 4, sum(part.amount for part in shares) or 1, float(label + 8)
        shown = title if len(title) <= 30 else title[:29] + "…"
        parts.append(_text("label", label, y + 18, shown, "end"))
        for part in shares:
            if not part.amount:
                continue
            length = width * part.amount / total
            shape = _rect(f"fill-{part.kind}", x, y, max(length - 1.5, 0.5), line - 8)
            if length > 34:
                shape += _text(f"on-{part.kind}", x + length / 2, y + 18, part.amount)
            parts.append(_bar(f"{title}: {part.amount} {part.words}", shape, first=first))
            first = False
            x += length
    return Markup("".join(parts) + "</svg>")


def _text(kind: str, x: float, y: float, text: object, anchor: str = "middle") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(text)}</text>'


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size}/>'


def _open(name: str, height: int) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {height}" role="group" '
        f'aria-label="{escape(name)}" data-plot="">'
    )


def _bar(told: str, shapes: str, first: bool) -> str:
    text = escape(told)
    return (
        f'<g class="bar" role="img" tabindex="{0 if first else -1}" aria-label="{text}">'
        f"<title>{text}</title>{shapes}</g>"
    )


def _nice(most: int) -> tuple[int, int]:
    """Return the axis's end and the step between its numbers: whole, round, at most six."""
    step = 1
    for factor in range(1, 12):
        for base in (1, 2, 5):
            step = base * 10 ** (factor - 1)
            if step * 5 >= most:
                return max(-(-most // step), 1) * step, step
    return most, step
