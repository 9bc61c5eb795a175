"""Reading what learners hand in, whatever state it is in."""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grader.course import Course
from grader.errors import GraderError
from grader.gradebook.files import NoOrdinaryFileError, read_ordinary, signature
from grader.notebooks import count_lines

if TYPE_CHECKING:
    from nbformat import NotebookNode

MAX_BYTES = 50 * 2**20
# An empty list takes two bytes in a file and thirty times as much memory. Notebooks with large
# interactive plots have some ten thousand lists and dicts.
_MAX_CONTAINERS = 1_000_000
_MAX_CELLS = 10_000
# An empty line takes two bytes in a file and thirty times as much memory.
_MAX_LINES = 1_000_000
_METADATA = ("nbgrader", "twoapples", "jupyter", "tags")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MAX_STAMP = 1000


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


@dataclass(frozen=True)
class HandedIn:
    """What a submission's files hold; it is all that leaves the folder.

    Attributes
    ----------
    content : bytes
        The notebook's, empty if it cannot be read.
    problem : str
        Why it cannot be read, in half a sentence, or an empty text.
    stamp : bytes or None
        What `timestamp.txt` holds.
    digest : str
        Changes whenever the learner hands in something else.
    """

    content: bytes
    problem: str
    stamp: bytes | None
    digest: str


def read_files(submission: Submission, expected: str) -> HandedIn:
    """Read a submission's notebook and time, whatever they are."""
    content, problem, told = b"", "", b""
    if submission.path is None:
        problem = _no_notebook(submission, expected)
    else:
        try:
            content = told = read_ordinary(submission.path, MAX_BYTES)
        except OSError as error:
            problem = _cannot_read(submission.path, error)
            told = signature(submission.path).encode()
        else:
            problem = "" if content else f"{submission.path.name} is empty"
    stamp: bytes | None = None
    try:
        if not submission.folder.is_symlink():
            stamp = read_ordinary(submission.folder / "timestamp.txt", _MAX_STAMP)
    except FileNotFoundError:
        pass
    except OSError:
        stamp = b"\0"  # something is there, and it is no time
    digest = hashlib.sha256(told + (stamp or b"")).hexdigest()
    return HandedIn(content, problem, stamp, digest)


def _no_notebook(submission: Submission, expected: str) -> str:
    if submission.folder.is_symlink():
        return "its folder is a link to another one"
    count = len(list(submission.folder.glob("*.ipynb")))
    others = f", and {count} other notebooks to choose from" if count else ""
    return f"there is no {expected}.ipynb{others}"


def _cannot_read(path: Path, error: OSError) -> str:
    size = path.stat().st_size if path.is_file() else 0
    if size > MAX_BYTES:
        return f"{path.name} is too large ({size / 2**20:.0f} MB)"
    if isinstance(error, NoOrdinaryFileError):
        return f"{path.name} is a link, a pipe or a device, not a file"
    return f"{path.name} cannot be opened ({error.strerror or error})"


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
    if folder.is_symlink():  # to the folder of somebody else, it may be
        return Submission(student, lesson, folder, None)
    expected = folder / f"{notebook}.ipynb"
    if expected.is_file():
        return Submission(student, lesson, folder, expected)
    others = sorted(p for p in folder.glob("*.ipynb") if p.is_file())
    if len(others) == 1:
        note = f"the notebook was renamed to {others[0].name}"
        return Submission(student, lesson, folder, others[0], [note])
    return Submission(student, lesson, folder, None)


def decode_notebook(content: bytes, name: str) -> NotebookNode:
    """Read a notebook from its file's bytes, converting old formats.

    Raises
    ------
    UnreadableError
        If they are none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(f"{name} is not a text file in UTF-8") from None
    return parse_notebook(text, name)


def parse_notebook(text: str, name: str) -> NotebookNode:
    """Parse a notebook's text; see `decode_notebook`."""
    import nbformat

    if text.count("[") + text.count("{") > _MAX_CONTAINERS:
        raise UnreadableError(f"{name} holds more lists than a notebook ever does")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing and double cell ids are mended by `repair`
            notebook = nbformat.convert(nbformat.reader.reads(text), 4)
            if len(notebook.cells) > _MAX_CELLS:
                raise UnreadableError(f"{name} has {len(notebook.cells)} cells")
            _drop_surroundings(notebook)
            ids = [cell["id"] for cell in notebook.cells]
            if len(set(ids)) < len(ids):  # it copies the notebook, which takes longer than reading
                _, notebook = nbformat.validator.normalize(notebook)
            nbformat.validate(notebook, relax_add_props=True)
            lines = sum(count_lines(cell["source"]) for cell in notebook.cells)
            if lines > _MAX_LINES:
                raise UnreadableError(f"{name} has {lines} lines")
    except UnreadableError:
        raise
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


def _drop_surroundings(notebook: NotebookNode) -> None:
    """Take away what is not looked at, so that a fault in it costs nothing.

    Outputs, metadata of other programs, and ids that are none; the same notebook gets the same ids.
    """
    notebook["nbformat_minor"], notebook["metadata"] = 5, type(notebook)()
    for number, cell in enumerate(notebook.cells):
        if not isinstance(cell, dict):
            continue
        told = cell.get("metadata")
        kept = {k: told[k] for k in _METADATA if k in told} if isinstance(told, dict) else {}
        if not isinstance(kept.get("tags", []), list):
            del kept["tags"]
        if "tags" in kept:
            kept["tags"] = list(dict.fromkeys(t for t in kept["tags"] if isinstance(t, str)))
        cell["metadata"] = type(notebook)(kept)
        given = cell.get("id")
        if not (isinstance(given, str) and _ID.fullmatch(given)):
            cell["id"] = f"cell-{number}"
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
