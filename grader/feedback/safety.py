"""Text from a submission, made fit for a page: what cannot be seen is shown by its code.

Escaping for HTML is Jinja's work and happens last; here is what escaping leaves as it is: control
characters, which a terminal would obey, and those that turn the direction of the text around them,
so that code reads otherwise than it runs (Boucher and Anderson, "Trojan Source", 2021).
"""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

from grader.feedback.bounds import Room
from twoapples import box

# What changes the direction of text or breaks lines where nobody sees it.
_UNSEEN = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\ufeff") | {
    chr(code) for code in range(0x2066, 0x206A)
}
# Control characters, broken halves of characters, private and unassigned ones.
_WITHOUT_SHAPE = ("Cc", "Cs", "Co", "Cn")


def printable(text: str) -> str:
    """Show by its code what has no shape in prose; joiners and spaces of every script stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isprintable():
        return text
    return "".join(c.encode("unicode_escape").decode() if _is_unseen(c) else c for c in text)


def printable_code(text: str) -> str:
    """Show by its code whatever cannot be told apart by eye in code, other spaces as well."""
    return box.printable(text.replace("\r\n", "\n").replace("\r", "\n"))


def prose(text: str) -> Markup:
    """Escape a sentence, and set code and emphasis, as `check` does in its box."""
    return Markup(box.marked(str(escape(printable(text)))))


def fitted(text: str, characters: int, lines: int, room: Room) -> tuple[str, str]:
    """Cut a text for a page; return it, and a remark if something is gone."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = room.cut("\n".join(text[:characters].split("\n")[:lines]), characters)
    if len(kept) == len(text):
        return kept, ""
    missing = text.count("\n") - kept.count("\n")
    return kept, f"({missing} more lines are not shown)" if missing else "(the rest is not shown)"


def _is_unseen(c: str) -> bool:
    if c in "\n\t":
        return False
    # Tag characters (U+E0000 to U+E007F) carry text that nobody sees.
    return (
        c in _UNSEEN
        or "\U000e0000" <= c <= "\U000e007f"
        or unicodedata.category(c) in _WITHOUT_SHAPE
    )
