"""How a submission was kept apart from the rest while it ran, as its graded notebook tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Nothing of the submission was run: there was no notebook that can be read.
NOTHING_RUN = "nothing run"


#: It was run with the rights of the account that graded; `Isolation.NONE`.
WITHOUT = "none"


#: Nothing tells how it was run.
UNKNOWN = "unknown"


_HARMLESS = ("default", "strict", NOTHING_RUN)


def harmless(isolation: str) -> bool:
    """Whether a submission was graded in a sandbox, or nothing of it was run."""
    return isolation in _HARMLESS


def weaker(one: str, other: str) -> str:
    """Return which of two says less for the scores, where some come from one and some from other.

    Examples
    --------
    >>> weaker("none", "default"), weaker("strict", ""), weaker("default", "strict")
    ('none', 'unknown', 'default')
    """
    if WITHOUT in (one, other):
        return WITHOUT
    return one if harmless(one) and harmless(other) else UNKNOWN


def in_notebook(summary: Mapping[str, Any]) -> str:
    """Return what a graded notebook's summary says; see `grader.judging.task.Graded.summary`."""
    told = summary.get("isolation")
    return told if told in (*_HARMLESS, WITHOUT) else UNKNOWN
