"""nbgrader's settings for a Two Apples course: the one place where we plug into it.

`nbgrader_config.py` in the course folder calls `configure`, so nbgrader's commands, its Validate
button and formgrader use the same settings as the command `grader`. This module imports nothing
heavy: a learner's JupyterLab loads it too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.course.course import Course

CODE_STUB = "# Your code here.\nraise NotImplementedError()"
TEXT_STUB = "Your answer here."
FORMGRADE = "grader.plugins.formgrade"
FEEDBACK_EXPORTER = "grader.plugins.feedback.FeedbackExporter"


def configure(c: Any, file: str | Path = "") -> None:
    """Set nbgrader's options on the configuration object `c`.

    Parameters
    ----------
    file : path, optional
        The file that calls this, in the course folder; by default nbgrader is taken to run there.
    """
    # nbgrader's "source" holds its own notebooks with the solutions in them. Ours are built from
    # the texts in source/, and lie apart from what people write.
    c.CourseDirectory.source_directory = "build/source"
    c.CourseDirectory.release_directory = "notebooks"
    c.CourseDirectory.ignore = [
        ".ipynb_checkpoints",
        "*.pyc",
        "__pycache__",
        ".twoapples-progress.json",
    ]

    c.ClearSolutions.code_stub = {"python": CODE_STUB}
    c.ClearSolutions.text_stub = TEXT_STUB
    c.GenerateAssignment.preprocessors = [
        "nbgrader.preprocessors.IncludeHeaderFooter",
        "nbgrader.preprocessors.LockCells",
        "nbgrader.preprocessors.ClearSolutions",
        "grader.build.release.StartFromGivenCode",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
        "grader.build.release.FinishRelease",
    ]

    # Our page for the student, which needs no steps before it. Where another exporter is chosen,
    # these keep the model answers, which a person grades by, out of its pages.
    c.GenerateFeedback.exporter_class = FEEDBACK_EXPORTER
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    c.GenerateFeedback.post_convert_hook = "grader.plugins.feedback.remove_files_of_submissions"

    c.Autograde.sanitize_preprocessors = [
        "grader.plugins.autograde.RepairSubmission",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        "grader.plugins.autograde.GradeExercises",
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]

    # Formgrader shows submissions with it, on a page that may do all that the instructor may.
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.preprocessors = [f"{FORMGRADE}.OnlyWhatCannotRun"]
    c.HTMLExporter.filters = {
        "markdown2html": f"{FORMGRADE}.markdown_to_html",
        "clean_html": f"{FORMGRADE}.clean_html",
        "highlight_code": f"{FORMGRADE}.highlight_code",
    }

    folder = Path(file).resolve().parent if file else Path.cwd()
    if Course(folder).policies.is_file():
        c.AssignLatePenalties.plugin_class = "grader.plugins.late.PolicyPenalty"
        c.PolicyPenalty.course = str(folder)
