"""Keeping the start of a command short."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

# What jsonschema imports for the formats of texts that schemas can ask for.
_FORMATS = (
    "fqdn",
    "isoduration",
    "rfc3339_validator",
    "rfc3986_validator",
    "rfc3987_syntax",
    "uri_template",
    "webcolors",
)


@contextmanager
def without_grammars() -> Iterator[None]:
    """Import nbformat (and what else needs jsonschema) without grammars of addresses and dates.

    jsonschema imports them for schemas that ask for formats such as "iri". Building that grammar
    takes 1.4 s, longer than a submission is graded in, and the others together a third of what
    nbformat takes. The schemas of notebooks ask for no format.
    Only this process, and only what is imported inside the `with`, goes without them.
    """
    left_out = [name for name in _FORMATS if name not in sys.modules]
    if "jsonschema" in sys.modules or "rfc3987_syntax" in sys.modules:
        left_out = []
    for name in left_out:
        sys.modules[name] = None  # type: ignore[assignment]  # importing it fails, as is foreseen
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]


def import_nbformat() -> None:
    """Import nbformat, the quick way."""
    with without_grammars():
        import nbformat  # noqa: F401
