"""Plain SQL to the gradebook's database, with patience where others use it too.

SQLite, nbgrader's default, goes through Python's own module: importing SQLAlchemy takes as long as
grading three submissions. Every other database goes through SQLAlchemy, by its URL.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from grader.errors import GraderError

Row = tuple[Any, ...]
Parameters = dict[str, Any]
Answer = TypeVar("Answer")

# How long another program may keep the gradebook locked, or its server be away.
PATIENCE = 600.0
_PAUSE = 0.2
# What is bound at once; SQLite allows 32,766 parameters, its older versions 999.
_CHUNK = 500


class GradebookError(GraderError):
    """The gradebook cannot be read or written; the message says why, and what to do."""


class Transaction(Protocol):
    """One transaction: statements in SQL with parameters as ``:name``."""

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        """Return the rows of a query."""
        ...

    def run(self, sql: str, parameters: Sequence[Parameters]) -> None:
        """Run a statement for each of the parameter sets."""
        ...


class Database(Protocol):
    """A gradebook's database."""

    def transact(self, work: Callable[[Transaction], Answer], *, write: bool = True) -> Answer:
        """Run `work` in one transaction; all of it happens, or nothing.

        If the database is locked or away, `work` is run again once it is back, so it must not
        have effects of its own.

        Raises
        ------
        GradebookError
            If the database stays locked or away, or its disk is full.
        """
        ...

    def has_tables(self) -> bool:
        """Whether nbgrader's tables are there."""
        ...

    def columns(self, table: str) -> set[str]:
        """Return the names of a table's columns; none if there is no such table."""
        ...

    def claim(self) -> bool:
        """Say that this process grades now; False if another one, maybe elsewhere, does."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def some(name: str, values: Iterable[str]) -> Iterable[tuple[str, Parameters]]:
    """Split values for ``IN (…)``: yields the list of placeholders and their parameters.

    Examples
    --------
    >>> list(some("s", ["ada", "bo"]))
    [(':s0,:s1', {'s0': 'ada', 's1': 'bo'})]
    """
    listed = list(values)
    for start in range(0, len(listed), _CHUNK):
        part = {f"{name}{i}": value for i, value in enumerate(listed[start : start + _CHUNK])}
        yield ",".join(f":{key}" for key in part), part


def patiently(
    attempt: Callable[[], Answer],
    reason: Callable[[Exception], str],
    waiting: Callable[[str], None],
) -> Answer:
    """Try until it works: `reason` says why an error will pass, or an empty text if it will not."""
    deadline = time.monotonic() + PATIENCE
    announced = False
    while True:
        try:
            return attempt()
        except Exception as error:
            why = reason(error)
            if not why:
                raise
            if time.monotonic() > deadline:
                raise GradebookError(
                    f"{why}, for {PATIENCE / 60:.0f} minutes now. Nothing is lost: when it is "
                    "free again, the same command continues."
                ) from error
            if not announced:
                waiting(f"{why}; waiting for it")
                announced = True
            time.sleep(_PAUSE)


# nbgrader's models keep a time as text, and a span of time as the time that long after 1970.
_EPOCH = datetime.datetime(1970, 1, 1)


def as_time(value: Any) -> datetime.datetime | None:
    """Read a time from a row, whichever database it comes from."""
    return datetime.datetime.fromisoformat(value) if isinstance(value, str) else value


def as_span(value: Any) -> datetime.timedelta:
    """Read a span of time from a row; none is zero."""
    if isinstance(value, str):
        return datetime.datetime.fromisoformat(value) - _EPOCH
    return value or datetime.timedelta()
