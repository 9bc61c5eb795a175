"""From answers to a sentence: which cases hold, and what the first that does not tells.

The order of the questions matters. A known misconception that explains everything comes first;
then what stops a case (an exception, nothing returned), then what is wrong with the shape, then
with the numbers. The sentence (`headline`) never holds a value, so it may be shown for hidden
cases; values stand in the details.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twoapples.compare import Difference, Tolerance, compare_answers, same_answers
from twoapples.factors import explain_factor
from twoapples.traces import Case, Trace
from twoapples.values import Opaque, ValueFormatError, decode
from twoapples.wording import describe, label, object_name, path_name, shape_text, show_value

Answers = list[dict[str, Any]]


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, for the person who reads it.

    Attributes
    ----------
    kind : str
        Machine-readable: ``right``, ``not defined``, ``not started``, ``misconception``,
        ``raises``, ``attribute missing``, ``returns nothing``, ``type``, ``shape``, ``transposed``,
        ``not finite``, ``factor``, ``input changed``, ``identity``, ``value`` …
    headline : str
        A sentence or three, without any value of the case.
    details : tuple of (str, str)
        Case, call, inputs, expected, found: for a public case only.
    misconception : str
        Id of the misconception, where one was recognised.
    """

    kind: str
    headline: str
    details: tuple[tuple[str, str], ...] = ()
    misconception: str = ""


@dataclass(frozen=True)
class Report:
    """The outcome of all cases of one exercise."""

    exercise: str
    held: tuple[bool, ...]
    weights: tuple[float, ...]
    diagnosis: Diagnosis
    notes: tuple[str, ...] = field(default=())

    @property
    def share(self) -> float:
        """Share of the cases' weights that hold, from 0 to 1."""
        total = sum(self.weights)
        if all(self.held):
            return 1.0
        return sum(w for w, ok in zip(self.weights, self.held, strict=True) if ok) / total

    @property
    def right(self) -> bool:
        """Whether every case holds."""
        return all(self.held)


@dataclass(frozen=True)
class _Failure:
    """The first difference in one case."""

    case: Case
    answers: Answers
    position: int
    difference: Difference

    @property
    def step(self) -> dict[str, Any]:
        return self.case.steps[self.position]


def diagnose(trace: Trace, answers: list[Answers]) -> Report:
    """Judge the answers to all cases of an exercise.

    Parameters
    ----------
    trace : Trace
        The cases with the reference's answers and those of the known misconceptions.
    answers : list
        For each case the answers of the learner's object, as `twoapples.replay.replay` gives.
    """
    tolerance = Tolerance(trace.rtol, trace.atol)
    failures = [
        _first_failure(case, given, tolerance)
        for case, given in zip(trace.cases, answers, strict=True)
    ]
    held = tuple(failure is None for failure in failures)
    weights = tuple(case.weight for case in trace.cases)
    failed = [failure for failure in failures if failure is not None]
    if not failed:
        count = len(held)
        text = f"{count} of {count} cases hold." if count > 1 else "The case holds."
        return Report(trace.exercise, held, weights, Diagnosis("right", text))
    diagnosis = _explain(trace, answers, failed, tolerance)
    return Report(trace.exercise, held, weights, diagnosis)


def unanswered(trace: Trace, diagnosis: Diagnosis) -> Report:
    """Return the report for an exercise none of whose cases could be asked."""
    nothing = tuple(False for _ in trace.cases)
    weights = tuple(case.weight for case in trace.cases)
    return Report(trace.exercise, nothing, weights, diagnosis)


def not_defined(trace: Trace) -> Diagnosis:
    """Return the diagnosis for a name that the notebook has not defined."""
    name = trace.exercise
    return Diagnosis(
        "not defined",
        f"There is no `{name}` yet. Run the cell that defines it first; if you did, "
        f"check that the name is spelled `{name}`.",
    )


def wrong_subject(trace: Trace, subject: Any) -> Diagnosis | None:
    """Return a diagnosis if what stands under the exercise's name cannot be used at all."""
    wanted = "class" if trace.kind == "class" else "function"
    if callable(subject) and (wanted == "function" or isinstance(subject, type)):
        return None
    return Diagnosis(
        "type",
        f"`{trace.exercise}` is {describe(subject)}, and a {wanted} is needed. "
        "Perhaps the name was used again for something else; run the cell that defines it.",
    )


