"""How a lesson is graded: what the command line is told travels through a run as one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from grader.execution import Executor, Limits, choose_executor
from grader.inside.isolation import Isolation

if TYPE_CHECKING:
    from grader.grading.schedulers import ExecutorFactory, Scheduler
    from grader.judging.task import Order


@dataclass(frozen=True)
class GradingOptions:
    """How a lesson is graded.

    Attributes
    ----------
    workers : int, optional
        Processes that grade; by default as many as there are cores.
    new_seed : bool
        Draw the hidden cases anew, and so grade everything again.
    sandbox_again : bool
        Grade those again, on the same cases, of whom nothing says that they ran in a sandbox.
    feedback : bool
        Write feedback pages as well.
    limits : Limits
        What one submission may use.
    isolation : str
        How it is kept apart, a value of `grader.inside.isolation.Isolation`.
    figures : bool
        Whether figures are rendered.
    cluster : str
        Address of the Dask scheduler whose workers grade; by default processes here do.
    make_executor : callable, optional
        Makes what runs notebooks, in each worker, instead of `choose_executor` with limits,
        isolation and figures; it must be picklable.
    make_scheduler : callable, optional
        Makes what spreads the submissions, instead of processes or the cluster.
    """

    workers: int | None = None
    new_seed: bool = False
    sandbox_again: bool = False
    feedback: bool = True
    limits: Limits = field(default_factory=Limits)
    isolation: str = Isolation.DEFAULT.value
    figures: bool = False
    cluster: str = ""
    make_executor: ExecutorFactory | None = None
    make_scheduler: Callable[[Order], Scheduler] | None = None

    @property
    def executor_factory(self) -> ExecutorFactory:
        """What makes an executor, here or in another process."""
        return self.make_executor or partial(
            choose_executor, self.limits, isolation=self.isolation, figures=self.figures
        )

    def executor(self) -> Executor:
        """Make what runs notebooks."""
        return self.executor_factory()

    def as_flags(self) -> str:
        """Return what the command line must say again, so that the rest is graded in the same way.

        Options that only change how long it takes, or what is written besides, are left out.
        """
        flags = " --sandbox-again" if self.sandbox_again else ""
        if self.isolation != Isolation.DEFAULT.value:
            flags += f" --isolation {self.isolation}"
        return flags + (f" --scheduler {self.cluster}" if self.cluster else "")
