"""The work on one submission: read, repair, run, judge. Bytes in, bytes out.

It happens in worker processes, on this machine or on another one, which know neither the gradebook
nor whose submission it is.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from grader.judging.isolation import NOTHING_RUN
from grader.judging.plan import Plan
from grader.notebook.cells import Cells, grade_id
from grader.notebook.reading import Fault, UnreadableError, decode_notebook

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from grader.execution import Execution, Executor
    from grader.judging.verdicts import Verdict


@dataclass
class Graded:
    """One graded submission.

    Attributes
    ----------
    notebook : NotebookNode
        The repaired notebook with its outputs, check cells left empty.
    verdicts : dict
        By exercise.
    notes : list of str
        What was repaired or happened while it ran; nothing a person has to do.
    problem : str
        Why a person must look at it, or an empty text.
    fault : str
        What kind of problem it is, a `grader.notebook.reading.Fault`, or an empty text.
    isolation : str
        How its code was kept apart from the rest, see `grader.gradebook.unprotected`; empty if
        nothing is known.
    """

    notebook: NotebookNode
    verdicts: dict[str, Verdict]
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    fault: str = ""
    submission_digest: str = ""
    plan_digest: str = ""
    isolation: str = ""

    def summary(self) -> dict[str, Any]:
        """Return what is kept in the autograded notebook's metadata."""
        told = {
            "notes": list(self.notes),
            "problem": self.problem,
            "fault": self.fault,
            "submission": self.submission_digest,
            "plan": self.plan_digest,
        }
        return {**told, "isolation": self.isolation} if self.isolation else told


@dataclass(frozen=True)
class Order:
    """What all submissions of a run have in common; a worker gets it once.

    Attributes
    ----------
    cells : Cells or None
        The released cells; None if nbgrader's own converter is to write the result.
    """

    plan: Plan
    cells: Cells | None

    def to_bytes(self) -> bytes:
        """Return the order for another process or machine."""
        cells = None if self.cells is None else self.cells.to_data()
        return json.dumps({"plan": self.plan.to_data(), "cells": cells}).encode("utf-8")

    @classmethod
    def from_bytes(cls, content: bytes) -> Order:
        """Read what `to_bytes` gave."""
        data = json.loads(content)
        cells = None if data["cells"] is None else Cells.from_data(data["cells"])
        return cls(Plan.from_data(data["plan"]), cells)


class _Letter:
    """For another process or machine: a line of JSON, and behind it one field's bytes."""

    _body: ClassVar[str]

    def to_bytes(self) -> bytes:
        """Return the bytes that `from_bytes` reads."""
        head = dict(vars(self))
        body: bytes = head.pop(self._body)
        return json.dumps(head).encode("ascii") + b"\n" + body

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what `to_bytes` gave."""
        head, _, body = content.partition(b"\n")
        make: Callable[..., Self] = cls
        return make(**{cls._body: body}, **json.loads(head))


@dataclass(frozen=True)
class Task(_Letter):
    """A submission on its way to a worker.

    Attributes
    ----------
    name : str
        The notebook's file name, for messages.
    problem : str
        Why there is no content to grade, or an empty text.
    fault : str
        What kind of problem it is.
    notes : list of str
        What was unusual about the submission's folder.
    digest : str
        The submission's digest.
    """

    name: str
    content: bytes
    problem: str
    notes: list[str]
    digest: str
    fault: str = ""

    _body: ClassVar[str] = "content"


@dataclass(frozen=True)
class Result(_Letter):
    """A graded submission on its way back.

    Attributes
    ----------
    notebook : bytes
        The autograded notebook's file.
    digest : str
        Of these bytes.
    scores, comments : dict
        What goes into the gradebook, by cell; see `grader.judging.compose.Marks`.
    submission, plan : str
        Digests of what was graded, and how.
    isolation : str
        How its code was kept apart, see `grader.gradebook.unprotected`.
    """

    notebook: bytes
    digest: str
    scores: dict[str, float | None]
    comments: dict[str, str | None]
    notes: list[str]
    problem: str
    submission: str
    plan: str
    isolation: str

    _body: ClassVar[str] = "notebook"


def perform(order: Order, content: bytes, executor: Executor) -> bytes:
    """Grade a task given as bytes; return the result as bytes."""
    from grader.judging.compose import finish, marks_of, to_bytes, write_verdicts

    task = Task.from_bytes(content)
    graded = grade_task(order.plan, task, executor)
    write_verdicts(graded.notebook, graded.verdicts, graded.summary())
    cells = order.cells
    marks = marks_of(graded.notebook) if cells is None else finish(graded.notebook, cells)
    notebook = to_bytes(graded.notebook)
    return Result(
        notebook=notebook,
        digest=hashlib.sha256(notebook).hexdigest(),
        notes=graded.notes,
        problem=graded.problem,
        submission=graded.submission_digest,
        plan=graded.plan_digest,
        isolation=graded.isolation,
        **asdict(marks),
    ).to_bytes()


def grade_task(plan: Plan, task: Task, executor: Executor) -> Graded:
    """Grade what one learner handed in; never raises for what is wrong with it."""
    try:
        if task.problem:
            raise UnreadableError(task.problem, task.fault)
        notebook = decode_notebook(task.content, task.name)
        if not _belongs(plan, notebook):
            text = f"{task.name} holds no cell of lesson {plan.lesson}"
            raise UnreadableError(text, Fault.OTHER_LESSON)
    except UnreadableError as error:
        graded = _unreadable(plan, error)
    else:
        graded = grade_notebook(plan, notebook, executor)
        graded.notes = [*task.notes, *graded.notes]
    graded.submission_digest, graded.plan_digest = task.digest, plan.digest
    return graded


def _unreadable(plan: Plan, error: UnreadableError) -> Graded:
    from grader.judging.verdicts import no_submission

    verdicts = {item.name: no_submission(item, str(error)) for item in plan.exercises}
    return Graded(
        copy.deepcopy(plan.record),
        verdicts,
        problem=str(error),
        fault=error.fault,
        isolation=NOTHING_RUN,
    )


def grade_notebook(plan: Plan, notebook: NotebookNode, executor: Executor | None = None) -> Graded:
    """Repair, run and judge a notebook."""
    from grader.execution import choose_executor
    from grader.judging.repair import repair
    from grader.judging.verdicts import judge_all

    repaired, notes = repair(notebook, plan.record)
    own = choose_executor() if executor is None else None
    try:
        questions = {item.name: item.questions for item in plan.exercises}
        running = executor or own
        assert running is not None
        running.prepare(plan.record)
        execution: Execution = running.execute(repaired, questions, plan.supplements)
    finally:
        if own is not None:
            own.close()
    problem = execution.incidents[-1] if execution.died else ""
    return Graded(
        execution.notebook,
        judge_all(plan, execution),
        notes=[*notes, *execution.incidents],
        problem=problem,
        plan_digest=plan.digest,
        isolation=running.isolation,
    )


def _belongs(plan: Plan, notebook: NotebookNode) -> bool:
    """Whether a notebook has anything to do with the lesson: one known cell is enough."""
    known = {grade_id(cell) for cell in plan.record.cells} - {"", "setup"}
    ids = {grade_id(cell) for cell in notebook.cells}
    defined = any(
        f"def {item.name}" in cell.source or f"class {item.name}" in cell.source
        for item in plan.exercises
        for cell in notebook.cells
    )
    return bool(known & ids) or defined
