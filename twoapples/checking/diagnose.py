"""From answers to a sentence: which cases hold, and what the first that does not tells.

The order of the questions matters. A known misconception that explains everything comes first;
then what stops a case (an exception, nothing returned), then what is wrong with the shape, then
with the numbers. The sentence (`headline`) never holds a value, so it may be shown for hidden
cases; values stand in the details.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from twoapples.checking.compare import (
    ENOUGH,
    Difference,
    Given,
    Tolerance,
    compare_answers,
    same_answers,
)
from twoapples.checking.explain.case import details_of
from twoapples.checking.explain.errors import explain_error
from twoapples.checking.explain.values import explain_value
from twoapples.checking.explain.wording import describe_safely
from twoapples.checking.report import Answers, Diagnosis, Failure, Report
from twoapples.checking.traces import Case, Trace
from twoapples.checking.values import ValueFormatError


def diagnose(trace: Trace, answers: list[Answers]) -> Report:
    """Judge the answers of a learner's object to all cases, as `replay` gives them for each."""
    tolerance = Tolerance(trace.rtol, trace.atol)
    answers = [[_readable(answer) for answer in case] for case in answers]
    failures = [
        _first_failure(case, given, tolerance)
        for case, given in zip(trace.cases, answers, strict=True)
    ]
    held = tuple(failure is None for failure in failures)
    failed = [failure for failure in failures if failure is not None]
    if not failed:
        count = len(held)
        text = f"{count} of {count} cases hold." if count > 1 else "The case holds."
        return _report(trace, held, Diagnosis("right", text))
    return _report(trace, held, _explain(trace, answers, failed, tolerance))


def unanswered(trace: Trace, diagnosis: Diagnosis) -> Report:
    """Return the report for an exercise none of whose cases could be asked."""
    return _report(trace, (False,) * len(trace.cases), diagnosis)


def _report(trace: Trace, held: tuple[bool, ...], diagnosis: Diagnosis) -> Report:
    weights = tuple(case.weight for case in trace.cases)
    titles = tuple(case.title for case in trace.cases)
    return Report(trace.exercise, held, weights, diagnosis, titles=titles)


def not_defined(trace: Trace, names: Iterable[Any] = ()) -> Diagnosis:
    """Return the diagnosis for a name that the notebook has not defined.

    Among the names that it has defined instead may be a misspelled one.
    """
    name = trace.exercise
    others = [other for other in names if isinstance(other, str) and not other.startswith("_")]
    if near := difflib.get_close_matches(name, others, n=1, cutoff=0.8):
        hint = f"there is a `{near[0]}`, which may be a slip of the pen."
    else:
        hint = f"check that the name is spelled `{name}`."
    return Diagnosis(
        "not defined",
        f"There is no `{name}` yet. Run the cell that defines it first; if you did, {hint}",
    )


def wrong_subject(trace: Trace, subject: Any) -> Diagnosis | None:
    """Return a diagnosis if what stands under the exercise's name cannot be used at all."""
    wanted = "class" if trace.kind == "class" else "function"
    if callable(subject) and (wanted == "function" or isinstance(subject, type)):
        return None
    name = trace.exercise
    what = describe_safely(subject)
    if what == "a function":
        hint = f"Its cell begins with `class {name}`."
    elif isinstance(subject, types.ModuleType):
        hint = "An `import` has taken the name; run the cell that defines it again."
    else:
        hint = "Perhaps the name was used again for something else; run the cell that defines it."
    return Diagnosis("type", f"`{name}` is {what}, and a {wanted} is needed. {hint}")


def _readable(answer: Any) -> dict[str, Any]:
    """Return an answer in the form that is relied on below; it may come from a hostile process."""
    if isinstance(answer, dict) and "error" in answer:
        error = answer["error"]
        if isinstance(error, dict) and isinstance(error.get("type"), str):
            message, lines = error.get("message"), error.get("lines")
            lines = lines if isinstance(lines, list) else []
            return {
                "error": {
                    "type": error["type"][:100],
                    "message": message[:1000] if isinstance(message, str) else "",
                    "lines": [line for line in lines if _is_line(line)],
                }
            }
    elif isinstance(answer, dict) and "value" in answer:
        changed = answer.get("changed", [])
        if isinstance(changed, list) and all(isinstance(name, str) for name in changed):
            return Given({"value": answer["value"], **({"changed": changed} if changed else {})})
    return _NO_ANSWER


