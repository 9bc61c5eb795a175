"""What it means to run a submission: a notebook and questions in, outputs and answers out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from grader.inside.limits import Limits

if TYPE_CHECKING:  # the sandboxed processes read `Limits` and have no nbformat to import
    from nbformat import NotebookNode


@dataclass
class Execution:
    """What came of running a submission.

    Attributes
    ----------
    notebook : NotebookNode
        The notebook with its outputs; check cells are left empty.
    answers : dict
        By exercise what `twoapples.checking.answers.answer` gave; an exercise that could not be
        asked is missing.
    incidents : list of str
        Time limits, a process that died; in half a sentence each.
    died : bool
        Whether the process ended before the notebook did.
    """

    notebook: NotebookNode
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    incidents: list[str] = field(default_factory=list)
    died: bool = False


class Executor(Protocol):
    """Runs notebooks, one after the other.

    Attributes
    ----------
    isolation : str
        How submissions are kept apart, a value of `grader.inside.isolation.Isolation`.
    """

    isolation: str

    def start(self, many: bool = True) -> None:
        """Begin to import what submissions need, and do not wait for it; `execute` would as well.

        Parameters
        ----------
        many : bool
            Whether to do beforehand also what pays only for more than one submission.
        """
        ...

    def prepare(self, record: NotebookNode) -> None:
        """Say which notebook was handed out, whose cells most submissions hold unchanged."""
        ...

    def execute(
        self,
        notebook: NotebookNode,
        questions: dict[str, list[dict[str, Any]]],
        supplements: dict[str, bytes],
    ) -> Execution:
        """Run `notebook`; at each exercise's check cell ask its questions.

        Parameters
        ----------
        notebook : NotebookNode
            A repaired notebook; outputs are written into it.
        questions : dict
            By exercise its cases, each a dict with the steps to perform.
        supplements : dict
            Files that lie beside the notebook, by relative path.
        """
        ...

    def close(self) -> None:
        """End all processes."""
        ...


def used_up(limits: Limits, index: int) -> str:
    """Say that there was no time left for the cell at `index`."""
    return f"the notebook's {limits.total_seconds:.0f} s were used up before cell {index + 1}"