def _first_failure(case: Case, answers: Answers, tolerance: Tolerance) -> _Failure | None:
    for position, expected in enumerate(case.expected):
        if position >= len(answers):
            missing = {"error": {"type": "NoAnswer", "message": "no answer came back", "lines": []}}
            return _Failure(case, answers, position, compare_answers(expected, missing, tolerance))  # type: ignore[arg-type]
        try:
            difference = compare_answers(expected, answers[position], tolerance)
        except (ValueFormatError, KeyError, TypeError) as error:
            broken = {"type": "NoAnswer", "message": f"unreadable answer: {error}", "lines": []}
            difference = Difference("error", (), None, broken)
        if difference is not None:
            return _Failure(case, answers, position, difference)
    return None


def _explain(
    trace: Trace, answers: list[Answers], failed: list[_Failure], tolerance: Tolerance
) -> Diagnosis:
    first = failed[0]
    for name, sentence in trace.misconceptions.items():
        if all(
            same_answers(case.mistakes[name], given, tolerance)
            for case, given in zip(trace.cases, answers, strict=True)
        ):
            return Diagnosis("misconception", sentence, _details(trace, first), name)
    if first.difference.kind == "error":
        return _explain_error(trace, first)
    for name, sentence in trace.misconceptions.items():
        if _explains(name, first, tolerance):
            return Diagnosis("misconception", sentence, _details(trace, first), name)
    return _explain_value(trace, failed, tolerance)


def _explains(name: str, failure: _Failure, tolerance: Tolerance) -> bool:
    """Whether a misconception answers one case like the learner, up to the first difference."""
    mistake = failure.case.mistakes[name]
    length = failure.position + 1
    if len(mistake) < length or "error" in mistake[length - 1]:
        return False
    differs = compare_answers(failure.case.expected[length - 1], mistake[length - 1], tolerance)
    return differs is not None and same_answers(
        mistake[:length], failure.answers[:length], tolerance
    )


def _explain_error(trace: Trace, failure: _Failure) -> Diagnosis:
    error = failure.difference.found
    called = label(trace, failure.case, failure.position)
    if error is None:
        wanted = failure.difference.expected["type"]
        return Diagnosis(
            "raises nothing",
            f"`{called}` gives an answer where a `{wanted}` should be raised.",
            _details(trace, failure),
        )
    kind, message, lines = error["type"], error["message"], error.get("lines", [])
    details = _details(trace, failure)
    if kind == "NotImplementedError":
        name = object_name(trace, failure.case, failure.position)
        return Diagnosis(
            "not started",
            f"`{name}` is not written yet. Put your code where the cell says so and delete "
            "the line `raise NotImplementedError()`.",
        )
    if kind == "NoAnswer":
        return Diagnosis(
            "no answer", f"`{called}` gave no answer: the notebook stopped there.", details
        )
    if kind == "TimedOut":
        return Diagnosis(
            "timed out",
            f"`{called}` gave no answer within the time limit. Is there a loop that never ends?",
            details,
        )
    step = failure.step
    if kind == "AttributeError" and not lines and step["do"] in ("attribute", "method", "set"):
        return Diagnosis(
            "attribute missing",
            f"`{trace.exercise}` has no `{step['name']}`. It is asked for after "
            f"{_earlier(trace, failure)}.",
            details,
        )
    where = ""
    if lines:
        last = lines[-1]
        where = f" in line {last['line']} of its cell"
        details = (*details, (f"line {last['line']}", last["source"]))
    if kind == "TypeError" and not lines and step["do"] in ("call", "method"):
        headline = (
            f"`{called}` cannot be called like this: the arguments do not fit. Compare the line "
            "that begins with `def` with the one you were given."
        )
    elif kind == "NameError":
        headline = f"`{called}` uses a name that nothing defines{where}."
    else:
        headline = f"`{called}` raises `{kind}`{where}."
    return Diagnosis("raises", headline, (*details, (kind, message)))


def _earlier(trace: Trace, failure: _Failure) -> str:
    if failure.position == 0:
        return "nothing else"
    return f"`{label(trace, failure.case, failure.position - 1)}`"


