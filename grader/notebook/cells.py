"""Cells of a notebook: ids, locks, checksums, and the metadata that nbgrader and we write."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Where `str.splitlines` parts a text, and nbformat with it: each line becomes an item of its own.
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def check_id(exercise: str) -> str:
    """Return the grade_id of an exercise's check cell."""
    return f"check-{exercise}"


def count_lines(text: str) -> int:
    """Return into about how many lines a notebook's file parts a text."""
    return 1 + sum(map(text.count, _LINE_ENDS))


def digest(notebook: NotebookNode) -> str:
    """Return a digest of what people write: types and sources of the cells, not the outputs."""
    content = repr([(cell.cell_type, cell.source) for cell in notebook.cells])
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def to_text(notebook: NotebookNode) -> str:
    """Return the notebook file's text; the same notebook gives the same bytes."""
    import nbformat

    return nbformat.writes(notebook, version=4) + "\n"


@dataclass(frozen=True)
class SourceCell:
    """A cell with an nbgrader id, as it was when the lesson was released."""

    cell_type: str
    locked: bool
    source: str
    checksum: str


@dataclass(frozen=True)
class Cells:
    """What a worker needs of a released lesson, to write a graded notebook.

    Attributes
    ----------
    kernelspec : str
        The notebook's kernel, as JSON; empty if none is recorded.
    """

    kernelspec: str
    by_name: dict[str, SourceCell]

    def to_data(self) -> dict[str, Any]:
        """Return plain data that `from_data` reads."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Cells:
        """Read what `to_data` gave."""
        cells = {name: SourceCell(**cell) for name, cell in data["by_name"].items()}
        return cls(data["kernelspec"], cells)


def is_locked(told: dict[str, Any]) -> bool:
    """Whether nbgrader takes a cell with this metadata for locked."""
    if told.get("solution"):
        return False
    return bool(told.get("grade") or told.get("locked"))


def checksum(cell: NotebookNode) -> str:
    """Return the checksum by which nbgrader tells whether a cell was changed."""
    told = cell.metadata["nbgrader"]
    parts = [
        cell.source,
        cell.cell_type,
        str(told.get("grade", False)),
        str(told.get("solution", False)),
        # Not `is_locked`: nbgrader writes what stands there, which need not be True or False.
        str(False if told.get("solution") else told.get("grade") or told.get("locked", False)),
        told["grade_id"],
    ]
    if told.get("grade"):
        parts.append(str(float(told["points"])))
    # MD5 is nbgrader's choice; it protects nothing here.
    text = "".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


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
    from grader.notebook.cells import check_id

    position = {grade_id(cell): index for index, cell in enumerate(notebook.cells)}
    found: dict[int, list[str]] = {}
    for name in names:
        index = max(position.get(check_id(name), -1), position.get(name, -1))
        found.setdefault(index if index >= 0 else len(notebook.cells) - 1, []).append(name)
    return found


def is_run(cell: NotebookNode) -> bool:
    """Whether a cell is executed: code, but not a check, whose verdict the grader writes."""
    from grader.notebook.cells import check_id

    is_check = grade_id(cell).startswith(check_id(""))
    return cell.cell_type == "code" and bool(cell.source.strip()) and not is_check
