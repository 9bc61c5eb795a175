"""A graded notebook's file: what it says of the whole submission, and of each exercise."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.notebook.cells import check_id, grade_id, ours, summary


class GradedNotebook:
    """A graded notebook, as its file holds it.

    Attributes
    ----------
    data : dict
        The notebook, texts in lines as in the file.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    @classmethod
    def read(cls, path: Path) -> GradedNotebook | None:
        """Read a file; None if it is missing or holds no notebook."""
        try:
            data = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return None
        cells = data.get("cells", []) if isinstance(data, dict) else None
        readable = isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)
        return cls(data) if readable else None

    @property
    def summary(self) -> dict[str, Any]:
        """What the grader has written about the whole submission."""
        return summary(self.data)

    @cached_property
    def cells(self) -> dict[str, dict[str, Any]]:
        """The cells that nbgrader knows, by grade_id."""
        found: dict[str, dict[str, Any]] = {}
        for cell in self.data.get("cells", []):
            found.setdefault(grade_id(cell), cell)
        return found

    def verdict(self, exercise: str) -> dict[str, Any]:
        """Return an exercise's verdict as data; nothing if it has none."""
        return ours(self.cells.get(check_id(exercise), {}))
