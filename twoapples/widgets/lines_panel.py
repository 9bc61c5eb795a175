"""What both widgets of lesson 01 with points and lines have in common: how they send and tell."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any, Protocol

import numpy as np

from twoapples.widgets.base import Panel, css, esm
from twoapples.widgets.tables import as_html, as_text

__all__ = ["LinesPanel", "lines_script"]


def lines_script(name: str) -> str:
    """Return the script of a widget with lines: base.js, lines.js, and the file `name`."""
    own = (files("twoapples.widgets") / "static" / name).read_text(encoding="utf-8")
    return f"{esm('lines.js')}\n{own}"


class Points(Protocol):
    """Points of two classes in a piece of the plane from `low` to `high`."""

    x: np.ndarray
    low: tuple[float, float]
    high: tuple[float, float]
    names: tuple[str, str]

    @property
    def t(self) -> np.ndarray:
        """The targets, 0 and 1."""
        ...


class LinesPanel(Panel):
    """A widget that shows points and lines, and asks the learner's functions about them.

    A subclass sets `kind` and `_esm`, and writes `answer` and `described`.
    """

    _css = css("lines.css")

    def __init__(self, model: Points) -> None:
        self.model: Any = model  # a subclass says what else is asked of it
        super().__init__()

    def described(self) -> tuple[list[str], list[str], Sequence[Sequence[str]]]:
        """Return sentences on what is to be seen, and head and rows of a table of the points."""
        raise NotImplementedError

    def push_points(
        self,
        message: dict[str, Any],
        header: dict[str, Any],
        error: Exception | None,
        **arrays: Any,
    ) -> None:
        """Push the points and what a subclass adds to them; show what went wrong.

        Parameters
        ----------
        message : dict
            What is answered; the script knows its own by the serial number.
        error : Exception or None
            What went wrong in the learner's functions.
        """
        model = self.model
        common = {
            "names": list(model.names),
            "low": model.low,
            "high": model.high,
            "serial": message.get("serial"),
        }
        self.push({**common, **header}, x=model.x, t=model.t.astype(np.uint8), **arrays)
        if error:
            self.fail(error)

    def text(self) -> str:
        """Return what is to be seen, and every point."""
        told, head, rows = self.described()
        return "\n".join([*told, as_text(head, rows)])

    def html(self) -> str:
        """Return the same with the points as a table."""
        told, head, rows = self.described()
        return f"<p>{escape(' '.join(told))}</p>{as_html('The points', head, rows)}"
