"""From answers to a sentence: which cases hold, and what the first that does not tells.

The order of the questions matters. A known misconception that explains everything comes first;
then what stops a case (an exception, nothing returned), then what is wrong with the shape, then
with the numbers. The sentence (`headline`) never holds a value, so it may be shown for hidden
cases; values stand in the details.
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twoapples.compare import (
    Difference,
    Tolerance,
    compare_answers,
    compare_values,
    same_answers,
)
from twoapples.factors import explain_factor, explain_factors
from twoapples.nodes import describe_nodes
from twoapples.traces import Case, Trace
from twoapples.values import Opaque, ValueFormatError, decode
from twoapples.wording import (
    describe,
    exception_hint,
    exception_name,
    is_name,
    is_part,
    label,
    object_name,
    owner_name,
    path_name,
    phrase,
    shape_text,
    show_value,
)

Answers = list[dict[str, Any]]


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, for the person who reads it.

    Attributes
    ----------
    kind : str
        Machine-readable: ``right``, ``not defined``, ``not started``, ``misconception``,
        ``raises``, ``attribute missing``, ``returns nothing``, ``type``, ``shape``, ``transposed``,
        ``not finite``, ``factor``, ``input changed``, ``identity``, ``dtype``, ``same answer``,
        ``value`` …
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
    answers = [[_readable(answer) for answer in case] for case in answers]
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


def not_defined(trace: Trace, names: Iterable[Any] = ()) -> Diagnosis:
    """Return the diagnosis for a name that the notebook has not defined.

    Parameters
    ----------
    names : iterable of str
        What is defined instead: among them may be a misspelled one.
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
    try:
        what = describe(subject)
    except Exception:  # an object that cannot even be described
        what = "something else"
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
            return {"value": answer["value"], **({"changed": changed} if changed else {})}
    return _NO_ANSWER


def _is_line(line: Any) -> bool:
    return (
        isinstance(line, dict)
        and type(line.get("line")) is int
        and 0 < line["line"] < 100_000
        and all(isinstance(line.get(key), str) for key in ("function", "source"))
    )


# So many different numbers are no coincidence.
_ENOUGH = 3

_NO_ANSWER = {"error": {"type": "NoAnswer", "message": "", "lines": []}}


def _first_failure(case: Case, answers: Answers, tolerance: Tolerance) -> _Failure | None:
    for position, expected in enumerate(case.expected):
        found = answers[position] if position < len(answers) else _NO_ANSWER
        try:
            difference = compare_answers(expected, found, tolerance)
        except (ValueFormatError, KeyError, TypeError):
            difference = Difference("error", (), None, _NO_ANSWER["error"])
        if difference is not None:
            return _Failure(case, answers, position, difference)
    return None


def _explain(
    trace: Trace, answers: list[Answers], failed: list[_Failure], tolerance: Tolerance
) -> Diagnosis:
    first = failed[0]
    # For each misconception, in how many cases it answers like the learner.
    alike = {
        name: sum(
            same_answers(case.mistakes.get(name, []), given, tolerance)
            for case, given in zip(trace.cases, answers, strict=True)
        )
        for name in trace.misconceptions
    }
    for name, count in alike.items():
        if count == len(trace.cases):
            return _known(trace, name, first)
    if first.difference.kind == "error":
        return _explain_error(trace, first)
    if name := _partly_known(alike, failed, tolerance):
        return _known(trace, name, first)
    return _explain_value(trace, failed, answers, tolerance)


def _known(trace: Trace, name: str, failure: _Failure) -> Diagnosis:
    sentence = trace.misconceptions[name]
    return Diagnosis("misconception", sentence, _details(trace, failure), name)


