"""Classes made up for the tests and the benchmark of the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from solutions_by_hand import LESSON_02, code

from grader.report.data import (
    GRADED,
    MISSING,
    NOT_GRADED,
    ClassResults,
    Exercise,
    ExerciseResult,
    Student,
)
from grader.report.likeness import Likeness
from grader.report.similarity import Piece, Work, compare

DUE = datetime(2026, 11, 20, 18, 0)
EXERCISES = (
    Exercise("softmax", 4.0),
    Exercise("cross_entropy", 4.0),
    Exercise("softmax_cross_entropy_gradient", 4.0),
    Exercise("p_minus_t", 2.0, True),
)
SENTENCES = (
    "Every row was divided by the sum over the whole batch. Look at the `axis` of the sum.",
    "The losses of the cases were added up. The loss of a batch is their *mean*.",
    "The gradient was not divided by N & is `<N>` times too large.",
)
# What somebody may be called: markup, a template's and a spreadsheet's syntax, text that turns the
# direction of its surroundings, as long as nbgrader allows, in other letters, with line breaks.
HOSTILE = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror=hacked=1>',
    "</script><script>hacked=1</script>",
    "<!--<script>",
    "{{ 7*7 }}{% raw %}",
    "=HYPERLINK(0)",
    "Zoë\u202eevil\u2066\u200f",
    "line\u2028break\nand\tmore\x1b[31m\x07",
    "김하늘",
    "e\u0301" * 40,
    "n" * 255,
    "x\udce9y",
    "'; DROP TABLE student; --",
    "javascript:hacked=1",
)


def synthetic(count: int, seed: int = 0, names: tuple[str, ...] = ()) -> ClassResults:
    """Make up a class: strong and weak students, late ones, missing ones, written answers waiting.

    Parameters
    ----------
    names : tuple of str
        Ids of the first students, and their names too.
    """
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=count)
    students = []
    for k in range(count):
        known = names[k] if k < len(names) else ""
        student = known or f"u{k:05}"
        name = known or f"Given{k} Family{k}"
        chance = rng.random()
        if chance < 0.03 and not known:
            students.append(Student(student, name, MISSING))
            continue
        if chance < 0.04 and not known:
            students.append(Student(student, name, NOT_GRADED, problem="x.ipynb could not be run"))
            continue
        handed_in = DUE - timedelta(hours=float(rng.exponential(40)) - 6)
        late = max(timedelta(), handed_in - DUE)
        results = [_result(rng, strength[k], place) for place in range(3)]
        results.append(_written(rng))
        problem = f"{student}.ipynb is empty" if chance > 0.98 else ""
        students.append(
            Student(
                student,
                name,
                GRADED,
                tuple(results),
                handed_in,
                late,
                1.0 * bool(late),
                problem,
                "default",
                "empty" if problem else "",
            )
        )
    students.sort(key=lambda student: student.student)
    return ClassResults("02-softmax", "02 · Softmax <b>&amp;</b>", EXERCISES, tuple(students), DUE)


def partly_without_sandbox(results: ClassResults) -> tuple[ClassResults, list[int], list[int]]:
    """Mark 14 students as graded without a sandbox, and 2 as unknown; return their places too."""
    graded = [k for k, student in enumerate(results.students) if student.state == GRADED]
    without, unknown = graded[:14], graded[-2:]
    kinds = {**dict.fromkeys(without, "none"), **dict.fromkeys(unknown, "")}
    students = tuple(
        replace(student, isolation=kinds.get(k, student.isolation))
        for k, student in enumerate(results.students)
    )
    return replace(results, students=students), without, unknown


def _result(rng: np.random.Generator, strength: float, place: int) -> ExerciseResult:
    answer = strength + rng.normal() + 0.5 - 0.4 * place
    if answer > 0:
        return ExerciseResult(4.0, "right", "8 of 8 cases hold.")
    if answer > -0.8:
        return ExerciseResult(float(rng.integers(1, 4)), "misconception", SENTENCES[place])
    return ExerciseResult(0.0, *(("value", "wrong") if answer > -1.6 else ("not started", "yet")))


def _written(rng: np.random.Generator) -> ExerciseResult:
    if rng.random() < 0.3:
        return ExerciseResult(
            None, "waits for a person", "A written answer; it is graded in formgrader."
        )
    return ExerciseResult(float(rng.integers(0, 3)), "graded by hand")


def likeness():
    copy = "\n".join(f"value_{k} = np.sin({k}) + table[{k}, 0]" for k in range(30))
    hostile = f"# </code></pre><script>hacked=1</script>\u202e\n{copy}\nx = '<b>&amp;'"
    works = [
        Work(student, (Piece("softmax", hostile), Piece("", code(LESSON_02["softmax"][k]))))
        for k, student in enumerate(HOSTILE[:2])
    ]
    works += [
        Work(f"u{k:05}", tuple(Piece(n, code(v[k])) for n, v in LESSON_02.items()))
        for k in range(5)
    ]
    return Likeness(compare(works), {work.student: work for work in works})
