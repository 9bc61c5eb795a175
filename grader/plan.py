"""What is needed to grade a lesson: the record of its cells, and the cases drawn for this class.

A plan is plain data, so that it can travel to other processes.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.build import record_public_traces
from grader.course import Course
from grader.errors import GraderError
from grader.lesson import Lesson
from grader.notebooks import check_id, instructor_notebook
from grader.stubs import stub_notebook
from twoapples.traces import Trace

GRADING_FOLDER = "grading"


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

    @property
    def questions(self) -> list[dict[str, Any]]:
        """All cases without answers, the public ones first."""
        return [case.questions() for case in (*self.public.cases, *self.hidden.cases)]


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

    @property
    def digest(self) -> str:
        """Changes whenever grading again could give something else."""
        content: list[Any] = [self.seed, [cell.source for cell in self.record.cells]]
        for item in self.exercises:
            content += [item.points, item.public.to_data(), item.hidden.to_data()]
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def make_plan(course: Course, name: str, *, new_seed: bool = False) -> Plan:
    """Read a lesson and draw its hidden cases."""
    lesson = course.lesson(name)
    seed = _seed(course, lesson.name, new_seed)
    public = {trace.exercise: trace for trace in record_public_traces(lesson)}
    references = lesson.references()
    exercises = [
        ExercisePlan(
            item.exercise.name,
            item.exercise.points,
            public[item.exercise.name],
            item.exercise.hidden_trace(references[item.exercise.name], seed, references),
        )
        for item in lesson.codings
    ]
    record = stub_notebook(instructor_notebook(lesson))
    return Plan(
        lesson.name, lesson.notebook, seed, record, exercises, _supplements(course.root, lesson)
    )


def _seed(course: Course, lesson: str, new: bool) -> int:
    """Return the lesson's recorded seed, drawing and recording one the first time."""
    path = course.root / GRADING_FOLDER / f"{lesson}.json"
    if path.exists() and not new:
        try:
            return int(json.loads(path.read_text(encoding="utf-8"))["seed"])
        except (ValueError, KeyError, TypeError):
            raise GraderError(
                f"{path} should hold the seed of the hidden cases and cannot be read. "
                "Restore it, or grade with --new-seed, which may change grades."
            ) from None
    path.parent.mkdir(exist_ok=True)
    seed = secrets.randbits(48)
    path.write_text(json.dumps({"lesson": lesson, "seed": seed}) + "\n", encoding="utf-8")
    return seed


def _supplements(root: Path, lesson: Lesson) -> dict[str, bytes]:
    """Return the earlier lessons' references that the lesson's own code imports."""
    if not lesson.earlier:
        return {}
    files = {f"solutions/{m}.py": root / "solutions" / f"{m}.py" for m in lesson.earlier}
    return {"solutions/__init__.py": b"", **{n: p.read_bytes() for n, p in files.items()}}
