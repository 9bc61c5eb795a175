"""How far a learner has come: `check` notes it beside the notebook, `progress()` sums it up."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twoapples.box import show
from twoapples.checking import traces
from twoapples.checking.report import Report

FILE_NAME = ".twoapples-progress.json"


@dataclass(frozen=True)
class LessonProgress:
    """What is done of one lesson.

    `passed` and `left` are the names of the exercises that were right at their latest check, and of
    all others; `points` those of the exercises that are right, `of` all that `check` can judge.
    """

    lesson: str
    passed: tuple[str, ...]
    left: tuple[str, ...]
    points: float
    of: float


def note(report: Report, folder: Path) -> None:
    """Note the outcome of a check in the lesson's folder.

    A folder that cannot be written to is no reason to fail a check, so nothing is said then.
    """
    path = folder / FILE_NAME
    known = _read(path)
    known[report.exercise] = {
        "right": report.right,
        "cases": [sum(report.held), len(report.held)],
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    except OSError:
        return


def read_progress(folder: Path) -> list[LessonProgress]:
    """Read what was noted for the lesson in `folder` and for the lessons beside it."""
    folder = folder.resolve()
    here = [folder / traces.FILE_NAME]
    paths = here if not folder.parent.is_dir() else sorted(folder.parent.glob(f"*/{here[0].name}"))
    found = []
    for path in paths or here:
        try:
            exercises = traces.read(path)
        except traces.TraceFileError:
            continue
        noted = _read(path.parent / FILE_NAME)
        right = {n for n in exercises if isinstance(noted.get(n), dict) and noted[n].get("right")}
        found.append(
            LessonProgress(
                path.parent.name,
                tuple(name for name in exercises if name in right),
                tuple(name for name in exercises if name not in right),
                sum(exercises[name].points for name in right),
                sum(trace.points for trace in exercises.values()),
            )
        )
    return found


def progress(folder: str | Path = ".") -> None:
    """Show for every lesson which exercises are right, and how many points that makes.

    What counts is the latest `check` of each exercise on this computer. Written answers are not in
    it: a person grades them.

    Parameters
    ----------
    folder : path, optional
        A lesson's folder; by default the one that the notebook runs in.
    """
    lessons = read_progress(Path(folder))
    show({"text/html": _as_html(lessons), "text/plain": _as_text(lessons)})


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _totals(lessons: list[LessonProgress]) -> str:
    passed = sum(len(lesson.passed) for lesson in lessons)
    count = passed + sum(len(lesson.left) for lesson in lessons)
    points, of = sum(item.points for item in lessons), sum(item.of for item in lessons)
    return f"{passed} of {count} exercises are right, {points:g} of {of:g} points."


def _as_text(lessons: list[LessonProgress]) -> str:
    if not lessons:
        return "There are no lessons here."
    width = max(len(lesson.lesson) for lesson in lessons)
    lines = [_totals(lessons)]
    for item in lessons:
        rest = f"  next: {item.left[0]}" if item.left else "  done"
        lines.append(f"  {item.lesson:<{width}}  {_count(item):>8}  {_points(item)}{rest}")
    return "\n".join(lines)


def _as_html(lessons: list[LessonProgress]) -> str:
    if not lessons:
        return "<div>There are no lessons here.</div>"
    rows = "".join(
        f'<tr><th scope="row" style="text-align: left">{html.escape(item.lesson)}</th>'
        f"<td>{_count(item)}</td><td>{_points(item)}</td>"
        f'<td style="text-align: left">{_next(item)}</td></tr>'
        for item in lessons
    )
    return (
        f"<div><strong>{_totals(lessons)}</strong></div><table><thead><tr>"
        '<th scope="col" style="text-align: left">lesson</th><th scope="col">exercises</th>'
        '<th scope="col">points</th><th scope="col" style="text-align: left">next</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def _count(item: LessonProgress) -> str:
    return f"{len(item.passed)} of {len(item.passed) + len(item.left)}"


def _points(item: LessonProgress) -> str:
    return f"{item.points:g} / {item.of:g}"


def _next(item: LessonProgress) -> str:
    return f"<code>{html.escape(item.left[0])}</code>" if item.left else "✓ done"
