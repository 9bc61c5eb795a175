"""What the gradebook says about one submission, as plain data that can travel to a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class CellGrade:
    """The grade of one cell.

    Attributes
    ----------
    score : float or None
        By hand where somebody graded it, else the automatic one, extra credit included; None if
        there is none yet.
    automatic : float or None
        The automatic score alone.
    by_hand : bool
        Whether a person gave the score.
    waits : bool
        Whether it still waits for a person.
    """

    score: float | None
    most: float
    automatic: float | None = None
    by_hand: bool = False
    extra: float = 0.0
    waits: bool = False


@dataclass
class Grades:
    """What the gradebook says about one submission.

    Attributes
    ----------
    cells : dict
        Grades by the cell's grade_id.
    comments : dict
        What the instructor wrote, by the grade_id of the cell it belongs to.
    penalty : float
        Points taken off because it was late.
    handed_in : datetime or None
        In UTC.
    """

    student: str
    lesson: str
    name: str = ""
    cells: dict[str, CellGrade] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0
    handed_in: datetime | None = None
    late: timedelta = timedelta()
