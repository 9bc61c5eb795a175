"""Written answers, questions and comments: Markdown as HTML, with formulas, and with nothing else.

Three layers, so that a mistake in one is not a hole. markdown-it is told that there is no HTML in
Markdown: tags come out as text. Links and pictures from elsewhere are written as text. What it
gives goes through nh3 (the sanitiser Ammonia) with a short list of elements. Formulas and
attached pictures are put in after that, made here from parts that are checked one by one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from grader.feedback.bounds import MOST_PICTURES, Room
from grader.feedback.mathematics import to_mathml
from grader.feedback.pictures import KINDS, as_address, read_picture
from grader.feedback.safety import fitted, printable

MOST_CHARACTERS, MOST_LINES = 50_000, 2000

_ELEMENTS = {
    *("blockquote", "br", "code", "del", "div", "em", "hr", "li", "ol", "p", "pre", "strong"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES = {"ol": {"start"}, "div": {"role", "aria-label", "tabindex"}}
_CLASSES = {"p": {"heading"}, "td": {"left", "right"}, "th": {"left", "right"}, "div": {"wide"}}
_ALIGN = re.compile(r"text-align:(left|right)")


def render(source: str, attachments: Any = None, room: Room | None = None) -> Markup:
    """Render Markdown that may hold anything.

    Parameters
    ----------
    source : str
        A cell's source, or a comment.
    attachments : dict, optional
        The cell's attachments: name, then MIME type, then data in base64.
    room : Room, optional
        What else stands on the page; without any left, the text is shown as it was typed, or left
        out.

    Returns
    -------
    Markup
        HTML without links, scripts, styles, and pictures other than PNG, JPEG and GIF attachments.
    """
    room = Room(MOST_CHARACTERS) if room is None else room
    text, cut = fitted(source, MOST_CHARACTERS, MOST_LINES, room)
    text = printable(text)
    after = f'<p class="cut">{cut}</p>' if cut else ""
    if not room.has_for_markdown(text):
        return _as_typed(text) + Markup(after)
    parts = _Parts(attachments if isinstance(attachments, Mapping) else {}, room)
    try:
        html = _renderer().render(text, {"parts": parts})
    except RecursionError:  # a quotation in a quotation in a quotation …
        return _as_typed(text) + Markup(after)
    return Markup(parts.put_into(cleaned(html)) + after)


def cleaned(html: str) -> Markup:
    """Return HTML with nothing in it but text, emphasis, lists and tables."""
    kept = nh3.clean(
        html,
        tags=_ELEMENTS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes=set(),
        link_rel=None,
    )
    # Markdown knows references (&#x202e;) and coded addresses: what they stand for is there now.
    return Markup(printable(kept))


def _as_typed(text: str) -> Markup:
    return Markup("<pre><code>{}</code></pre>").format(text)


class _Parts:
    """Finished pieces of HTML, and what stands for them while the rest is sanitised."""

    def __init__(self, attachments: Mapping[str, Any], room: Room) -> None:
        self._attachments = attachments
        self._parts: list[Markup] = []
        self._room, self._left = room, MOST_PICTURES
        self._read: dict[str, tuple[str, bytes]] = {}
        self._mark = f"part{secrets.token_hex(12)}x"  # nobody can write it beforehand

    def keep(self, part: Markup) -> str:
        """Keep a part; return its placeholder."""
        self._parts.append(part)
        return f"{self._mark}{len(self._parts) - 1}x"

    def put_into(self, html: str) -> str:
        """Replace the placeholders by their parts."""
        return re.sub(f"{self._mark}([0-9]+)x", lambda m: str(self._parts[int(m[1])]), html)

    def picture(self, name: str, alternative: str) -> Markup | None:
        """Return a picture that was pasted into the answer, if it is what it says it is."""
        if name not in self._read:  # once, however often it is shown
            self._read[name] = _read_picture(self._attachments.get(name))
        kind, content = self._read[name]
        if not content or len(content) > self._left or not self._room.has_for_picture(content):
            return None
        self._left -= len(content)
        alternative = alternative or "Picture in the answer, without a description"
        return Markup('<img alt="{}" src="{}">').format(alternative, as_address(kind, content))


def _read_picture(bundle: Any) -> tuple[str, bytes]:
    """Return an attachment's kind and content; both are empty if it is no picture."""
    for kind in KINDS if isinstance(bundle, Mapping) else ():
        if content := read_picture(kind, bundle.get(kind), MOST_PICTURES):
            return kind, content
    return "", b""


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    dollarmath_plugin(markdown, double_inline=True)
    amsmath_plugin(markdown)
    for name, rule in _RULES.items():
        markdown.add_render_rule(name, rule)
    return markdown


# How markdown-it calls a rule: with itself, all tokens, the token's index, options, and ours.
_Rule = Callable[[Any, Sequence[Token], int, Any, Any], str]


def _always(html: str) -> _Rule:
    return lambda self, tokens, index, options, env: html


def _formula(display: bool) -> _Rule:
    def rule(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return str(env["parts"].keep(to_mathml(tokens[index].content, display=display)))

    return rule


def _picture(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    address, alternative = str(token.attrs.get("src", "")), token.content.strip()
    if address.startswith("attachment:"):
        image = env["parts"].picture(address.removeprefix("attachment:"), alternative)
        if image:
            return str(env["parts"].keep(image))
    return str(escape(f"[picture: {alternative or 'without a description'}, {_cut(address)}]"))


def _link_ends(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Write the address behind the words that were the link."""
    inside, begin = 0, index
    while begin > 0:
        begin -= 1
        inside += {"link_close": 1, "link_open": -1}.get(tokens[begin].type, 0)
        if inside < 0:
            break
    address = str(tokens[begin].attrs.get("href", ""))
    words = "".join(token.content for token in tokens[begin:index])
    return "" if words == address else str(escape(f" ({_cut(address)})"))


def _cut(address: str) -> str:
    return address if len(address) <= 200 else f"{address[:200]}…"


def _cell_begins(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    # markdown-it aligns with a style; the page allows none but its own.
    aligned = _ALIGN.search(str(tokens[index].attrs.get("style", "")))
    return f'<{tokens[index].tag} class="{aligned[1]}">' if aligned else f"<{tokens[index].tag}>"


_RULES: dict[str, _Rule] = {
    "math_inline": _formula(display=False),
    # A paragraph cannot hold a block, so a formula between $$ inside one stays in its line.
    "math_inline_double": _formula(display=False),
    "math_block": _formula(display=True),
    "math_block_label": _formula(display=True),
    "amsmath": _formula(display=True),
    "image": _picture,
    "link_open": _always(""),
    "link_close": _link_ends,
    # The page's own headings are in order; those of an answer would not be.
    "heading_open": _always('<p class="heading">'),
    "heading_close": _always("</p>\n"),
    # Wider than a phone it is scrolled, by keyboard too.
    "table_open": _always('<div class="wide" role="group" aria-label="Table" tabindex="0"><table>\n'),
    "table_close": _always("</table></div>\n"),
    "td_open": _cell_begins,
    "th_open": _cell_begins,
}
