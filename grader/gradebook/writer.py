"""The writer: one process that writes every grade, and the only one that does.

A result's files are written when it comes, its rows together with those of others in one
transaction. The order is what makes a killed run safe: first the files, the graded notebook last of
them; then, in one transaction, the rows and the ledger's entry with the notebook's digest. Killed
before the transaction's end, the entry is missing or names another digest, and the submission is
graded again; killed after it, the submission is done.
"""

from __future__ import annotations

import datetime
import errno
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.course.course import Course
from grader.course.submissions import STAMP
from grader.errors import GraderError
from grader.gradebook import ledger
from grader.gradebook.changes import set_penalties
from grader.gradebook.database import Database, GradebookError, Transaction
from grader.gradebook.late import LatePenalty, lateness, parse_stamp
from grader.gradebook.released import Released
from grader.gradebook.rows import Rows, SubmissionRow
from grader.nbgrader_api.read_config import Settings
from grader.tools.files import (
    NoOrdinaryFileError,
    fill_folder,
    find_files,
    read_ordinary,
    signature,
)

if TYPE_CHECKING:
    from grader.course.submissions import HandedIn, Submission
    from grader.judging.task import Result

# Of what a learner hands in besides the notebook, so much is copied.
_MAX_EXTRA_BYTES = 100 * 2**20
_MAX_EXTRA_FILES = 1000
# Errors of the disk, that every submission would meet.
DISK_ERRORS = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO")} - {None}


@dataclass(frozen=True)
class Written:
    """What became of a result.

    Attributes
    ----------
    failure : str
        Why no grade was written, or an empty text.
    notes : tuple of str
        What was unusual while it was written.
    """

    student: str
    result: Result | None
    failure: str = ""
    notes: tuple[str, ...] = ()


class Recorder(Protocol):
    """Writes a result's files and whatever of its rows cannot wait."""

    def record(self, submission: Submission, handed_in: HandedIn, result: Result) -> Pending:
        """Write, and say what is still to be written."""
        ...


@dataclass
class Pending:
    """A submission whose files are written and whose rows are not."""

    student: str
    result: Result
    stamp: datetime.datetime | None
    signature: str
    notes: list[str] = field(default_factory=list)


class FilesRecorder:
    """Writes `autograded/STUDENT/LESSON/` as nbgrader leaves it.

    Parameters
    ----------
    source : Path
        The instructor's folder of the lesson, whose files a learner's must not replace.
    """

    def __init__(
        self, root: Path, lesson: str, notebook: str, source: Path, ignore: tuple[str, ...]
    ) -> None:
        self._root, self._lesson, self._notebook = root, lesson, f"{notebook}.ipynb"
        self._ignore = ignore
        self._masters = {path: (source / path).read_bytes() for path in find_files(source, ignore)}

    def record(self, submission: Submission, handed_in: HandedIn, result: Result) -> Pending:
        """Write the folder of one submission."""
        notes: list[str] = []
        stamp = None
        files = dict(self._extra_files(submission, notes))
        files.pop(Path(STAMP), None)
        try:
            stamp = parse_stamp(handed_in.stamp)
        except ValueError:
            notes.append("timestamp.txt holds no time, so it counts as handed in on time")
        else:
            if handed_in.stamp is not None:
                files[Path(STAMP)] = handed_in.stamp
        folder = Course(self._root).graded_folder(submission.student, self._lesson)
        last = Path(self._notebook)
        fill_folder(folder, {**files, **self._masters, last: result.notebook}, last)
        return Pending(submission.student, result, stamp, signature(folder / self._notebook), notes)

    def _extra_files(
        self, submission: Submission, notes: list[str]
    ) -> Iterable[tuple[Path, bytes]]:
        """Yield what was handed in besides the notebook and is an ordinary file."""
        taken = {path for master in self._masters for path in (master, *master.parents)}
        if submission.folder.is_symlink():
            return  # what lies there is somebody else's
        room = _MAX_EXTRA_BYTES
        for number, path in enumerate(find_files(submission.folder, self._ignore)):
            if path in taken or any(parent in self._masters for parent in path.parents):
                continue
            try:
                if number >= _MAX_EXTRA_FILES:
                    raise OSError(f"there are more than {_MAX_EXTRA_FILES} files")
                content = read_ordinary(submission.folder / path, room)
            except NoOrdinaryFileError:
                notes.append(f"{_shown(path)} is no ordinary file and was not copied")
                continue
            except OSError as error:
                notes.append(f"{_shown(path)} was not copied ({error.strerror or error})")
                if number >= _MAX_EXTRA_FILES:
                    return
                continue
            room -= len(content)
            yield path, content


