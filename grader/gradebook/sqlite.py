"""A gradebook in an SQLite file, through Python's own module."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from grader.gradebook.database import (
    Answer,
    GradebookError,
    Parameters,
    Row,
    Transaction,
    patiently,
)


class SqliteDatabase:
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

    def transact(self, work: Callable[[Transaction], Answer], *, write: bool = True) -> Answer:
        """Run one transaction; see `Database`."""
        return patiently(lambda: self._attempt(work, write), self._reason, self._waiting)

    def has_tables(self) -> bool:
        """Whether nbgrader's tables are there."""
        query = "SELECT 1 FROM sqlite_master WHERE name = 'source_cell'"
        return bool(self.transact(lambda read: read.rows(query), write=False))

    def columns(self, table: str) -> set[str]:
        """Return the names of a table's columns."""
        query = "SELECT name FROM pragma_table_info(:table)"
        rows = self.transact(lambda read: read.rows(query, table=table), write=False)
        return {name for (name,) in rows}

    def claim(self) -> bool:
        """Say that this process grades now."""
        return True  # the lock file beside the gradebook says it

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _attempt(self, work: Callable[[Transaction], Answer], write: bool) -> Answer:
        self._connection.execute("BEGIN EXCLUSIVE" if write else "BEGIN")
        try:
            result = work(_Transaction(self._connection))
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


class _Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Parameters]) -> None:
        self._connection.executemany(
            sql, [{key: _stored(value) for key, value in one.items()} for one in parameters]
        )


def _stored(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "microseconds")
    return value
