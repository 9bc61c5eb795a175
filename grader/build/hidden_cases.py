"""Drawing a class's hidden cases, from a recorded seed, and keeping the plan that holds them.

The plan itself, plain data, is in `grader.judging.plan`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import CourseError, GraderError
from grader.judging.plan import ExercisePlan, Plan
from grader.tools.files import write_atomically

if TYPE_CHECKING:
    from grader.course.course import Course
    from grader.course.lesson import Lesson

_FORMAT = 1


def make_plan(course: Course, name: str, *, new_seed: bool = False) -> Plan:
    """Read a lesson and draw its hidden cases.

    A plan made before is taken from `grading/`, unless something that it depends on has changed:
    the lesson's files, the references, the code that records, or the seed.
    """
    lesson = course.resolve(name)
    seed = _seed(course, lesson, new_seed)
    path = course.grading / "plans" / f"{lesson}.json"
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
    from grader.build.notebooks import stub_notebook

    lesson = course.lesson(name)
    public, references = lesson.public_traces(), lesson.references()
    exercises = [
        ExercisePlan(
            exercise.name,
            exercise.points,
            public[exercise.name],
            exercise.hidden_trace(references[exercise.name], seed, references),
        )
        for exercise in (item.exercise for item in lesson.codings)
    ]
    files = supplements(course.root, lesson)
    return Plan(lesson.name, lesson.notebook, seed, stub_notebook(lesson), exercises, files)


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
    engine = Path(__file__).parents[2]
    inputs = [
        (root / "source" / lesson, "**/*"),
        (root / "source", "*.py"),
        (root / "solutions", "**/*"),
        (engine / "grader", "**/*.py"),
        (engine / "twoapples", "**/*"),
    ]
    for folder, pattern in inputs:
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                content = path.read_bytes()
                digest.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode())
                digest.update(content)
    return digest.hexdigest()


def _seed(course: Course, lesson: str, new: bool) -> int:
    """Return the lesson's recorded seed, drawing and recording one the first time."""
    path = course.grading / f"{lesson}.json"
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


def supplements(root: Path, lesson: Lesson) -> dict[str, bytes]:
    """Return the earlier lessons' references that the lesson's own code imports, by path.

    Raises
    ------
    CourseError
        If it imports what holds its own answers.
    """
    if not lesson.earlier:
        return {}
    if shared := {item.reference.module for item in lesson.codings} & set(lesson.earlier):
        raise CourseError(
            f"Lesson {lesson.name} imports solutions.{min(shared)}, which holds its own "
            "answers. Its references belong in a module of their own."
        )
    files = {f"solutions/{m}.py": root / "solutions" / f"{m}.py" for m in lesson.earlier}
    package = b'"""Reference solutions of earlier lessons."""\n'
    return {"solutions/__init__.py": package, **{n: p.read_bytes() for n, p in files.items()}}
