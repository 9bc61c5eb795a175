"""How much of a submission one page makes easy to read, so that every page is made soon.

Reading Markdown and colouring code take some texts a hundred times as long as escaping them. What
is beyond the bounds is shown as it was typed, and what is far beyond is left out. A lesson needs
half of the bounds.
"""

from __future__ import annotations

# Characters that one cell may have, and all of a page together.
MOST_CODE, ALL_CODE = 15_000, 100_000
MOST_MARKDOWN, ALL_MARKDOWN = 12_000, 60_000
# Bytes of the pictures that are attached to one text, and to all.
MOST_PICTURES, ALL_PICTURES = 5_000_000, 20_000_000


class Room:
    """What may still be made easy to read of one submission.

    Parameters
    ----------
    characters : int
        How much may be shown at all.
    """

    def __init__(self, characters: int) -> None:
        self._characters = characters
        self._left = {"code": ALL_CODE, "markdown": ALL_MARKDOWN, "pictures": ALL_PICTURES}

    @property
    def is_full(self) -> bool:
        """Whether no more may be shown."""
        return self._characters <= 0

    def has_for_code(self, source: str) -> bool:
        """Whether a cell's code may be coloured; if so, it is counted."""
        return len(source) <= MOST_CODE and self._takes("code", len(source))

    def has_for_markdown(self, source: str) -> bool:
        """Whether a text may be read as Markdown; if so, it is counted."""
        return len(source) <= MOST_MARKDOWN and self._takes("markdown", len(source))

    def has_for_picture(self, content: bytes) -> bool:
        """Whether a picture may be shown; if so, it is counted."""
        return self._takes("pictures", len(content))

    def cut(self, text: str, most: int) -> str:
        """Return as much of a text as may be shown, and count it."""
        kept = text[: max(0, min(most, self._characters))]
        self._characters -= len(kept)
        return kept

    def _takes(self, kind: str, amount: int) -> bool:
        fits = amount <= self._left[kind]
        self._left[kind] -= amount * fits
        return fits