def _explain_value(trace: Trace, failed: list[_Failure], tolerance: Tolerance) -> Diagnosis:
    failure = failed[0]
    difference = failure.difference
    called = label(trace, failure.case, failure.position)
    part = path_name(difference.path)
    what = f"{part} of `{called}`" if part else f"`{called}`"
    details = _details(trace, failure)
    if difference.kind == "changed":
        names = " and ".join(f"`{name}`" for name in difference.found)
        return Diagnosis(
            "input changed",
            f"`{called}` changes its input {names}. Whoever called it still needs that "
            "array as it was: work on a copy, or build a new array.",
            details,
        )
    if difference.kind == "none":
        return Diagnosis(
            "returns nothing",
            f"{what} is None. Is there a `return` at the end, on every path through the code?",
            details,
        )
    if difference.kind in ("type", "length"):
        return Diagnosis(
            "type",
            f"{what} is {describe(difference.found)}; {describe(difference.expected)} is expected.",
            details,
        )
    if difference.kind == "property":
        return Diagnosis(
            "property", f"{what} is not {_PROPERTY_TEXT[difference.expected]}.", details
        )
    if difference.kind == "shape":
        return _explain_shape(what, difference, tolerance, details)
    if difference.kind == "not finite":
        found = float(np.asarray(difference.found, dtype=float)[difference.index or ()])
        name = "nan (not a number)" if np.isnan(found) else "infinity"
        return Diagnosis("not finite", f"{what} holds {name}.", details)
    if failure.step["do"] == "same":
        return Diagnosis(
            "identity",
            "The array was replaced by a new one. It has to stay the same array, "
            "overwritten in place, because others hold it too.",
            details,
        )
    if explanation := explain_factor([_factor_evidence(f) for f in failed]):
        return Diagnosis("factor", f"{what} is {explanation}", details)
    return Diagnosis("value", _where_wrong(what, difference), details)


_PROPERTY_TEXT = {
    "zero_one": "made of zeros and ones only",
    "decreasing": "a sequence in which each number is smaller than the one before",
    "partition": "a set of index arrays that hold every index exactly once",
}


def _explain_shape(
    what: str, difference: Difference, tolerance: Tolerance, details: tuple[tuple[str, str], ...]
) -> Diagnosis:
    expected = np.asarray(difference.expected, dtype=float)
    found = np.asarray(difference.found, dtype=float)
    text = f"{what} has shape {shape_text(found)}, expected is {shape_text(expected)}"
    if found.ndim == 2 and found.shape == expected.shape[::-1]:
        if tolerance.holds(expected, found.T).all():
            return Diagnosis(
                "transposed",
                f"{text}. The numbers are right, but the array is transposed.",
                details,
            )
        return Diagnosis(
            "transposed", f"{text}: rows and columns seem to have changed places.", details
        )
    if (
        found.size == expected.size
        and tolerance.holds(expected, found.reshape(expected.shape)).all()
    ):
        return Diagnosis("shape", f"{text}. The numbers are right, only the shape is not.", details)
    return Diagnosis("shape", f"{text}.", details)


def _where_wrong(what: str, difference: Difference) -> str:
    if not isinstance(difference.expected, np.ndarray) or difference.expected.ndim == 0:
        return f"{what} is not what is expected."
    size = difference.expected.size
    if difference.count == size:
        return f"{what} is wrong in every element."
    place = ", ".join(map(str, difference.index or ()))
    return f"{what} is wrong in {difference.count} of {size} elements, first at [{place}]."


def _factor_evidence(failure: _Failure) -> tuple[Any, Any, list[tuple[int, ...]]] | None:
    """Return (expected, found, shapes of the arrays given so far) of a failed case."""
    if failure.difference.kind != "value" or isinstance(failure.difference.expected, (str, Opaque)):
        return None
    shapes = []
    for step in failure.case.steps[: failure.position + 1]:
        for argument in step.get("arguments", []):
            if isinstance(argument, dict) and "array" in argument:
                shapes.append(tuple(argument["shape"]))
    return failure.difference.expected, failure.difference.found, shapes


def _details(trace: Trace, failure: _Failure) -> tuple[tuple[str, str], ...]:
    """Return case, call, inputs, expected and found as text."""
    rows = [("case", failure.case.title)]
    rows.append(("you were asked", label(trace, failure.case, failure.position)))
    step, difference = failure.step, failure.difference
    pairs = zip(step.get("names", []), step.get("arguments", []), strict=False)
    for name, argument in [*pairs, *step.get("keywords", {}).items()]:
        rows.append((name, show_value(_argument(failure, argument))))
    if difference.kind in ("error", "changed", "property"):
        return tuple(rows)
    place = path_name(difference.path)
    suffix = f" ({place})" if place else ""
    rows.append(("expected" + suffix, show_value(difference.expected, difference.index)))
    rows.append(("found" + suffix, show_value(difference.found, difference.index)))
    if difference.index:
        rows.append(("first difference", f"[{', '.join(map(str, difference.index))}]"))
    return tuple(rows)


def _argument(failure: _Failure, argument: Any) -> Any:
    """Return what a step was given, for showing: earlier results as they were answered."""
    if isinstance(argument, dict) and "result" in argument:
        return decode(failure.case.expected[argument["result"]].get("value"))
    if isinstance(argument, dict) and ("function" in argument or "generator" in argument):
        return Opaque(str(argument.get("function", "random generator")))
    if isinstance(argument, dict) and ("tuple" in argument or "list" in argument):
        items = argument["tuple"] if "tuple" in argument else argument["list"]
        return tuple(_argument(failure, item) for item in items)
    return decode(argument)
