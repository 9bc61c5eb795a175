"""Hostile submissions: what each tries, and the score that it deserves.

They are harmless where they succeed: the worst they do is to write an empty file, to show a word
that was hidden for them, or to connect to a socket that the test has opened.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import mini_course
from mini_course import LESSON, NOTEBOOK, cell
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

#: What a submission that earns nothing by itself defines: no argument comes out doubled.
WRONG = "def double(x):\n    return x"
RIGHT = "def double(x):\n    return 2 * x"


@dataclass
class World:
    """What a batch of hostile submissions is let loose on.

    Attributes
    ----------
    outside : Path
        A folder outside the course, for marker files.
    canary : str
        A word in everything that no submission may see.
    port, abstract : int, str
        Where the test listens, on loopback and on an abstract socket.
    token : int
        A number by which processes of this batch are found.
    public : int
        How many cases of `double` are not hidden.
    """

    course: Any
    outside: Path
    canary: str
    port: int
    abstract: str
    token: int
    public: int
    right: NotebookNode
    stub: NotebookNode

    def marker(self, name: str) -> Path:
        """Return the file that the submission `name` must not manage to write."""
        return self.outside / f"marker-{name}"

    def facts(self, name: str) -> str:
        """Tell a submission what it would find out anyhow: where everything is."""
        return (
            f"MARKER, COURSE = {str(self.marker(name))!r}, {str(self.course.root)!r}\n"
            f"OUTSIDE, PORT, ABSTRACT = {str(self.outside)!r}, {self.port}, {self.abstract!r}\n"
            # The first calls are those of cases that everybody may see.
            f"PUBLIC = {self.public}\n"
            # In no page of code, so that it is a leak where it is read.
            f"TOKEN, WORD = {self.token}, 'LE' 'AK'"
        )


@dataclass(frozen=True)
class Adversary:
    """One hostile submission.

    Attributes
    ----------
    name : str
        Also its student's, unless `student` says otherwise.
    tries : str
        What it tries, in a few words.
    hand_in : callable
        Writes it: given the world and the folder ``submitted/STUDENT/LESSON``.
    double, counter : float
        The score that it deserves: of 4 points, and of 2.
    problem : str or None
        Part of the reason why a person has to look at it; an empty text if nobody has to, and None
        if that is a matter of luck.
    hidden : tuple of str
        What must not be read in log and feedback page.
    strict : bool
        Whether it is graded in strict isolation too.
    """

    name: str
    tries: str
    hand_in: Callable[[World, Path], None]
    double: float = 0
    counter: float = 2
    problem: str | None = ""
    hidden: tuple[str, ...] = ()
    strict: bool = False
    student: str = ""
    notes: tuple[str, ...] = ()
    marks: frozenset[str] = field(default_factory=frozenset)

    @property
    def who(self) -> str:
        """The student who hands it in."""
        return self.student or self.name

    @property
    def deserved(self) -> dict[str, float]:
        """The score by exercise."""
        return {"double": self.double, "Counter": self.counter}


def code(
    name: str,
    tries: str,
    *first: str,
    double: str | None = WRONG,
    counter: str | None = None,
    last: str = "",
    score: tuple[float, float] = (0, 2),
    **options: Any,
) -> Adversary:
    """Make a submission out of code: cells before everything else, and the two answers.

    Parameters
    ----------
    first, last : str
        Cells above and below; the first know `World.facts`.
    double, counter : str or None
        Answers; None for the right ones. By default `double` deserves nothing.
    """

    def change(notebook: NotebookNode, world: World) -> None:
        sources = [world.facts(name), *(dedent(text).strip("\n") for text in first)]
        if double is not None:
            cell(notebook, "double").source = dedent(double).strip("\n")
        if counter is not None:
            cell(notebook, "Counter").source = dedent(counter).strip("\n")
        notebook.cells[1:1] = [new_code_cell(source) for source in sources]
        if last:
            notebook.cells.append(new_code_cell(dedent(last).strip("\n")))

    return changed(name, tries, change, double=score[0], counter=score[1], **options)


def right(name: str, tries: str, *first: str, **options: Any) -> Adversary:
    """Make a submission whose answers are right, and keep their points whatever else it does."""
    return code(name, tries, *first, **{"double": None, "score": (4, 2), **options})


def changed(
    name: str, tries: str, change: Callable[[NotebookNode, World], Any], **options: Any
) -> Adversary:
    """Make a submission by changing a solved notebook, in place or into text or bytes."""

    def hand_in(world: World, folder: Path) -> None:
        notebook = copy.deepcopy(world.right)
        result = change(notebook, world)
        write(folder, notebook if result is None else result)

    return Adversary(name, tries, hand_in, **options)


def files(name: str, tries: str, make: Callable[[World, Path], Any], **options: Any) -> Adversary:
    """Make a submission that is about files: `make` adds them to a folder with a right notebook."""

    def hand_in(world: World, folder: Path) -> None:
        write(folder, world.right)
        make(world, folder)

    return Adversary(name, tries, hand_in, **{"double": 4, "counter": 2, **options})


def write(
    folder: Path, content: NotebookNode | str | bytes, file: str = f"{NOTEBOOK}.ipynb"
) -> Path:
    """Write a notebook into a submission's folder."""
    root = folder.parents[2]
    return mini_course.hand_in(mini_course.Course(root), folder.parent.name, content, file)


def folder_of(world: World, adversary: Adversary) -> Path:
    """Return where a submission is handed in."""
    return world.course.root / "submitted" / adversary.who / LESSON
