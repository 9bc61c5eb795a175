"""Plain SQL to the gradebook's database, with patience where others use it too.

SQLite, nbgrader's default, goes through Python's own module: importing SQLAlchemy takes as long as
grading three submissions. Every other database goes through SQLAlchemy, by its URL.
"""

from __future__ import annotations

import datetime
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from grader.errors import GraderError

Row = tuple[Any, ...]
Parameters = dict[str, Any]
Result = TypeVar("Result")

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

    def transact(self, work: Callable[[Transaction], Result], *, write: bool = True) -> Result:
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


def open_database(url: str, root: Path, waiting: Callable[[str], None]) -> Database:
    """Open the database at `url`.

    Parameters
    ----------
    root : Path
        The course folder, which a relative path in the URL starts from.
    waiting : callable
        Told in a sentence when somebody has to be waited for.

    Raises
    ------
    FileNotFoundError
        If it is a file and there is none.
    GradebookError
        If it is a server that cannot be reached.
    """
    prefix = "sqlite:///"
    if url.startswith(prefix) and "?" not in url:
        return _Sqlite(root / url.removeprefix(prefix), waiting)
    from grader.gradebook.server import ServerDatabase

    return ServerDatabase(url, waiting)


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
    attempt: Callable[[], Result],
    reason: Callable[[Exception], str],
    waiting: Callable[[str], None],
) -> Result:
    """Try until it works: `reason` says why an error will pass, or an empty text if it will not."""
    deadline = time.monotonic() + PATIENCE
    told = False
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
            if not told:
                waiting(f"{why}; waiting for it")
                told = True
            time.sleep(_PAUSE)


class _Sqlite:
    """A gradebook in a file.

    A transaction that writes takes the lock at its beginning and keeps readers out, so that it
    waits before it has done anything, and not at its end.
    """

    def __init__(self, path: Path, waiting: Callable[[str], None]) -> None:
        self.path, self._waiting = path, waiting
        if not path.exists():
            raise FileNotFoundError(f"There is no gradebook at {path}.")
        # Autocommit as far as the module is concerned: transactions are begun and ended here.
        self._connection = sqlite3.connect(path, timeout=1.0, isolation_level=None)

    def transact(self, work: Callable[[Transaction], Result], *, write: bool = True) -> Result:
        return patiently(lambda: self._attempt(work, write), self._reason, self._waiting)

    def has_tables(self) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE name = 'source_cell'"
        return bool(self.transact(lambda read: read.rows(query), write=False))

    def columns(self, table: str) -> set[str]:
        query = "SELECT name FROM pragma_table_info(:table)"
        rows = self.transact(lambda read: read.rows(query, table=table), write=False)
        return {name for (name,) in rows}

    def claim(self) -> bool:
        return True  # the lock file beside the gradebook says it

    def close(self) -> None:
        self._connection.close()

    def _attempt(self, work: Callable[[Transaction], Result], write: bool) -> Result:
        self._connection.execute("BEGIN EXCLUSIVE" if write else "BEGIN")
        try:
            result = work(_SqliteTransaction(self._connection))
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return result

    def _reason(self, error: Exception) -> str:
        if not isinstance(error, sqlite3.OperationalError):
            return ""
        text = str(error)
        if "full" in text:
            raise GradebookError(
                f"The disk with {self.path} is full. Nothing is lost: make room, and the same "
                "command continues."
            ) from error
        return f"{self.path.name} is locked by another program" if "locked" in text else ""


class _SqliteTransaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Parameters]) -> None:
        self._connection.executemany(
            sql, [{key: _stored(value) for key, value in one.items()} for one in parameters]
        )


# nbgrader's models keep a time as text, and a span of time as the time that long after 1970.
_EPOCH = datetime.datetime(1970, 1, 1)


def _stored(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "microseconds")
    return value


def as_time(value: Any) -> datetime.datetime | None:
    """Read a time from a row, whichever database it comes from."""
    return datetime.datetime.fromisoformat(value) if isinstance(value, str) else value


def as_span(value: Any) -> datetime.timedelta:
    """Read a span of time from a row; none is zero."""
    if isinstance(value, str):
        return datetime.datetime.fromisoformat(value) - _EPOCH
    return value or datetime.timedelta()