def disk_error(error: OSError) -> GradebookError:
    """Return what a person is told when the disk is full or fails."""
    return GradebookError(
        f"Files cannot be written: {error}. What is graded is kept; when that is mended, the same "
        "command continues."
    )


def _shown(path: Path) -> str:
    return ascii(path.as_posix())[1:-1][:100]


class Writer:
    """Collects results and writes them to the gradebook, many in a transaction.

    Parameters
    ----------
    done : callable
        Told each submission when its grades are in the gradebook, or why they are not.
    batch, seconds, megabytes : number
        A transaction is made for so many submissions, or after so long.
    """

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        released: Released,
        settings: Settings,
        lesson: str,
        done: Callable[[Written], None],
        *,
        root: Path,
        batch: int = 64,
        seconds: float = 2.0,
        rows_too: bool = True,
    ) -> None:
        self._database, self._recorder, self._released = database, recorder, released
        self._lesson, self._done, self._root = lesson, done, root
        self._course_ids = {"default_course", settings.course_id} - {""}
        self._penalty = LatePenalty(settings, lesson)
        self._batch, self._seconds, self._rows_too = batch, seconds, rows_too
        self._pending: list[Pending] = []
        self._since = 0.0

    def add(self, submission: Submission, handed_in: HandedIn, result: Result) -> None:
        """Write a result's files now, and its rows soon."""
        if not self._pending:
            self._since = time.monotonic()
        try:
            pending = self._recorder.record(submission, handed_in, result)
        except GraderError as error:
            self._done(Written(submission.student, None, str(error)))
            return
        except OSError as error:
            if error.errno in DISK_ERRORS:
                raise disk_error(error) from error
            reason = f"its files cannot be written ({error})"
            self._done(Written(submission.student, None, reason))
            return
        # Its notebook is on the disk; only its marks are needed now.
        pending.result = replace(pending.result, notebook=b"")
        self._pending.append(pending)
        if len(self._pending) >= self._batch:
            self.flush()

    def flush_if_due(self) -> None:
        """Write what has waited long enough."""
        if self._pending and time.monotonic() - self._since >= self._seconds:
            self.flush()

    def flush(self) -> None:
        """Write the rows of all that is pending."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        try:
            self._database.transact(lambda write: self._write(write, pending))
        except GraderError:
            raise
        except Exception:  # one of them: a name that the database does not take, the late plugin
            for one in pending:
                self._write_alone(one)
            return
        for one in pending:
            self._done(Written(one.student, one.result, notes=tuple(one.notes)))

    def _write_alone(self, one: Pending) -> None:
        try:
            self._database.transact(lambda write: self._write(write, [one]))
        except GraderError:
            raise
        except Exception as error:
            shutil.rmtree(
                Course(self._root).graded_folder(one.student, self._lesson), ignore_errors=True
            )
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            self._done(Written(one.student, None, f"its grades cannot be written ({reason})"))
        else:
            self._done(Written(one.student, one.result, notes=tuple(one.notes)))

    def _write(self, write: Transaction, pending: list[Pending]) -> None:
        if self._rows_too:
            submissions = self._write_rows(write, pending)
        else:
            rows = Rows(write, self._released)
            submissions = rows.submissions(one.student for one in pending)
        entries = {
            one.student: ledger.Entry(
                submissions[one.student][0],
                one.result.submission,
                one.result.plan,
                one.result.digest,
                one.signature,
                one.result.problem,
                isolation=one.result.isolation,
            )
            for one in pending
        }
        ledger.write_entries(write, self._lesson, entries)

    def _write_rows(self, write: Transaction, pending: list[Pending]) -> dict[str, SubmissionRow]:
        """Write all rows of some submissions; return those of the submissions by student."""
        rows = Rows(write, self._released)
        rows.ensure_courses(self._course_ids)
        submissions = rows.ensure_submissions(pending)
        notebooks = rows.ensure_notebooks(submissions)
        rows.write_comments({notebooks[one.student]: one.result.comments for one in pending})
        reached = rows.write_scores({notebooks[one.student]: one.result.scores for one in pending})
        penalties: dict[str, float | None] = {}
        for student, notebook in notebooks.items():
            _, stamp, extension = submissions[student]
            late = lateness(stamp, self._released.duedate, extension).total_seconds()
            penalties[notebook] = self._penalty(student, reached[notebook], late)
        set_penalties(write, penalties)
        return submissions
