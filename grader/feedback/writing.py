"""Writing the pages of a class, in parallel, where nbgrader puts them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.gradebook.grades import Grades
from grader.feedback.pages import page
from grader.nbgrader_api.settings import FEEDBACK_EXPORTER
from grader.tools.files import write_atomically
from grader.tools.processes import process_context

if TYPE_CHECKING:
    from grader.course.course import Course
    from grader.nbgrader_api.read_config import Settings

# nbgrader releases a page together with these; nothing else of a submission goes beside it.
COMPANIONS = ("timestamp.txt", "submission_secret.txt")
# Starting processes takes longer than to write so few pages here.
_FEW = 24
_CHUNK = 8


@dataclass(frozen=True)
class _Task:
    """One page to write: plain data for another process."""

    source: Path
    target: Path
    grades: Grades
    mode: int


def write_feedback(
    course: Course,
    lesson: str,
    students: Iterable[str],
    workers: int | None = None,
    *,
    notebook: str = "",
    settings: Settings | None = None,
    done: Callable[[str], None] = lambda student: None,
    waiting: Callable[[str], None] = lambda sentence: None,
) -> dict[str, str]:
    """Write the feedback pages of a lesson to ``feedback/STUDENT/LESSON/NOTEBOOK.html``.

    A page is there whole or not at all, whenever this is stopped. If the course's
    `nbgrader_config.py` names another exporter for feedback, nbgrader writes its pages.

    Parameters
    ----------
    lesson : str
        The lesson's full name.
    students : iterable of str
        Whose pages; they must have been graded.
    workers : int, optional
        Processes; by default as many as there are cores. A few pages are written in this process.
    notebook : str, optional
        The notebook's name without suffix, if it is not the lesson's name without its number.
    settings : Settings, optional
        The course's, if they were read already.
    done : callable
        Told each student whose page is written or has failed.
    waiting : callable
        Told in a sentence when a locked gradebook has to be waited for.

    Returns
    -------
    dict
        Why there is no page, by student; empty if all is well.
    """
    # Not for the processes that only write pages.
    from grader.gradebook.grades import read_submissions
    from grader.nbgrader_api.read_config import read_settings

    students = list(dict.fromkeys(students))
    notebook = notebook or course.notebook_name(lesson)
    config = (settings or read_settings(course)).config
    if config.GenerateFeedback.get("exporter_class") != FEEDBACK_EXPORTER:
        return _through_nbgrader(course, config, lesson, notebook, students, done)
    folders = config.CourseDirectory
    url = str(folders.get("db_url", course.database))
    grades = read_submissions(url, lesson, notebook, students, root=course.root, waiting=waiting)
    graded = course.root / str(folders.get("autograded_directory", "autograded"))
    pages = course.root / str(folders.get("feedback_directory", "feedback"))
    mode = 0o664 if folders.get("groupshared", False) else 0o644
    problems, tasks = {}, {}
    for student in students:
        if student not in grades:
            problems[student] = f"the gradebook has no grades of {student} in {lesson}"
            done(student)
            continue
        tasks[student] = _Task(
            graded / student / lesson / f"{notebook}.ipynb",
            pages / student / lesson / f"{notebook}.html",
            grades[student],
            mode,
        )
    for student, problem in _write_all(tasks, workers or os.cpu_count() or 1):
        if problem:
            problems[student] = problem
        done(student)
    return problems


def _write_all(tasks: dict[str, _Task], workers: int) -> Iterator[tuple[str, str]]:
    """Write pages; yield each student with what went wrong."""
    left = dict(tasks)
    workers = min(workers, len(tasks) // _FEW)
    if workers > 1:
        with ProcessPoolExecutor(workers, process_context("grader.feedback.writing")) as pool:
            results = pool.map(_write, tasks.values(), chunksize=_CHUNK)
            try:
                for student, problem in zip(tasks, results, strict=True):
                    del left[student]
                    yield student, problem
            except BrokenProcessPool:  # a worker was killed: what is left is written here
                pass
    for student, task in left.items():
        yield student, _write(task)


def _write(task: _Task) -> str:
    """Write one page; return what went wrong, or an empty text."""
    try:
        notebook = json.loads(task.source.read_text(encoding="utf-8"))
        text = page(notebook, task.grades)
        task.target.parent.mkdir(parents=True, exist_ok=True)
        for name in COMPANIONS:
            beside = task.source.parent / name
            if beside.is_file() and not beside.is_symlink():
                write_atomically(task.target.parent / name, beside.read_bytes(), mode=task.mode)
        write_atomically(task.target, text.encode("utf-8"), mode=task.mode)
    except FileNotFoundError as error:
        return f"there is no graded notebook {error.filename}"
    except Exception as error:  # one page must not stop the others
        return f"{type(error).__name__}: {error}"
    return ""


def _through_nbgrader(
    course: Course,
    config: Any,
    lesson: str,
    notebook: str,
    students: list[str],
    done: Callable[[str], None],
) -> dict[str, str]:
    """Let nbgrader write the pages as the course's configuration says."""
    from nbgrader.converters import GenerateFeedback

    from grader.nbgrader_api import converters as nbgrader_course

    problems = {}
    for student in students:
        converter = nbgrader_course.convert_one(
            GenerateFeedback, course, config, student, lesson, notebook
        )
        try:
            nbgrader_course.run_converter(converter, f"writing the feedback on {lesson}")
        except nbgrader_course.NbgraderError as error:
            problems[student] = str(error)
        done(student)
    return problems
