"""The console that everything of ours is printed on: what a stranger has written commands nothing.

Names of students and files, messages and notes can hold the characters that a terminal obeys, and
those that turn text around. They are shown by their codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from grader.tools.text import plain

if TYPE_CHECKING:
    from rich.table import Table


class PlainConsole(Console):
    """A console whose colours and lines are rich's, and whose text is text."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render, and make plain whatever is not rich's own."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else plain(text), style, control)

    def say(self, text: str) -> None:
        """Print a text as it is, without colours, however long it is."""
        self.print(text, highlight=False, markup=False, soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table for a terminal; a cell may hold a name, so there is no markup in it."""
    from rich.table import Table
    from rich.text import Text

    made = Table(*columns)
    for row in rows:
        made.add_row(*map(Text, row))
    return made


console = PlainConsole()
errors = PlainConsole(stderr=True)
