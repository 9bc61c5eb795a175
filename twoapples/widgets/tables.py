"""Tables as text and as HTML: what a widget shows to those who do not see it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

__all__ = ["as_html", "as_text", "number", "rate"]


def number(value: float, digits: int = 3) -> str:
    """Write a number: with a few digits, and with a power of ten where those would show nothing.

    >>> number(0.25), number(3.72e-44), number(0), number(float("nan"))
    ('0.250', '3.72e-44', '0', 'nan')
    """
    value = float(value)
    if value == 0:
        return "0"
    if abs(value) != abs(value) or abs(value) == float("inf"):
        return str(value)
    if 0.0005 <= abs(value) < 10000:
        return f"{value:.{digits}f}"
    return rate(float(f"{value:.{digits - 1}e}"), digits)


def rate(value: float, digits: int = 3) -> str:
    """Write a learning rate: 0.06 as it is, smaller ones with a power of ten.

    >>> rate(0.06), rate(1e-4), rate(0.01), rate(0.00123456)
    ('0.06', '1e-4', '0.01', '1.23e-3')
    """
    value = float(f"{float(value):.{digits}g}")
    if value == 0 or 0.01 <= abs(value) < 10000:
        return f"{value:g}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = re.sub(r"\.?0+$", "", mantissa) if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def as_text(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in columns of equal width, for a terminal."""
    lines = [list(map(str, line)) for line in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for line in lines
    )


def as_html(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with a caption; the first cell of a row names the row."""

    def line(cells: Sequence[str], scopes: Sequence[str]) -> str:
        written = [
            f'<th scope="{scope}">{html.escape(str(cell))}</th>'
            if scope
            else f"<td>{html.escape(str(cell))}</td>"
            for cell, scope in zip(cells, scopes, strict=True)
        ]
        return f"<tr>{''.join(written)}</tr>"

    body = "".join(line(row, ["row", *[""] * (len(row) - 1)]) for row in rows)
    return (
        f'<table class="ta-table"><caption>{html.escape(caption)}</caption>'
        f"<thead>{line(head, ['col'] * len(head))}</thead><tbody>{body}</tbody></table>"
    )
