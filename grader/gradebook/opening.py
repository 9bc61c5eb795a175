"""Opening the gradebook's database, by its URL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.gradebook.database import Database
from grader.gradebook.sqlite import SqliteDatabase


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
        return SqliteDatabase(root / url.removeprefix(prefix), waiting)
    from grader.gradebook.server import ServerDatabase

    return ServerDatabase(url, waiting)
