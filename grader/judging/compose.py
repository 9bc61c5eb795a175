"""The autograded notebook: what nbgrader's steps make of a notebook that was run and judged.

It works in the workers, on plain data. Each function does what one step of nbgrader's Autograde
does, for a notebook that `grader.judging.repair` has brought back into shape.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4.rwbase import split_lines, strip_transient

from grader.judging.layout import lay_out
from grader.judging.verdicts import Verdict
from grader.notebook.cells import Cells, check_id, checksum
from twoapples.box import as_mimebundle
from twoapples.checking.diagnose import Report

NO_RESPONSE = "No response."

_MAX_LINES = 1000
_MAX_TRACEBACK = 100
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    notebook: NotebookNode, verdicts: dict[str, tuple[Verdict, Report]], summary: dict[str, Any]
) -> None:
    """Put verdict and score into the check cells, where nbgrader reads a score."""
    by_check = {check_id(name): name for name in verdicts}
    for cell in notebook.cells:
        told = cell.metadata.get("nbgrader", {})
        name = by_check.get(told.get("grade_id", ""))
        if name is None or cell.cell_type != "code":
            continue
        verdict, report = verdicts[name]
        # nbgrader reads the score from the first execute_result, as a plain number.
        score = {"text/plain": repr(float(verdict.score))}
        cell.outputs = [
            _output("display_data", data=as_mimebundle(report)),
            _output("execute_result", data=score, execution_count=1),
        ]
        cell.execution_count = 1
        cell.metadata["twoapples"] = verdict.to_data()
    notebook.metadata.setdefault("twoapples", {})["graded"] = summary


def _output(kind: str, **parts: Any) -> NotebookNode:
    """Make an output; nbformat's own function validates each one against its schema."""
    return from_dict({"output_type": kind, "metadata": {}, **parts})


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
        told = cell.metadata.get("nbgrader")
        if told is not None:
            known = cells.by_name[told["grade_id"]]
            told["checksum"] = known.checksum
            if known.locked and checksum(cell) != known.checksum:
                # A task's text comes back with the marking scheme, for the person who grades.
                cell.source = known.source
        if cell.cell_type == "code":
            _limit_text(cell)
            _limit_tracebacks(cell)
    return marks_of(notebook)


def marks_of(notebook: NotebookNode | dict[str, Any]) -> Marks:
    """Read the marks from an autograded notebook, also from one that was read as plain JSON."""
    scores: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    for cell in notebook["cells"]:
        told = cell["metadata"].get("nbgrader")
        if not told:
            continue
        name = told["grade_id"]
        is_solution = bool(told.get("solution"))
        untouched = is_solution and told.get("checksum") == checksum(_node(cell))
        if told.get("grade"):
            scores[name] = _score(cell, is_solution, untouched)
        if told.get("task"):
            comments[name] = None
        elif is_solution:
            comments[name] = NO_RESPONSE if untouched else None
    return Marks(scores, comments)


def to_bytes(notebook: NotebookNode) -> bytes:
    """Return the file's bytes, as nbgrader writes them; the notebook's texts are split for it.

    Half of a surrogate pair, which JSON can hold and UTF-8 cannot, stays the escape it came as.
    """
    # nbformat's own function copies the notebook first, which takes longer than writing it.
    text = lay_out(split_lines(strip_transient(notebook)))
    if _SURROGATE.search(text):
        text = _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return (text + "\n").encode("utf-8")


def _node(cell: Any) -> NotebookNode:
    """Return a cell with its text in one piece, as it is while a notebook is worked on."""
    source = cell["source"]
    text = "".join(source) if isinstance(source, list) else source
    return NotebookNode(cell_type=cell["cell_type"], source=text, metadata=cell["metadata"])


def _score(cell: Any, is_solution: bool, untouched: bool) -> float | None:
    """Return what nbgrader takes for a graded cell's score."""
    if is_solution:
        return 0.0 if untouched else None
    if cell["cell_type"] != "code":
        return None
    for output in cell["outputs"]:
        if output["output_type"] == "execute_result":
            text = output["data"]["text/plain"]
            return float("".join(text) if isinstance(text, list) else text)
    raise ValueError(f"the cell {cell['metadata']['nbgrader']['grade_id']} has no score")


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
    for output in cell.outputs:
        if output.output_type == "error" and len(output.traceback) > _MAX_TRACEBACK:
            head = _MAX_TRACEBACK // 2
            tail = _MAX_TRACEBACK - head - 1
            output.traceback = [
                *output.traceback[:head],
                "... Traceback truncated ...",
                *output.traceback[-tail:],
            ]
