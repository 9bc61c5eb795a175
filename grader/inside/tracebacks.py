"""Tracebacks as IPython formats them, without what it does anew for each of their frames.

For a frame IPython looks through all modules that are loaded, stack_data makes a lexer of its own
and pygments works out a style; each gives the same every time. A notebook with an exercise left
open shows a dozen tracebacks, which would take longer than all its cells.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import pygments
import stack_data
from pygments.formatters.terminal256 import Terminal256Formatter
from pygments.lexers import get_lexer_by_name

_Lexer: Any = type(get_lexer_by_name("python3"))
_Ranges = list[tuple[int, int]]


class _RangeLexer(_Lexer):
    """stack_data's lexer, which marks what is being executed; made once."""

    ranges: _Ranges

    def get_tokens(self, text: str, unfiltered: bool = False) -> Iterator[tuple[Any, str]]:
        """Split text into tokens."""
        length = 0
        for kind, value in super().get_tokens(text):
            if any(start <= length < end for start, end in self.ranges):
                kind = kind.ExecutingNode
            length += len(value)
            yield kind, value


def _highlighted(formatter: Any, code: str, ranges: _Ranges) -> list[str]:
    lexer = _RangeLexer(stripnl=False)
    lexer.ranges = ranges
    try:
        text = pygments.highlight(code, lexer, formatter)
    except Exception:
        text = code
    return text.splitlines()


def make_quick() -> None:
    """Let stack_data and pygments keep what they work out; to be called once."""
    module: Any = stack_data.core
    module._pygmented_with_ranges = _highlighted
    kept: dict[type, tuple[Any, ...]] = {}
    make_style: Any = stack_data.style_with_executing_node
    set_up: Callable[[Any], None] = Terminal256Formatter._setup_styles

    @functools.cache
    def style_of(base: type, modifier: str) -> type:
        style: type = make_style(base, modifier)
        kept[style] = ()
        return style

    def set_up_styles(self: Any) -> None:
        known = kept.get(self.style)
        if known:
            self.style_string, self.best_match = map(dict, known)
            return
        set_up(self)
        if known is not None and self.usebold and self.useunderline and self.useitalic:
            kept[self.style] = dict(self.style_string), dict(self.best_match)

    stack_data.style_with_executing_node = style_of
    Terminal256Formatter._setup_styles = set_up_styles


@contextmanager
def without_modules(cells: Container[str]) -> Iterator[None]:
    """Let nobody look which module a cell is, for as long as the block runs: it is none.

    Parameters
    ----------
    cells : container of str
        The files that cells are said to be in.
    """
    find = inspect.getmodule

    def getmodule(object: Any, _filename: str | None = None) -> Any:
        code = object.f_code if type(object) is FrameType else object
        if type(code) is CodeType and code.co_filename in cells:
            return None
        return find(object, _filename)

    inspect.getmodule = getmodule
    try:
        yield
    finally:
        inspect.getmodule = find
