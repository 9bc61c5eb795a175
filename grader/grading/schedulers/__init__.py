"""Where submissions are graded: in this process, in processes beside it, or on other machines.

A scheduler is given tasks as bytes and gives results as bytes. It knows nothing of the gradebook,
and only a number of a submission. `local` has those of one machine, `dask` the one of many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from grader.execution import Executor

# Given to worker processes, which make an executor each; so it has to be picklable.
ExecutorFactory = Callable[[], Executor]


@dataclass(frozen=True)
class Finished:
    """A task that is done with.

    Attributes
    ----------
    number : int
        As it was submitted.
    result : bytes
        What `grader.judging.task.perform` gave.
    failure : str
        Why there is no result, in half a sentence; else empty.
    """

    number: int
    result: bytes = b""
    failure: str = ""


class Scheduler(Protocol):
    """Grades tasks, in any order.

    Attributes
    ----------
    capacity : int
        So many tasks should be under way at a time; more of them only take up memory. It may
        change while tasks are graded.
    """

    @property
    def capacity(self) -> int:
        """How many tasks should be under way."""
        ...

    def submit(self, number: int, task: bytes) -> None:
        """Take on a task."""
        ...

    def collect(self, seconds: float) -> list[Finished]:
        """Return what is finished, waiting up to `seconds` for the first; each task once."""
        ...

    def close(self) -> None:
        """Stop; what is under way is given up."""
        ...
