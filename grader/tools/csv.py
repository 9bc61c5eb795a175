"""CSV files: read from whatever program wrote them, written so that none takes a cell for code."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderError
from grader.tools.files import write_atomically

BOM = "\ufeff"
# What a spreadsheet takes for the beginning of a formula, after OWASP's page "CSV Injection";
# the full-width forms are what a Korean or Japanese keyboard types.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-")
_MAX_BYTES = 50 * 2**20


@dataclass(frozen=True)
class Table:
    """A CSV file's content.

    Attributes
    ----------
    delimiter : str
        What parts the cells; exports of a site in another language may have semicolons.
    bom : bool
        Whether the file began with a byte order mark.
    """

    header: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    bom: bool = False

    def find(self, *names: str) -> int | None:
        """Return the place of the first column with one of these names, whatever its case."""
        folded = [title.strip().casefold() for title in self.header]
        for name in names:
            if name.casefold() in folded:
                return folded.index(name.casefold())
        return None


def read_table(path: Path) -> Table:
    """Read a CSV file: UTF-8 with or without a mark, or UTF-16, as spreadsheets write it.

    Raises
    ------
    GraderError
        If it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise GraderError(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(content) > _MAX_BYTES:
        raise GraderError(f"{path} is larger than {_MAX_BYTES // 2**20} MB, so it is no roster.")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise GraderError(
            f"{path} is not in UTF-8. In Excel choose “CSV UTF-8” when saving it."
        ) from None
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row
        ]
    except csv.Error as error:
        raise GraderError(f"{path} is no CSV file: {error}.") from error
    if not rows:
        raise GraderError(f"{path} is empty.")
    header, *body = rows
    width = len(header)
    return Table(header, [(row + [""] * width)[:width] for row in body], delimiter, bom)


def safe(cell: str) -> str:
    """Return a cell's text so that a spreadsheet shows it and does not run it.

    What could begin a formula gets an apostrophe before it; a number stays a number, a negative
    one too, and so does the dash that stands for nothing.

    Examples
    --------
    >>> safe("=1+1"), safe("-2.5"), safe("Kim, Minji")
    ("'=1+1", '-2.5', 'Kim, Minji')
    """
    if not cell.lstrip(" \u00a0").startswith(_FORMULA) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def number(value: float, digits: int = 2) -> str:
    """Write points without needless digits.

    Examples
    --------
    >>> number(8.0), number(7.125), number(-0.0)
    ('8', '7.13', '0')
    """
    from decimal import ROUND_HALF_UP, Decimal

    step = Decimal(1).scaleb(-digits)
    text = format(Decimal(repr(value)).quantize(step, ROUND_HALF_UP), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def as_csv(rows: Iterable[Sequence[str]], *, delimiter: str = ",", bom: bool = False) -> str:
    """Write rows as CSV, quoted as RFC 4180 says, every cell made safe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
    return (BOM if bom else "") + out.getvalue()


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, and the folder for it where there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise GraderError(f"{path} cannot be written: {error.strerror or error}.") from error
