"""The console that everything of ours is printed on: what a stranger has written commands nothing.

Names of students and files, messages and notes can hold the characters that a terminal obeys, and
those that turn text around. They are shown by their codes.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from grader.tools.text import plain


class PlainConsole(Console):
    """A console whose colours and lines are rich's, and whose text is text."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render, and make plain whatever is not rich's own."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else plain(text), style, control)


console = PlainConsole()
errors = PlainConsole(stderr=True)
