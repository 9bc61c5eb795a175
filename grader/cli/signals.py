"""Ctrl-C and SIGTERM: the first asks a run to come to an end, the second ends it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Notes the first signal and raises `KeyboardInterrupt` at the second.

    Use it as a context manager, in the main thread.

    Parameters
    ----------
    noticed : callable
        Called once, when `requested` first says so: not while a signal interrupts something else.

    Attributes
    ----------
    number : int
        The signal that came, 0 if none did.
    """

    def __init__(self, noticed: Callable[[], None]) -> None:
        self.number = 0
        self._noticed: Callable[[], None] | None = noticed
        self._before: dict[int, Any] = {}

    @property
    def exit_status(self) -> int:
        """What a shell expects of a command that a signal has ended."""
        return 128 + self.number

    def requested(self) -> bool:
        """Whether a signal has come."""
        if self.number and self._noticed is not None:
            noticed, self._noticed = self._noticed, None
            noticed()
        return self.number != 0

    def __enter__(self) -> Interrupts:
        """Listen to signals."""
        self._before = {number: signal.signal(number, self._take) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        """Leave signals to whoever had them before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            raise KeyboardInterrupt
        self.number = number
