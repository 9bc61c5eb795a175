"""Traces: what an exercise is asked, and what the reference solution answered.

A trace is recorded from the reference solution (`grader.recorder`) and replayed on the learner's
(`twoapples.replay`). It is plain data, kept as JSON beside the notebook.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
FILE_NAME = "traces.json"


class TraceFileError(Exception):
    """The file with the traces is missing or cannot be read; the message says what to do."""


@dataclass(frozen=True)
class Case:
    """One use of an exercise: operations in order, and the answers to each.

    Attributes
    ----------
    title : str
        What the learner reads: "a batch of scores".
    weight : float
        Share of the exercise's points, relative to the other cases.
    steps : list of dict
        The operations (see `twoapples.replay`).
    expected : list of dict
        The reference's answer to each step.
    mistakes : dict
        For each known misconception, by id, its answers to the steps.
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

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Trace:
        """Read a trace from what `to_data` gave."""
        return cls(**{**data, "cases": [Case(**case) for case in data["cases"]]})

    def to_data(self) -> dict[str, Any]:
        """Return the trace as JSON data."""
        return asdict(self)


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
                f"{path.name} has format {data['format']}, this version of twoapples reads format "
                f"{FORMAT}. Update the package and the lessons together."
            )
        traces = [Trace.from_data(item) for item in data["exercises"]]
    except FileNotFoundError:
        raise TraceFileError(f"There is no {path.name} in {path.parent}.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise TraceFileError(
            f"{path.name} cannot be read ({error}). Download this lesson again."
        ) from None
    return {trace.exercise: trace for trace in traces}


def find(exercise: str, folder: Path) -> Trace:
    """Find the trace of `exercise` beside the notebook.

    Looks in `folder` (a notebook's kernel runs in the notebook's folder), then, for editors that
    start the kernel elsewhere, in the lesson folders below it.

    Raises
    ------
    TraceFileError
        If no readable trace file holds the exercise.
    """
    paths = [folder / FILE_NAME] if (folder / FILE_NAME).exists() else []
    if not paths:
        paths = sorted([*folder.glob(f"*/{FILE_NAME}"), *folder.glob(f"notebooks/*/{FILE_NAME}")])
    names: list[str] = []
    for path in paths:
        traces = read(path)
        if exercise in traces:
            return traces[exercise]
        names += traces
    if not paths:
        raise TraceFileError(
            f"check needs the file {FILE_NAME} that belongs beside the notebook, and there is none "
            f"in {folder}. Open the notebook in its lesson's folder, or copy the file there."
        )
    raise TraceFileError(
        f'There is no exercise named "{exercise}" in this lesson. '
        f"Its exercises: {', '.join(names)}."
    )
