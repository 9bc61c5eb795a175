"""Steps that nbgrader runs for us, named in `grader.nbgrader_settings`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.course import Course
from grader.notebooks import METADATA, check_id, digest
from grader.plan import Plan, make_plan
from grader.repair import repair
from grader.work import Graded, grade_notebook
from twoapples.display import as_mimebundle

# What `grader grade` has executed already, by (lesson, student). The steps below take it from here;
# when nbgrader's own command or formgrader runs them, nothing is here, and they execute it.
EXECUTED: dict[tuple[str, str], Graded] = {}


class StartFromGivenCode(NbGraderPreprocessor):
    """Let the cell of a bug hunt start from the code with the bug; runs after ClearSolutions."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the code that `Exercise(starts_from=…)` gave into its cell."""
        given = cell.metadata.get("twoapples", {}).get("starts_from")
        if given:
            cell.source = given
            del cell.metadata["twoapples"]
        return cell, resources


class FinishRelease(NbGraderPreprocessor):
    """Leave in a released notebook only what learners need, and mark what it was built as."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clean the metadata; write the digest that tells an edited notebook from a built one."""
        for key in [k for k in nb.metadata if k not in (*METADATA, "twoapples")]:
            del nb.metadata[key]
        nb.metadata.setdefault("twoapples", {})["digest"] = digest(nb)
        return nb, resources


class RepairSubmission(NbGraderPreprocessor):
    """Bring a submission into the shape it was handed out in, before nbgrader looks at it."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Repair the notebook; `grader.repair.repair` says how."""
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

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Fill in outputs, scores and messages."""
        lesson, student = _names(resources)
        graded = EXECUTED.get((lesson, student))
        if graded is None:
            graded = grade_notebook(_plan(lesson), nb)
        write_verdicts(nb, graded)
        return nb, resources


def write_verdicts(nb: NotebookNode, graded: Graded) -> None:
    """Copy outputs into a notebook's cells, and put verdict and score into its check cells."""
    executed = {cell["id"]: cell for cell in graded.notebook.cells}
    by_check = {check_id(name): name for name in graded.verdicts}
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        ran = executed.get(cell["id"])
        name = by_check.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if name is not None:
            _write_verdict(cell, graded, name)
        elif ran is not None and ran.cell_type == "code" and ran.source == cell.source:
            cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
    nb.metadata.setdefault("twoapples", {})["graded"] = graded.summary()


def _write_verdict(cell: NotebookNode, graded: Graded, name: str) -> None:
    verdict, report = graded.verdicts[name]
    # nbgrader reads the score from the first execute_result, as a plain number.
    score = {"text/plain": repr(float(verdict.score))}
    cell.outputs = [
        new_output("display_data", data=as_mimebundle(report)),
        new_output("execute_result", data=score, execution_count=1),
    ]
    cell.execution_count = 1
    cell.metadata["twoapples"] = verdict.to_data()


def _names(resources: dict[str, Any]) -> tuple[str, str]:
    return resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]


@lru_cache(maxsize=4)
def _plan_of(root: str, lesson: str) -> Plan:
    return make_plan(Course(Path(root)), lesson)


def _plan(lesson: str) -> Plan:
    # nbgrader works in the course folder while it converts.
    return _plan_of(str(Course.find(Path.cwd()).root), lesson)
