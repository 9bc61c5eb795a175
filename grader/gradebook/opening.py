"""Opening the gradebook's database, by its URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.course.course import Course
from grader.gradebook.database import Database
from grader.gradebook.sqlite import SqliteDatabase
from grader.nbgrader_api.read_config import Settings, read_settings


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


@contextmanager
def opened(
    course: Course,
    waiting: Callable[[str], None] = lambda sentence: None,
    settings: Settings | None = None,
) -> Iterator[Database | None]:
    """Open a course's gradebook; yields None if there is none yet.

    Parameters
    ----------
    settings : Settings, optional
        The course's, if they were read already.
    """
    try:
        url = (settings or read_settings(course)).db_url
        database = open_database(url, course.root, waiting)
    except FileNotFoundError:
        yield None
        return
    try:
        yield database if database.has_tables() else None
    finally:
        database.close()
