"""Running submissions: `choose_executor` gives what runs them on this machine."""

from __future__ import annotations

import sys
import warnings

from grader.execution.executor import Execution, Executor
from grader.inside.limits import Limits

__all__ = ["Execution", "Executor", "Limits", "can_fork", "choose_executor"]


def can_fork() -> bool:
    """Whether submissions can be forked here: on Linux.

    Windows has no fork, and on macOS a process that has loaded the system's frameworks is not
    safe to fork.
    """
    return sys.platform == "linux"


def choose_executor(
    limits: Limits | None = None, isolation: str = "default", figures: bool = True
) -> Executor:
    """Return what runs submissions on this machine.

    Parameters
    ----------
    isolation : str
        A value of `grader.inside.isolation.Isolation`: ``default``, ``strict`` or ``none``.
    figures : bool
        Whether figures are rendered; without them grading is quicker.

    Raises
    ------
    SandboxError
        When the first submission is run, if this machine cannot isolate it as asked.
    """
    # Imported when they are wanted: one needs nbformat, the other all of Jupyter's client.
    if can_fork():
        from grader.execution.forked import ForkedExecutor

        return ForkedExecutor(limits, isolation=isolation, figures=figures)
    from grader.execution.jupyter import KernelExecutor

    warnings.warn(
        f"Processes cannot be forked safely on {sys.platform}, so each submission gets a Jupyter "
        "kernel of its own, which takes some seconds more, and figures are always rendered.",
        stacklevel=2,
    )
    return KernelExecutor(limits)
