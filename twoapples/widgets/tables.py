"""Words and tables, as text and as HTML: what a widget shows to those who do not see it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Words", "as_html", "number", "rate"]


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


@dataclass(frozen=True)
class Words:
    """Sentences, a table, and sentences after it.

    Without a caption the last sentence before the table is its caption.
    """

    told: Sequence[str]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    after: Sequence[str] = ()

    def text(self) -> str:
        """Return them as lines, the table in columns of equal width; a caption is left out."""
        lines = [self.head, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join(
                cell.rjust(width) if k else cell.ljust(width)
                for k, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*self.told, *table, *self.after])

    def html(self) -> str:
        """Return them as paragraphs and a table."""
        told = [*self.told]
        table = as_html(self.caption or told.pop(), self.head, self.rows)
        before, after = (
            [f"<p>{html.escape(text)}</p>" for text in texts if text]
            for texts in ([" ".join(told)], self.after)
        )
        return "".join([*before, table, *after])


def as_html(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with a caption; the first cell of a row names the row."""

    def line(cells: Sequence[str], first: str, others: str) -> str:
        tags = [first, *[others] * (len(cells) - 1)]
        written = [
            f"<{tag}>{html.escape(cell)}</{tag.split()[0]}>"
            for tag, cell in zip(tags, cells, strict=True)
        ]
        return f"<tr>{''.join(written)}</tr>"

    heads = line(head, 'th scope="col"', 'th scope="col"') if head else ""
    body = "".join(line(row, 'th scope="row"', "td") for row in rows)
    return (
        f'<table class="ta-table"><caption>{html.escape(caption)}</caption>'
        f"<thead>{heads}</thead><tbody>{body}</tbody></table>"
    )
