"""Steps that nbgrader runs for us, named in `grader.nbgrader_api.settings`."""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Unicode

from grader.build.hidden_cases import make_plan
from grader.course.course import Course
from grader.execution import Executor, choose_executor
from grader.grading.converter import EXECUTED
from grader.judging.compose import write_verdicts
from grader.judging.plan import Plan
from grader.judging.repair import repair
from grader.judging.task import grade_notebook
from grader.notebook.cells import ours, set_ours, summary


class RepairSubmission(NbGraderPreprocessor):
    """Bring a submission into the shape it was handed out in, before nbgrader looks at it."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Repair the notebook; `grader.judging.repair.repair` says how."""
        lesson, student = _names(resources)
        plan = _plan(lesson)
        if (lesson, student) in EXECUTED:
            return nb, resources  # staged by `grader grade`: repaired already
        repaired, notes = repair(nb, plan.record)
        for note in notes:
            self.log.warning("%s, %s: %s", student, lesson, note)
        return repaired, resources


class GradeExercises(NbGraderPreprocessor):
    """Takes the place of nbgrader's Execute: runs the notebook and writes verdicts into it.

    nbgrader reads a score from a check cell's output, so the verdict becomes an output there, and
    everything behind this step works as it always does.
    """

    isolation = Unicode(
        "default",
        help="How submissions are kept apart: default, strict (slower), or none, where code has "
        "the rights of your account.",
    ).tag(config=True)
    figures = Bool(False, help="Whether figures are rendered for graded notebooks.").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Fill in outputs, scores and messages."""
        lesson, student = _names(resources)
        judged = EXECUTED.get((lesson, student))
        if judged is None:
            executor = _executor(self.isolation, self.figures)
            graded = grade_notebook(_plan(lesson), nb, executor)
            judged = graded.notebook
            write_verdicts(judged, graded.verdicts, graded.summary())
        take_over(nb, judged)
        return nb, resources


def take_over(nb: NotebookNode, judged: NotebookNode) -> None:
    """Copy outputs, scores and verdicts from a notebook that was run and judged."""
    by_id = {cell["id"]: cell for cell in judged.cells}
    for cell in nb.cells:
        ran = by_id.get(cell["id"])
        if ran is None or (ran.cell_type, ran.source, cell.cell_type) != (
            "code", cell.source, "code"
        ):  # fmt: skip
            continue
        cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
        if told := ours(ran):
            set_ours(cell, **told)
    set_ours(nb, **{**ours(nb), "graded": summary(judged)})


@lru_cache(maxsize=1)
def _executor(isolation: str, figures: bool) -> Executor:
    """Return what runs notebooks: one for this process, so that a batch starts it once."""
    executor = choose_executor(isolation=isolation, figures=figures)
    atexit.register(executor.close)
    return executor


def _names(resources: dict[str, Any]) -> tuple[str, str]:
    return resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]


@lru_cache(maxsize=4)
def _plan_of(root: str, lesson: str) -> Plan:
    return make_plan(Course(Path(root)), lesson)


def _plan(lesson: str) -> Plan:
    # nbgrader works in the course folder while it converts.
    return _plan_of(str(Course.find(Path.cwd()).root), lesson)
