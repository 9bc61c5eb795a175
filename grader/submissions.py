"""Reading what learners hand in, whatever state it is in."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.course import Course
from grader.errors import GraderError

MAX_BYTES = 50 * 2**20


class UnreadableError(Exception):
    """A submission that holds no notebook we can run; the message says why, in half a sentence."""


@dataclass(frozen=True)
class Submission:
    """One learner's files for one lesson.

    Attributes
    ----------
    path : Path or None
        The notebook, or None if there is none.
    notes : list of str
        What was unusual and could be mended ("the notebook was renamed").
    """

    student: str
    lesson: str
    folder: Path
    path: Path | None
    notes: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Changes whenever the learner hands in something else."""
        content = self.path.read_bytes() if self.path else b""
        stamp = self.folder / "timestamp.txt"
        content += stamp.read_bytes() if stamp.is_file() else b""
        return hashlib.sha256(content).hexdigest()


def find_submissions(course: Course, lesson: str, notebook: str) -> list[Submission]:
    """Find `submitted/STUDENT/LESSON/` for every student.

    Raises
    ------
    GraderError
        If nobody has handed anything in.
    """
    submitted = course.root / "submitted"
    folders = sorted(f for f in submitted.glob(f"*/{lesson}") if f.is_dir())
    if not folders:
        raise GraderError(
            f"Nothing was handed in for {lesson}: {submitted} has no folder STUDENT/{lesson}."
        )
    return [_locate(folder, lesson, notebook) for folder in folders]


def _locate(folder: Path, lesson: str, notebook: str) -> Submission:
    student = folder.parent.name
    expected = folder / f"{notebook}.ipynb"
    if expected.is_file():
        return Submission(student, lesson, folder, expected)
    others = sorted(p for p in folder.glob("*.ipynb") if p.is_file())
    if len(others) == 1:
        note = f"the notebook was renamed to {others[0].name}"
        return Submission(student, lesson, folder, others[0], [note])
    return Submission(student, lesson, folder, None)


def read_notebook(submission: Submission, expected: str) -> NotebookNode:
    """Read the notebook, converting old formats.

    Raises
    ------
    UnreadableError
        If there is no notebook, or it is not one.
    """
    path = submission.path
    if path is None:
        count = len(list(submission.folder.glob("*.ipynb")))
        raise UnreadableError(
            f"there is no {expected}.ipynb"
            + (f", and {count} other notebooks to choose from" if count else "")
        )
    size = path.stat().st_size
    if size == 0:
        raise UnreadableError(f"{path.name} is empty")
    if size > MAX_BYTES:
        raise UnreadableError(f"{path.name} is too large ({size / 2**20:.0f} MB)")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(f"{path.name} is not a text file in UTF-8") from None
    return parse_notebook(text, path.name)


def parse_notebook(text: str, name: str) -> NotebookNode:
    """Parse a notebook's text; see `read_notebook`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing and double cell ids are mended by `repair`
            notebook = nbformat.reads(text, as_version=4)
            _, notebook = nbformat.validator.normalize(notebook)
            nbformat.validate(notebook, relax_add_props=True)
    except RecursionError:
        raise UnreadableError(f"{name} is nested too deeply") from None
    except nbformat.reader.NotJSONError:
        raise UnreadableError(f"{name} is not a notebook: invalid JSON") from None
    except nbformat.ValidationError as error:
        reason = str(error).strip().splitlines()[0]
        raise UnreadableError(f"{name} is not a valid notebook: {reason[:120]}") from None
    except Exception as error:  # nbformat's converters fail in many ways on what is no notebook
        raise UnreadableError(f"{name} is not a notebook ({type(error).__name__})") from None
    return notebook
