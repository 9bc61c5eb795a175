"""Traces: what an exercise is asked, and what the reference solution answered.

A trace is recorded from the reference solution (`grader.course.recorder`) and replayed on the
learner's (`twoapples.checking.replay`). It is plain data, kept as JSON beside the notebook.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
FILE_NAME = "traces.json"


class TraceFileError(Exception):
    """The file with the traces is missing or cannot be read; the message says what to do."""


@dataclass(frozen=True)
class Case:
    """One use of an exercise: operations in order, and the answers to each.

    The learner reads the title, "a batch of scores". The weight is the share of the exercise's
    points, relative to the other cases. `steps` are the operations (see
    `twoapples.checking.replay`), `expected` the reference's answer to each, `mistakes` those of
    each known misconception, by id.
    """

    title: str
    weight: float
    steps: list[dict[str, Any]]
    expected: list[dict[str, Any]] = field(default_factory=list)
    mistakes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def questions(self) -> dict[str, Any]:
        """Return the case without any answer: all that an untrusted process may see."""
        return {"steps": self.steps}


@dataclass(frozen=True)
class Trace:
    """All cases of one exercise, with the sentences for its misconceptions."""

    exercise: str
    kind: str  # "function" or "class"
    rtol: float
    atol: float
    needs: list[str]
    misconceptions: dict[str, str]
    cases: list[Case]
    points: float = 0.0
    forbids: list[str] = field(default_factory=list)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Trace:
        """Read a trace from what `to_data` gave.

        Raises
        ------
        TypeError, KeyError, ValueError
            If `data` is something else.
        """
        trace = cls(**{**data, "cases": [Case(**case) for case in data["cases"]]})
        numbers = (trace.rtol, trace.atol)
        texts = isinstance(trace.forbids, list) and all(isinstance(n, str) for n in trace.forbids)
        for holds, problem in (
            (isinstance(trace.exercise, str), "an exercise has no name"),
            (all(isinstance(n, (int, float)) for n in numbers), "a tolerance is not a number"),
            (isinstance(trace.misconceptions, dict), "misconceptions are not named"),
            (isinstance(trace.needs, list), "what an exercise needs is not a list"),
            (texts, "what an exercise forbids is not a list of names"),
            (bool(trace.cases), "an exercise has no case"),
        ):
            _require(holds, problem)
        for case in trace.cases:
            _require(isinstance(case.weight, (int, float)), "a weight is not a number")
            _require(isinstance(case.mistakes, dict), "mistakes are not named")
            for name, runs in (("steps", case.steps), ("expected", case.expected)):
                listed = isinstance(runs, list) and all(isinstance(item, dict) for item in runs)
                _require(listed, f"{name} are not a list of operations")
            _require(len(case.steps) == len(case.expected), "steps and answers do not match")
        return trace

    def to_data(self) -> dict[str, Any]:
        """Return the trace as JSON data, which shares its lists with the trace."""
        return {**vars(self), "cases": [dict(vars(case)) for case in self.cases]}


def write(path: Path, traces: list[Trace]) -> str:
    """Write the traces of a lesson to `path`; the same traces give the same bytes."""
    data = {"format": FORMAT, "exercises": [trace.to_data() for trace in traces]}
    text = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    # A line an exercise and a line a case keeps version control's differences readable.
    text = text.replace('{"exercise":', '\n{"exercise":').replace('{"title":', '\n{"title":')
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return text


def read(path: Path) -> dict[str, Trace]:
    """Read the traces of a lesson, by exercise.

    Raises
    ------
    TraceFileError
        If the file is missing, damaged or of a newer format.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise TraceFileError(
                f"{path.name} has format {str(data['format'])[:20]}, and this version of twoapples "
                f"reads format {FORMAT}. Update the package and the lessons together."
            )
        traces = [Trace.from_data(item) for item in data["exercises"]]
    except FileNotFoundError:
        raise TraceFileError(f"There is no {path.name} in {path.parent}.") from None
    except OSError as error:
        raise TraceFileError(f"{path} cannot be opened: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TraceFileError(
            f"{path.name} is damaged and cannot be read ({_one_line(error)}). "
            "Download this lesson again."
        ) from None
    return {trace.exercise: trace for trace in traces}


def find(exercise: str, folder: Path) -> Trace:
    """Find the trace of `exercise` beside the notebook; raise TraceFileError if there is none.

    Looks in `folder` (a notebook's kernel runs in the notebook's folder), then, for editors that
    start the kernel elsewhere, in the lesson folders below it.
    """
    paths = [folder / FILE_NAME] if (folder / FILE_NAME).exists() else []
    if not paths:
        paths = sorted([*folder.glob(f"*/{FILE_NAME}"), *folder.glob(f"notebooks/*/{FILE_NAME}")])
    if not paths:
        raise TraceFileError(
            f"check needs the file {FILE_NAME} that belongs beside the notebook, and there is none "
            f"in {folder.resolve()}. Open the notebook in its lesson's folder, or copy the file "
            "there."
        )
    names: list[str] = []
    damaged: list[TraceFileError] = []
    for path in paths:
        if (trace := _read_alone(exercise, path)) is not None:
            return trace
        try:
            traces = read(path)
        except TraceFileError as error:  # of several lessons, another may still hold the exercise
            damaged.append(error)
            continue
        if exercise in traces:
            return traces[exercise]
        names += traces
    if damaged:
        raise damaged[0]
    raise TraceFileError(_no_such_exercise(exercise, names))


def _read_alone(exercise: str, path: Path) -> Trace | None:
    """Read one exercise without the rest of its lesson, which can be ten times as much.

    Returns None where the file is not laid out as `write` does it; then `read` reads it, or says
    what is wrong.
    """
    begin = '\n{"exercise":'
    try:
        text = path.read_text(encoding="utf-8")
        start = text.index(f"{begin}{json.dumps(exercise, ensure_ascii=False)},")
        if not text.startswith(f'{{"format":{FORMAT},'):
            return None
        stop = text.find(begin, start + 1)
        part = text[start:stop].rstrip().removesuffix(",") if stop > 0 else text[start:].rstrip()
        return Trace.from_data(json.loads(part if stop > 0 else part.removesuffix("]}")))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _no_such_exercise(exercise: str, names: list[str]) -> str:
    text = f'There is no exercise named "{exercise}" in this lesson.'
    if near := difflib.get_close_matches(exercise, names, n=1, cutoff=0.7):
        return f'{text} Is "{near[0]}" meant?'
    return f"{text} Its exercises: {', '.join(names)}." if names else text


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise ValueError(problem)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:150] or type(error).__name__
