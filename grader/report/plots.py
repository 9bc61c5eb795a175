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
    most = max([one.count for one in bins], default=0)
    top, step = _nice(most)
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    each = width / max(len(bins), 1)
    parts = [_open(name, _HEIGHT)]
    for value in range(0, top + 1, step):
        y = _TOP + height * (1 - value / top)
        parts.append(
            f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
            f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'
        )
    skip = -(-len(bins) // _MOST_LABELS)
    for k, one in enumerate(bins):
        x, tall = _LEFT + k * each, height * one.count / top
        late = height * one.late / top
        gap = min(2.0, each / 8)
        y = _TOP + height - tall
        told = f"{one.words}: {one.count}" + (f", {one.late} of them late" if one.late else "")
        shapes = (
            f'<rect class="hit" x="{x:.1f}" y="{_TOP}" width="{each:.1f}" height="{height}"/>'
            f'<rect class="fill-right" x="{x + gap:.1f}" y="{y + late:.1f}" '
            f'width="{each - 2 * gap:.1f}" height="{tall - late:.1f}"/>'
        )
        if one.late:
            shapes += (
                f'<rect class="fill-wrong" x="{x + gap:.1f}" y="{y:.1f}" '
                f'width="{each - 2 * gap:.1f}" height="{late:.1f}"/>'
            )
        parts.append(_bar(told, shapes, first=k == 0))
        if k % skip == 0:
            parts.append(
                f'<text class="tick" x="{x + each / 2:.1f}" y="{_HEIGHT - _BOTTOM + 16}" '
                f'text-anchor="middle">{escape(one.label)}</text>'
            )
    if mark is not None:
        x = _LEFT + mark * each
        parts.append(
            f'<path class="mark" d="M{x:.1f} {_TOP}V{_TOP + height}"/>'
            f'<text class="tick" x="{min(x + 4, _WIDTH - 30):.1f}" y="{_TOP - 4}">due</text>'
        )
    parts.append(
        f'<text class="tick" x="{_LEFT + width / 2:.1f}" y="{_HEIGHT - 6}" '
        f'text-anchor="middle">{escape(axis)}</text></svg>'
    )
    return Markup("".join(parts))


def stacks(rows: Sequence[tuple[str, Sequence[Part]]], name: str) -> Markup:
    """Draw a horizontal bar for each row, all of the same length, in parts."""
    line, label, width = 34, 230, 470
    parts = [_open(name, line * len(rows) + 6)]
    first = True
    for number, (title, shares) in enumerate(rows):
        y, total, x = number * line + 4, sum(part.amount for part in shares) or 1, float(label + 8)
        shown = title if len(title) <= 30 else title[:29] + "…"
        parts.append(
            f'<text class="label" x="{label}" y="{y + 18}" text-anchor="end">{escape(shown)}</text>'
        )
        for part in shares:
            if not part.amount:
                continue
            length = width * part.amount / total
            shape = (
                f'<rect class="fill-{part.kind}" x="{x:.1f}" y="{y}" '
                f'width="{max(length - 1.5, 0.5):.1f}" height="{line - 8}"/>'
            )
            if length > 34:
                shape += (
                    f'<text class="on-{part.kind}" x="{x + length / 2:.1f}" y="{y + 18}" '
                    f'text-anchor="middle">{part.amount}</text>'
                )
            parts.append(_bar(f"{title}: {part.amount} {part.words}", shape, first=first))
            first = False
            x += length
    return Markup("".join(parts) + "</svg>")


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
