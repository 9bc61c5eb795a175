"""Make docs/images/house.png: `python docs/house.py`, from the course folder.

The rooms are those of `tests/test_house.py`, in the same order; what is in each is the first
sentence of its docstring.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from test_house import FLOORS, modules  # noqa: E402

# Okabe and Ito's colors, pale: what runs where a submission runs, what keeps it there, the rest.
PLAIN, INSIDE, INK = "#f3f1ea", "#f6d9b8", "#222222"
WALL = "#8a8577"
# A submission's way: the rooms that it passes, in this order.
WAY = ("cli", "grading", "course", "judging", "execution", "inside", "gradebook", "feedback")


def sentence(room: str) -> str:
    """Return the first sentence of a room's docstring."""
    text = modules()[room].read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].replace("`", "")


def draw(ax, package: str, left: float, width: float, height: float) -> None:
    """Draw the rooms of a package as floors, the roof at the top."""
    rooms = [room for room in FLOORS[package] if room != "__main__"]
    step = height / len(rooms)
    for number, room in enumerate(rooms):
        bottom = height - (number + 1) * step
        fill = INSIDE if room == "inside" else PLAIN
        box = FancyBboxPatch(
            (left, bottom + 0.06 * step), width, 0.88 * step,
            boxstyle="round,pad=0,rounding_size=0.06", fc=fill, ec=WALL, lw=0.8,
        )  # fmt: skip
        ax.add_patch(box)
        middle = bottom + step / 2
        ax.text(left + 0.12, middle, room, va="center", weight="bold", size=9.5, color=INK)
        words = textwrap.shorten(sentence(f"{package}.{room}"), 120, placeholder=" …")
        words = "\n".join(textwrap.wrap(words, 76 if package == "grader" else 52))
        ax.text(left + 1.9, middle, words, va="center", size=7.5, color=INK, linespacing=1.15)
        if package == "grader" and room in WAY:
            ax.text(
                left + width - 0.2, middle, str(WAY.index(room) + 1), va="center", ha="center",
                size=8.5, color="white", weight="bold",
                bbox={"boxstyle": "circle,pad=0.25", "fc": "#0072b2", "ec": "none"},
            )  # fmt: skip


def main() -> None:
    """Draw both packages side by side."""
    fig = Figure(figsize=(12.5, 10.2), dpi=100, facecolor="white")
    ax = fig.add_axes((0.01, 0.01, 0.98, 0.98))
    ax.set(xlim=(0, 14.2), ylim=(-0.5, 11.1))
    ax.axis("off")
    ax.text(0.55, 10.75, "grader: the instructor's side", size=13, weight="bold", color=INK)
    ax.text(8.75, 6.5, "twoapples: what notebooks import", size=13, weight="bold", color=INK)
    draw(ax, "grader", 0.55, 7.4, 10.4)
    draw(ax, "twoapples", 8.75, 5.3, 6.2)
    arrow = {"arrowstyle": "-|>,head_length=7,head_width=4", "color": WALL, "lw": 2}
    ax.add_patch(FancyArrowPatch((0.25, 10.3), (0.25, 0.1), **arrow))
    ax.text(0.12, 5.2, "imports go down only", rotation=90, va="center", ha="center", size=9)
    ax.add_patch(FancyArrowPatch((8.0, 3.1), (8.7, 3.1), **arrow))
    ax.text(8.35, 3.3, "uses", ha="center", size=8.5)
    notes = (
        "Numbers: a submission's way. A command, the queue, the file that was\n"
        "handed in, repair and questions, the process that runs it, its inside\n"
        "(and back up, to be judged), the gradebook's rows, the page.",
        "Shaded: all of grader that can be seen where a submission runs.",
        "Each room's sentence is the first of its own docstring.",
    )
    for row, note in zip((10.3, 9.2, 8.75), notes, strict=True):
        ax.text(8.75, row, note, va="top", size=9, color=INK, linespacing=1.3)
    fig.savefig(ROOT / "docs" / "images" / "house.png")


if __name__ == "__main__":
    main()
