"""Cells of a notebook: ids, locks, checksums, and the metadata that nbgrader and we write.

A notebook may come from `nbformat` or from `json`, and from a stranger: whatever stands where
metadata is looked for, what is returned has the type that is promised.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Where `str.splitlines` parts a text, and nbformat with it: each line becomes an item of its own.
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_CHECK = "check-"
_NBGRADER, _OURS = "nbgrader", "twoapples"

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
#: What a notebook and its cells keep of their metadata when they are released or read.
KEPT_IN_NOTEBOOK = (*METADATA, _OURS)
KEPT_IN_CELL = (_NBGRADER, _OURS, "jupyter", "tags")


def marks(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return what nbgrader keeps with a cell: grade_id, points, grade, locked, solution, task."""
    return _kept(cell, _NBGRADER)


def ours(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return what we keep with a cell or a notebook.

    With a cell: a verdict (`exercise` …), which task a text `answers`, the code that a bug hunt
    `starts_from`. With a notebook: `lesson`, `title`, the `digest` it was built with, and what
    `summary` returns.
    """
    return _kept(part, _OURS)


def summary(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a graded notebook says of its whole submission; see `judging.task.Graded`."""
    found = ours(notebook).get("graded")
    return found if isinstance(found, dict) else {}


def _kept(part: Mapping[str, Any], whose: str) -> dict[str, Any]:
    metadata = part.get("metadata")
    found = metadata.get(whose) if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def set_marks(cell: NotebookNode, **told: Any) -> None:
    """Write what nbgrader keeps with a cell; nothing takes it away."""
    _set(cell, _NBGRADER, told)


def set_ours(part: NotebookNode, **told: Any) -> None:
    """Write what we keep with a cell or a notebook; nothing takes it away."""
    _set(part, _OURS, told)


def _set(part: NotebookNode, whose: str, told: Mapping[str, Any]) -> None:
    part.metadata.pop(whose, None)
    if told:
        part.metadata[whose] = type(part)(told)


def source(cell: Mapping[str, Any]) -> str:
    """Return a cell's text in one piece; a file holds it in lines."""
    found = cell.get("source", "")
    return "".join(map(str, found)) if isinstance(found, list) else str(found)


def check_id(exercise: str) -> str:
    """Return the grade_id of an exercise's check cell."""
    return f"{_CHECK}{exercise}"


def checked_by(name: str) -> str:
    """Return the exercise whose check cell has this grade_id; an empty text if it is no check's."""
    return name.removeprefix(_CHECK) if name.startswith(_CHECK) else ""


def count_lines(text: str) -> int:
    """Return into about how many lines a notebook's file parts a text."""
    return 1 + sum(map(text.count, _LINE_ENDS))


def digest(notebook: Mapping[str, Any]) -> str:
    """Return a digest of what people write: types and sources of the cells, not the outputs."""
    content = repr([(cell.get("cell_type"), source(cell)) for cell in notebook.get("cells", [])])
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def to_text(notebook: NotebookNode) -> str:
    """Return the notebook file's text; the same notebook gives the same bytes."""
    import nbformat

    return f"{nbformat.writes(notebook, version=4)}\n"


def laid_out(notebook: Mapping[str, Any]) -> bytes:
    """Return the file's bytes as nbformat writes them, for a notebook whose texts are in lines.

    Half of a surrogate pair, which JSON can hold and UTF-8 cannot, stays the escape it came as.
    """
    text = json.dumps(
        notebook, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")
    )
    return f"{text}\n".encode("utf-8", "backslashreplace")


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


def is_locked(cell: Mapping[str, Any]) -> bool:
    """Whether nbgrader takes a cell for locked."""
    told = marks(cell)
    return not told.get("solution") and bool(told.get("grade") or told.get("locked"))


def checksum(cell: Mapping[str, Any]) -> str:
    """Return the checksum by which nbgrader tells whether a cell was changed."""
    told = marks(cell)
    parts = [
        source(cell),
        cell["cell_type"],
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


def grade_id(cell: Mapping[str, Any]) -> str:
    """Return the name that nbgrader knows a cell by, or an empty text."""
    found = marks(cell).get("grade_id")
    return found if isinstance(found, str) else ""


def places(notebook: NotebookNode, names: Iterable[str]) -> dict[int, list[str]]:
    """Say after which cell each exercise is asked: its check, or its solution if that comes later.

    Names are used again further down in many a notebook, so the end would be too late.

    Returns
    -------
    dict
        Names of exercises by the index of a cell.
    """
    position = {grade_id(cell): index for index, cell in enumerate(notebook.cells)}
    found: dict[int, list[str]] = {}
    for name in names:
        index = max(position.get(check_id(name), -1), position.get(name, -1))
        found.setdefault(index if index >= 0 else len(notebook.cells) - 1, []).append(name)
    return found


def is_run(cell: NotebookNode) -> bool:
    """Whether a cell is executed: code, but not a check, whose verdict the grader writes."""
    is_check = checked_by(grade_id(cell))
    return cell.cell_type == "code" and bool(cell.source.strip()) and not is_check
