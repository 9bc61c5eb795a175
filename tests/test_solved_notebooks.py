"""Every lesson, solved, runs from top to bottom without error or warning, and twice alike."""

import re
from pathlib import Path

import nbformat
import pytest

from grader.build.build import solve_lesson
from grader.course.course import Course

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
LESSONS = Course(ROOT).lesson_names
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def run(lesson, tmp_path_factory):
    """Run a solved notebook outside of the checkout."""
    folder = tmp_path_factory.mktemp("solved")
    for name in ("source", "solutions"):
        (folder / name).symlink_to(ROOT / name)
    return nbformat.read(solve_lesson(Course(folder), lesson), as_version=4)


@pytest.fixture(scope="module", params=LESSONS)
def solved(request, tmp_path_factory):
    return run(request.param, tmp_path_factory)


def shown(cell):
    """Return what a cell shows; how printed text was cut into messages is a matter of timing."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream" and parts and parts[-1][0] == output.name:
            parts[-1] = (output.name, parts[-1][1] + output.text)
        else:
            shows = output.get("text", output.get("data"))
            if isinstance(shows, dict):  # a widget's model has another name in each run
                shows = {kind: data for kind, data in shows.items() if kind != WIDGET_VIEW}
            parts.append((output.get("name"), shows))
    return parts


def outputs(notebook):
    return [
        (cell, output)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]


def test_nothing_raises_and_nothing_warns(solved):
    for cell, output in outputs(solved):
        assert output.output_type != "error", cell.source
        assert output.get("name") != "stderr", (cell.source, output.text)


def test_every_check_says_right(solved):
    checks = [c for c in solved.cells if c.source.startswith("check(")]
    assert checks
    for cell in checks:
        assert cell.outputs[0].data["text/plain"].startswith("✓ Right"), cell.source


def test_no_figure_is_without_a_text_for_those_who_do_not_see_it(solved):
    for cell, output in outputs(solved):
        data = output.get("data", {})
        if "image/png" in data:
            assert "<img alt=" in data.get("text/html", ""), cell.source
        for alt in re.findall(r'<img alt="([^"]*)"', data.get("text/html", "")):
            assert len(alt) > 30, cell.source


def test_every_code_cell_ran_in_order(solved):
    counts = [c.execution_count for c in solved.cells if c.cell_type == "code" and c.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


def test_a_second_run_gives_the_same(solved, tmp_path_factory):
    """The same seeds give the same numbers and pictures; only what a cell measures may differ."""
    again = run(solved.metadata["twoapples"]["lesson"], tmp_path_factory)
    for first, second in zip(solved.cells, again.cells, strict=True):
        if first.cell_type == "code" and "perf_counter" not in first.source:
            assert shown(first) == shown(second), first.source
