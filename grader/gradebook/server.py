"""A gradebook on a database server, PostgreSQL say, through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, create_engine, exc, inspect, text

from grader.gradebook.database import (
    Answer,
    GradebookError,
    Parameters,
    Row,
    Transaction,
    patiently,
)

_LOCK_KEY = 0x74776F6170706C65  # "twoapple", for PostgreSQL's advisory lock


class ServerDatabase:
    """A database that SQLAlchemy has a driver for."""

    def __init__(self, url: str, waiting: Callable[[str], None]) -> None:
        self._waiting = waiting
        self._claim: Connection | None = None
        try:
            self._engine = create_engine(url, pool_size=1, max_overflow=1)
            self._shown = self._engine.url.render_as_string(hide_password=True)
            with self._engine.connect():
                pass
        except ModuleNotFoundError as error:
            raise GradebookError(
                f"The gradebook's database needs the package {error.name}: pip install {error.name}"
            ) from error
        except exc.SQLAlchemyError as error:
            raise GradebookError(
                f"The gradebook that c.CourseDirectory.db_url names cannot be opened: "
                f"{_first_line(error)}"
            ) from error

    def transact(self, work: Callable[[Transaction], Answer], *, write: bool = True) -> Answer:
        """Run `work` in one transaction; see `grader.gradebook.database.Database`."""

        def attempt() -> Answer:
            with self._engine.begin() as connection:
                return work(_ServerTransaction(connection))

        return patiently(attempt, self._reason, self._waiting)

    def has_tables(self) -> bool:
        """Whether nbgrader's tables are there."""
        return inspect(self._engine).has_table("source_cell")

    def columns(self, table: str) -> set[str]:
        """Return the names of a table's columns; none if there is no such table."""

        def work() -> set[str]:
            found = inspect(self._engine)
            there = found.get_columns(table) if found.has_table(table) else []
            return {str(column["name"]) for column in there}

        return patiently(work, self._reason, self._waiting)

    def claim(self) -> bool:
        """Take PostgreSQL's advisory lock, which other machines see and which ends with us."""
        if self._engine.dialect.name != "postgresql":
            return True
        self._claim = self._engine.connect()
        taken = self._claim.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK_KEY})
        free = bool(taken.scalar())
        self._claim.commit()  # the lock is the session's; an open transaction would be in the way
        return free

    def close(self) -> None:
        """Close all connections."""
        if self._claim is not None:
            self._claim.close()
        self._engine.dispose()

    def _reason(self, error: Exception) -> str:
        """Say why an error will pass: the server was restarted, or a transaction was its victim."""
        if not isinstance(error, exc.DBAPIError):
            return ""
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if state.startswith("53"):
            raise GradebookError(
                f"The gradebook's server has no room: {_first_line(error)}. Nothing is lost: the "
                "same command continues."
            ) from error
        passing = (
            error.connection_invalidated
            or state.startswith(("08", "57P", "40"))
            or (isinstance(error, exc.OperationalError) and not state)  # it cannot be reached
        )
        return f"the gradebook at {self._shown} cannot be reached" if passing else ""


class _ServerTransaction:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        return [tuple(row) for row in self._connection.execute(text(sql), parameters)]

    def run(self, sql: str, parameters: Sequence[Parameters]) -> None:
        if parameters:
            self._connection.execute(text(sql), list(parameters))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
