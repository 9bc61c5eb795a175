"""Running submissions: `choose_executor` gives what runs them on this machine.

Modules that work inside the sandbox (`nursery`, `shell`, `wire`) lie in this package too, so
importing it imports nothing heavy.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from grader.execution.executor import Execution, Executor
from grader.inside.limits import Limits

if TYPE_CHECKING:
    from grader.execution.forked import ForkedExecutor
    from grader.execution.jupyter import KernelExecutor

__all__ = [
    "Execution",
    "Executor",
    "ForkedExecutor",
    "KernelExecutor",
    "Limits",
    "can_fork",
    "choose_executor",
]


def __getattr__(name: str) -> Any:
    if name == "KernelExecutor":
        from grader.execution.jupyter import KernelExecutor

        return KernelExecutor
    if name == "ForkedExecutor":
        from grader.execution.forked import ForkedExecutor

        return ForkedExecutor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


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
    if can_fork():
        from grader.execution.forked import ForkedExecutor

        return ForkedExecutor(limits, isolation=isolation, figures=figures)
    import warnings

    from grader.execution.jupyter import KernelExecutor

    warnings.warn(
        f"Processes cannot be forked safely on {sys.platform}, so each submission gets a Jupyter "
        "kernel of its own, which takes some seconds more, and figures are always rendered.",
        stacklevel=2,
    )
    return KernelExecutor(limits)
