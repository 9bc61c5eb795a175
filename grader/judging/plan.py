"""What is needed to grade a lesson: the record of its cells, and the cases drawn for this class.

A plan is plain data, so that it can travel to other processes and machines, and be kept on disk.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grader.notebook.cells import check_id
from twoapples.checking.forbids.find import words_for
from twoapples.checking.traces import Trace

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class ExercisePlan:
    """How one exercise is graded."""

    name: str
    points: float
    public: Trace
    hidden: Trace

    @property
    def check_id(self) -> str:
        """The grade_id of the cell that carries the points."""
        return check_id(self.name)

    @cached_property
    def questions(self) -> list[dict[str, Any]]:
        """All cases without answers, the public ones first."""
        cases = (*self.public.cases, *self.hidden.cases)
        return [{**case.questions(), "forbids": self.hidden.forbids} for case in cases]


@dataclass(frozen=True)
class Plan:
    """How a lesson is graded.

    Attributes
    ----------
    lesson, notebook : str
        nbgrader's assignment, and its notebook's name without suffix.
    seed : int
        What the hidden cases are drawn from. It is recorded, so that grading again gives the same.
    record : NotebookNode
        The notebook as it was handed out: cell by cell what must be there.
    supplements : dict
        Files that lie beside the notebook, by name.
    """

    lesson: str
    notebook: str
    seed: int
    record: NotebookNode
    exercises: list[ExercisePlan]
    supplements: dict[str, bytes]

    @cached_property
    def forbidden_words(self) -> dict[str, set[str]]:
        """Names of the notebook as handed out that lead to something forbidden, each to what."""
        cells = [cell.source for cell in self.record.cells if cell.cell_type == "code"]
        return words_for(cells, {name for item in self.exercises for name in item.hidden.forbids})

    @cached_property
    def digest(self) -> str:
        """Changes whenever grading again could give something else."""
        content: list[Any] = [self.seed, [cell.source for cell in self.record.cells]]
        for item in self.exercises:
            content += [item.points, item.public.to_data(), item.hidden.to_data()]
        content.append({n: hashlib.sha256(c).hexdigest() for n, c in self.supplements.items()})
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def to_data(self) -> dict[str, Any]:
        """Return plain data that `from_data` reads."""
        return {
            "lesson": self.lesson,
            "notebook": self.notebook,
            "seed": self.seed,
            "record": self.record,
            "exercises": [
                [item.name, item.points, item.public.to_data(), item.hidden.to_data()]
                for item in self.exercises
            ],
            "supplements": {
                name: base64.b64encode(content).decode("ascii")
                for name, content in self.supplements.items()
            },
            "digest": self.digest,
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Plan:
        """Read what `to_data` gave."""
        from nbformat import from_dict

        plan = cls(
            data["lesson"],
            data["notebook"],
            data["seed"],
            from_dict(data["record"]),
            [
                ExercisePlan(name, points, Trace.from_data(public), Trace.from_data(hidden))
                for name, points, public, hidden in data["exercises"]
            ],
            {name: base64.b64decode(text) for name, text in data["supplements"].items()},
        )
        vars(plan)["digest"] = data["digest"]  # known, and long to work out again
        return plan
