"""From a lesson to its nbgrader source notebook."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from grader.course.references import BEGIN, END
from grader.notebook.cells import METADATA, check_id, grade_id, set_marks, set_ours

if TYPE_CHECKING:
    from grader.course.lesson import Coding, Lesson, Writing

# nbgrader's own marks; a Markdown cell with them is cut when the lesson is released.
_BEGIN_MARKS, _END_MARKS = "=== BEGIN MARK SCHEME ===", "=== END MARK SCHEME ==="
_MARKS = (BEGIN, END, _BEGIN_MARKS, _END_MARKS)

# The end of every lesson with exercises to code.
_PROGRESS_TEXT = (
    "---\n\n**How far are you?** The next cell counts the exercises that were right at their "
    "latest check, in this lesson and in the others beside it."
)
_PROGRESS_CODE = "from twoapples import progress\n\nprogress()"


def instructor_notebook(lesson: Lesson) -> NotebookNode:
    """Build the notebook with the solutions in it, as `nbgrader generate_assignment` takes it."""
    from grader.course.lesson import Coding, Writing  # reads texts, which takes long to import

    cells: list[NotebookNode] = []
    setups = 0
    for item in lesson.items:
        if isinstance(item, Coding):
            cells += _coding_cells(item)
        elif isinstance(item, Writing):
            cells += _writing_cells(item)
        elif item.cell_type == "code":
            tags = [tag for tag in item.metadata.get("tags", []) if tag != "locked"]
            cell = new_code_cell(item.source, metadata={"tags": tags} if tags else {})
            if "locked" in item.metadata.get("tags", []):
                setups += 1
                name = "setup" if setups == 1 else f"setup-{setups}"
                set_marks(cell, **_marks(name, locked=True))
            cells.append(cell)
        else:
            cells.append(new_markdown_cell(item.source))
    if lesson.codings:
        cells += [new_markdown_cell(_PROGRESS_TEXT), new_code_cell(_PROGRESS_CODE)]
    _give_ids(cells)
    notebook: NotebookNode = new_notebook(cells=cells, metadata=METADATA)
    set_ours(notebook, lesson=lesson.name, title=lesson.title)
    return notebook


def solved_notebook(lesson: Lesson) -> NotebookNode:
    """Build the notebook as a learner with the reference's answers would have it."""
    notebook = instructor_notebook(lesson)
    for cell in notebook.cells:
        lines = cell.source.split("\n")
        cell.source = "\n".join(line for line in lines if line.strip() not in _MARKS)
    return notebook


def stub_notebook(lesson: Lesson) -> NotebookNode:
    """Build the notebook as learners get it, without solutions, by nbgrader's own steps."""
    from nbgrader.preprocessors import ClearMarkScheme, ClearSolutions

    from grader.build.release import StartFromGivenCode
    from grader.nbgrader_api.settings import configure

    config = Config()
    configure(config)
    notebook = instructor_notebook(lesson)
    for step in (ClearSolutions, StartFromGivenCode, ClearMarkScheme):
        notebook, _ = step(config=config).preprocess(notebook, {})
    return notebook


def _coding_cells(item: Coding) -> list[NotebookNode]:
    name = item.exercise.name
    solution = new_code_cell(item.reference.instructor_source())
    set_marks(solution, **_marks(name, solution=True))
    if item.exercise.starts_from:
        set_ours(solution, starts_from=item.exercise.starts_from)
    check = new_code_cell(f'check("{name}")')
    points = _points(item.exercise.points)
    set_marks(check, **_marks(check_id(name), grade=True, locked=True, points=points))
    return [solution, check]


def _writing_cells(item: Writing) -> list[NotebookNode]:
    """Build a task cell, whose marking scheme only the grader sees, and a cell for the answer."""
    marks = item.answer_path.read_text(encoding="utf-8").strip()
    task = new_markdown_cell(f"{item.question}\n\n{_BEGIN_MARKS}\n\n{marks}\n\n{_END_MARKS}")
    name = item.exercise.name
    points = _points(item.exercise.points)
    set_marks(task, **_marks(name, locked=True, points=points, task=True))
    answer = new_markdown_cell("*Your answer here (double-click to write).*")
    set_ours(answer, answers=name)
    return [task, answer]


def _marks(name: str, **options: Any) -> dict[str, Any]:
    defaults = {"grade": False, "locked": False, "solution": False, "task": False}
    return {**defaults, **options, "grade_id": name, "schema_version": 3}


def _points(points: float) -> float:
    return int(points) if points == int(points) else points


def _give_ids(cells: list[NotebookNode]) -> None:
    """Give each cell an id that depends on its content only, so that builds are reproducible."""
    seen: Counter[str] = Counter()
    for cell in cells:
        if name := grade_id(cell):
            base = re.sub(r"[^a-zA-Z0-9_-]", "-", name)[:56]
        else:
            content = f"{cell.cell_type}\n{cell.source}"
            base = hashlib.sha256(content.encode("utf-8")).hexdigest()[:12]
        seen[base] += 1
        cell["id"] = base if seen[base] == 1 else f"{base}-{seen[base]}"
