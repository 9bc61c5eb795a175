"""`grader build`: from the texts in source/ to the notebooks that learners open."""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from grader.build.hidden_cases import supplements
from grader.build.notebooks import instructor_notebook, solved_notebook
from grader.course.course import Course
from grader.course.lesson import Lesson
from grader.errors import CourseError
from grader.execution.jupyter import kernel_manager
from grader.nbgrader_api import converters as nbgrader_course
from grader.notebook.cells import digest, ours, to_text
from twoapples.checking import traces
from twoapples.progress import FILE_NAME as PROGRESS


def build_lesson(
    course: Course, name: str, *, overwrite: bool = False, config: Config | None = None
) -> list[Path]:
    """Build a lesson: nbgrader's source notebook, its entry in the gradebook, the release.

    Parameters
    ----------
    overwrite : bool
        Replace a notebook that was edited; the edited one is kept beside it as a backup.
    config : Config, optional
        nbgrader's configuration of the course, if it was read already.

    Returns
    -------
    list of Path
        Notebooks that were left alone because somebody has worked in them.
    """
    lesson = course.lesson(name)
    folder = _release(course, lesson, config=config)
    return _publish(folder, course.notebooks / lesson.name, overwrite)


def check_lesson(course: Course, name: str) -> list[str]:
    """Compare `notebooks/` with what the sources give; return what differs, a line each."""
    lesson = course.lesson(name)
    target = course.notebooks / lesson.name
    with tempfile.TemporaryDirectory() as scratch:
        elsewhere = Course(Path(scratch))
        folder = _release(elsewhere, lesson, config_root=course.root)
        wanted = {p.relative_to(folder): p.read_bytes() for p in _files(folder)}
    present = {p.relative_to(target): p.read_bytes() for p in _files(target)}
    differences = []
    for path in sorted({*wanted, *present}):
        shown = f"notebooks/{lesson.name}/{path.as_posix()}"
        if path not in present:
            differences.append(f"{shown} is missing")
        elif path not in wanted:
            differences.append(f"{shown} is not built from anything")
        elif not _same_content(path, wanted[path], present[path]):
            differences.append(f"{shown} differs from what source/ and solutions/ give")
    return differences


def solve_lesson(course: Course, name: str) -> Path:
    """Build the solved notebook, run it, and write it for reading; return its path.

    Raises
    ------
    CourseError
        If a cell raises; the message names the cell.
    """
    lesson = course.lesson(name)
    folder = course.build_folder / "solved" / lesson.name
    folder.mkdir(parents=True, exist_ok=True)
    _write_supplements(course.root, lesson, folder)
    notebook = solved_notebook(lesson)
    with tempfile.TemporaryDirectory(prefix="k-") as sockets:
        client = NotebookClient(
            notebook,
            timeout=300,
            km=kernel_manager(sockets),
            store_widget_state=False,  # scripts and all: 94 KB in lesson 08
            resources={"metadata": {"path": folder}},
        )
        client.owns_km = True  # so that nbclient ends the kernel with the notebook
        try:
            client.execute()
        except CellExecutionError as error:
            raise CourseError(f"The solved notebook of {lesson.name} fails: {error}") from error
    path = folder / f"{lesson.notebook}.ipynb"
    path.write_text(to_text(notebook), encoding="utf-8", newline="\n")
    return path


def is_edited(path: Path) -> bool:
    """Whether somebody has changed a built notebook's cells since it was built."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return bool(ours(notebook).get("digest") != digest(notebook))
    except (OSError, ValueError, KeyError, AttributeError, nbformat.ValidationError):
        return True  # not as we wrote it, so not ours to throw away


def _release(
    course: Course, lesson: Lesson, config_root: Path | None = None, config: Config | None = None
) -> Path:
    """Write nbgrader's source notebook, have nbgrader release it, and return the folder."""
    source = course.build_folder / "source" / lesson.name
    if source.exists():
        shutil.rmtree(source)
    source.mkdir(parents=True)
    path = source / f"{lesson.notebook}.ipynb"
    path.write_text(to_text(instructor_notebook(lesson)), encoding="utf-8", newline="\n")
    _write_supplements(config_root or course.root, lesson, source)
    release = course.build_folder / "release"
    nbgrader_course.generate(course, lesson, release, config_root=config_root, config=config)
    return release / lesson.name


def _write_supplements(root: Path, lesson: Lesson, folder: Path) -> None:
    """Write what lies beside a notebook: public traces, references of earlier lessons."""
    if lesson.codings:
        traces.write(folder / traces.FILE_NAME, [*lesson.public_traces().values()])
    for name, content in supplements(root, lesson).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def _publish(built: Path, target: Path, overwrite: bool) -> list[Path]:
    """Copy a built lesson to where learners open it, but not over anybody's work."""
    edited = []
    for path in _files(built):
        destination = target / path.relative_to(built)
        content = path.read_bytes()
        if destination.exists() and _same_content(path, destination.read_bytes(), content):
            continue
        if path.suffix == ".ipynb" and destination.exists() and is_edited(destination):
            if not overwrite:
                edited.append(destination)
                continue
            shutil.move(destination, _backup_path(destination))
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(content)
    return edited


def _same_content(path: Path, first: bytes, second: bytes) -> bool:
    """Compare two versions of a built file.

    Traces are compared number by number: processors round `exp` and sums differently in the last
    digit, and that alone does not make them out of date.
    """
    if path.name != traces.FILE_NAME or first == second:
        return first == second
    try:
        return _nearly_equal(json.loads(first), json.loads(second))
    except ValueError:
        return False


def _nearly_equal(first: Any, second: Any) -> bool:
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-12)
    if type(first) is not type(second):
        return False
    if isinstance(first, list):
        return len(first) == len(second) and all(map(_nearly_equal, first, second))
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(
            _nearly_equal(first[key], second[key]) for key in first
        )
    return bool(first == second)


def _backup_path(path: Path) -> Path:
    number = 1
    while (backup := path.with_name(f"{path.stem}.edited-{number}{path.suffix}")).exists():
        number += 1
    return backup


def _files(folder: Path) -> list[Path]:
    """Return the files that belong to a lesson; what Jupyter and Python leave behind does not."""
    if not folder.is_dir():
        return []
    ignored = {".ipynb_checkpoints", "__pycache__"}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.name != PROGRESS
        and not ignored & set(path.parts)
        and not re.search(r"\.edited-\d+\.ipynb$", path.name)
    )
