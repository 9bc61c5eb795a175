"""The page: the class's data, counted and drawn, in one HTML file that needs nothing else.

Its Content-Security-Policy allows the one script and the one style sheet that are in it, by their
digests, and nothing from anywhere else. Names and code are escaped by the template; the table's
rows lie in the page as JSON in which no `<` is left, and the script writes them as text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from grader.feedback.safety import printable, prose
from grader.report.data import GRADED, MISSING, NOT_GRADED, ClassResults, Student
from grader.report.likeness import MOST_LISTED, Likeness, view_pairs
from grader.report.plots import Part, columns, stacks
from grader.report.statistics import (
    ExerciseSummary,
    MetMisconception,
    distribution,
    met_misconceptions,
    shares,
    summarise,
    time_course,
)
from grader.report.tables import hours_late
from grader.tools.csv import number
from grader.tools.html import digest, template, with_common
from twoapples.box import without_emphasis

_FOLDER = Path(__file__).parent
# Of a longer list the rest is found in the table.
MOST_NAMES = 60


def render(
    results: ClassResults, likeness: Likeness | None = None, files: tuple[str, ...] = ()
) -> str:
    """Return the report of a class as an HTML document.

    Parameters
    ----------
    likeness : Likeness, optional
        Submissions that are alike. It is left out where names are hidden: code holds names.
    files : tuple of str
        Names of the CSV and the JSON file, which are told at the table.
    """
    summaries, met = summarise(results), met_misconceptions(results)
    people = [shown_name(student) for student in results.students]
    told = _Told(results, met)
    style, script, policy = _inline()
    times, bins = time_course(results), distribution(results)
    shown = likeness if likeness is not None and not results.hidden else None
    works = shown.works if shown is not None else {}
    return template(_FOLDER / "report.html.j2").render(
        results=results,
        policy=policy,
        style=Markup(style),
        script=Markup(script),
        facts=_facts(results),
        bins=bins,
        distribution=columns(
            bins, _plot_name("Score distribution", bins), "share of the points so far, in per cent"
        ),
        times=times,
        time_course=columns(
            times.bins,
            _plot_name("Time course of submissions", times.bins),
            f"{times.unit} (UTC)",
            times.due,
        ),
        summaries=summaries,
        exercises=stacks(
            [(one.exercise.name, _parts(one)) for one in summaries],
            "Exercises: how many have all points, some, none, or wait for a person",
        ),
        met=_met(results, met, people, told),
        waiting=_waiting(results, people),
        # Also who has nothing left but a graded notebook.
        names={
            **{student: shown_name(Student(student)) for student in works},
            **{s.student: name for s, name in zip(results.students, people, strict=True)},
        },
        **_lists(results, people),
        unprotected=results.unprotected,
        likeness=shown,
        pairs=[] if shown is None else view_pairs(shown),
        most_pairs=MOST_LISTED,
        table=Markup(_embedded(_rows(results, people, told))),
        told=told,
        files=files,
        number=number,
        percent=lambda share: f"{100 * share:.0f} %",
        prose=prose,
        printable=printable,
    )


def shown_name(student: Student) -> str:
    """Return how a student is called on the page, with nothing in it that cannot be seen."""
    named = student.name and student.name != student.student
    name = f"{student.name} ({student.student})" if named else student.student
    return printable(name.encode("utf-8", "replace").decode("utf-8")).replace("\n", " ")


class _Told:
    """What students were told, numbered: a cell of the table holds the number."""

    def __init__(self, results: ClassResults, met: list[MetMisconception]) -> None:
        self.entries: list[dict[str, str]] = [{"kind": "", "message": ""}]
        self._numbers: dict[tuple[int, str, str], int] = {}
        self.options: list[tuple[str, str]] = []
        for one in met:
            key = self.number(one.place, "misconception", one.message)
            label = f"{one.exercise}: {without_emphasis(one.message)}"
            label = label if len(label) <= 100 else label[:99] + "…"
            self.options.append((f"told:{one.place}:{key}", f"{label} ({one.count})"))

    def number(self, place: int, kind: str, message: str) -> int:
        """Return the number of a verdict; only a misconception's sentence is kept."""
        key = (place, kind, message) if kind == "misconception" else (-1, kind, "")
        if key not in self._numbers:
            self._numbers[key] = len(self.entries)
            message = printable(without_emphasis(key[2]))
            self.entries.append({"kind": printable(kind), "message": message})
        return self._numbers[key]


def _facts(results: ClassResults) -> list[tuple[str, str]]:
    values = shares(results)
    values = values[~np.isnan(values)]
    states = [student.state for student in results.students]
    late = sum(student.late > timedelta() for student in results.students)
    facts = [
        ("Students", str(len(states))),
        ("Graded", str(states.count(GRADED))),
        ("Handed in, not graded", str(states.count(NOT_GRADED))),
        ("Missing", str(states.count(MISSING))),
        ("Late", str(late)),
    ]
    if len(values):
        low, middle, high = np.percentile(values, [25, 50, 75])
        facts += [
            ("Median", f"{100 * middle:.0f} %"),
            ("Middle half", f"{100 * low:.0f} to {100 * high:.0f} %"),
            ("Mean", f"{100 * values.mean():.0f} %"),
        ]
    return facts