def _partly_known(
    alike: dict[str, int], failed: list[_Failure], tolerance: Tolerance
) -> str | None:
    """Find a misconception that explains the first failure, if not all.

    Code may hold two mistakes, so another case may fail in another way. But where a misconception
    says how a case goes wrong and it does not go wrong like that, its sentence is likely to be
    about other code: then it counts only if the numbers it explains are no coincidence.
    """
    first = failed[0]
    fitting = [name for name in alike if _explains(name, first, tolerance)]
    if not fitting:
        return None
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
    fitting = consistent or [name for name in fitting if _tells(first)]
    return max(fitting, key=lambda name: alike[name], default=None)


def _explains(name: str, failure: _Failure, tolerance: Tolerance) -> bool:
    """Whether a misconception answers one case like the learner, up to the first difference."""
    mistake = failure.case.mistakes.get(name, [])
    length = failure.position + 1
    if len(mistake) < length or "error" in mistake[length - 1]:
        return False
    differs = compare_answers(failure.case.expected[length - 1], mistake[length - 1], tolerance)
    return differs is not None and same_answers(
        mistake[:length], failure.answers[:length], tolerance
    )


def _goes_wrong(name: str, failure: _Failure, tolerance: Tolerance) -> bool:
    """Whether a misconception is wrong in a case at all."""
    return _first_failure(failure.case, failure.case.mistakes.get(name, []), tolerance) is not None


def _tells(failure: _Failure) -> bool:
    """Whether a wrong answer has numbers enough that two mistakes do not share it by chance."""
    found = failure.difference.found
    if failure.difference.kind not in ("value", "shape") or not isinstance(found, np.ndarray):
        return failure.difference.kind != "value"
    numbers = found[np.isfinite(found)] if found.dtype.kind in "biuf" else found
    return len(np.unique(numbers)) >= _ENOUGH


def _explain_error(trace: Trace, failure: _Failure) -> Diagnosis:
    error = failure.difference.found
    called = phrase(trace, failure.case, failure.position)
    details = _details(trace, failure)
    if error is None:
        wanted = failure.difference.expected["type"]
        return Diagnosis(
            "raises nothing", f"{called} gives an answer where a `{wanted}` is raised.", details
        )
    kind, message, lines = error["type"], error["message"], error["lines"]
    if kind == "NoAnswer":
        return Diagnosis("no answer", f"{called} gave no answer that can be read.", details)
    if kind == "TimedOut":
        return Diagnosis(
            "timed out",
            f"{called} gave no answer within the time limit. Is there a loop that never ends?",
            details,
        )
    if kind == "NotImplementedError":
        return _explain_not_started(trace, failure, lines)
    if not lines and (diagnosis := _explain_before_start(trace, failure, kind, message, details)):
        return diagnosis
    if lines and lines[-1]["source"]:
        details = (*details, (f"line {lines[-1]['line']}", lines[-1]["source"]))
    if failure.difference.expected is not None:
        wanted = failure.difference.expected["type"]
        text = f"{called} raises {exception_name(kind)} where a `{wanted}` is expected."
    else:
        text = f"{called} raises {exception_name(kind)}{_where(trace, failure, lines)}"
        text += f"{_shapes_given(failure)}."
        text += exception_hint(kind, message, lines[-1]["source"] if lines else "")
        if kind == "NameError" and lines and "." in lines[-1]["function"]:
            text += " What another method has found is there only if it was put on `self`."
    return Diagnosis("raises", text, (*details, (kind, message)))


def _explain_not_started(trace: Trace, failure: _Failure, lines: list[dict[str, Any]]) -> Diagnosis:
    name = object_name(trace, failure.case, failure.position)
    # The stub's own line is the only one, unless the code is written and calls another stub.
    inner = lines[-1]["function"] if len(lines) > 1 else ""
    if is_name(inner) and inner != name:
        return Diagnosis(
            "not started",
            f"`{name}` calls `{inner}`, which is not written yet: begin there, and delete its "
            "line `raise NotImplementedError()`.",
        )
    return Diagnosis(
        "not started",
        f"`{name}` is not written yet. Put your code where the cell says so and delete "
        "the line `raise NotImplementedError()`.",
    )


