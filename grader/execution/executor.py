"""What it means to run a submission: a notebook and questions in, outputs and answers out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # the sandboxed processes read `Limits` and have no nbformat to import
    from nbformat import NotebookNode

SUPPRESSED = "\n[The output was longer than the limit; the rest was dropped.]\n"

TIMED_OUT: list[dict[str, Any]] = [
    {"error": {"type": "TimedOut", "message": "no answer within the time limit", "lines": []}}
]
CASE_SECONDS = 2.0  # for one case, once all cases together took too long
HOPELESS = 2  # so many cases that took too long, and no more are asked
PLOT_BYTES = 2_000_000  # of a plot's arguments that are sent to be drawn


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell_seconds, total_seconds : float
        Wall time of one cell, and of the notebook with all questions.
    text_bytes, output_bytes : int
        Printed text of one cell, and all its output with pictures.
    answer_bytes : int
        Answers to the questions of one exercise.
    cpu_seconds : float
        Processor time of all its processes.
    memory_bytes : int
        Address space of a process.
    processes, open_files : int
        How many processes and threads, and how many open files in a process.
    file_bytes, scratch_bytes : int
        The largest file, and all files together.
    """

    cell_seconds: float = 20.0
    total_seconds: float = 240.0
    text_bytes: int = 200_000
    output_bytes: int = 10_000_000
    answer_bytes: int = 20_000_000
    cpu_seconds: float = 300.0
    memory_bytes: int = 4 * 2**30
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 64 * 2**20
    scratch_bytes: int = 128 * 2**20


@dataclass
class Execution:
    """What came of running a submission.

    Attributes
    ----------
    notebook : NotebookNode
        The notebook with its outputs; check cells are left empty.
    answers : dict
        By exercise what `twoapples.answers.answer` gave; an exercise that could not be asked is
        missing.
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
        How submissions are kept apart, a value of `grader.sandbox.isolation.Isolation`.
    """

    isolation: str

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


def grade_id(cell: NotebookNode) -> str:
    """Return the name that nbgrader knows a cell by, or an empty text."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def places(notebook: NotebookNode, names: Iterable[str]) -> dict[int, list[str]]:
    """Say after which cell each exercise is asked: its check, or its solution if that comes later.

    Names are used again further down in many a notebook, so the end would be too late.

    Returns
    -------
    dict
        Names of exercises by the index of a cell.
    """
    from grader.notebooks import check_id

    position = {grade_id(cell): index for index, cell in enumerate(notebook.cells)}
    found: dict[int, list[str]] = {}
    for name in names:
        index = max(position.get(check_id(name), -1), position.get(name, -1))
        found.setdefault(index if index >= 0 else len(notebook.cells) - 1, []).append(name)
    return found


def is_run(cell: NotebookNode) -> bool:
    """Whether a cell is executed: code, but not a check, whose verdict the grader writes."""
    from grader.notebooks import check_id

    is_check = grade_id(cell).startswith(check_id(""))
    return cell.cell_type == "code" and bool(cell.source.strip()) and not is_check


def used_up(limits: Limits, index: int) -> str:
    """Say that there was no time left for the cell at `index`."""
    return f"the notebook's {limits.total_seconds:.0f} s were used up before cell {index + 1}"
