"""How long the feedback pages of a large class take, with one process, two, and nbgrader's way.

Run from the repository's root: ``python benchmarks/feedback_pages.py [--pages 500]``. The sample
class of lesson 02 is built and graded in a temporary folder (or taken from ``--graded FOLDER``, as
`grader demo` leaves it), its graded submissions are copied under new names until there are enough,
in the gradebook as well, and all pages are written. The target is 500 pages in a minute on two
cores.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from grader.course import Course  # noqa: E402
from grader.feedback.writing import write_feedback  # noqa: E402

LESSON = "02-softmax-cross-entropy"
TARGET = 60.0  # seconds for 500 pages


def graded_sample_class(folder: Path) -> Course:
    """Build and grade the sample class in a folder."""
    from grader.demo import prepare
    from grader.grading import grade_lesson

    course, _ = prepare(Course(ROOT), folder)
    grade_lesson(course, LESSON, feedback=False)
    return course


def multiply(course: Course, count: int) -> list[str]:
    """Copy graded submissions under new names; return `count` students."""
    engine = sa.create_engine(course.database)
    metadata = sa.MetaData()
    metadata.reflect(engine)
    tables = metadata.tables
    submissions = tables["submitted_assignment"]
    notebooks = tables["submitted_notebook"]
    with engine.begin() as book:
        of_lesson = sa.select(tables["assignment"].c.id).where(
            tables["assignment"].c.name == LESSON
        )
        rows = book.execute(
            sa.select(submissions).where(submissions.c.assignment_id == of_lesson.scalar_subquery())
        )
        originals = sorted((dict(row._mapping) for row in rows), key=lambda row: row["student_id"])
        students = [str(row["student_id"]) for row in originals][:count]
        new: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("student", submissions.name, notebooks.name, "grade", "comment")
        }
        parts = [_parts(book, tables, row["id"]) for row in originals]
        for number in range(len(students), count):
            original = originals[number % len(originals)]
            notebook, grades, comments = parts[number % len(originals)]
            student, submission, copy = f"student-{number:05}", uuid.uuid4().hex, uuid.uuid4().hex
            students.append(student)
            new["student"].append({"id": student})
            new[submissions.name].append({**original, "id": submission, "student_id": student})
            new[notebooks.name].append({**notebook, "id": copy, "assignment_id": submission})
            for name, cells in (("grade", grades), ("comment", comments)):
                new[name] += [{**row, "id": uuid.uuid4().hex, "notebook_id": copy} for row in cells]
            graded = course.root / "autograded"
            shutil.copytree(
                graded / str(original["student_id"]) / LESSON, graded / student / LESSON
            )
        for name, values in new.items():
            if values:
                book.execute(tables[name].insert(), values)
    engine.dispose()
    return students


def _parts(book: Any, tables: Any, submission: str) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """Return the rows that belong to a submission."""
    notebooks = tables["submitted_notebook"]
    found = book.execute(sa.select(notebooks).where(notebooks.c.assignment_id == submission))
    notebook = dict(found.one()._mapping)
    rows = []
    for name in ("grade", "comment"):
        table = tables[name]
        found = book.execute(sa.select(table).where(table.c.notebook_id == notebook["id"]))
        rows.append([dict(row._mapping) for row in found])
    return notebook, rows[0], rows[1]


def nbgraders_way(course: Course, students: list[str]) -> None:
    """Write a few pages with nbgrader's converter, page by page."""
    from nbgrader.converters import GenerateFeedback

    from grader.nbgrader_course import convert_one, load_config, run_converter

    config = load_config(course.root)
    config.GenerateFeedback.exporter_class = "nbconvert.exporters.HTMLExporter"
    config.GenerateFeedback.post_convert_hook = None
    notebook = LESSON.partition("-")[2]
    for student in students:
        converter = convert_one(GenerateFeedback, course, config, student, LESSON, notebook)
        run_converter(converter, f"writing the page of {student}")


def timed(what: str, pages: int, work: Callable[[], object]) -> float:
    """Do the work, and print a line about it; return the seconds for 500 pages."""
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    per_page = seconds / pages
    print(f"{what:<34} {pages:>6} {seconds:>8.2f} s {1000 * per_page:>8.1f} ms", flush=True)
    return 500 * per_page


def main() -> int:
    """Print a line for each way; exit with 1 if two processes miss the target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--graded", type=Path, help="a course folder that is graded already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "course"
        if options.graded:
            shutil.copytree(options.graded, folder)
        course = Course(folder) if options.graded else graded_sample_class(folder)
        students = multiply(course, options.pages)
        print(f"{'pages of lesson 02':<34} {'pages':>6} {'time':>10} {'a page':>11}")
        timed(
            "the first, imports included", 1, lambda: write_feedback(course, LESSON, students[:1])
        )
        in_two = 0.0
        for workers, name in ((1, "one process"), (2, "two processes")):
            shutil.rmtree(folder / "feedback", ignore_errors=True)
            problems: dict[str, str] = {}

            def write(workers: int = workers, problems: dict[str, str] = problems) -> None:
                problems.update(write_feedback(course, LESSON, students, workers))

            in_two = timed(name, len(students), write)
            written = len(list(folder.glob("feedback/*/*/*.html")))
            if problems or written != len(students):
                print(f"{written} of {len(students)} written: {problems}")
                return 1
        sizes = [path.stat().st_size for path in folder.glob("feedback/*/*/*.html")]
        shutil.rmtree(folder / "feedback")
        few = list(itertools.islice(students, 10))
        timed("nbgrader's own page, in one process", len(few), lambda: nbgraders_way(course, few))
        theirs = [path.stat().st_size for path in folder.glob("feedback/*/*/*.html")]
        print(
            f"largest page {max(sizes) / 1000:.0f} kB, nbgrader's {max(theirs) / 1000:.0f} kB; "
            f"target {TARGET:.0f} s for 500 in two processes, took {in_two:.1f} s"
        )
    return int(in_two > TARGET)


if __name__ == "__main__":
    raise SystemExit(main())