def _explain_before_start(
    trace: Trace,
    failure: _Failure,
    kind: str,
    message: str,
    details: tuple[tuple[str, str], ...],
) -> Diagnosis | None:
    """Explain an exception that was raised before a line of the learner's code ran."""
    step, doing = failure.step, failure.step["do"]
    called = phrase(trace, failure.case, failure.position)
    if kind == "AttributeError" and doing in ("attribute", "method", "set"):
        owner = owner_name(trace, failure.case, step["on"])
        earlier = [
            phrase(trace, failure.case, position)
            for position in range(failure.position)
            if failure.case.steps[position]["do"] != "value"
        ]
        asked = f" It is asked for after {earlier[-1]}." if earlier else ""
        what = "method" if doing == "method" else "attribute"
        text = f"`{owner}` has no {what} `{step['name']}`.{asked}"
        if trace.kind == "class" and doing == "method":
            text += " Is it spelled like this, and indented so that it belongs to the class?"
        elif trace.kind == "class" and doing == "attribute":
            text += f" Only what is put on `self`, as `self.{step['name']}`, is there later."
        return Diagnosis("attribute missing", text, (*details, (kind, message)))
    if kind == "TypeError" and doing == "operator":
        return Diagnosis(
            "attribute missing",
            f"{called} cannot be computed. Has `{trace.exercise}` a method "
            f"`__{step['name']}__` (and, for a number on the left, `__r{step['name']}__`)?",
            (*details, (kind, message)),
        )
    if kind == "TypeError" and doing in ("call", "method"):
        text = (
            f"{called} cannot be called like this: the arguments do not fit. Compare the line "
            "that begins with `def` with the one you were given."
        )
        counts = re.search(r"takes (\d+) positional arguments? but (\d+) w", message)
        if doing == "method" and counts and int(counts[2]) == int(counts[1]) + 1:
            text += " Is `self` its first parameter?"
        return Diagnosis("raises", text, (*details, (kind, message)))
    if kind == "NameError" and (names := _names_used(step)):
        named = " and ".join(f"`{name}`" for name in names)
        return Diagnosis(
            "raises",
            f"{called} is checked together with {named}: run the cell that defines it first.",
            (*details, (kind, message)),
        )
    return None


def _names_used(data: Any) -> list[str]:
    """Find the other exercises that a step uses."""
    if isinstance(data, dict):
        own = [str(data["defined"])] if "defined" in data else []
        return [*own, *(name for value in data.values() for name in _names_used(value))]
    if isinstance(data, list):
        return [name for value in data for name in _names_used(value)]
    return []


def _where(trace: Trace, failure: _Failure, lines: list[dict[str, Any]]) -> str:
    if not lines:
        return ""
    function = lines[-1]["function"]
    own = object_name(trace, failure.case, failure.position).split(".")[0]
    if not is_name(function) or function.split(".")[0] in (own, trace.exercise):
        return f" in line {lines[-1]['line']} of its cell"
    return f" in line {lines[-1]['line']} of the cell that defines `{function}`"


def _shapes_given(failure: _Failure) -> str:
    """Name the shapes of the arrays that a step was given: shapes are no secret, values are."""
    step = failure.step
    shapes = [
        f"`{name}` of shape {shape}"
        for name, argument in _given(step)
        if (shape := _shape(failure.case, argument))
    ]
    return f", given {' and '.join(shapes)}" if shapes else ""


def _shape(case: Case, argument: Any) -> tuple[int, ...] | None:
    """Return the shape of an argument that is an array, of an earlier result too."""
    if isinstance(argument, dict) and "result" in argument:
        argument = case.expected[argument["result"]].get("value")
    if isinstance(argument, dict) and "array" in argument and argument["shape"]:
        return tuple(argument["shape"])
    return None


