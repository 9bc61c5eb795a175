"""Bringing a submitted notebook back into the shape it was handed out in.

Cells can be deleted, copied, retyped or given other ids, by accident or not. What is graded, and
for how many points, comes from the record; from the submission comes only what the learner wrote.
"""

from __future__ import annotations

import copy
import itertools
import re

from nbformat import NotebookNode

from grader.notebook.cells import METADATA, grade_id, is_locked, marks, ours, set_marks, set_ours

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MAX_NOTES = 20
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
    recorded = {grade_id(cell): cell for cell in record.cells if grade_id(cell)}
    notes: list[str] = []
    cells: list[NotebookNode] = []
    seen: set[str] = set()
    for original in notebook.cells:
        cell = _clean(original, recorded)
        name = grade_id(cell)
        if name in recorded and name not in seen:
            seen.add(name)
            cell = _restore(cell, recorded[name], notes)
        else:
            set_marks(cell)
            if name in seen:
                notes.append(f"the cell {name} was there twice; its copy was ignored")
                if is_locked(recorded[name]) and cell.source == recorded[name].source:
                    continue  # but what the learner has written in a copy is theirs
            elif name:
                notes.append(f"the cell id {name[:60]!r} is unknown and was ignored")
        cells.append(cell)
    _add_missing(cells, recorded, seen, notes)
    _give_unique_ids(cells)
    repaired = NotebookNode(nbformat=4, nbformat_minor=5, cells=cells)
    repaired.metadata = NotebookNode(copy.deepcopy(METADATA))
    set_ours(repaired, **copy.deepcopy(ours(record)))
    return repaired, shortened(notes)


def shortened(notes: list[str]) -> list[str]:
    """Keep the first notes, each once: a notebook can be made to give thousands."""
    notes = list(dict.fromkeys(notes))
    if len(notes) <= _MAX_NOTES:
        return notes
    return [*notes[:_MAX_NOTES], f"and {len(notes) - _MAX_NOTES} more notes like these"]


def _clean(original: NotebookNode, recorded: dict[str, NotebookNode]) -> NotebookNode:
    """Return a copy without what could change how a cell runs, and without its outputs.

    Outputs are not evidence of anything. Dropped as well is what no notebook has: readers are
    lenient with it, others may not be. What is kept of metadata is flat, so nothing is nested.
    """
    kind = original.cell_type
    cell = NotebookNode(cell_type=kind, source=original.source, metadata=NotebookNode())
    if isinstance(original.get("id"), str):
        cell["id"] = original["id"]
    if name := grade_id(original):
        set_marks(cell, grade_id=name)
    tags = original.metadata.get("tags", [])
    tags = [t for t in tags if isinstance(t, str)] if isinstance(tags, list) else []
    if kept := [tag for tag in tags if tag not in _EXECUTION_TAGS]:
        cell.metadata["tags"] = kept
    if isinstance(shown := original.metadata.get("jupyter"), dict):
        plain = {key: value for key, value in shown.items() if isinstance(value, bool)}
        cell.metadata["jupyter"] = NotebookNode(plain)
    # A verdict of its own would be read as ours. A cell may only say what it answers.
    task = ours(original).get("answers")
    if isinstance(task, str) and task in recorded and marks(recorded[task]).get("task"):
        set_ours(cell, answers=task)
    if kind == "code":
        cell.outputs, cell.execution_count = [], None
    elif attachments := _attachments(original.get("attachments")):
        cell["attachments"] = attachments
    return cell


def _attachments(told: object) -> dict[str, dict[str, str]]:
    """Return the pictures that a text brings along."""
    if not isinstance(told, dict):
        return {}
    return {
        name: {kind: "".join(data) for kind, data in bundle.items() if _is_text(data)}
        for name, bundle in told.items()
        if isinstance(bundle, dict)
    }


def _is_text(data: object) -> bool:
    return isinstance(data, str) or (
        isinstance(data, list) and all(isinstance(line, str) for line in data)
    )


def _restore(cell: NotebookNode, wanted: NotebookNode, notes: list[str]) -> NotebookNode:
    """Give a cell its recorded metadata, and a locked one its recorded source."""
    name = grade_id(wanted)
    if cell.cell_type != wanted.cell_type:
        notes.append(f"the cell {name} had become a {cell.cell_type} cell")
        source, cell = cell.source, copy.deepcopy(wanted)
        cell.source = source
    set_marks(cell, **copy.deepcopy(marks(wanted)))
    set_ours(cell, **copy.deepcopy(ours(wanted)))
    if is_locked(wanted) and cell.cell_type == "code" and cell.source != wanted.source:
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
            told = marks(wanted)
            if told["solution"] and not told["grade"] and cell.cell_type == "code":
                cell.source = "# This cell was deleted from the submission."
            position = len(cells)
            if told["locked"] and not told["grade"] and not told.get("task"):
                position = 0  # the setup cell: everything below needs its imports
            elif told["solution"]:
                position = _index(cells, previous) + 1
            notes.append(f"the cell {name} was missing and was put back")
            cells.insert(position, cell)
        previous = name


def _index(cells: list[NotebookNode], name: str) -> int:
    return next((i for i, cell in enumerate(cells) if grade_id(cell) == name), -1)


def _give_unique_ids(cells: list[NotebookNode]) -> None:
    seen: set[str] = set()
    without: list[NotebookNode] = []
    for cell in cells:
        given = cell.get("id")
        if isinstance(given, str) and _ID.fullmatch(given) and given not in seen:
            seen.add(given)
        else:
            without.append(cell)
    free = (name for number in itertools.count() if (name := f"cell-{number}") not in seen)
    for cell, name in zip(without, free, strict=False):
        cell["id"] = name
