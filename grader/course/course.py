"""A course folder: where things are, and which lessons there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import CourseError

if TYPE_CHECKING:
    from grader.course.lesson import Lesson


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
        return sorted(p.parent.name for p in self.source.glob("[0-9]*/*.md"))

    def resolve(self, name: str) -> str:
        """Return the full name of a lesson that is named in full or by its number."""
        matches = [n for n in self.lesson_names if n == name or n.split("-")[0] == name]
        if len(matches) != 1:
            raise CourseError(
                f"There is no lesson {name!r} in {self.source}. "
                f"There are: {', '.join(self.lesson_names) or 'none'}."
            )
        return matches[0]

    def lesson(self, name: str) -> Lesson:
        """Read a lesson, named in full or by its number."""
        from grader.course.lesson import read_lesson  # what reads texts takes long to import

        full = self.resolve(name)
        return read_lesson(self.root, full, self.notebook_name(full))

    @staticmethod
    def notebook_name(lesson: str) -> str:
        """Return the name, without suffix, of the notebook of a lesson that is named in full."""
        return lesson.partition("-")[2] or lesson

    @property
    def database(self) -> str:
        """URL of nbgrader's gradebook, where no configuration names another."""
        return f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def configuration(self) -> Path:
        """What nbgrader reads its settings from."""
        return self.root / "nbgrader_config.py"

    @property
    def policies(self) -> Path:
        """Due dates, late penalties, attempts; the file may be missing."""
        return self.root / "policies.toml"

    # What people write

    @property
    def source(self) -> Path:
        """The lessons' texts, a folder each, and how they are checked."""
        return self.root / "source"

    @property
    def solutions(self) -> Path:
        """The reference solutions, a module a topic, and model answers."""
        return self.root / "solutions"

    # What is made of it

    @property
    def notebooks(self) -> Path:
        """What is handed out, a folder a lesson."""
        return self.root / "notebooks"

    @property
    def build_folder(self) -> Path:
        """Where built files go that are not handed out (the instructor's notebooks)."""
        return self.root / "build"

    # What comes back, and what becomes of it

    @property
    def submitted(self) -> Path:
        """What was handed in: STUDENT/LESSON/."""
        return self.root / "submitted"

    def submission_folders(self, lesson: str) -> list[Path]:
        """Return the folders that were handed in for a lesson, by student."""
        return sorted(folder for folder in self.submitted.glob(f"*/{lesson}") if folder.is_dir())

    @property
    def attempts(self) -> Path:
        """What was handed in and does not count: earlier and later resubmissions."""
        return self.root / "attempts"

    @property
    def grading(self) -> Path:
        """Seeds and plans of lessons, locks, records of regrades."""
        return self.root / "grading"

    @property
    def autograded(self) -> Path:
        """Graded notebooks, as nbgrader lays them: STUDENT/LESSON/."""
        return self.root / "autograded"

    def graded_folder(self, student: str, lesson: str) -> Path:
        """Return where a student's graded files of a lesson lie."""
        return self.autograded / student / lesson

    def graded_notebook(self, student: str, lesson: str) -> Path:
        """Return where a student's graded notebook lies."""
        return self.graded_folder(student, lesson) / f"{self.notebook_name(lesson)}.ipynb"

    def graded_notebooks(self, lesson: str) -> dict[str, Path]:
        """Return all graded notebooks of a lesson, by student."""
        found = self.autograded.glob(f"*/{lesson}/{self.notebook_name(lesson)}.ipynb")
        return {path.parent.parent.name: path for path in sorted(found)}

    def feedback_page(self, student: str, lesson: str) -> Path:
        """Return where a student's feedback page lies."""
        return self.root / "feedback" / student / lesson / f"{self.notebook_name(lesson)}.html"

    @property
    def reports(self) -> Path:
        """Class reports."""
        return self.root / "reports"