def _explain_value(
    trace: Trace, failed: list[_Failure], answers: list[Answers], tolerance: Tolerance
) -> Diagnosis:
    failure = failed[0]
    difference = failure.difference
    called = phrase(trace, failure.case, failure.position)
    what = _part(trace, failure)
    details = _details(trace, failure)
    if difference.kind == "changed":
        names = " and ".join(f"`{name}`" if is_part(name) else "array" for name in difference.found)
        return Diagnosis(
            "input changed",
            f"{called} changes its input {names}. Whoever called it still needs that "
            "array as it was: work on a copy, or build a new array.",
            details,
        )
    if difference.kind == "none":
        return Diagnosis("returns nothing", f"{what} is None. {_none_hint(failure)}", details)
    if difference.kind in ("type", "length"):
        text = (
            f"{what} is {describe(difference.found)}; {describe(difference.expected)} is expected."
        )
        return Diagnosis("type", f"{text}{_type_hint(difference, tolerance)}", details)
    if _ignores_input(trace, failure, answers):
        text = f"{called} gives the same answer whatever it is given. Does the code use "
        text += "its arguments, or an array that another cell has made?"
        return Diagnosis("same answer", text, details)
    if difference.kind == "property":
        return Diagnosis(
            "property", f"{what} is not {_PROPERTY_TEXT[difference.expected]}.", details
        )
    if difference.kind == "shape":
        return _explain_shape(what, difference, tolerance, details)
    if difference.kind == "not finite":
        return Diagnosis("not finite", _where_not_finite(what, difference), details)
    if failure.step["do"] == "same":
        if difference.found is True:
            text = f"{called} is true: one array stands where two different ones are needed."
        else:
            text = (
                "The array was replaced by a new one. It has to stay the same array, "
                "overwritten in place, because others hold it too."
            )
        return Diagnosis("identity", text, details)
    evidence = [_factor_evidence(trace, f, failure) for f in failed]
    if explanation := explain_factor(evidence) or explain_factors(evidence):
        return Diagnosis("factor", f"{what} is {explanation}", details)
    # Another case may fail in another way; this one is explained all the same.
    explanation = explain_factor(evidence[:1])
    if explanation and _no_coincidence(difference.expected):
        text = f"In the first case that fails, {what[0].lower()}{what[1:]} is {explanation}"
        return Diagnosis("factor", text, details)
    return _explain_numbers(what, difference, tolerance, details)


def _no_coincidence(expected: Any) -> bool:
    """Whether a factor between single numbers such as 6 and 2 can be told from chance."""
    if isinstance(expected, str):
        return False
    numbers = np.asarray(expected, dtype=float)
    return np.count_nonzero(numbers) >= _ENOUGH or bool((numbers != np.round(numbers)).all())


def _ignores_input(trace: Trace, failure: _Failure, answers: list[Answers]) -> bool:
    """Whether the same call gives one and the same answer in all cases, and should not."""
    if not _given(failure.step):
        return False
    asked = label(trace, failure.case, failure.position)
    expected, found = [], []
    for case, given in zip(trace.cases, answers, strict=True):
        for position, (right, answer) in enumerate(zip(case.expected, given, strict=False)):
            if (
                case.steps[position]["do"] in ("call", "method")
                and "value" in right
                and "value" in answer
                and label(trace, case, position) == asked
            ):
                expected.append(right["value"])
                found.append(answer["value"])
    return (
        len(found) > 1
        and all(value == found[0] for value in found)
        and any(value != expected[0] for value in expected)
    )


def _part(trace: Trace, failure: _Failure) -> str:
    """Name what differs: the whole answer to a step or a part of it."""
    called = phrase(trace, failure.case, failure.position)
    part = path_name(failure.difference.path)
    return f"{part[0].upper()}{part[1:]} of {called}" if part else called


