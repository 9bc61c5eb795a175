"""Which submissions were graded without a sandbox: what instructors are told beside the grades.

The ledger says it of what `grader grade` has written. nbgrader's own commands, and so formgrader's
button, know no ledger; there the graded notebook says how it was run, where our step has run it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.judging.isolation import WITHOUT, harmless, in_notebook, weaker
from grader.notebook.cells import summary

if TYPE_CHECKING:
    from grader.course.course import Course
    from grader.gradebook.database import Database
    from grader.gradebook.ledger import Entry


_MOST_NAMED = 8


def isolation_of(entry: Entry | None, path: Path) -> str:
    """Return how a graded submission was run.

    Parameters
    ----------
    entry : Entry, optional
        The ledger's.
    path : Path
        The autograded notebook.

    Returns
    -------
    str
        A value of `grader.inside.isolation.Isolation`, `NOTHING_RUN` or `UNKNOWN`.
    """
    if entry is not None and entry.isolation and (entry.holds(path) or not path.exists()):
        return entry.isolation
    told = _told(path)
    found = in_notebook(told)
    if entry is None or not entry.isolation:
        return found
    if told.get("submission") == "":
        # nbgrader's own command has written it since, scores and all; it knows no such digest.
        return found
    # A run was killed between the file and the rows, or somebody changed the file.
    return weaker(entry.isolation, found)


def _told(path: Path) -> dict[str, Any]:
    try:
        return summary(json.loads(path.read_bytes()))
    except (OSError, ValueError, AttributeError):
        return {}


def read_isolations(course: Course, lesson: str, database: Database) -> dict[str, str]:
    """Return by student how the submissions of a lesson were run.

    Who is not in it, and has a score all the same, was graded in a way that is not known.
    """
    from grader.gradebook.ledger import all_entries

    entries = all_entries(database, lesson)
    return {
        student: isolation_of(entries.get(student), course.graded_notebook(student, lesson))
        for student in {*entries, *course.graded_notebooks(lesson)}
    }


@dataclass(frozen=True)
class Unprotected:
    """Who was graded without a sandbox, or nobody knows how; among so many who were graded."""

    lesson: str
    graded: int
    without: tuple[str, ...]
    unknown: tuple[str, ...]

    @classmethod
    def among(cls, lesson: str, isolations: Mapping[str, str]) -> Unprotected:
        """Sort graded students out, by how each was run."""
        return cls(
            lesson,
            len(isolations),
            tuple(sorted(s for s, told in isolations.items() if told == WITHOUT)),
            tuple(
                sorted(s for s, t in isolations.items() if t != WITHOUT and not harmless(t)),
            ),
        )

    @property
    def again(self) -> str:
        """The command that grades them in a sandbox, with the same hidden cases."""
        return f"grader grade {self.lesson} --sandbox-again"

    def sentences(self, *, names: bool = True) -> list[str]:
        """Return what an instructor is told; nothing if all were graded in a sandbox.

        Parameters
        ----------
        names : bool
            Whether to say who, as far as there is room.
        """
        found = []
        if self.without:
            found.append(
                f"{self._count(self.without)} graded without a sandbox (--isolation none)"
                f"{_named(self.without) if names else ''}. Such code has the rights of the account "
                "that grades, and could have changed any score."
            )
        if self.unknown:
            found.append(
                f"{self._count(self.unknown)} graded by an older version, or by nbgrader with "
                f"other steps{_named(self.unknown) if names else ''}. Whether in a sandbox is "
                "not known."
            )
        if found:
            found.append(
                f"To grade them again in a sandbox, on the same hidden cases: {self.again}"
            )
        return found

    def _count(self, students: tuple[str, ...]) -> str:
        verb = "was" if len(students) == 1 else "were"
        return f"{len(students)} of {self.graded} submissions {verb}"


def _named(students: Iterable[str]) -> str:
    listed = list(students)
    shown = ", ".join(listed[:_MOST_NAMED]) + (", …" if len(listed) > _MOST_NAMED else "")
    return f": {shown}"
