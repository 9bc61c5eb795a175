"""nbgrader's own converter, for courses whose configuration the lean path does not know.

Each submission is staged as it was judged, and nbgrader's Autograde step is run on it.
"""

from __future__ import annotations

import copy
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.course.course import Course
from grader.course.submissions import STAMP, HandedIn, Submission
from grader.gradebook.late import parse_stamp
from grader.gradebook.writer import Pending
from grader.judging.task import Result
from grader.nbgrader_api.read_config import Settings
from grader.tools.files import signature

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Notebooks that have been run and judged already, by (lesson, student). Our steps in nbgrader's
# Autograde (`grader.plugins.autograde`) take them from here; when nbgrader's own command or
# formgrader runs them, nothing is here, and they do it.
EXECUTED: dict[tuple[str, str], NotebookNode] = {}


class ConverterRecorder:
    """Has nbgrader write the files and rows of a result."""

    def __init__(self, course: Course, lesson: str, notebook: str, settings: Settings) -> None:
        self._course, self._lesson, self._notebook = course, lesson, notebook
        self._settings = settings

    @property
    def _staging(self) -> Path:
        return self._course.build_folder / "submitted"

    def record(self, submission: Submission, handed_in: HandedIn, result: Result) -> Pending:
        """Write files and rows of one submission.

        Raises
        ------
        NbgraderError
            If nbgrader fails; the message holds what it said.
        """
        import nbformat
        from nbgrader.converters import Autograde

        from grader.nbgrader_api import converters as nbgrader_course

        student, notes = submission.student, []
        staged = self._staging / student / self._lesson
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        (staged / f"{self._notebook}.ipynb").write_bytes(result.notebook)
        try:
            if parse_stamp(handed_in.stamp) is not None:
                (staged / STAMP).write_bytes(handed_in.stamp or b"")
        except ValueError:
            notes.append("timestamp.txt holds no time, so it counts as handed in on time")
        config = copy.deepcopy(self._settings.config)
        config.CourseDirectory.submitted_directory = str(
            self._staging.relative_to(self._course.root)
        )
        converter = nbgrader_course.convert_one(
            Autograde, self._course, config, student, self._lesson, self._notebook
        )
        key = self._lesson, student
        EXECUTED[key] = nbformat.reads(result.notebook.decode("utf-8"), as_version=4)
        try:
            nbgrader_course.run_converter(converter, f"recording {self._lesson} of {student}")
        finally:
            del EXECUTED[key]
            shutil.rmtree(self._staging, ignore_errors=True)
        path = self._course.graded_notebook(student, self._lesson)
        digest = hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()
        return Pending(student, replace(result, digest=digest), None, signature(path), notes)