def _none_hint(failure: _Failure) -> str:
    if failure.difference.path:
        return "Is there a value for it on every path through the code?"
    if failure.step["do"] in ("call", "method", "operator", "item"):
        return (
            "Is there a `return` at the end, on every path through the code? (`print` shows a "
            "value, but does not hand it back.)"
        )
    return "Has a value been assigned to it?"


def _type_hint(difference: Difference, tolerance: Tolerance) -> str:
    expected, found = difference.expected, difference.found
    is_array = isinstance(expected, np.ndarray) and expected.ndim > 0
    if isinstance(found, tuple) and len(found) == 1 and not isinstance(expected, (tuple, list)):
        return " Is there a comma at the end of the line that makes it?"
    if isinstance(found, Opaque) and found.type_name in ("function", "method"):
        return " Are the parentheses missing that call it?"
    if isinstance(found, tuple) and not isinstance(expected, (tuple, list, dict)):
        for position, part in enumerate(found):
            if compare_values(expected, part, tolerance) is None:
                place = path_name((position,))
                return f" {place[0].upper()}{place[1:]} alone is what is asked for."
        return " `return a, b` makes a tuple; one thing alone is asked for."
    if is_array and isinstance(found, list):
        return " `np.array` makes an array of a list."
    if is_array and isinstance(found, (int, float, np.number)):
        return " A sum, a mean or a product has gone over all elements."
    return ""


def _where_not_finite(what: str, difference: Difference) -> str:
    found = np.asarray(difference.found, dtype=float)
    value = float(found[difference.index or ()])
    name = "nan (not a number)" if np.isnan(value) else "infinity"
    if found.ndim == 0:
        return f"{what} is {name}."
    count = int((~np.isfinite(found)).sum())
    if count == found.size:
        return f"{what} holds {name} everywhere." if count > 1 else f"{what} holds {name}."
    return f"{what} holds {name}, first at {_place(difference)} ({count} of {found.size} elements)."


_PROPERTY_TEXT = {
    "zero_one": "made of zeros and ones only",
    "decreasing": "a sequence in which each number is smaller than the one before",
    "partition": "a set of index arrays that hold every index exactly once",
    "topological_order": "a list of all nodes that the root reaches, each once, parents first",
}


def _explain_shape(
    what: str, difference: Difference, tolerance: Tolerance, details: tuple[tuple[str, str], ...]
) -> Diagnosis:
    expected = np.asarray(difference.expected, dtype=float)
    found = np.asarray(difference.found, dtype=float)
    text = f"{what} has shape {shape_text(found)}, expected is {shape_text(expected)}"
    alike = found.size == expected.size > 0
    if found.ndim == 2 and found.shape == expected.shape[::-1]:
        if alike and tolerance.holds(expected, found.T).all():
            text += ". The numbers are right, but the array is transposed."
        else:
            text += ": rows and columns seem to have changed places."
        return Diagnosis("transposed", text, details)
    if alike and tolerance.holds(expected, found.reshape(expected.shape)).all():
        text += ". The numbers are right, only the shape is not."
    elif found.ndim == 2 and expected.ndim == 1 and found.shape == expected.shape * 2:
        n = len(expected)
        text += (
            f". This happens where an array of shape ({n}, 1) meets one of shape ({n},): NumPy "
            "pairs every element with every other."
        )
    elif expected.ndim == 0:
        text += ": one number is wanted. Is a sum or a mean missing, or one element to be picked?"
    elif _lacks_an_axis(found.shape, expected.shape):
        text += ": an axis is gone. A sum, a mean or an index takes one away."
    else:
        text += "."
    return Diagnosis("shape", text, details)


