"""What an attack is, and how it is judged."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.inside.limits import Limits

HELD = "held"

#: Small limits, so that reaching them costs nothing.
SMALL = Limits(
    cpu_seconds=1,
    memory_bytes=256 << 20,
    processes=8,
    open_files=64,
    file_bytes=1 << 20,
    scratch_bytes=4 << 20,
)


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes
    ----------
    promise : str
        What holds if it fails, in one sentence.
    function : callable
        Takes the facts that `facts` returns; returns what it could do.
    killed : bool
        Whether it is stopped by being killed.
    """

    promise: str
    function: Callable[[dict[str, Any]], str]
    killed: bool = False

    def source(self, known: dict[str, Any]) -> str:
        """Return lines to run inside."""
        name = self.function.__name__
        return f"from grader.inside import attacks; attacks.run({name!r}, {json.dumps(known)!r})"

    def held(self, output: str, status: int) -> bool:
        """Judge, from the outside, whether it was stopped."""
        if self.killed:
            return status in (-signal.SIGKILL, -signal.SIGXCPU)
        return output == HELD


ATTACKS: dict[str, Attack] = {}


def attack(**options: bool) -> Callable[..., Any]:
    """Register a function as an attack; its docstring says what holds if it fails."""

    def register(function: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
        promise = (function.__doc__ or "").rstrip(".")
        ATTACKS[function.__name__] = Attack(promise, function, **options)
        return function

    return register