def _plot_name(title: str, bins: Any) -> str:
    if not any(one.count for one in bins):
        return f"{title}: nothing yet"
    highest = max(bins, key=lambda one: one.count)
    return f"{title}. Most, {highest.count}: {highest.words}. Bar by bar with the arrow keys."


def _parts(one: ExerciseSummary) -> list[Part]:
    return [
        Part(one.right, "right", "have all points"),
        Part(one.partly, "partly", "have some"),
        Part(one.wrong, "wrong", "have none"),
        Part(one.waiting, "open", "wait for a person"),
    ]


def _people(people: list[str], found: Iterable[tuple[int, str]]) -> dict[str, Any]:
    """Return the first of those found, each with what is to be said, and how many there are."""
    listed = list(found)
    return {
        "count": len(listed),
        "names": [(people[k], words) for k, words in listed[:MOST_NAMES]],
        "more": max(0, len(listed) - MOST_NAMES),
    }


def _met(
    results: ClassResults, met: list[MetMisconception], people: list[str], told: _Told
) -> list[dict[str, Any]]:
    graded = sum(student.state == GRADED for student in results.students)
    return [
        {
            **_people(people, ((k, "") for k in one.students)),
            "exercise": one.exercise,
            "message": one.message,
            "share": one.count / graded,
            "only": f"told:{one.place}:{told.number(one.place, 'misconception', one.message)}",
        }
        for one in met
    ]


def _waiting(results: ClassResults, people: list[str]) -> list[dict[str, Any]]:
    """Return the exercises with answers that wait for a person."""
    read = [(k, s.results) for k, s in enumerate(results.students) if s.results]
    lists = [
        {
            **_people(people, ((k, "") for k, given in read if given[place].score is None)),
            "exercise": exercise.name,
        }
        for place, exercise in enumerate(results.exercises)
    ]
    return [one for one in lists if one["count"]]


def _lists(results: ClassResults, people: list[str]) -> dict[str, dict[str, Any]]:
    """Return who is missing, late, not graded … and what is to be said of each."""
    students = list(enumerate(results.students))
    without, unknown = set(results.unprotected.without), set(results.unprotected.unknown)
    lists = {
        "missing": ((k, "") for k, s in students if s.state == MISSING),
        "not_graded": ((k, "") for k, s in students if s.state == NOT_GRADED),
        "late": ((k, _late_words(s)) for k, s in students if s.late > timedelta()),
        "persons": ((k, s.problem) for k, s in students if s.problem),
        "without": ((k, "") for k, s in students if s.student in without),
        "unknown": ((k, "") for k, s in students if s.student in unknown),
    }
    return {name: _people(people, found) for name, found in lists.items()}


def _late_words(student: Student) -> str:
    hours = student.late.total_seconds() / 3600
    by = f"{hours / 24:.1f} days" if hours >= 48 else f"{math.ceil(hours)} h"
    penalty = f", {number(student.penalty)} points off" if student.penalty else ""
    return f"{by} late{penalty}"


def _rows(results: ClassResults, people: list[str], told: _Told) -> dict[str, Any]:
    """Return the table of students as report.js reads it."""
    form = "%Y-%m-%d" if results.hidden else "%Y-%m-%d %H:%M"
    values = shares(results)
    rows: list[list[Any]] = []
    for student, name, share in zip(results.students, people, values, strict=True):
        row: list[Any] = [
            name,
            student.handed_in.strftime(form) if student.handed_in else "",
            hours_late(student),
            student.state,
            None if student.score is None else round(student.score, 2),
            None if math.isnan(share) else round(100 * float(share)),
        ]
        for place, result in enumerate(student.results):
            row.append(None if result.score is None else round(result.score, 2))
            row.append(told.number(place, result.verdict, result.message))
        row += [None, 0] * (len(results.exercises) - len(student.results))
        rows.append(row)
    return {
        "exercises": [exercise.name for exercise in results.exercises],
        "told": told.entries,
        "persons": [
            k for k, s in enumerate(results.students) if s.problem or s.state == NOT_GRADED
        ],
        "unprotected": {
            kind: [k for k, s in enumerate(results.students) if s.student in students]
            for kind, students in (
                ("none", set(results.unprotected.without)),
                ("unknown", set(results.unprotected.unknown)),
            )
        },
        "rows": rows,
    }


def _embedded(data: Any) -> str:
    """Write JSON that can stand in a script element: nothing in it ends the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@lru_cache(maxsize=1)
def _inline() -> tuple[str, str, str]:
    """Return the style sheet, the script, and the policy that allows these two and nothing else."""
    style = with_common(_FOLDER / "report.css")
    script = (_FOLDER / "report.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return style, script, policy
