"""A learner's code as HTML: escaped, coloured by Pygments, a line at a time.

Pygments' own HTML formatter colours about eighty kinds of words. Here are eight, each with a colour
that has enough contrast on light and on dark (see `page.css`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape
from pygments import lex
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String, Token

from grader.feedback.bounds import Room
from grader.feedback.safety import fitted, printable_code

# More than anybody writes into a cell; a page must open quickly whatever was handed in.
MOST_CHARACTERS, MOST_LINES = 30_000, 600

_CLASSES = {
    Comment: "c",
    Keyword: "k",
    Literal: "n",
    Name.Builtin: "b",
    Name.Class: "f",
    Name.Decorator: "d",
    Name.Exception: "b",
    Name.Function: "f",
    Number: "n",
    Operator.Word: "k",
    String: "s",
}


def highlight(code: str, room: Room | None = None) -> Markup:
    """Return the lines of a cell, each a ``<span class="line">``, for inside of ``<pre><code>``.

    Parameters
    ----------
    room : Room, optional
        What else stands on the page; without any left, code has no colours, or is left out.
    """
    room = Room(MOST_CHARACTERS) if room is None else room
    code, cut = fitted(code.strip("\n"), MOST_CHARACTERS, MOST_LINES, room)
    code = printable_code(code)
    if not code.strip() and not cut:
        return Markup("")
    lines: list[list[str]] = [[]]
    coloured = room.has_for_code(code)
    for kind, text in lex(code, _lexer()) if coloured else [(Token, f"{code}\n")]:
        name = _class_of(kind)
        for number, piece in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if piece:
                escaped = escape(piece)
                lines[-1].append(f'<span class="{name}">{escaped}</span>' if name else str(escaped))
    if not lines[-1]:
        lines.pop()
    html = "".join(f'<span class="line">{"".join(line)}\n</span>' for line in lines)
    if cut:
        html += f'<span class="cut">{cut}\n</span>'
    return Markup(html)


@lru_cache(maxsize=1)
def _lexer() -> PythonLexer:
    return PythonLexer(stripnl=False, stripall=False, ensurenl=True)


@lru_cache(maxsize=256)
def _class_of(kind: Any) -> str:
    """Return the class of a kind of word, or that of the wider kind it belongs to."""
    while kind is not None and kind is not Token:
        if kind in _CLASSES:
            return _CLASSES[kind]
        kind = kind.parent
    return ""
