"""Verdicts: judging a submission's answers, outside the process that gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.executor import Execution
from grader.plan import ExercisePlan, Plan
from twoapples.diagnose import Diagnosis, Report, diagnose, not_defined, unanswered


@dataclass(frozen=True)
class Verdict:
    """The outcome of one exercise for one learner.

    Attributes
    ----------
    verdict : str
        ``right``, or the kind of the diagnosis (`twoapples.diagnose.Diagnosis.kind`).
    message : str
        The sentence for the learner, without hidden values.
    """

    exercise: str
    points: float
    score: float
    verdict: str
    message: str
    misconception: str = ""

    def to_data(self) -> dict[str, Any]:
        """Return the verdict as JSON data."""
        return dict(vars(self))


def judge_all(plan: Plan, execution: Execution) -> dict[str, tuple[Verdict, Report]]:
    """Judge every exercise of a lesson; returns verdict and report by exercise."""
    return {item.name: judge(item, execution.answers.get(item.name)) for item in plan.exercises}


def judge(exercise: ExercisePlan, reply: dict[str, Any] | None) -> tuple[Verdict, Report]:
    """Judge one exercise.

    Parameters
    ----------
    reply : dict or None
        What the submission's process sent; None if it could not be asked.

    Returns
    -------
    tuple of (Verdict, Report)
        The report is about the public cases if they show the mistake, so that its values may be
        shown; else about the hidden ones, and has no details.
    """
    answers = _answers(exercise, reply)
    if isinstance(answers, Diagnosis):
        report = unanswered(exercise.hidden, answers)
        return _verdict(exercise, report, 0.0), report
    count = len(exercise.public.cases)
    public = diagnose(exercise.public, answers[:count])
    hidden = diagnose(exercise.hidden, answers[count:])
    score = round(exercise.points * hidden.share, 6)
    if hidden.right or public.right:
        shown = _without_details(hidden)
    else:
        shown = Report(hidden.exercise, hidden.held, hidden.weights, public.diagnosis)
    return _verdict(exercise, shown, score), shown


def no_submission(exercise: ExercisePlan, reason: str) -> tuple[Verdict, Report]:
    """Return the verdict for a submission that could not be read at all."""
    text = f"The submission could not be read: {reason}."
    report = unanswered(exercise.hidden, Diagnosis("unreadable", text))
    return _verdict(exercise, report, 0.0), report


def _answers(exercise: ExercisePlan, reply: dict[str, Any] | None) -> Diagnosis | list[Any]:
    """Return the answers a case, or why there are none."""
    if reply is None:
        return Diagnosis("no answer", "The notebook stopped before this exercise was reached.")
    if reply.get("missing") is True:
        return not_defined(exercise.hidden)
    if "unusable" in reply:
        kind = "class" if exercise.hidden.kind == "class" else "function"
        return Diagnosis("type", f"`{exercise.name}` is not a {kind} when it is checked.")
    answers = reply.get("answers")
    if not isinstance(answers, list) or len(answers) != len(exercise.questions):
        text = f"`{exercise.name}` gave no answer that can be read."
        return Diagnosis("no answer", text)
    if not all(
        isinstance(case, list) and all(isinstance(a, dict) for a in case) for case in answers
    ):
        return Diagnosis("no answer", f"`{exercise.name}` gave no answer that can be read.")
    return answers


def _verdict(exercise: ExercisePlan, report: Report, score: float) -> Verdict:
    diagnosis = report.diagnosis
    return Verdict(
        exercise.name,
        exercise.points,
        score,
        diagnosis.kind,
        diagnosis.headline,
        diagnosis.misconception,
    )


def _without_details(report: Report) -> Report:
    diagnosis = report.diagnosis
    plain = Diagnosis(diagnosis.kind, diagnosis.headline, (), diagnosis.misconception)
    return Report(report.exercise, report.held, report.weights, plain)
