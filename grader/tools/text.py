"""Text that a stranger wrote, made harmless where it is shown.

Names of students and files, messages and notes can hold the characters that a terminal obeys, and
those that turn text around. They are shown by their codes.
"""

from __future__ import annotations

import json
import re


def plain(text: str, *, keep: str = "\n") -> str:
    r"""Show by its code what is not printable: an escape becomes ``\x1b``. Ends of lines stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else ascii(c)[1:-1] for c in text)


def one_line(text: str, most: int = 100) -> str:
    """Return a name or a message as one printable line of at most so many characters."""
    shown = plain(text, keep="")
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def first_sentence(text: str) -> str:
    """Return the beginning of a message, for where there is no room for more."""
    return re.split(r"(?<=[.?]) (?=[A-Z`])", text, maxsplit=1)[0]


def plain_json(text: str) -> str:
    """Write in JSON's own way what is not printable in a JSON text; it means the same."""
    return re.sub(r"[^\n]", lambda c: c[0] if c[0].isprintable() else json.dumps(c[0])[1:-1], text)
