"""A lesson's text: MyST in, a list of plain cells and exercises out."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode

from grader.course.exercises import Exercise, WrittenExercise
from grader.course.references import Reference, prepare_import
from grader.course.sentences import check_sentences, translate
from grader.errors import CourseError
from grader.tools.imports import run_file
from twoapples.checking.traces import Trace

# One line of its own: {exercise}`softmax.softmax`
_EXERCISE = re.compile(r"^\{exercise\}`(?P<target>[^`]+)`\s*$", re.MULTILINE)
# A fenced block: ```{written} name … ```
_WRITTEN = re.compile(
    r"^```\{written\}[ \t]+(?P<name>\w+)[ \t]*\n(?P<question>.*?)\n```[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Coding:
    """The place of an exercise to be coded."""

    exercise: Exercise
    reference: Reference


@dataclass(frozen=True)
class Writing:
    """The place of a question to be answered in prose."""

    exercise: WrittenExercise
    question: str
    answer_path: Path


Item = NotebookNode | Coding | Writing


@dataclass(frozen=True)
class Lesson:
    """A lesson, read.

    Attributes
    ----------
    name : str
        The folder's name, which is nbgrader's assignment: ``02-softmax-cross-entropy``.
    notebook : str
        The notebook's name without suffix: ``softmax-cross-entropy``.
    title : str
        The text's first heading.
    items : list
        Cells, and in their places exercises.
    earlier : list of str
        Modules of `solutions/` that the lesson's code imports; they are handed out with it.
    """

    name: str
    notebook: str
    title: str
    items: list[Item]
    earlier: list[str]

    @property
    def codings(self) -> list[Coding]:
        """The exercises to be coded, in the order of the text."""
        return [item for item in self.items if isinstance(item, Coding)]

    @property
    def writings(self) -> list[Writing]:
        """The exercises to be answered in prose."""
        return [item for item in self.items if isinstance(item, Writing)]

    def references(self) -> dict[str, Any]:
        """Import the references of all exercises; by name."""
        return {item.exercise.name: item.reference.load() for item in self.codings}

    def public_traces(self) -> dict[str, Trace]:
        """Record the public traces of all exercises; by name."""
        references = self.references()
        return {
            item.exercise.name: item.exercise.public_trace(
                references[item.exercise.name], references
            )
            for item in self.codings
        }

    def coding(self, exercise: str) -> Coding:
        """Return the exercise of that name."""
        for item in self.codings:
            if item.exercise.name == exercise:
                return item
        raise CourseError(f"Lesson {self.name} has no exercise {exercise}.")


def read_lesson(root: Path, name: str, notebook: str) -> Lesson:
    """Read a lesson's text and its exercises.

    Parameters
    ----------
    root : Path
        The course folder.
    name : str
        The lesson's folder below `source/`.
    notebook : str
        The name of its text, and of its notebook, without suffix.

    Raises
    ------
    CourseError
        If the text or its exercises are not as they must be; the message names the file.
    """
    folder = root / "source" / name
    path = folder / f"{notebook}.md"
    if not path.is_file():
        raise CourseError(f"Lesson {name} has no text: {path} is missing.")
    text = path.read_text(encoding="utf-8")
    declared = load_exercises(root, folder / "exercises.py")
    try:
        read = jupytext.reads(text, fmt="md:myst")
    except Exception as error:  # jupytext lets parsers' errors of many types through
        raise CourseError(f"{path} is not a MyST notebook: {error}") from error
    cells = read.cells
    if (language := str(read.metadata.get("lang", "en"))) != "en":
        translate(declared, folder / f"sentences.{language}.toml")
    items = _place_exercises(root, path, cells, declared)
    _check_all_placed(path, items, declared)
    title = next(
        (line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("# ")), name
    )
    return Lesson(name, notebook, title, items, _imported_solutions(root, path, cells))


def load_exercises(root: Path, path: Path) -> dict[str, Exercise | WrittenExercise]:
    """Run a lesson's `exercises.py` and return what it declares, by name."""
    if not path.is_file():
        return {}
    prepare_import(root)
    try:
        module = run_file(path, f"_exercises_of_{path.parent.name.replace('-', '_')}")
    except Exception as error:
        raise CourseError(f"{path} does not run: {type(error).__name__}: {error}") from error
    found: dict[str, Exercise | WrittenExercise] = {}
    for value in vars(module).values():
        if isinstance(value, (Exercise, WrittenExercise)):
            if found.get(value.name, value) is not value:
                raise CourseError(f"{path} declares {value.name} twice.")
            found[value.name] = value
    check_sentences(path, found)
    return found


def _place_exercises(
    root: Path,
    path: Path,
    cells: list[NotebookNode],
    declared: dict[str, Exercise | WrittenExercise],
) -> list[Item]:
    items: list[Item] = []
    for cell in cells:
        if cell.cell_type != "markdown":
            items.append(cell)
            continue
        position = 0
        matches = [*_EXERCISE.finditer(cell.source), *_WRITTEN.finditer(cell.source)]
        for match in sorted(matches, key=lambda m: m.start()):
            items += _markdown(cell, cell.source[position : match.start()])
            if match.re is _EXERCISE:
                reference = Reference.parse(match["target"], root, str(path))
                exercise = declared.get(reference.name)
                if not isinstance(exercise, Exercise):
                    raise CourseError(
                        f"{path} names {match['target']}, but exercises.py declares no "
                        f"Exercise({reference.name!r})."
                    )
                items.append(Coding(exercise, reference))
            else:
                written = declared.get(match["name"])
                if not isinstance(written, WrittenExercise):
                    raise CourseError(
                        f"{path} asks {match['name']}, but exercises.py declares no "
                        f"WrittenExercise({match['name']!r})."
                    )
                answer = root / "solutions" / f"{match['name']}.md"
                if not answer.is_file():
                    raise CourseError(f"{answer}, with the model answer and the marks, is missing.")
                items.append(Writing(written, match["question"].strip(), answer))
            position = match.end()
        items += _markdown(cell, cell.source[position:])
    return items


def _markdown(cell: NotebookNode, source: str) -> list[NotebookNode]:
    if not source.strip():
        return []
    part = NotebookNode(cell)
    part.source = source.strip("\n")
    return [part]


def _check_all_placed(
    path: Path, items: list[Item], declared: dict[str, Exercise | WrittenExercise]
) -> None:
    placed = [item.exercise.name for item in items if isinstance(item, (Coding, Writing))]
    for name in placed:
        if placed.count(name) > 1:
            raise CourseError(f"{path} holds the exercise {name} twice.")
    for name in declared:
        if name not in placed:
            raise CourseError(
                f"exercises.py declares {name}, but {path} has no line for it. "
                "Add {exercise}`MODULE." + name + "` where it belongs."
            )


def _imported_solutions(root: Path, path: Path, cells: list[NotebookNode]) -> list[str]:
    """Return the modules of `solutions/` that a lesson's own code imports, and what they import."""
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    found: list[str] = []
    queue = [module for source in code for module in _solutions_in(source)]
    while queue:
        module = queue.pop(0)
        if module in found:
            continue
        file = root / "solutions" / f"{module}.py"
        if not file.is_file():
            raise CourseError(f"{path} imports solutions.{module}, which does not exist.")
        found.append(module)
        queue += _solutions_in(file.read_text(encoding="utf-8"))
    return sorted(found)


def _solutions_in(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a magic, or one that shows an error on purpose
        return []
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "solutions":
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("solutions."):
            modules.append((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            modules += [a.name.split(".")[1] for a in node.names if a.name.startswith("solutions.")]
    return modules
