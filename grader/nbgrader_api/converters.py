"""nbgrader, driven from Python: its configuration, its release step, its gradebook."""

from __future__ import annotations

import copy
import logging
import os
import shutil
import sysconfig
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from grader.course.course import Course
from grader.errors import CourseError, GraderError
from grader.nbgrader_api.settings import configure

if TYPE_CHECKING:
    from grader.course.lesson import Lesson


class NbgraderError(GraderError):
    """A step of nbgrader's failed; the message holds what it logged."""


def load_config(root: Path) -> Config:
    """Read the course's `nbgrader_config.py`; without one, use our settings alone."""
    file = Course(root).configuration
    try:
        config = PyFileConfigLoader(file.name, path=str(root)).load_config()
    except ConfigFileNotFound:
        config = Config()
        configure(config, file)
    except Exception as error:  # the file is the instructor's own Python
        raise CourseError(f"{file} does not run: {type(error).__name__}: {error}") from error
    config = Config(config)
    url, course_id = (config.CourseDirectory.get(key, "") for key in ("db_url", "course_id"))
    if url and not str(url).startswith("sqlite") and not course_id:
        # nbgrader writes the empty id without the row that it refers to; SQLite lets it pass.
        raise CourseError(
            f"A gradebook on a server needs a name for the course: set c.CourseDirectory.course_id "
            f"in {file}, beside c.CourseDirectory.db_url."
        )
    return config


def course_directory(root: Path, config: Config, **options: Any) -> Any:
    """Return nbgrader's own description of the course folder."""
    from nbgrader.coursedir import CourseDirectory

    return CourseDirectory(config=config, root=str(root), **options)


def database_url(course: Course, config: Config | None = None) -> str:
    """Return the URL of the gradebook that the course is configured for."""
    return str(course_directory(course.root, config or load_config(course.root)).db_url)


@contextmanager
def gradebook(course: Course, config: Config | None = None) -> Iterator[Any]:
    """Open the course's gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(database_url(course, config)) as book:
        yield book


def generate(
    course: Course,
    lesson: Lesson,
    release: Path,
    *,
    config_root: Path | None = None,
    config: Config | None = None,
) -> None:
    """Run nbgrader's generate step on the built source notebook.

    Parameters
    ----------
    release : Path
        Where the released lesson folder goes.
    config_root : Path, optional
        Course whose configuration counts, if `course` is a scratch folder: then nothing is
        written outside of it.
    config : Config, optional
        The course's configuration, if it was read already.
    """
    from nbgrader.converters import GenerateAssignment

    config = copy.deepcopy(config) if config else load_config(config_root or course.root)
    options: dict[str, Any] = {"assignment_id": lesson.name}
    if config_root is not None:
        # Nothing is recorded, and no gradebook set up, which costs more than all the rest.
        steps = config.GenerateAssignment.get("preprocessors", GenerateAssignment.preprocessors)
        config.GenerateAssignment.preprocessors = [s for s in steps if _name(s) != "SaveCells"]
        config.GenerateAssignment.no_database = True
        config.CourseDirectory.db_url = course.database
    config.CourseDirectory.release_directory = str(release.relative_to(course.root))
    directory = course_directory(course.root, config, **options)
    shutil.rmtree(release / lesson.name, ignore_errors=True)
    converter = GenerateAssignment(coursedir=directory, config=config)
    converter.force = True
    run_converter(converter, f"building {lesson.name}")


def convert_one(
    converter_class: Any, course: Course, config: Config, student: str, lesson: str, notebook: str
) -> Any:
    """Make a converter for one student's notebook, without nbgrader's search for it.

    nbgrader looks for submissions with a pattern, which a name with a bracket in it breaks.
    """

    class OneSubmission(converter_class):
        def init_notebooks(self) -> None:
            folder = self._format_source(lesson, student)
            self.assignments = {folder: [os.path.join(folder, f"{notebook}.ipynb")]}

    directory = course_directory(course.root, config, assignment_id=lesson, student_id=student)
    converter = OneSubmission(coursedir=directory, config=config)
    converter.force = True
    return converter


def _name(step: Any) -> str:
    return str(getattr(step, "__name__", step)).rpartition(".")[2]


def run_converter(converter: Any, doing: str) -> None:
    """Run one of nbgrader's converters; what it logged becomes the error's message."""
    from sqlalchemy.exc import SAWarning

    _put_scripts_on_path()
    messages = _Messages()
    converter.log = logging.getLogger("grader.nbgrader")
    converter.log.propagate = False
    converter.log.setLevel(logging.WARNING)
    converter.log.addHandler(messages)
    try:
        with warnings.catch_warnings():
            # nbgrader adds rows in an order that newer SQLAlchemy warns of; the rows are right.
            warnings.filterwarnings("ignore", category=SAWarning)
            converter.start()
    except (Exception, SystemExit) as error:
        detail = messages.text() or f"{type(error).__name__}: {error}"
        raise NbgraderError(f"nbgrader failed while {doing}: {detail}") from error
    finally:
        converter.log.removeHandler(messages)


def _put_scripts_on_path() -> None:
    """Let nbgrader find `alembic`, which it calls by name to set up a new gradebook."""
    scripts = sysconfig.get_path("scripts")
    paths = os.environ.get("PATH", "").split(os.pathsep)
    if scripts not in paths:
        os.environ["PATH"] = os.pathsep.join([scripts, *paths])


class _Messages(logging.Handler):
    """Keeps what nbgrader logs as errors, without the tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        first = record.getMessage().strip().splitlines()
        if first and "There was an error processing" not in first[0]:
            self.lines.append(first[-1] if first[0].startswith("Traceback") else first[0])

    def text(self) -> str:
        return " ".join(dict.fromkeys(self.lines))
