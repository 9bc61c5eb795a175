"""Code as a list of words without names, comments and layout.

What a copy usually changes is made equal: every name that is not Python's own becomes the same
word, and so does every text; comments, docstrings, line breaks, indentation and trailing commas go.
What says how a thing is done stays: keywords, operators, numbers, built-in functions, and what is
asked of an object (`.exp`, `.reshape`).

The scanner is a regular expression and not Python's `tokenize`, because a submission need not be
Python, and because `tokenize` reads f-strings differently from one Python to the next.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass

# More than anybody writes into a cell; the rest of a longer one is not compared.
MOST_CHARACTERS = 30_000
# A line of the stub with fewer words than this (`else:`, `return x`) is everybody's.
_LEAST_GIVEN = 6

_PREFIX = r"(?:[rRbBuUfF]{1,2})?"
_SCANNER = re.compile(
    rf"""
      (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<string>{_PREFIX}(?:
          \"\"\"(?:[^"\\]|\\.|"(?!""))*+(?:\"\"\"|\Z)
        | '''(?:[^'\\]|\\.|'(?!''))*+(?:'''|\Z)
        | "(?:[^"\\\n]|\\.)*+"?
        | '(?:[^'\\\n]|\\.)*+'?))
    | (?P<number>0[xXoObB][\w]++ | (?:\d[\d_]*+(?:\.[\d_]*+)? | \.\d[\d_]*+)(?:[eE][-+]?\d[\d_]*+)?[jJ]?)
    | (?P<name>[^\W\d]\w*+)
    | (?P<operator>\*\*=?|//=?|>>=?|<<=?|->|:=|[!=<>]=|[-+*/%@&|^]=|[-+*/%@&|^~<>=.,:()\[\]{{}}])
    """,  # noqa: E501
    re.VERBOSE | re.DOTALL,
)
_KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins))
_NAME, _STRING = "v", "s"
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True)
class Piece:
    """The code of one cell.

    Attributes
    ----------
    name : str
        The exercise it answers; empty for a cell that the learner added.
    """

    name: str
    code: str


@dataclass(frozen=True)
class Work:
    """What one learner wrote for a lesson."""

    student: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Words:
    """Normalised words of a code, with where each stands in it.

    Attributes
    ----------
    texts : tuple of str
    starts, ends : tuple of int
        Positions in the code, in characters.
    """

    texts: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def words(code: str, given: frozenset[tuple[str, ...]] = frozenset()) -> Words:
    """Split code into normalised words; lines that are among the given ones are left out.

    Parameters
    ----------
    given : frozenset of tuples
        What `given_lines` returned.

    Examples
    --------
    >>> " ".join(words("total = total + np.exp(s)  # add").texts)
    'v = v + v . exp ( v )'
    """
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for line in _lines(code[:MOST_CHARACTERS]):
        if len(line.texts) < _LEAST_GIVEN or tuple(line.texts) not in given:
            texts += line.texts
            starts += line.starts
            ends += line.ends
    return Words(tuple(texts), tuple(starts), tuple(ends))


def given_lines(codes: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Return the normalised lines of code that learners are given, to be left out by `words`."""
    found = (tuple(line.texts) for code in codes for line in _lines(code))
    return frozenset(line for line in found if len(line) >= _LEAST_GIVEN)


class _Line:
    """The words of one line, as they are found."""

    __slots__ = ("ends", "starts", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []


def _lines(code: str) -> list[_Line]:
    """Return the words of each line."""
    line = _Line()
    lines = [line]
    latest, before, depth = "", "", 0  # the latest two words as they stand
    for match in _SCANNER.finditer(code):
        kind, text = match.lastgroup, match.group()
        shown = text
        if kind == "name":
            if text not in _KEPT and (latest != "." or before == "self"):
                shown = _NAME
        elif kind == "newline":
            if line.texts:
                line = _Line()
                lines.append(line)
            continue
        elif kind == "comment" or (kind == "string" and not depth and _alone(code, match)):
            continue
        elif kind == "string":
            shown = _STRING
        elif kind == "number":
            shown = _number(text)
        elif text in _OPENING:
            depth += 1
        elif text in _CLOSING:
            depth = max(0, depth - 1)
            if latest == ",":  # a trailing comma is layout
                last = line if line.texts else lines[-2]
                del last.texts[-1], last.starts[-1], last.ends[-1]
        before, latest = latest, text
        line.texts.append(shown)
        line.starts.append(match.start())
        line.ends.append(match.end())
    return lines


def _alone(code: str, match: re.Match[str]) -> bool:
    """Whether a string is a statement of its own: a docstring, or code that was put aside."""
    before = code[code.rfind("\n", 0, match.start()) + 1 : match.start()]
    stop = code.find("\n", match.end())
    after = code[match.end() : stop if stop >= 0 else len(code)].strip()
    return not before.strip() and (not after or after.startswith("#"))


def _number(text: str) -> str:
    """Write equal numbers alike: `1e-7` and `0.0000001`, `2` and `2.0`."""
    try:
        return repr(float(text))
    except ValueError:
        return text.lower()
