"""Keeping the start of a command short."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.course import Course
    from grader.execution import Executor

_GRAMMAR = "rfc3987_syntax"


@contextmanager
def without_grammars() -> Iterator[None]:
    """Import nbformat (and what else needs jsonschema) without a grammar of internet addresses.

    jsonschema imports the grammar for schemas that ask for the format "iri", and building it takes
    1.4 s, longer than a submission is graded in. The schemas of notebooks ask for no such format.
    Only this process, and only what is imported inside the `with`, goes without it.
    """
    if _GRAMMAR in sys.modules or "jsonschema" in sys.modules:
        yield
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # an import of it fails, as is foreseen
    try:
        yield
    finally:
        del sys.modules[_GRAMMAR]


def import_nbformat() -> None:
    """Import nbformat, the quick way."""
    with without_grammars():
        import nbformat  # noqa: F401


def start_early(course: Course, lesson: str, **options: Any) -> Executor | None:
    """For a single submission start what will run it, which imports while we import the rest.

    Parameters
    ----------
    **options
        For `grader.execution.choose_executor`.

    Returns
    -------
    Executor or None
        None if there are more submissions, which worker processes will run.
    """
    from itertools import islice

    found = list(islice((course.root / "submitted").glob(f"*/{lesson}"), 2))
    if len(found) != 1:
        return None
    from grader.execution import choose_executor

    executor = choose_executor(**options)
    getattr(executor, "start", lambda: None)()
    return executor
