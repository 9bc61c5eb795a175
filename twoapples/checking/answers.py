"""Asks the learner's objects a grader's questions, inside the process that runs the notebook.

Questions hold operations and inputs only; what is expected never gets here. Answers are values, and
are judged by the grader outside.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

from twoapples.checking.explain.wording import describe_safely
from twoapples.checking.forbids.guard import forbidding
from twoapples.checking.learner_code import notebook_namespace
from twoapples.checking.replay import replay

MIME_TYPE = "application/vnd.twoapples.answers+json"


def answer(name: str, cases: list[dict[str, Any]], namespace: dict[str, Any]) -> dict[str, Any]:
    """Ask what `namespace` holds under `name` all cases.

    Returns
    -------
    dict
        ``{"answers": [...]}``, a list of answers a case; ``{"missing": True}`` if the name is not
        defined; ``{"unusable": text}`` if what it names cannot be called. With ``"forbidden"`` the
        name of a module that the exercise forbids, if it was asked for.
    """
    if name not in namespace:
        return {"missing": True}
    with forbidding(name, cases[0].get("forbids", []) if cases else [], namespace) as met:
        subject = namespace[name]
        if not callable(subject):
            return {"unusable": describe_safely(subject)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers = [replay(case["steps"], subject, namespace) for case in cases]
    return {"answers": answers, "forbidden": met[0]} if met else {"answers": answers}


def send(name: str, questions: str) -> None:
    """Answer questions given as JSON and send the answers as a display message.

    The kernel's messages carry them out, therefore nothing has to be written to a shared disk.
    """
    from IPython.display import display

    answers = answer(name, json.loads(questions), notebook_namespace())
    display({MIME_TYPE: json.dumps(answers, allow_nan=False)}, raw=True)
