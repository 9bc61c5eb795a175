"""The autograded notebook: what nbgrader's steps make of a notebook that was run and judged.

It works in the workers, on plain data. Each function does what one step of nbgrader's Autograde
does, for a notebook that `grader.judging.repair` has brought back into shape.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.v4.rwbase import split_lines, strip_transient

from grader.judging.verdicts import Verdict
from grader.notebook.cells import (
    Cells,
    checked_by,
    checksum,
    grade_id,
    laid_out,
    marks,
    ours,
    set_ours,
)
from twoapples.box import as_mimebundle

NO_RESPONSE = "No response."

_MAX_LINES = 1000
_MAX_TRACEBACK = 100


@dataclass(frozen=True)
class Marks:
    """What a graded notebook puts into the gradebook.

    Attributes
    ----------
    scores : dict
        Points by graded cell; None where a person grades.
    comments : dict
        nbgrader's own comment by solution or task cell, or None.
    """

    scores: dict[str, float | None]
    comments: dict[str, str | None]


def write_verdicts(
    notebook: NotebookNode, verdicts: Mapping[str, Verdict], summary: dict[str, Any]
) -> None:
    """Put the verdicts into the check cells: as data, as what a person sees, and as a score.

    nbgrader reads the score from the first execute_result, as a plain number.
    """
    for cell in notebook.cells:
        verdict = verdicts.get(checked_by(grade_id(cell)))
        if verdict is None or cell.cell_type != "code":
            continue
        score = {"text/plain": repr(float(verdict.score))}
        cell.outputs = [
            _output("display_data", data=as_mimebundle(verdict.report)),
            _output("execute_result", data=score, execution_count=1),
        ]
        cell.execution_count = 1
        set_ours(cell, **verdict.to_data())
    set_ours(notebook, **{**ours(notebook), "graded": summary})


def _output(kind: str, *, data: dict[str, Any], **parts: Any) -> NotebookNode:
    """Make an output; nbformat's own function validates each one against its schema."""
    return NotebookNode(output_type=kind, metadata=NotebookNode(), data=NotebookNode(data), **parts)


def finish(notebook: NotebookNode, cells: Cells) -> Marks:
    """Bring a judged notebook into the form in which nbgrader keeps it; return its marks.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs and verdicts; it is changed.
    cells : Cells
        The released cells. Every cell of the notebook with a grade_id is among them.
    """
    if cells.kernelspec:
        notebook.metadata["kernelspec"] = json.loads(cells.kernelspec)
    for cell in notebook.cells:
        if told := marks(cell):
            known = cells.by_name[told["grade_id"]]
            told["checksum"] = known.checksum
            if known.locked and checksum(cell) != known.checksum:
                # A task's text comes back with the marking scheme, for the person who grades.
                cell.source = known.source
        if cell.cell_type == "code":
            _limit_text(cell)
            _limit_tracebacks(cell)
    return marks_of(notebook)


def marks_of(notebook: Mapping[str, Any]) -> Marks:
    """Read the marks from an autograded notebook, also from one that was read as plain JSON."""
    scores: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    for cell in notebook["cells"]:
        told = marks(cell)
        if not told:
            continue
        name = told["grade_id"]
        is_solution = bool(told.get("solution"))
        untouched = is_solution and told.get("checksum") == checksum(cell)
        if told.get("grade"):
            scores[name] = _score(cell, is_solution, untouched)
        if told.get("task"):
            comments[name] = None
        elif is_solution:
            comments[name] = NO_RESPONSE if untouched else None
    return Marks(scores, comments)


def to_bytes(notebook: NotebookNode) -> bytes:
    """Return the file's bytes, as nbgrader writes them; the notebook's texts are split for it."""
    # nbformat's own function copies the notebook first, which takes longer than writing it.
    return laid_out(split_lines(strip_transient(notebook)))


def _score(cell: Mapping[str, Any], is_solution: bool, untouched: bool) -> float | None:
    """Return what nbgrader takes for a graded cell's score."""
    if is_solution:
        return 0.0 if untouched else None
    if cell["cell_type"] != "code":
        return None
    score = ours(cell).get("score")
    if not isinstance(score, int | float):
        raise ValueError(f"the cell {grade_id(cell)} has no score")
    return float(score)


def _limit_text(cell: NotebookNode) -> None:
    """Keep the first lines of what a cell has printed."""
    kept, outputs = 0, []
    for output in cell.outputs:
        if output.output_type == "stream":
            if kept == _MAX_LINES:
                continue
            lines = output.text.split("\n")
            if kept + len(lines) > _MAX_LINES:
                lines = [*lines[: _MAX_LINES - kept - 1], "... Output truncated ..."]
            kept += len(lines)
            output.text = "\n".join(lines)
        outputs.append(output)
    cell.outputs = outputs


def _limit_tracebacks(cell: NotebookNode) -> None:
    """Keep the two ends of a long traceback."""
    head = _MAX_TRACEBACK // 2
    for output in cell.outputs:
        if output.output_type == "error" and len(output.traceback) > _MAX_TRACEBACK:
            tail = output.traceback[head + 1 - _MAX_TRACEBACK :]
            output.traceback = [*output.traceback[:head], "... Traceback truncated ...", *tail]
