"""How far a download is: a bar in a notebook, lines of text elsewhere."""

from __future__ import annotations

import sys
from typing import Any, Protocol


class Progress(Protocol):
    """What a download reports to."""

    def update(self, name: str, done: int, total: int) -> None:
        """Say that `done` of `total` bytes of a file are there."""

    def close(self) -> None:
        """Say that nothing more will come."""


class Silent:
    """Shows nothing."""

    def update(self, name: str, done: int, total: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Text:
    """Lines on the standard output; in a terminal the line of a file is written over."""

    def __init__(self) -> None:
        self._name = ""
        self._line = ""

    def update(self, name: str, done: int, total: int) -> None:
        """Write how far the file is, if that has changed visibly."""
        line = _in_words(name, done, total)
        in_place = sys.stdout.isatty()
        new_file = name != self._name
        if line == self._line or not (in_place or new_file or done == total):
            return
        if in_place:
            if self._name and new_file:
                print()
            print(f"\r{line:<{len(self._line)}}", end="", flush=True)
        else:
            print(line, flush=True)
        self._name, self._line = name, line

    def close(self) -> None:
        """End the line that was written over."""
        if self._name and sys.stdout.isatty():
            print()


class Bar:
    """A bar of ipywidgets, and beside it in words what it shows."""

    def __init__(self) -> None:
        from ipywidgets import HBox, IntProgress, Label

        self._bar: Any = IntProgress(min=0, max=1)
        self._words: Any = Label()
        self.widget: Any = HBox([self._bar, self._words])
        self._shown = False

    def update(self, name: str, done: int, total: int) -> None:
        """Move the bar; it appears with the first call."""
        line = _in_words(name, done, total)
        if line == self._words.value:  # a message to the browser for every chunk would be too many
            return
        self._bar.max, self._bar.value, self._words.value = total, done, line
        if not self._shown:
            from IPython.display import display

            display(self.widget)
            self._shown = True

    def close(self) -> None:
        """Take the bar's colour to that of something finished, if it is."""
        if self._bar.value == self._bar.max:
            self._bar.bar_style = "success"


def new_progress() -> Progress:
    """Return a bar in a notebook, and text where there is none."""
    try:
        from IPython import get_ipython

        in_notebook = hasattr(get_ipython(), "kernel")
        return Bar() if in_notebook else Text()
    except ImportError:
        return Text()


def _in_words(name: str, done: int, total: int) -> str:
    unit, size = ("MB", 1e6) if total >= 1e6 else ("kB", 1e3)
    return f"{name}: {done / size:.1f} of {total / size:.1f} {unit}"
