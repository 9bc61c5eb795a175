"""The feedback pages for nbgrader's `generate_feedback` and formgrader's button.

Named in `grader.nbgrader_api.settings`: nbgrader finds the notebook, calls the exporter, writes
what it returns, and copies its permissions, as it does with pages of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from traitlets import default

from grader.feedback.pages import page
from grader.feedback.writing import COMPANIONS
from grader.gradebook.grades import read_submissions


class FeedbackExporter(Exporter):
    """Exports a graded notebook as the student's feedback page."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def register_preprocessor(self, preprocessor: Any, enabled: bool = False) -> None:
        """Leave out the steps that nbgrader's own page needs.

        They add what this page reads itself, and one stops at a submission that writes nbgrader's
        marks into an answer.
        """

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the page and nbconvert's resources."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        names = resources["nbgrader"]
        student, lesson = names["student"], names["assignment"]
        grades = read_submissions(names["db_url"], lesson, names["notebook"], [student])
        if student not in grades:
            raise KeyError(f"the gradebook has no grades of {student} in {lesson}")
        return page(nb, grades[student]), resources


def remove_files_of_submissions(
    assignment: str, student: str, notebooks: Iterable[str], **others: Any
) -> None:
    """Take away what nbgrader copied beside the pages; its `post_convert_hook`.

    nbgrader copies every file of a graded submission into the feedback folder, and releases all
    that ends with ``.html``: a student's own page would go out as the instructor's.

    Parameters
    ----------
    notebooks : iterable of str
        Paths of the graded notebooks of one submission: ``…/STUDENT/LESSON/NOTEBOOK.ipynb``.
    """
    from grader.course.course import Course
    from grader.nbgrader_api.converters import load_config

    # nbgrader works in the course folder while it converts.
    root = Course.find(Path.cwd()).root
    pages = root / str(load_config(root).CourseDirectory.get("feedback_directory", "feedback"))
    paths = [Path(notebook) for notebook in notebooks]
    kept = {*COMPANIONS, *(f"{path.stem}.html" for path in paths)}
    for folder in {path.parent for path in paths}:
        beside = pages / folder.parent.name / folder.name
        for copied in folder.rglob("*"):
            inside = copied.relative_to(folder)
            if copied.is_file() and str(inside) not in kept:
                (beside / inside).unlink(missing_ok=True)
        for emptied in sorted(beside.rglob("*"), reverse=True):  # what is inside comes first
            if emptied.is_dir() and not any(emptied.iterdir()):
                emptied.rmdir()
