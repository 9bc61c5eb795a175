"""A course folder: where things are, and which lessons there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import CourseError

if TYPE_CHECKING:
    from grader.course.lesson import Lesson


# Where seeds and plans are kept.
GRADING_FOLDER = "grading"


@dataclass(frozen=True)
class Course:
    """A folder of the shape that `docs/contributor.md` describes.

    Attributes
    ----------
    root : Path
        The course folder, with `source/`, `solutions/` and `notebooks/`.
    """

    root: Path

    @classmethod
    def find(cls, start: Path) -> Course:
        """Find the course that `start` lies in, going up from folder to folder."""
        for folder in [start.resolve(), *start.resolve().parents]:
            if (folder / "source").is_dir() and (folder / "solutions").is_dir():
                return cls(folder)
        raise CourseError(
            f"{start.resolve()} is not in a course folder: there is no `source` with a `solutions` "
            "beside it. Change to the course's folder, or name it with --course."
        )

    @cached_property
    def lesson_names(self) -> list[str]:
        """Names of all lessons, in order."""
        return sorted(p.parent.name for p in (self.root / "source").glob("[0-9]*/*.md"))

    def resolve(self, name: str) -> str:
        """Return the full name of a lesson that is named in full or by its number."""
        matches = [n for n in self.lesson_names if n == name or n.split("-")[0] == name]
        if len(matches) != 1:
            raise CourseError(
                f"There is no lesson {name!r} in {self.root / 'source'}. "
                f"There are: {', '.join(self.lesson_names) or 'none'}."
            )
        return matches[0]

    def lesson(self, name: str) -> Lesson:
        """Read a lesson, named in full or by its number."""
        from grader.course.lesson import read_lesson  # what reads texts takes long to import

        return read_lesson(self.root, self.resolve(name))

    @property
    def database(self) -> str:
        """URL of nbgrader's gradebook, where no configuration names another."""
        return f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def build_folder(self) -> Path:
        """Where built files go that are not handed out (the instructor's notebooks)."""
        return self.root / "build"


def autograded_path(course: Course, student: str, lesson: str, notebook: str) -> Path:
    """Return where nbgrader keeps a graded notebook."""
    return graded_folder(course.root, student, lesson) / f"{notebook}.ipynb"


def graded_folder(root: Path, student: str, lesson: str) -> Path:
    """Return where a student's graded files of a lesson lie."""
    return root / "autograded" / student / lesson
