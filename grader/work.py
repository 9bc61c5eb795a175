"""The work on one submission: read, repair, run, judge. Plain data in, plain data out.

It runs in worker processes, one submission at a time, and knows nothing of nbgrader's gradebook.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from grader.executor import Execution, Executor, KernelExecutor
from grader.plan import Plan
from grader.repair import repair
from grader.submissions import Submission, UnreadableError, read_notebook
from grader.verdicts import Verdict, judge_all, no_submission
from twoapples.diagnose import Report


@dataclass
class Graded:
    """One graded submission.

    Attributes
    ----------
    notebook : NotebookNode
        The repaired notebook with its outputs, check cells left empty.
    verdicts : dict
        Verdict and report by exercise.
    notes : list of str
        What was repaired or happened while it ran; nothing a person has to do.
    problem : str
        Why a person must look at it, or an empty text.
    """

    notebook: NotebookNode
    verdicts: dict[str, tuple[Verdict, Report]]
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    submission_digest: str = ""
    plan_digest: str = ""

    def summary(self) -> dict[str, Any]:
        """Return what is kept in the autograded notebook's metadata."""
        return {
            "notes": list(self.notes),
            "problem": self.problem,
            "submission": self.submission_digest,
            "plan": self.plan_digest,
        }


def grade_submission(
    plan: Plan, submission: Submission, executor: Executor | None = None
) -> Graded:
    """Grade what one learner handed in; never raises for what is wrong with it."""
    try:
        notebook = read_notebook(submission, plan.notebook)
        if not _belongs(plan, notebook):
            name = submission.path.name if submission.path else plan.notebook
            raise UnreadableError(f"{name} holds no cell of lesson {plan.lesson}")
    except UnreadableError as error:
        reason = str(error)
        graded = Graded(
            copy.deepcopy(plan.record),
            {item.name: no_submission(item, reason) for item in plan.exercises},
            problem=reason,
        )
    else:
        graded = grade_notebook(plan, notebook, executor)
        graded.notes = [*submission.notes, *graded.notes]
    graded.submission_digest = submission.digest
    return graded


def grade_notebook(plan: Plan, notebook: NotebookNode, executor: Executor | None = None) -> Graded:
    """Repair, run and judge a notebook."""
    repaired, notes = repair(notebook, plan.record)
    executor = executor or KernelExecutor()
    questions = {item.name: item.questions for item in plan.exercises}
    execution: Execution = executor.execute(repaired, questions, plan.supplements)
    problem = execution.incidents[-1] if execution.died else ""
    return Graded(
        execution.notebook,
        judge_all(plan, execution),
        notes=[*notes, *execution.incidents],
        problem=problem,
        plan_digest=plan.digest,
    )


def _belongs(plan: Plan, notebook: NotebookNode) -> bool:
    """Whether a notebook has anything to do with the lesson: one known cell is enough."""
    known = {
        cell.metadata["nbgrader"]["grade_id"]
        for cell in plan.record.cells
        if "nbgrader" in cell.metadata
    } - {"setup"}
    ids = set()
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if isinstance(nbgrader, dict):
            ids.add(str(nbgrader.get("grade_id", "")))
    defined = any(
        f"def {item.name}" in cell.source or f"class {item.name}" in cell.source
        for item in plan.exercises
        for cell in notebook.cells
    )
    return bool(known & ids) or defined
