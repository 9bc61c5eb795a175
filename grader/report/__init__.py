"""`grader report`: the class at a glance, as a page, as CSV and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.course.course import Course
    from grader.report.data import ClassResults


@dataclass(frozen=True)
class Written:
    """The files of a report, and what it is about in a sentence or two."""

    page: Path
    csv: Path
    json: Path
    sentence: str


def write_report(
    course: Course,
    name: str,
    *,
    out: Path | None = None,
    csv: Path | None = None,
    json: Path | None = None,
    hide_names: bool = False,
    similarity: bool = True,
) -> Written:
    """Write the report of a lesson.

    Parameters
    ----------
    out : Path, optional
        The page; by default ``reports/LESSON.html``, with names hidden
        ``reports/LESSON-names-hidden.html``.
    csv, json : Path, optional
        The data; by default beside the page.
    hide_names : bool
        Put pseudonyms in the place of names, in all three files. Similar submissions are left out.
    similarity : bool
        Compare the submissions.

    Raises
    ------
    GraderError
        If there is nothing to report, or a file cannot be written.
    """
    # Grading needs none of this.
    from grader.errors import GraderError
    from grader.report import data
    from grader.report.likeness import compare_class
    from grader.report.names import pseudonyms, read_key
    from grader.report.page import render
    from grader.report.tables import class_json, students_csv
    from grader.tools.csv import write_text

    results = data.read_class(course, name)
    likeness = None
    if hide_names:
        key = read_key(course.grading)
        names = pseudonyms((student.student for student in results.students), key)
        results = data.hide_names(results, names)
    elif similarity:
        likeness = compare_class(course, name)
    ending = "-names-hidden" if hide_names else ""
    page = out or course.reports / f"{results.lesson}{ending}.html"
    written = Written(
        page,
        csv or page.with_suffix(".csv"),
        json or page.with_suffix(".json"),
        _sentence(results, 0 if likeness is None else len(likeness.comparison.pairs)),
    )
    files = (written.page, written.csv, written.json)
    if len({file.resolve() for file in files}) < len(files):
        raise GraderError("The page, the CSV and the JSON need three different files.")
    texts = (
        render(results, likeness, (written.csv.name, written.json.name)),
        students_csv(results),
        class_json(results, likeness),
    )
    for file, text in zip(files, texts, strict=True):
        write_text(file, text)
    return written


def _sentence(results: ClassResults, pairs: int) -> str:
    graded = sum(student.state == "graded" for student in results.students)
    text = f"{results.lesson}: {graded} of {len(results.students)} students have been graded"
    text += f"; pairs of submissions to read side by side: {pairs}" if pairs else ""
    return "\n".join([text, *results.unprotected.sentences()])
