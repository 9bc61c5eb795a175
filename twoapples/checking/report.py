"""What a check finds: a diagnosis, and the report it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twoapples.checking.compare import Difference
from twoapples.checking.traces import Case

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
class Failure:
    """The first difference in one case."""

    case: Case
    answers: Answers
    position: int
    difference: Difference

    @property
    def step(self) -> dict[str, Any]:
        """The operation that went wrong."""
        return self.case.steps[self.position]
