"""What a check finds: a diagnosis, and the report it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twoapples.checking.compare import Difference
from twoapples.checking.traces import Case

Answers = list[dict[str, Any]]

# More of a report than any exercise gives is not kept as data, so that its size has a bound.
_MOST_CASES, _MOST_ROWS, _MOST_CHARACTERS = 1000, 50, 6000


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
    """The outcome of all cases of one exercise.

    Attributes
    ----------
    held, weights, titles : tuple
        One a case: whether it holds, its weight, and what it is.
    notes : tuple of str
        Remarks that decide nothing.
    """

    exercise: str
    held: tuple[bool, ...]
    weights: tuple[float, ...]
    diagnosis: Diagnosis
    notes: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

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

    def to_data(self) -> dict[str, Any]:
        """Return plain data that `from_data` reads, of bounded size."""
        titles = self.titles or ("",) * len(self.held)
        cases = zip(titles, self.weights, self.held, strict=True)
        told = self.diagnosis
        return {
            "exercise": self.exercise,
            "cases": [
                {"title": _text(title), "weight": weight, "held": held}
                for title, weight, held in list(cases)[:_MOST_CASES]
            ],
            "verdict": told.kind,
            "message": _text(told.headline),
            "misconception": told.misconception,
            "details": [[_text(name), _text(value)] for name, value in told.details[:_MOST_ROWS]],
            "notes": [_text(note) for note in self.notes[:_MOST_ROWS]],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Report:
        """Read what `to_data` gave, as far as it is that; one without cases has none."""
        cases = [case for case in _listed(data.get("cases"), _MOST_CASES) if isinstance(case, dict)]
        rows = [row for row in _listed(data.get("details"), _MOST_ROWS) if isinstance(row, list)]
        weights = [case.get("weight") for case in cases]
        return cls(
            _text(data.get("exercise")),
            tuple(case.get("held") is True for case in cases),
            tuple(float(w) if isinstance(w, int | float) else 0.0 for w in weights),
            Diagnosis(
                _text(data.get("verdict")),
                _text(data.get("message")),
                tuple((_text(row[0]), _text(row[1])) for row in rows if len(row) == 2),
                _text(data.get("misconception")),
            ),
            tuple(_text(note) for note in _listed(data.get("notes"), _MOST_ROWS)),
            tuple(_text(case.get("title")) for case in cases),
        )


def _listed(value: Any, most: int) -> list[Any]:
    return value[:most] if isinstance(value, list) else []


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]} …"


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