def _lacks_an_axis(found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return any(found == expected[:axis] + expected[axis + 1 :] for axis in range(len(expected)))


def _explain_numbers(
    what: str, difference: Difference, tolerance: Tolerance, details: tuple[tuple[str, str], ...]
) -> Diagnosis:
    if isinstance(difference.expected, str):
        return Diagnosis("value", f"{what} is another text than is expected.", details)
    expected = np.asarray(difference.expected, dtype=float)
    found = np.asarray(difference.found, dtype=float)
    cut_off = np.asarray(difference.found).dtype.kind in "iu" and np.isfinite(expected).all()
    if cut_off and expected.ndim and (found == np.trunc(expected)).all():
        return Diagnosis(
            "dtype",
            f"{what} holds whole numbers: what came after the decimal point was cut off. "
            "An array that is made from ints keeps ints; look at its `dtype`.",
            details,
        )
    square = expected.ndim == 2 and expected.shape == expected.shape[::-1]
    if square and tolerance.holds(expected, found.T).all():
        text = f"{what} has the right numbers, but the array is transposed."
        return Diagnosis("transposed", text, details)
    hint = _likeness(expected, found, tolerance)
    if expected.ndim == 0:
        return Diagnosis("value", f"{what} is not what is expected.{hint}", details)
    if expected.size > 1 and not found.any():
        text = f"{what} is 0 in every element, and other numbers are expected."
        return Diagnosis("value", text, details)
    if difference.count == expected.size:
        return Diagnosis("value", f"{what} is wrong in every element.{hint}", details)
    text = (
        f"{what} is wrong in {difference.count} of {expected.size} elements, first at "
        f"{_place(difference)}.{hint}"
    )
    return Diagnosis("value", text, details)


def _likeness(expected: np.ndarray, found: np.ndarray, tolerance: Tolerance) -> str:
    """Say how wrong numbers resemble the right ones; a sentence with a space before it, or ""."""
    if not (np.isfinite(expected).all() and np.isfinite(found).all()):
        return ""
    wrong = ~tolerance.holds(expected, found)
    if np.abs(found - expected).max() <= _NEARLY * np.abs(expected).max():
        return (
            " It is nearly right. Is a number rounded on the way, a small number added, or an "
            "approximation used?"
        )
    if found.any() and tolerance.holds(np.floor(expected), found).all():
        return " The numbers are rounded down: `//` does that."
    if expected.size < _ENOUGH:
        return ""
    if tolerance.holds(np.abs(expected), np.abs(found)).all():
        return " Only the signs differ."
    off = found - expected
    if tolerance.holds(np.full(off.shape, off.flat[0]), off).all():
        return (
            " All elements are off by the same amount: something is added or subtracted that "
            "should not be, or the other way round."
        )
    if not wrong.all() and not found[wrong].any():
        return " Where it is wrong it holds 0: is every element filled in?"
    if len(np.unique(expected)) >= _ENOUGH and _same_numbers(expected, found, tolerance):
        return " The right numbers are there, but in other places."
    for axis, line in ((1, "row"), (0, "column")):
        if expected.ndim == 2 and _factor_each(expected, found, axis):
            return (
                f" Each {line} is right but for a factor of its own: look at what the {line}s are "
                "multiplied or divided by."
            )
    if (
        expected.shape[-1] > 1
        and np.allclose(expected.sum(axis=-1), 1)
        and not np.allclose(found.sum(axis=-1), 1)
    ):
        return " The numbers of each case should sum to 1, and they do not."
    return ""


# A difference below this part of the largest number is a matter of digits, not of the formula.
_NEARLY = 2e-3


def _same_numbers(expected: np.ndarray, found: np.ndarray, tolerance: Tolerance) -> bool:
    return bool(tolerance.holds(np.sort(expected, axis=None), np.sort(found, axis=None)).all())


def _factor_each(expected: np.ndarray, found: np.ndarray, axis: int) -> bool:
    """Whether each row (`axis` 1) or column (0) is a multiple of the right one, with numbers."""
    if min(expected.shape) < 2 or not expected.all():
        return False
    ratio = found / expected
    first = np.take(ratio, [0], axis=axis)
    return bool(first.all() and np.allclose(ratio, first, rtol=1e-5, atol=0))


def _place(difference: Difference) -> str:
    return f"[{', '.join(map(str, difference.index or ()))}]"


def _factor_evidence(
    trace: Trace, failure: _Failure, first: _Failure
) -> tuple[Any, Any, list[tuple[int, ...]]] | None:
    """Return (expected, found, shapes of the arrays given) of a failed case.

    None if another part of another answer differs than in the first: the sentence names only one.
    """
    difference = failure.difference
    if difference.kind != "value" or isinstance(difference.expected, str):
        return None
    if _part(trace, failure) != _part(trace, first):
        return None
    shapes = []
    # The latest first: what a constructor was given (weights) has no row a case.
    for step in reversed(failure.case.steps[: failure.position + 1]):
        for _, argument in _given(step):
            if shape := _shape(failure.case, argument):
                shapes.append(shape)
    return difference.expected, difference.found, shapes


def _details(trace: Trace, failure: _Failure) -> tuple[tuple[str, str], ...]:
    """Return case, call, inputs, expected and found as text."""
    rows = [("case", failure.case.title)]
    if earlier := _history(trace, failure):
        rows.append(("first", earlier))
    rows.append(("you were asked", label(trace, failure.case, failure.position)))
    step, difference = failure.step, failure.difference
    for name, argument in _given(step):
        rows.append((name, show_value(_argument(failure, argument))))
    if difference.kind == "property":
        rows.append(("found", show_value(difference.found)))
    if difference.kind in ("error", "changed", "property"):
        return tuple(rows)
    place = path_name(difference.path)
    suffix = f" ({place})" if place else ""
    for digits in (6, 17):  # more only where the difference cannot be seen otherwise
        expected = show_value(difference.expected, difference.index, digits)
        found = show_value(difference.found, difference.index, digits)
        if expected != found:
            break
    rows += [("expected" + suffix, expected), ("found" + suffix, found)]
    if difference.index:
        rows.append(("first difference", _place(difference)))
    return tuple(rows)


def _given(step: dict[str, Any]) -> list[tuple[str, Any]]:
    pairs = zip(step.get("names", []), step.get("arguments", []), strict=False)
    return [*pairs, *step.get("keywords", {}).items()]


def _history(trace: Trace, failure: _Failure) -> str:
    """Write the steps before the one that failed, one a line; the values where they are short."""
    lines = []
    for position, step in enumerate(failure.case.steps[: failure.position]):
        if step["do"] in ("value", "look", "same", "item", "attribute"):
            continue
        texts = []
        for name, argument in _given(step):
            value = show_value(_argument(failure, argument))
            if len(value) > 40 or "\n" in value:
                shape = _shape(failure.case, argument)
                value = f"array of shape {shape}" if shape else "…"
            texts.append(f"{name} = {value}")
        line = label(trace, failure.case, position)
        lines.append(f"{line}  with {', '.join(texts)}" if texts else line)
    return "\n".join(lines if len(lines) <= 6 else ["…", *lines[-5:]])


def _argument(failure: _Failure, argument: Any) -> Any:
    """Return what a step was given, for showing: earlier results as they were answered."""
    if isinstance(argument, dict):
        if "result" in argument:
            return decode(failure.case.expected[argument["result"]].get("value"))
        for kind in ("function", "defined"):
            if kind in argument:
                return Opaque(str(argument[kind]))
        if "generator" in argument:
            return Opaque(f"numpy.random.default_rng({argument['generator']})")
        if "subject" in argument:
            return Opaque("what you wrote")
        if "nodes" in argument:
            return Opaque(describe_nodes(argument["nodes"]))
        if "tuple" in argument:
            return tuple(_argument(failure, item) for item in argument["tuple"])
        if "list" in argument:
            return [_argument(failure, item) for item in argument["list"]]
        if "dict" in argument:
            pairs = argument["dict"]
            return {_argument(failure, key): _argument(failure, item) for key, item in pairs}
    return decode(argument)
