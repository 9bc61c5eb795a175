"""What tests of `check` share: learners' cells, and exercises recorded from small references."""

from __future__ import annotations

import itertools
import linecache
from textwrap import dedent
from typing import Any

import numpy as np

from grader.exercises import Exercise
from twoapples.check import examine
from twoapples.checking.diagnose import Report
from twoapples.checking.traces import Trace

_numbers = itertools.count(1)


def cell(code: str, namespace: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run code as Jupyter runs a cell; return the notebook's names."""
    code = dedent(code).strip() + "\n"
    name = f"/tmp/ipykernel_1/{next(_numbers)}.py"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    namespace = {"np": np} if namespace is None else namespace
    exec(compile(code, name, "exec"), namespace)
    return namespace


def record(reference: Any, *cases: Any, name: str = "", **options: Any) -> Trace:
    """Record the public trace of an exercise with these cases and nothing known to go wrong."""
    exercise = Exercise(name or reference.__name__, points=1, **options)
    for number, case in enumerate(cases):
        exercise.case(f"case {number}")(case)
    return exercise.public_trace(reference)


def ask(trace: Trace, code: str) -> Report:
    """Check a learner's cell against a trace."""
    return examine(trace, cell(code))
