"""Bringing a submitted notebook back into the shape it was handed out in.

Cells can be deleted, copied, retyped or given other ids, by accident or not. What is graded, and
for how many points, comes from the record; from the submission comes only what the learner wrote.
"""

from __future__ import annotations

import copy

from nbformat import NotebookNode

from grader.notebooks import METADATA

# nbclient and nbconvert skip or change cells with such tags; a submission must not use them.
_EXECUTION_TAGS = {"skip-execution", "raises-exception", "nbgrader-skip"}


def repair(notebook: NotebookNode, record: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Restore the cells of the record in a submitted notebook.

    Parameters
    ----------
    notebook : NotebookNode
        What was handed in; it is not changed.
    record : NotebookNode
        The notebook as it was handed out.

    Returns
    -------
    tuple of (NotebookNode, list of str)
        The repaired notebook, and a note for each repair.
    """
    recorded = {_grade_id(cell): cell for cell in record.cells if _grade_id(cell)}
    notes: list[str] = []
    cells: list[NotebookNode] = []
    seen: set[str] = set()
    for original in notebook.cells:
        cell = _clean(copy.deepcopy(original))
        grade_id = _grade_id(cell)
        if not grade_id:
            cell.metadata.pop("nbgrader", None)
        elif grade_id not in recorded:
            notes.append(f"the cell id {grade_id[:60]!r} is unknown and was ignored")
            del cell.metadata["nbgrader"]
        elif grade_id in seen:
            notes.append(f"the cell {grade_id} was there twice; its copy was ignored")
            del cell.metadata["nbgrader"]
            if _is_locked(recorded[grade_id]):
                continue
        else:
            seen.add(grade_id)
            cell = _restore(cell, recorded[grade_id], notes)
        cells.append(cell)
    _add_missing(cells, recorded, seen, notes)
    _give_unique_ids(cells)
    repaired = NotebookNode(nbformat=4, nbformat_minor=5, cells=cells)
    repaired.metadata = NotebookNode(copy.deepcopy(METADATA))
    if "twoapples" in record.metadata:
        repaired.metadata["twoapples"] = copy.deepcopy(record.metadata["twoapples"])
    return repaired, notes


def _grade_id(cell: NotebookNode) -> str:
    nbgrader = cell.metadata.get("nbgrader", {})
    grade_id = nbgrader.get("grade_id", "") if isinstance(nbgrader, dict) else ""
    return grade_id if isinstance(grade_id, str) else ""


def _is_locked(cell: NotebookNode) -> bool:
    return bool(cell.metadata["nbgrader"]["locked"])


def _clean(cell: NotebookNode) -> NotebookNode:
    """Drop what could change how a cell runs, and outputs, which are not evidence of anything."""
    tags = cell.metadata.get("tags", [])
    kept = [t for t in tags if t not in _EXECUTION_TAGS] if isinstance(tags, list) else []
    cell.metadata = NotebookNode(
        {k: v for k, v in cell.metadata.items() if k in ("nbgrader", "twoapples", "jupyter")}
    )
    if kept:
        cell.metadata["tags"] = kept
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    return cell


def _restore(cell: NotebookNode, wanted: NotebookNode, notes: list[str]) -> NotebookNode:
    """Give a cell its recorded metadata, and a locked one its recorded source."""
    name = _grade_id(wanted)
    if cell.cell_type != wanted.cell_type:
        notes.append(f"the cell {name} had become a {cell.cell_type} cell")
        source, cell = cell.source, copy.deepcopy(wanted)
        cell.source = source
    cell.metadata["nbgrader"] = copy.deepcopy(wanted.metadata["nbgrader"])
    if _is_locked(wanted) and cell.cell_type == "code" and cell.source != wanted.source:
        notes.append(f"the locked cell {name} had been changed")
        cell.source = wanted.source
    return cell


def _add_missing(
    cells: list[NotebookNode], recorded: dict[str, NotebookNode], seen: set[str], notes: list[str]
) -> None:
    """Put deleted cells back, each behind the one that stood before it.

    A deleted solution cell comes back without code: the stub must not overwrite a definition
    that the learner has put somewhere else.
    """
    previous = ""
    for name, wanted in recorded.items():
        if name not in seen:
            cell = copy.deepcopy(wanted)
            nbgrader = wanted.metadata["nbgrader"]
            if nbgrader["solution"] and not nbgrader["grade"] and cell.cell_type == "code":
                cell.source = "# This cell was deleted from the submission."
            position = len(cells)
            if nbgrader["locked"] and not nbgrader["grade"] and not nbgrader.get("task"):
                position = 0  # the setup cell: everything below needs its imports
            elif nbgrader["solution"]:
                position = _index(cells, previous) + 1
            notes.append(f"the cell {name} was missing and was put back")
            cells.insert(position, cell)
        previous = name


def _index(cells: list[NotebookNode], grade_id: str) -> int:
    return next((i for i, cell in enumerate(cells) if _grade_id(cell) == grade_id), -1)


def _give_unique_ids(cells: list[NotebookNode]) -> None:
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        if cell.get("id", "") in ("", *seen):
            cell["id"] = f"cell-{number}"
        seen.add(cell["id"])
