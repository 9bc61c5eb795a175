"""`grader prove`: every exercise accepts its reference and tells its wrong versions apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.build.notebooks import stub_notebook
from grader.course.course import Course
from grader.course.lesson import Coding, Lesson
from grader.errors import CourseError
from grader.notebook.cells import grade_id, marks
from twoapples.checking.diagnose import diagnose
from twoapples.checking.replay import replay
from twoapples.checking.report import Report
from twoapples.checking.traces import Trace

LEAST_MISCONCEPTIONS = 3
HIDDEN_SEEDS = tuple(range(1, 11))


@dataclass(frozen=True)
class Proof:
    """What was shown for one exercise.

    Attributes
    ----------
    runs : int
        How many times a reference, a stub or a wrong version was judged.
    problems : tuple of str
        What did not come out as it must; empty if the exercise is proved.
    """

    exercise: str
    misconceptions: int
    runs: int
    problems: tuple[str, ...]


def prove_lesson(course: Course, name: str, seeds: tuple[int, ...] = HIDDEN_SEEDS) -> list[Proof]:
    """Prove all exercises of a lesson, on the public cases and on hidden cases of each seed."""
    lesson = course.lesson(name)
    stubs, references = _stubs(lesson), lesson.references()
    public = lesson.public_traces()
    proofs = []
    for item in lesson.codings:
        name, hidden = item.exercise.name, item.exercise.hidden_trace
        traces = [("public cases", public[name])]
        traces += [(f"seed {s}", hidden(references[name], s, references)) for s in seeds]
        proofs.append(_prove(item, references, stubs, traces))
    return proofs


def _prove(
    item: Coding,
    references: dict[str, Any],
    stubs: dict[str, Any],
    traces: list[tuple[str, Trace]],
) -> Proof:
    exercise = item.exercise
    problems: list[str] = []
    if len(exercise.misconceptions) < LEAST_MISCONCEPTIONS:
        problems.append(
            f"only {len(exercise.misconceptions)} misconceptions, at least {LEAST_MISCONCEPTIONS}"
        )
    for where, trace in traces:
        report = _judge(trace, references)
        if not report.right or report.share != 1.0:
            problems.append(f"{where}: the reference fails: {report.diagnosis.headline}")
        report = _judge(trace, stubs)
        started = bool(exercise.starts_from)
        if report.share != 0.0 or not (started or report.diagnosis.kind == "not started"):
            problems.append(
                f"{where}: the untouched stub gets {report.share:.0%} ({report.diagnosis.kind})"
            )
        for wrong in exercise.misconceptions:
            report = _judge(trace, {**references, exercise.name: wrong.subject})
            if report.right:
                problems.append(f"{where}: {wrong.name} passes")
            elif report.diagnosis.misconception != wrong.name:
                told = report.diagnosis.misconception or report.diagnosis.kind
                problems.append(f"{where}: {wrong.name} is told about {told}")
    runs = len(traces) * (2 + len(exercise.misconceptions))
    return Proof(exercise.name, len(exercise.misconceptions), runs, tuple(dict.fromkeys(problems)))


def _judge(trace: Trace, namespace: dict[str, Any]) -> Report:
    subject = namespace[trace.exercise]
    with np.errstate(all="ignore"):
        return diagnose(trace, [replay(case.steps, subject, namespace) for case in trace.cases])


def _stubs(lesson: Lesson) -> dict[str, Any]:
    """Run the learner's untouched solution cells, as nbgrader's ClearSolutions makes them."""
    # What the lessons' own setup cells provide, and nothing from the reference modules.
    namespace: dict[str, Any] = {"np": np, "math": math}
    for cell in stub_notebook(lesson).cells:
        if marks(cell).get("solution"):
            try:
                exec(compile(cell.source, f"<stub of {lesson.name}>", "exec"), namespace)
            except Exception as error:
                raise CourseError(
                    f"The untouched cell {grade_id(cell)} of {lesson.name} "
                    f"does not run: {type(error).__name__}: {error}"
                ) from error
    return namespace
