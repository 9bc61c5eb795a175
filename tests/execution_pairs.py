"""Helpers to run the same notebook in a Jupyter kernel and in a forked process, and to compare."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from unittest import mock

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from grader.build.hidden_cases import make_plan
from grader.build.notebooks import solved_notebook
from grader.course.course import Course
from grader.execution import Execution, Limits, can_fork, picture_cache
from grader.execution.forked import ForkedExecutor
from grader.execution.jupyter import KernelExecutor
from grader.judging.repair import repair

ROOT = Path(__file__).parents[1]
LESSONS = Course(ROOT).lesson_names
# For whatever has to come to its end: how busy the machine is decides nothing.
PATIENT = Limits(cell_seconds=200, total_seconds=900)

# Different in every process, whoever runs it.
_CHANGING = [
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(rf"(~|{re.escape(str(Path.home()))})(?=/)"), "~"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0x…"),
    (re.compile(r"[\w/.-]*/ipykernel_\d+/"), "…/ipykernel_…/"),
    (re.compile(r"[\w/.-]*/submission(-\w+)?/work"), "scratch"),
]
_NOT_KEPT = {"application/vnd.jupyter.widget-view+json", "application/javascript"}


def patient_drawing() -> mock._patch[float]:
    """Give a plot that is drawn for a class as much time as it takes."""
    return mock.patch.object(picture_cache, "DRAW_SECONDS", PATIENT.cell_seconds)


def notebook(*sources: str) -> NotebookNode:
    """Make a notebook of code cells."""
    cells = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    return new_notebook(cells=cells)


def in_kernel(given: NotebookNode, questions=None, supplements=None, limits=None) -> Execution:
    """Run a copy of a notebook in a kernel."""
    executor = KernelExecutor(limits or PATIENT)
    # ipykernel does not capture what programs print where it believes to be tested itself.
    testing = os.environ.pop("PYTEST_CURRENT_TEST", None)
    try:
        return executor.execute(copy.deepcopy(given), questions or {}, supplements or {})
    finally:
        if testing is not None:
            os.environ["PYTEST_CURRENT_TEST"] = testing


def forked(executor: ForkedExecutor, given: NotebookNode, questions=None, supplements=None):
    """Run a copy of a notebook in a forked process."""
    return executor.execute(copy.deepcopy(given), questions or {}, supplements or {})


def shown(cell: NotebookNode) -> list:
    """Return what a cell shows, without what differs in every process.

    How printed text was cut into messages is a matter of timing.
    """
    parts: list = []
    for output in cell.get("outputs", []):
        kind = output.output_type
        if kind == "stream":
            text = _same(output.text)
            if parts and parts[-1][:2] == ["stream", output.name]:
                parts[-1][2] += text
            else:
                parts.append(["stream", output.name, text])
        elif kind == "error":
            parts.append([kind, output.ename, _same(output.evalue), _same(output.traceback)])
        else:
            data = {k: _same(v) for k, v in output.data.items() if k not in _NOT_KEPT}
            parts.append([kind, data, dict(output.metadata), output.get("execution_count")])
    return parts


def _same(value):
    if isinstance(value, list):
        return [_same(item) for item in value]
    if isinstance(value, str) and len(value) < 100_000:
        for pattern, replacement in _CHANGING:
            value = pattern.sub(replacement, value)
    return value


def _texts(cell: NotebookNode) -> list:
    """Return what a cell shows where a figure is its text alone."""
    parts = shown(cell)
    for part in parts:
        if part[0] == "display_data" and "image/png" in part[1]:
            part[1] = {"text/plain": part[1]["text/plain"]}
    return parts


def counts(executed: NotebookNode) -> list:
    """Return the execution counts of the code cells."""
    return [c.execution_count for c in executed.cells if c.cell_type == "code"]


def compare_lesson(
    lesson: str, folder: Path, executor: ForkedExecutor, without_figures: ForkedExecutor
) -> None:
    """Grade a solved lesson in a kernel and in a forked process: everything must be equal.

    Where figures are not rendered all the rest is. Cells that measure time are left out: they
    print how long something took. Every picture must be one that is drawn once for a class.
    """
    for name in ("source", "solutions"):
        (folder / name).symlink_to(ROOT / name)
    course = Course(folder)
    plan = make_plan(course, lesson)
    given, _ = repair(solved_notebook(course.lesson(lesson)), plan.record)
    questions = {item.name: item.questions for item in plan.exercises}
    expected = in_kernel(given, questions, plan.supplements)
    pictures = executor._pictures
    before = pictures.drawn + pictures.found
    got = forked(executor, given, questions, plan.supplements)
    assert pictures.drawn + pictures.found - before == _pictures(got.notebook)
    assert all(len(reply) > 100 for reply in pictures._replies.values())  # none is a "no"
    assert expected.incidents == got.incidents == []
    assert set(got.answers) == set(questions)
    assert got.answers == expected.answers
    assert counts(got.notebook) == counts(expected.notebook)
    unseen = forked(without_figures, given, questions, plan.supplements)
    assert unseen.answers == expected.answers and unseen.incidents == []
    cells = zip(expected.notebook.cells, got.notebook.cells, unseen.notebook.cells, strict=True)
    for cell, other, plain in cells:
        if "perf_counter" not in cell.source:
            assert shown(other) == shown(cell), cell.source
            assert _texts(plain) == _texts(cell), cell.source
            assert not any("image/png" in o.get("data", {}) for o in plain.get("outputs", []))


@pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only")
class LessonPairs:
    """Solved lessons give the same in a forked process as in a kernel.

    They take long, so three files have a subclass each: then several workers run them.

    Attributes
    ----------
    third : int
        The first lesson of this third, counted from 0; every third one follows.
    """

    third: int

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each lesson of this third."""
        metafunc.parametrize("lesson", LESSONS[self.third :: 3])

    def test_a_forked_process_gives_what_a_kernel_gives(self, lesson, tmp_path, forked_executors):
        compare_lesson(lesson, tmp_path, *forked_executors)


def _pictures(executed: NotebookNode) -> int:
    """Count the pictures in a notebook."""
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def text(cell: NotebookNode) -> str:
    """Return what a cell printed."""
    return "".join(output.get("text", "") for output in cell.outputs)


def result(cell: NotebookNode) -> list[str]:
    """Return the texts of a cell's results."""
    return [o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]


def check_cell(name: str) -> NotebookNode:
    """Make the cell after which an exercise is asked."""
    cell = new_code_cell(f'check("{name}")')
    cell.metadata["nbgrader"] = {"grade_id": f"check-{name}"}
    return cell