def _is_line(line: Any) -> bool:
    return (
        isinstance(line, dict)
        and type(line.get("line")) is int
        and 0 < line["line"] < 100_000
        and all(isinstance(line.get(key), str) for key in ("function", "source"))
    )


_NO_ANSWER = {"error": {"type": "NoAnswer", "message": "", "lines": []}}


def _first_failure(case: Case, answers: Answers, tolerance: Tolerance) -> Failure | None:
    for position, expected in enumerate(case.expected):
        found = answers[position] if position < len(answers) else _NO_ANSWER
        try:
            difference = compare_answers(expected, found, tolerance)
        except (ValueFormatError, KeyError, TypeError):
            difference = Difference("error", (), None, _NO_ANSWER["error"])
        if difference is not None:
            return Failure(case, answers, position, difference)
    return None


def _explain(
    trace: Trace, answers: list[Answers], failed: list[Failure], tolerance: Tolerance
) -> Diagnosis:
    first = failed[0]

    def alike(name: str) -> Iterator[bool]:
        """Say of each case whether a misconception answers it like the learner."""
        for case, given in zip(trace.cases, answers, strict=True):
            yield same_answers(case.mistakes.get(name, []), given, tolerance)

    for name in trace.misconceptions:
        if all(alike(name)):
            return _known(trace, name, first)
    if first.difference.kind == "error":
        return explain_error(trace, first)
    fitting = _partly_known(trace, failed, tolerance)
    if known := max(fitting, key=lambda name: sum(alike(name)), default=""):
        return _known(trace, known, first)
    return explain_value(trace, failed, answers, tolerance)


def _known(trace: Trace, name: str, failure: Failure) -> Diagnosis:
    sentence = trace.misconceptions[name]
    return Diagnosis("misconception", sentence, details_of(trace, failure), name)


def _partly_known(trace: Trace, failed: list[Failure], tolerance: Tolerance) -> list[str]:
    """Find misconceptions that explain the first failure, if not all.

    Code may hold two mistakes, so another case may fail in another way. But where a misconception
    says how a case goes wrong and it does not go wrong like that, its sentence is likely to be
    about other code: then it counts only if the numbers it explains are no coincidence.
    """
    first = failed[0]
    fitting = [name for name in trace.misconceptions if _explains(name, first, tolerance)]
    consistent = [
        name
        for name in fitting
        if all(
            same_answers(other.case.mistakes.get(name, []), other.answers, tolerance)
            or _explains(name, other, tolerance)
            or not _goes_wrong(name, other, tolerance)
            for other in failed[1:]
        )
    ]
    return consistent or [name for name in fitting if _tells(first)]


def _explains(name: str, failure: Failure, tolerance: Tolerance) -> bool:
    """Whether a misconception answers one case like the learner, up to the first difference."""
    mistake = failure.case.mistakes.get(name, [])
    length = failure.position + 1
    if len(mistake) < length or "error" in mistake[length - 1]:
        return False
    differs = compare_answers(failure.case.expected[length - 1], mistake[length - 1], tolerance)
    return differs is not None and same_answers(
        mistake[:length], failure.answers[:length], tolerance
    )


def _goes_wrong(name: str, failure: Failure, tolerance: Tolerance) -> bool:
    """Whether a misconception is wrong in a case at all."""
    return _first_failure(failure.case, failure.case.mistakes.get(name, []), tolerance) is not None


def _tells(failure: Failure) -> bool:
    """Whether a wrong answer has numbers enough that two mistakes do not share it by chance."""
    found = failure.difference.found
    if failure.difference.kind not in ("value", "shape") or not isinstance(found, np.ndarray):
        return failure.difference.kind != "value"
    numbers = found[np.isfinite(found)] if found.dtype.kind in "biuf" else found
    return len(np.unique(numbers)) >= ENOUGH
