"""nbgrader's settings for a Two Apples course: the one place where we plug into it.

`nbgrader_config.py` in the course folder calls `configure`, so nbgrader's commands, its Validate
button and formgrader use the same settings as the command `grader`. This module imports nothing
heavy: a learner's JupyterLab loads it too.
"""

from __future__ import annotations

from typing import Any

CODE_STUB = "# Your code here.\nraise NotImplementedError()"
TEXT_STUB = "Your answer here."


def configure(c: Any) -> None:
    """Set nbgrader's options on the configuration object `c`."""
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
        "grader.nbgrader_plugin.StartFromGivenCode",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
        "grader.nbgrader_plugin.FinishRelease",
    ]

    # A page for the learner: without the model answers that a person grades by.
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]

    c.Autograde.sanitize_preprocessors = [
        "grader.nbgrader_plugin.RepairSubmission",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        "grader.nbgrader_plugin.GradeExercises",
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
