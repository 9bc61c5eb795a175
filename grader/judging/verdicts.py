"""Verdicts: judging a submission's answers, outside the process that gave them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grader.execution import Execution
from grader.judging.plan import ExercisePlan, Plan
from grader.notebook.cells import grade_id, is_run, places
from twoapples.checking.diagnose import diagnose, not_defined, unanswered
from twoapples.checking.forbids.find import defines, find_use, sentence
from twoapples.checking.report import Diagnosis, Report

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Verdict:
    """The outcome of one exercise for one learner.

    Attributes
    ----------
    report : Report
        What the learner may read. It is about the public cases if they show the mistake, so that
        its values may be shown; else about the hidden ones, and has no details.
    """

    report: Report
    points: float
    score: float

    def to_data(self) -> dict[str, Any]:
        """Return what is kept with the check cell, as JSON data."""
        return {**self.report.to_data(), "points": self.points, "score": self.score}


def judge_all(plan: Plan, execution: Execution) -> dict[str, Verdict]:
    """Judge every exercise of a lesson; returns verdicts by exercise."""
    forbidden = find_forbidden(plan, execution.notebook)
    return {
        item.name: judge(item, execution.answers.get(item.name), forbidden[item.name])
        for item in plan.exercises
    }


def find_forbidden(plan: Plan, notebook: NotebookNode) -> dict[str, str]:
    """Read from the code, by exercise, which module it uses that it forbids; '' if none."""
    cells = [cell.source if is_run(cell) else "" for cell in notebook.cells]
    possible = _possible(plan, cells)
    ids = [grade_id(cell) for cell in notebook.cells]
    items = {item.name: item for item in plan.exercises}
    found = dict.fromkeys(items, "")
    if not possible:
        return found
    for index, names in places(notebook, found).items():
        for name in names:
            forbids = [f for f in items[name].hidden.forbids if f in possible]
            own = ids.index(name) if name in ids else None
            # What is written below the check is asked at the end.
            above = cells[: index + 1]
            read_until = above if any(defines(name, cell) for cell in above) else cells
            found[name] = find_use(name, read_until, forbids, own)
    return found


def _possible(plan: Plan, cells: list[str]) -> set[str]:
    """Return what the learner's code could use of all that is forbidden, going by its words.

    Reading all cells takes some milliseconds, and most learners name nothing of the kind.
    """
    given = {cell.source for cell in plan.record.cells}
    text = "\n".join(cell for cell in cells if cell not in given)
    every = {name for item in plan.exercises for name in item.hidden.forbids}
    found = {name for name in every if all(part in text for part in name.split("."))}
    for word, names in plan.forbidden_words.items():
        if word in text:
            found |= names
    return found


def judge(exercise: ExercisePlan, reply: dict[str, Any] | None, forbidden: str = "") -> Verdict:
    """Judge one exercise.

    Parameters
    ----------
    reply : dict or None
        What the submission's process sent; None if it could not be asked.
    forbidden : str
        What the exercise uses although it may not, read from the code.
    """
    answers = _answers(exercise, reply, forbidden)
    if isinstance(answers, Diagnosis):
        return Verdict(unanswered(exercise.hidden, answers), exercise.points, 0.0)
    count = len(exercise.public.cases)
    public = diagnose(exercise.public, answers[:count])
    hidden = diagnose(exercise.hidden, answers[count:])
    score = round(exercise.points * hidden.share, 6)
    if hidden.right or public.right:
        shown = replace(hidden.diagnosis, details=())
    else:
        shown = public.diagnosis
    return Verdict(replace(hidden, diagnosis=shown), exercise.points, score)


def no_submission(exercise: ExercisePlan, reason: str) -> Verdict:
    """Return the verdict for a submission that could not be read at all."""
    told = Diagnosis("unreadable", f"The submission could not be read: {reason}.")
    return Verdict(unanswered(exercise.hidden, told), exercise.points, 0.0)


def _answers(
    exercise: ExercisePlan, reply: dict[str, Any] | None, forbidden: str
) -> Diagnosis | list[Any]:
    """Return the answers a case, or why there are none."""
    # What the submission's process says of itself can cost points only.
    told = reply.get("forbidden") if reply is not None else None
    if forbidden or told in exercise.hidden.forbids:
        return Diagnosis("forbidden", sentence(exercise.name, forbidden or str(told)))
    if reply is None:
        return Diagnosis("no answer", "The notebook stopped before this exercise was reached.")
    if reply.get("missing") is True:
        return not_defined(exercise.hidden)
    if "unusable" in reply:
        kind = "class" if exercise.hidden.kind == "class" else "function"
        return Diagnosis("type", f"`{exercise.name}` is not a {kind} when it is checked.")
    answers = reply.get("answers")
    if (
        isinstance(answers, list)
        and len(answers) == len(exercise.questions)
        and all(
            isinstance(case, list) and all(isinstance(a, dict) for a in case) for case in answers
        )
    ):
        return answers
    return Diagnosis("no answer", f"`{exercise.name}` gave no answer that can be read.")
