"""The coverage page tells the truth, and no lesson lacks a part that every lesson has."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import pytest
from lesson_numbers import one_line

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coverage.md"

# The names that submissions, graders and translations rely on. Those of WRITTEN have no check.
EXERCISES = {
    "01": ["perceptron", "AND", "NAND", "OR", "XOR", "perceptron_loss", "delta_rule"],
    "02": ["softmax", "cross_entropy", "softmax_cross_entropy_gradient"],
    "03": [
        *["MulNode", "AddNode", "MaxNode", "BranchNode", "apple_bill", "fruit_bill"],
        *["numerical_derivative", "triple_derivative", "jacobian"],
    ],
    "04": ["RepeatNode", "SumNode", "MatMulNode", "numerical_gradient", "relative_error"],
    "05": [
        *["sigmoid", "ReLU", "Sigmoid", "Tanh", "Affine", "SoftmaxWithLoss"],
        *["repaired_relu", "repaired_affine"],
    ],
    "06": ["NN_1layer"],
    "07": ["relu", "drelu", "NN_2layer"],
    "08": ["SGD", "Momentum", "minibatches", "TwoLayerNet", "train"],
    "09": ["topological_order", "Value", "Multiply", "BatchNorm1d"],
    "10": ["confidence", "reject", "calibration_error"],
}
WRITTEN = {"02": ["p_minus_t"], "10": ["sure_and_wrong"]}
LESSONS = list(EXERCISES)

# How many rows each table has at least: what has been mapped once stays mapped.
LEAST_ROWS = {
    "Document 1": 39,
    "Document 2": 19,
    "Document 3": 18,
    "Document 4": 75,
    "Document 5": 17,
    "Mistakes in the documents, and where they teach": 39,
    "The course's own plan: exercises": 50,
    "The course's own plan: also taught": 66,
}

_HEADING = re.compile(r"^(#{1,6}) (.+?)(?: \([^()]*about \d+ minutes\))?$")
_HEADER = "| what | lesson | heading | exercise | words or numbers there |"
_WORDS = re.compile(r"`(.+?)`(?:; |$)")

lesson = pytest.mark.parametrize("lesson", LESSONS)


@dataclass
class Section:
    """A heading of a notebook, and what stands under it, smaller headings included.

    Attributes
    ----------
    path : tuple of str
        The headings that it stands under, without the lesson's title, and its own as the last.
    level : int
        How many ``#`` its heading has.
    text : str
        The source of all cells under it, its own heading left out.
    exercises : set of str
        The grade ids of the cells under it.
    """

    path: tuple
    level: int
    text: str
    exercises: set


@cache
def notebook(number):
    (path,) = (ROOT / "notebooks").glob(f"{number}-*/*.ipynb")
    return nbformat.read(path, as_version=4)


@cache
def sections(number):
    """Return all sections of a lesson's notebook, in order."""
    found, open_ones = [], []
    for cell in notebook(number).cells:
        for line in cell.source.splitlines():
            heading = _HEADING.match(line) if cell.cell_type == "markdown" else None
            if heading:
                level, title = len(heading[1]), heading[2]
                open_ones = [section for section in open_ones if section.level < level]
                path = tuple(section.path[-1] for section in open_ones if section.level > 1)
                section = Section((*path, title), level, "", set())
                found.append(section)
                open_ones.append(section)
            else:
                for section in open_ones:
                    section.text += line + "\n"
        for section in open_ones:
            section.exercises.add(cell.metadata.get("nbgrader", {}).get("grade_id"))
    return found


def rows():
    """Return (group, line number, what, lesson, heading, exercise, words) of every table row."""
    result, group, in_table = [], None, False
    for number, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("## "):
            group, in_table = line[3:], False
        elif line == _HEADER:
            in_table = True
        elif not line:
            in_table = False
        elif in_table and not line.startswith("|---"):
            assert re.fullmatch(r"\| .+ \|", line), f"line {number} is no row of a table"
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 5, f"line {number} has {len(cells)} columns"
            *cells, words = cells
            result.append((group, number, *cells, _WORDS.findall(words)))
            assert "; ".join(f"`{word}`" for word in result[-1][-1]) == words, f"line {number}"
    return result


ROWS = rows()


def row_id(row):
    return f"line {row[1]}"


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_what_a_row_names_stands_in_the_notebook(row):
    _, _, what, number, place, exercise, words = row
    path = tuple(place.split(" > "))
    fitting = [s for s in sections(number) if s.path[-len(path) :] == path]
    assert len(fitting) == 1, (
        f"{what}: {len(fitting)} headings “{place}” in lesson {number}: "
        f"{[' > '.join(s.path) for s in sections(number)]}"
    )
    (section,) = fitting
    assert exercise or words, f"{what}: a heading alone proves nothing"
    if exercise:
        assert exercise in section.exercises
    text = one_line(section.text)
    assert [word for word in words if one_line(word) not in text] == []


def test_no_row_has_been_lost():
    # The five documents go by their number, the other tables by their title.
    counts = Counter(re.sub(r"^(Document \d):.*", r"\1", group) for group, *_ in ROWS)
    assert counts.keys() == LEAST_ROWS.keys()
    assert [group for group in counts if counts[group] < LEAST_ROWS[group]] == []


def test_the_page_names_every_exercise_of_the_plan_once():
    (plan,) = {row[0] for row in ROWS if row[0].endswith("plan: exercises")}
    named = [(row[3], row[5]) for row in ROWS if row[0] == plan]
    expected = [(n, name) for part in (EXERCISES, WRITTEN) for n in part for name in part[n]]
    assert sorted(named) == sorted(expected)


@lesson
def test_every_exercise_has_a_cell_to_write_in_and_a_check(lesson):
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in notebook(lesson).cells}
    for name in EXERCISES[lesson]:
        assert cells[name].cell_type == "code" and cells[name].metadata.nbgrader.solution
        assert cells[f"check-{name}"].source == f'check("{name}")'
        assert cells[f"check-{name}"].metadata.nbgrader.points > 0
    for name in WRITTEN.get(lesson, []):
        assert cells[name].cell_type == "markdown" and cells[name].metadata.nbgrader.points > 0
    checks = {name[6:] for name in cells if name and name.startswith("check-")}
    assert checks == set(EXERCISES[lesson])


@lesson
def test_every_lesson_has_the_same_frame(lesson):
    prose = "\n\n".join(c.source for c in notebook(lesson).cells if c.cell_type == "markdown")
    assert re.match(rf"# {lesson} · \S", prose)
    for part in ("Goal", "What you need before", "What comes next"):
        assert re.search(rf"^\*\*{part}\.\*\* \S", prose, re.MULTILINE), part
    minutes = re.findall(r"^\| \d+ [^|]+\|[^|]+\| (\d+) \|$", prose, re.MULTILINE)
    assert minutes and 40 <= sum(map(int, minutes)) <= 90
    titles = [section.path[-1] for section in sections(lesson)]
    assert titles[-1] == "Summary"
    assert sum(title[0].isdigit() for title in titles[1:]) >= len(minutes)
    if lesson == LESSONS[-1]:
        assert "the last lesson" in prose.rsplit("**What comes next.**", 1)[1]


def test_no_lesson_is_missing_here():
    assert [path.name[:2] for path in sorted((ROOT / "source").glob("[0-9]*-*"))] == LESSONS
