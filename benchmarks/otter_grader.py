"""Otter-Grader on the same submissions, for `grading.py`.

The project does not need Otter-Grader. Give it an environment of its own; in the same one as
JupyterLab it would be slower, because there each import of nbformat, in every kernel too, builds a
grammar that Otter alone does not bring along (see `grader.imports`)::

    python3 -m venv ../otter-env
    uv pip install --python ../otter-env -c requirements/dev.txt -e . "otter-grader[grading]"
    python benchmarks/grading.py --otter ../otter-env/bin/python

A lesson becomes an assignment of Otter's: for each exercise a file of tests in Otter's own format
(exceptions), for each hidden case a test with its share of the points. They are the cases that
`grader grade` asks. Submissions are those of the class; only in their metadata it is said, as
`otter assign` says it, after which cell each test runs, and that the cells with `check`, which do
not run while grading, are left out. Written answers are a person's work, and so no part of it.

Otter starts a Jupyter kernel for each notebook, one notebook after the other. It grades without a
container in two ways: the command `otter run`, which imports Otter anew for each submission, and
`otter.api.grade_submission`. The second is measured, in one process for all submissions, because
it is faster. What fails in a cell does not stop a notebook: that is Otter's default.

Run as a program, ``otter_grader.py FOLDER`` grades what `prepare` has laid out in a folder.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Otter's process imports nothing of the grader
    from nbformat import NotebookNode

    from grader.course import Course
    from grader.plan import ExercisePlan, Plan

HERE = Path(__file__).resolve().parent
FOLDER = "otter"  # in the course
_SUPPORT = "otter_cases"
_AUTOGRADER, _SUBMISSIONS, _SCORES = "autograder.zip", "submissions", "scores.json"
# What `grader.execution.kernel` gives to its kernels.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TWOAPPLES_WIDGETS": "off"}


def command(python: str) -> list[str]:
    """Return the command that grades all submissions of a course; run it in the course's folder.

    Parameters
    ----------
    python : str
        The interpreter of Otter's environment.
    """
    return [_absolute(python), str(HERE / "otter_grader.py"), FOLDER]


def prepare(course: Course, lesson: str, python: str) -> None:
    """Lay out a lesson's tests and the class's submissions for Otter."""
    from nbformat import NO_CONVERT, read

    from grader.notebooks import to_text
    from grader.plan import make_plan

    plan = make_plan(course, lesson)
    folder = course.root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    (folder / _SUBMISSIONS).mkdir(parents=True)
    for path in sorted((course.root / "submitted").glob(f"*/{lesson}/{plan.notebook}.ipynb")):
        notebook = read(path, as_version=NO_CONVERT)
        place_tests(notebook, [item.name for item in plan.exercises])
        student = path.parents[1].name
        (folder / _SUBMISSIONS / f"{student}.ipynb").write_text(to_text(notebook), encoding="utf-8")
    _write_autograder(folder, plan, python)


def place_tests(notebook: NotebookNode, exercises: list[str]) -> None:
    """Say in a notebook's metadata where Otter runs which test, and which cells it leaves out."""
    from grader.execution.executor import grade_id, places
    from grader.notebooks import check_id

    checks = [grade_id(cell).startswith(check_id("")) for cell in notebook.cells]
    for index, names in places(notebook, exercises).items():
        while checks[index]:  # a cell that is left out takes its tests along
            index -= 1
        own = notebook.cells[index].metadata.setdefault("otter", {})
        own["tests"] = [*own.get("tests", []), *names]
    for cell, is_check in zip(notebook.cells, checks, strict=True):
        if is_check:
            cell.metadata["otter"] = {"ignore": True}


def test_file(exercise: ExercisePlan) -> str:
    """Return Otter's file of tests for an exercise; a case has its share of the points."""
    cases = exercise.hidden.cases
    total = sum(case.weight for case in cases)
    lines = [
        "OK_FORMAT = False",
        "from otter.test_files import test_case",
        f"from {_SUPPORT} import require",
        f"name = {exercise.name!r}",
    ]
    for number, case in enumerate(cases):
        points = exercise.points * case.weight / total
        lines += [
            f"@test_case(name={f'{number + 1}: {case.title}'!r}, points={points!r}, hidden=True)",
            f"def case_{number}(env):",
            f"    require({exercise.name!r}, {number}, env)",
        ]
    return "\n".join(lines) + "\n"


def _write_autograder(folder: Path, plan: Plan, python: str) -> None:
    with_cases = {
        item.name: {"public": item.public.to_data(), "hidden": item.hidden.to_data()}
        for item in plan.exercises
    }
    (folder / "tests").mkdir()
    for item in plan.exercises:
        (folder / "tests" / f"{item.name}.py").write_text(test_file(item), encoding="utf-8")
    files = {
        f"{_SUPPORT}.py": (HERE / f"{_SUPPORT}.py").read_bytes(),
        f"{_SUPPORT}.json": json.dumps(with_cases).encode("ascii"),
        **plan.supplements,
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    generate = ["generate", "--no-config", "-t", "tests", "-o", _AUTOGRADER, *files]
    subprocess.run([_absolute(python), "-m", "otter", *generate], cwd=folder, check=True)


def _absolute(python: str) -> str:
    """Return a command's path for any folder; links stay, for they name the environment."""
    return os.path.abspath(shutil.which(python) or python)


def scores(course: Course) -> dict[tuple[str, str], float | None]:
    """Return the scores that Otter gave, by student and the cell that carries the points."""
    from grader.notebooks import check_id

    found = json.loads((course.root / FOLDER / _SCORES).read_text(encoding="utf-8"))
    return {
        (student, check_id(exercise)): round(score, 6)  # as the grader rounds
        for student, given in found.items()
        for exercise, score in given.items()
    }


def grade(folder: Path) -> None:
    """Grade all submissions of a folder with Otter, one after the other."""
    (folder / _SCORES).unlink(missing_ok=True)
    os.environ.update(_ENVIRONMENT)
    otter = importlib.import_module("otter.api")
    found = {}
    for path in sorted((folder / _SUBMISSIONS).glob("*.ipynb")):
        results = otter.grade_submission(str(path), str(folder / _AUTOGRADER), quiet=True)
        if error := results.catastrophic_error:
            raise RuntimeError(f"Otter could not grade {path.name}") from error
        found[path.stem] = {name: results.get_score(name) for name in results.test_files}
    (folder / _SCORES).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    try:
        grade(Path(sys.argv[1]).resolve())
    except Exception:
        traceback.print_exc()
        sys.exit(2)  # 1 is what nbgrader says when some submission failed
