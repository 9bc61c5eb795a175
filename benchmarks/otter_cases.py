"""What Otter-Grader's tests of an exercise ask, inside the kernel that runs the notebook.

`otter_grader.py` has this file copied beside each submission, with the cases as JSON. Of the
project it needs `twoapples` alone, which the notebook has imported already.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twoapples.answers import answer
from twoapples.diagnose import Diagnosis, diagnose, not_defined, unanswered
from twoapples.forbidden import find_use, sentence
from twoapples.reports import Report
from twoapples.traces import Trace

CASES = "otter_cases.json"

_reports: dict[str, Report] = {}


def require(exercise: str, number: int, env: dict[str, Any]) -> None:
    """Fail with the sentence for the learner unless a hidden case holds.

    All cases of an exercise are asked at the first call, as the grader does it.

    Parameters
    ----------
    number : int
        Which of the hidden cases.
    env : dict
        The names that the notebook has defined, as Otter hands them to a test.
    """
    if exercise not in _reports:
        _reports[exercise] = _judge(exercise, env)
    report = _reports[exercise]
    assert report.held[number], report.diagnosis.headline


def _judge(exercise: str, env: dict[str, Any]) -> Report:
    """Do what `grader.verdicts.judge` does for the score."""
    data = json.loads(Path(__file__).with_name(CASES).read_text(encoding="ascii"))[exercise]
    public, hidden = Trace.from_data(data["public"]), Trace.from_data(data["hidden"])
    cases = (*public.cases, *hidden.cases)
    questions = [{**case.questions(), "forbids": hidden.forbids} for case in cases]
    used = find_use(exercise, env["In"], hidden.forbids)
    reply = answer(exercise, questions, env)
    if used := used or reply.get("forbidden", ""):
        return unanswered(hidden, Diagnosis("forbidden", sentence(exercise, used)))
    if "answers" not in reply:
        text = f"`{exercise}` is not a {hidden.kind} when it is checked."
        wrong = not_defined(hidden) if "missing" in reply else Diagnosis("type", text)
        return unanswered(hidden, wrong)
    return diagnose(hidden, reply["answers"][len(public.cases) :])
