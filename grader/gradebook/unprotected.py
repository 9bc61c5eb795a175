"""Which submissions were graded without a sandbox: what instructors are told beside the grades.

The ledger says it of what `grader grade` has written. nbgrader's own commands, and so formgrader's
button, know no ledger; there the graded notebook says how it was run, where our step has run it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.judging.isolation import WITHOUT, harmless, in_notebook, weaker
from grader.notebook.graded import GradedNotebook

if TYPE_CHECKING:
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
    notebook = GradedNotebook.read(path)
    summary = {} if notebook is None else notebook.summary
    found = in_notebook(summary)
    if entry is None or not entry.isolation:
        return found
    if summary.get("submission") == "":
        # nbgrader's own command has written it since, scores and all; it knows no such digest.
        return found
    # A run was killed between the file and the rows, or somebody changed the file.
    return weaker(entry.isolation, found)


class Graded(Protocol):
    """Whatever tells how a student's submission was run."""

    @property
    def student(self) -> str:
        """The student's id."""
        ...

    @property
    def isolation(self) -> str:
        """As `isolation_of` returns it."""
        ...


@dataclass(frozen=True)
class Unprotected:
    """Who was graded without a sandbox, or nobody knows how; among so many who were graded."""

    lesson: str
    graded: int
    without: tuple[str, ...]
    unknown: tuple[str, ...]

    @classmethod
    def among(cls, lesson: str, graded: Iterable[Graded]) -> Unprotected:
        """Sort graded submissions out, by how each was run."""
        isolations = {one.student: one.isolation for one in graded}
        without = {student for student, found in isolations.items() if found == WITHOUT}
        unknown = {student for student, found in isolations.items() if not harmless(found)}
        parts = (tuple(sorted(students)) for students in (without, unknown - without))
        return cls(lesson, len(isolations), *parts)

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
