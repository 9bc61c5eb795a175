"""Reading what learners hand in, whatever state it is in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from grader.course.course import Course
from grader.errors import GraderError
from grader.notebook.reading import Fault, UnreadableError
from grader.tools.files import NoOrdinaryFileError, TooLargeError, read_ordinary, signature

STAMP = "timestamp.txt"
MAX_BYTES = 50 * 2**20
MAX_STAMP = 1000


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
    fault : str
        The kind of the problem, a `grader.notebook.reading.Fault`, or an empty text.
    """

    content: bytes
    problem: str
    stamp: bytes | None
    digest: str
    fault: str = ""


def read_files(submission: Submission, expected: str) -> HandedIn:
    """Read a submission's notebook and time, whatever they are."""
    content, problem, fault, told = b"", "", "", b""
    try:
        content = told = _read(submission, expected)
    except UnreadableError as error:
        problem, fault = str(error), error.fault
        if submission.path is not None and fault != Fault.EMPTY:
            told = signature(submission.path).encode()
    stamp: bytes | None = None
    try:
        if not submission.folder.is_symlink():
            stamp = read_ordinary(submission.folder / STAMP, MAX_STAMP)
    except FileNotFoundError:
        pass
    except OSError:
        stamp = b"\0"  # something is there, and it is no time
    digest = hashlib.sha256(told + (stamp or b"")).hexdigest()
    return HandedIn(content, problem, stamp, digest, fault)


def _read(submission: Submission, expected: str) -> bytes:
    path = submission.path
    if path is None:
        if submission.folder.is_symlink():
            raise UnreadableError("its folder is a link to another one")
        count = len(list(submission.folder.glob("*.ipynb")))
        others = f", and {count} other notebooks to choose from" if count else ""
        raise UnreadableError(f"there is no {expected}.ipynb{others}", Fault.NO_NOTEBOOK)
    try:
        content = read_ordinary(path, MAX_BYTES)
    except TooLargeError:
        size = path.stat().st_size / 2**20
        raise UnreadableError(
            f"{path.name} is too large ({size:.0f} MB)", Fault.TOO_LARGE
        ) from None
    except NoOrdinaryFileError:
        text = f"{path.name} is a link, a pipe or a device, not a file"
        raise UnreadableError(text, Fault.NO_FILE) from None
    except OSError as error:
        text = f"{path.name} cannot be opened ({error.strerror or error})"
        raise UnreadableError(text, Fault.CANNOT_BE_OPENED) from None
    if not content:
        raise UnreadableError(f"{path.name} is empty", Fault.EMPTY)
    return content


def find_submissions(course: Course, lesson: str, notebook: str) -> list[Submission]:
    """Find `submitted/STUDENT/LESSON/` for every student.

    Raises
    ------
    GraderError
        If nobody has handed anything in.
    """
    folders = course.submission_folders(lesson)
    if not folders:
        raise GraderError(
            f"Nothing was handed in for {lesson}: {course.submitted} has no folder "
            f"STUDENT/{lesson}."
        )
    return [_locate(folder, lesson, notebook) for folder in folders]


def _locate(folder: Path, lesson: str, notebook: str) -> Submission:
    student = folder.parent.name
    if folder.is_symlink():  # to the folder of somebody else, it may be
        return Submission(student, lesson, folder, None)
    expected = folder / f"{notebook}.ipynb"
    if expected.is_file():
        return Submission(student, lesson, folder, expected)
    renamed = only_notebook(folder)
    notes = [f"the notebook was renamed to {renamed.name}"] if renamed else []
    return Submission(student, lesson, folder, renamed, notes)


def only_notebook(folder: Path) -> Path | None:
    """Return the notebook in a folder if there is exactly one, under whatever name."""
    found = [path for path in folder.glob("*.ipynb") if path.is_file()]
    return found[0] if len(found) == 1 else None
