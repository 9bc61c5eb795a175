"""What is needed to grade a lesson: the record of its cells, and the cases drawn for this class.

A plan is plain data, so that it can travel to other processes and machines, and be kept on disk.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import GraderError
from grader.gradebook.files import write_atomically
from grader.notebooks import check_id
from twoapples.forbidden import words_for
from twoapples.traces import Trace

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from grader.course import Course
    from grader.lesson import Lesson

GRADING_FOLDER = "grading"
_FORMAT = 1


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


def make_plan(course: Course, name: str, *, new_seed: bool = False) -> Plan:
    """Read a lesson and draw its hidden cases.

    A plan made before is taken from `grading/`, unless something that it depends on has changed:
    the lesson's files, the references, the code that records, or the seed.
    """
    lesson = course.resolve(name)
    seed = _seed(course, lesson, new_seed)
    path = course.root / GRADING_FOLDER / "plans" / f"{lesson}.json"
    key = _key(course.root, lesson, seed)
    kept = _read_kept(path, key)
    if kept is not None:
        return kept
    plan = _record(course, lesson, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"key": key, "plan": plan.to_data()}, separators=(",", ":"))
    write_atomically(path, text.encode("ascii"), mode=0o600)
    # Whether a plan was kept must not make a difference, not even a tuple that has become a list.
    return Plan.from_data(json.loads(text)["plan"])


def _record(course: Course, name: str, seed: int) -> Plan:
    from grader.build import record_public_traces
    from grader.notebooks import instructor_notebook
    from grader.stubs import stub_notebook

    lesson = course.lesson(name)
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


def _read_kept(path: Path, key: str) -> Plan | None:
    try:
        data = json.loads(path.read_bytes())
        return Plan.from_data(data["plan"]) if data["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is made again


def _key(root: Path, lesson: str, seed: int) -> str:
    """Return a digest of everything that a plan depends on."""
    made_by = [_FORMAT, lesson, seed, sys.version, version("numpy")]
    digest = hashlib.sha256(json.dumps(made_by).encode("ascii"))
    engine = Path(__file__).parents[1]
    folders = [
        (root / "source" / lesson, "*"),
        (root / "source", "*.py"),
        (root / "solutions", "*"),
        (engine / "grader", "*.py"),
        (engine / "twoapples", "*"),
    ]
    for folder, pattern in folders:
        deep = pattern == "*" or folder.parent == engine
        for path in _files(folder, pattern, deep):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _files(folder: Path, pattern: str, deep: bool) -> Iterator[Path]:
    found = folder.rglob(pattern) if deep else folder.glob(pattern)
    for path in sorted(found):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


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
    text = json.dumps({"lesson": lesson, "seed": seed}) + "\n"
    write_atomically(path, text.encode("utf-8"))
    return seed


def _supplements(root: Path, lesson: Lesson) -> dict[str, bytes]:
    """Return the earlier lessons' references that the lesson's own code imports."""
    if not lesson.earlier:
        return {}
    files = {f"solutions/{m}.py": root / "solutions" / f"{m}.py" for m in lesson.earlier}
    return {"solutions/__init__.py": b"", **{n: p.read_bytes() for n, p in files.items()}}
