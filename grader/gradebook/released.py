"""What the gradebook knows of a released lesson: read once, the same for all submissions."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.gradebook.database import Transaction, as_time
from grader.notebook.cells import Cells, SourceCell, checksum, is_locked, marks

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Released:
    """A released lesson.

    Attributes
    ----------
    assignment, notebook : str
        Ids of its rows.
    graded, commented : dict
        Ids of the cells that get a grade, and a comment, by name.
    max_scores : dict
        Points by name of the graded cell.
    notebooks : int
        How many notebooks the assignment has; we release one.
    """

    assignment: str
    notebook: str
    duedate: datetime.datetime | None
    graded: dict[str, str]
    commented: dict[str, str]
    max_scores: dict[str, float]
    notebooks: int
    cells: Cells


def read_released(read: Transaction, lesson: str, notebook: str) -> Released | None:
    """Read a lesson from the gradebook; None if it is not there."""
    found = read.rows(
        "SELECT a.id, n.id, a.duedate, n.kernelspec FROM assignment a "
        "JOIN notebook n ON n.assignment_id = a.id WHERE a.name = :lesson AND n.name = :notebook",
        lesson=lesson,
        notebook=notebook,
    )
    if not found:
        return None
    assignment_id, notebook_id, duedate, kernelspec = found[0]
    count = read.rows(
        "SELECT COUNT(*) FROM notebook WHERE assignment_id = :assignment", assignment=assignment_id
    )[0][0]
    of = {"notebook": notebook_id}
    points = "SELECT b.name, b.id, c.max_score FROM base_cell b JOIN {} c ON c.id = b.id "
    where = "WHERE b.notebook_id = :notebook"
    tasks = read.rows(points.format("task_cells") + where, **of)
    graded = [*read.rows(points.format("grade_cells") + where, **of), *tasks]
    solutions = read.rows(
        f"SELECT b.name, b.id FROM base_cell b JOIN solution_cells c ON c.id = b.id {where}", **of
    )
    sources = read.rows(
        "SELECT name, cell_type, locked, source, checksum FROM source_cell "
        "WHERE notebook_id = :notebook",
        **of,
    )
    return Released(
        assignment_id,
        notebook_id,
        as_time(duedate),
        {name: cell for name, cell, _ in graded},
        {**dict(solutions), **{name: cell for name, cell, _ in tasks}},
        {name: float(score) for name, _, score in graded},
        int(count),
        Cells(
            kernelspec or "",
            {
                name: SourceCell(kind, bool(locked), source or "", checksum or "")
                for name, kind, locked, source, checksum in sources
            },
        ),
    )


def is_released(read: Transaction, lesson: str) -> bool:
    """Whether the gradebook has a lesson."""
    return bool(read.rows("SELECT 1 FROM assignment WHERE name = :lesson", lesson=lesson))


def difference(released: Released, record: NotebookNode) -> str:
    """Say what the gradebook has otherwise than the lesson as it is now; empty if nothing.

    Parameters
    ----------
    record : NotebookNode
        The notebook as it is handed out.
    """
    if released.notebooks != 1:
        return f"{released.notebooks} notebooks in the gradebook"
    names = set()
    for cell in record.cells:
        marked = marks(cell)
        if not marked:
            continue
        name = marked["grade_id"]
        names.add(name)
        known = released.cells.by_name.get(name)
        if known is None:
            return f"the cell {name} is not in the gradebook"
        if (known.cell_type, known.locked) != (cell.cell_type, is_locked(cell)):
            return f"the cell {name} is of another kind in the gradebook"
        if marked["grade"] or marked.get("task"):
            if released.max_scores.get(name) != float(marked["points"]):
                return f"the cell {name} has other points in the gradebook"
        elif name in released.max_scores:
            return f"the cell {name} has points in the gradebook"
        is_code = cell.cell_type == "code"
        if is_code and known.locked and known.checksum != checksum(cell):
            return f"the locked cell {name} has another text in the gradebook"
    missing = sorted({*released.cells.by_name, *released.graded, *released.commented} - names)
    return f"the cell {missing[0]} is in the gradebook only" if missing else ""
