"""What the similarity check reads, and its pairs as they stand on the page."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from grader.feedback.safety import printable, printable_code
from grader.notebook.cells import digest, grade_id, marks, ours, source
from grader.notebook.graded import GradedNotebook
from grader.report.similarity import Comparison, Pair, Piece, Side, Work, compare

if TYPE_CHECKING:
    from grader.course.course import Course
    from grader.course.lesson import Lesson

# Pairs shown with both codes; more are listed by name only.
MOST_SHOWN, MOST_LISTED = 30, 500
_MOST_CHARACTERS = 8_000


@dataclass(frozen=True)
class Likeness:
    """A comparison of a class, with what was compared by student."""

    comparison: Comparison
    works: dict[str, Work]


def compare_class(course: Course, name: str) -> Likeness:
    """Compare the graded notebooks of a lesson.

    The lesson's text, its stubs and the references of earlier lessons are given code; its own
    references and known misconceptions are expected answers.
    """
    lesson = course.lesson(name)
    given = _given(course, lesson)
    works = []
    for student, path in course.graded_notebooks(lesson.name).items():
        pieces = _pieces(path, set(given))
        if pieces:
            works.append(Work(student, pieces))
    comparison = compare(works, given, _expected(lesson))
    return Likeness(comparison, {work.student: work for work in works})


def _pieces(path: Path, given: set[str]) -> tuple[Piece, ...]:
    """Return what a learner wrote: answers to exercises, and cells that were added or changed."""
    notebook = GradedNotebook.read(path)
    return tuple(
        Piece(grade_id(cell), source(cell))
        for cell in (notebook.data.get("cells", []) if notebook else ())
        if cell.get("cell_type") == "code"
        and (not marks(cell) or marks(cell).get("solution"))
        and source(cell) not in given
    )


def _given(course: Course, lesson: Lesson) -> list[str]:
    modules = [course.solutions / f"{module}.py" for module in lesson.earlier]
    return [*_released(course, lesson), *(path.read_text(encoding="utf-8") for path in modules)]


def _released(course: Course, lesson: Lesson) -> list[str]:
    """Return the code cells as learners get them, from the built notebook if it is untouched."""
    from grader.build.notebooks import stub_notebook

    built = GradedNotebook.read(course.notebooks / lesson.name / f"{lesson.notebook}.ipynb")
    notebook: Mapping[str, Any]
    if built is not None and ours(built.data).get("digest") == digest(built.data):
        notebook = built.data
    else:
        notebook = stub_notebook(lesson)
    return [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _expected(lesson: Lesson) -> list[str]:
    found = []
    for item in lesson.codings:
        found.append(item.reference.instructor_source())
        for misconception in item.exercise.misconceptions:
            try:
                found.append(inspect.getsource(misconception.subject))
            except (OSError, TypeError):  # made by a program, so it has no text
                continue
    return found


@dataclass(frozen=True)
class Row:
    """Two cells side by side; either may be missing."""

    title: str
    codes: tuple[Markup | None, Markup | None]


@dataclass(frozen=True)
class PairView:
    """A pair as it stands on the page: both shares in per cent, and the cells with shared parts."""

    students: tuple[str, str]
    words: int
    percent: tuple[int, int]
    rows: tuple[Row, ...]


def view_pairs(likeness: Likeness) -> list[PairView]:
    """Make the pairs ready for the page, the first ones with code."""
    return [
        _view(pair, likeness.works if number < MOST_SHOWN else {})
        for number, pair in enumerate(likeness.comparison.pairs[:MOST_LISTED])
    ]


def _view(pair: Pair, works: dict[str, Work]) -> PairView:
    first, second = (_marked(side, works.get(side.student)) for side in (pair.first, pair.second))
    rows = [
        Row(printable(title) or "a cell of their own", (first.get(title), second.get(title)))
        for title in dict.fromkeys([*first, *second])
    ]
    return PairView(
        (pair.first.student, pair.second.student),
        pair.words,
        (round(100 * pair.first.share), round(100 * pair.second.share)),
        tuple(rows),
    )


def _marked(side: Side, work: Work | None) -> dict[str, Markup]:
    """Return the cells of a side that hold something shared, by title."""
    codes: dict[str, list[Markup]] = {}
    for piece, spans in zip(work.pieces if work else (), side.spans, strict=False):
        if spans:
            codes.setdefault(piece.name, []).append(marked_code(piece.code, spans))
    return {title: Markup("\n\n").join(found) for title, found in codes.items()}


def marked_code(code: str, spans: tuple[tuple[int, int], ...]) -> Markup:
    """Escape code, with the spans in ``<mark>``; a long code is cut, and says so."""
    parts, at = [], 0
    for start, end in spans:
        start, end = min(start, _MOST_CHARACTERS), min(end, _MOST_CHARACTERS)
        parts.append(escape(printable_code(code[at:start])))
        if start < end:
            parts.append(Markup("<mark>{}</mark>").format(printable_code(code[start:end])))
        at = end
    parts.append(escape(printable_code(code[at:_MOST_CHARACTERS])))
    if len(code) > _MOST_CHARACTERS:
        parts.append(escape(f"\n({len(code) - _MOST_CHARACTERS} more characters)"))
    return Markup("").join(parts)
