"""Putting collected submissions where nbgrader expects them, and keeping those before them.

`submitted/STUDENT/LESSON/` holds the attempt that counts. Once there is a second one, all of them
are kept in `attempts/STUDENT/LESSON/1/`, `2/`, …, which nothing else writes to.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.course.course import Course
from grader.course.submissions import MAX_BYTES, MAX_STAMP, STAMP, only_notebook
from grader.errors import GraderError
from grader.gradebook.late import parse_stamp
from grader.tools.files import read_ordinary

_PARTLY = ".partly-"
_MAX_ID = 128  # characters: nbgrader's column
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)


class PlaceError(GraderError):
    """A student's submission was not written; the message says why, in half a sentence."""


@dataclass(frozen=True)
class Attempt:
    """One attempt of one student.

    Attributes
    ----------
    number : int
        Counted from 1 in the order in which they were collected; 0 if it is not kept.
    handed_in : datetime or None
        In UTC.
    """

    number: int
    folder: Path
    digest: str
    handed_in: datetime.datetime | None


def safe_id(text: str) -> str:
    """Return a student id that is a folder's name on every system; empty if nothing is left.

    Examples
    --------
    >>> safe_id("Kim  Minji"), safe_id("../../etc"), safe_id("ada@example.org"), safe_id("김민지")
    ('Kim-Minji', 'etc', 'ada@example.org', '김민지')
    """
    while (cleaned := _cleaned(text)) != text:  # what a cut lays bare may need another
        text = cleaned
    return f"{text}-" if _RESERVED.fullmatch(text) else text


def _cleaned(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    # Invisible characters, among them those that turn the direction of a line.
    text = "".join(char for char in text if char.isprintable() or char.isspace() or char < "\x80")
    text = re.sub(r"\s+", "-", _FORBIDDEN.sub("-", text).strip())
    text = text.strip(".-")[:_MAX_ID]
    while len(text.encode("utf-8")) > 200:
        text = text[:-1]
    return text.rstrip(".-")


def digest_of(content: bytes, handed_in: datetime.datetime | None) -> str:
    """Tell one attempt from another: the file and, where known, the time."""
    when = "" if handed_in is None else handed_in.isoformat()
    return hashlib.sha256(content + b"\0" + when.encode()).hexdigest()


class Place:
    """Where one student's submissions of a lesson lie."""

    def __init__(self, root: Path, student: str, lesson: str, notebook: str) -> None:
        if safe_id(student) != student:
            raise PlaceError(f"“{ascii(student)[1:-1][:60]}” cannot be a folder's name")
        self.root, self.student, self.lesson = root, student, lesson
        self.file = f"{notebook}.ipynb"
        self.counting = Course(root).submitted / student / lesson
        self.archive = Course(root).attempts / student / lesson

    def check(self) -> None:
        """Refuse to write through links.

        Raises
        ------
        PlaceError
            If there is one on the way.
        """
        for path in (self.counting, self.counting.parent, self.archive, self.archive.parent):
            if path.is_symlink():
                raise PlaceError(f"{path.relative_to(self.root)} is a link")

    def current(self) -> Attempt | None:
        """Return the attempt that counts now."""
        if self._old.is_dir() and not self._old.is_symlink():
            # After a kill between the two renames of a swap there is only the old folder.
            if self.counting.exists():
                shutil.rmtree(self._old)
            else:
                os.rename(self._old, self.counting)
        return self._read(self.counting, 0)

    def attempts(self) -> list[Attempt]:
        """Return all attempts, oldest first; just the one that counts if there is one."""
        current = self.current()
        found = [
            attempt
            for number in self._numbers()
            if (attempt := self._read(self.archive / str(number), number)) is not None
        ]
        if current is not None and current.digest not in {attempt.digest for attempt in found}:
            found.append(current)
        return _sorted(found)

    def add(self, content: bytes, handed_in: datetime.datetime | None) -> bool:
        """Keep an attempt and, if it is the latest, let it count; False if it is known already."""
        self.check()
        known = self.attempts()
        digest = digest_of(content, handed_in)
        if digest in {attempt.digest for attempt in known}:
            return False
        self._keep(known)
        with self._made(self._next() if known else self.counting) as folder:
            (folder / self.file).write_bytes(content)
            if handed_in is not None:
                stamp = f"{handed_in:%Y-%m-%d %H:%M:%S} UTC\n"
                (folder / STAMP).write_bytes(stamp.encode("ascii"))
        if known and (last := self.attempts()[-1]).digest == digest:
            self.count(last)
        return True

    def count(self, attempt: Attempt) -> bool:
        """Let a kept attempt be the one that counts; False if it is already."""
        current = self.current()
        if current is not None and current.digest == attempt.digest:
            return False
        self.check()
        self._keep(self.attempts())
        with self._made(self.counting) as folder:
            _copy(attempt.folder, folder)
        return True

    def _keep(self, attempts: list[Attempt]) -> None:
        """Keep the attempt that counts, if it came another way and is not kept yet."""
        for attempt in attempts:
            if attempt.number == 0:
                with self._made(self._next()) as folder:
                    _copy(attempt.folder, folder)

    def _numbers(self) -> list[int]:
        try:
            return sorted(int(name) for name in os.listdir(self.archive) if name.isdigit())
        except OSError:
            return []

    def _next(self) -> Path:
        return self.archive / str(max(self._numbers(), default=0) + 1)

    @contextlib.contextmanager
    def _made(self, target: Path) -> Iterator[Path]:
        """Yield a folder to be filled, and put it whole in the place of what is there."""
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{_PARTLY}{target.name}")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            yield temporary
            if target.exists():
                os.rename(target, self._old)
            os.rename(temporary, target)
            shutil.rmtree(self._old, ignore_errors=True)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    @property
    def _old(self) -> Path:
        return self.counting.with_name(f".before-{self.lesson}")

    def _read(self, folder: Path, number: int) -> Attempt | None:
        path = folder / self.file
        if number == 0 and not path.is_file():
            path = only_notebook(folder) or path
        try:
            content = read_ordinary(path, MAX_BYTES)
        except OSError:
            if number == 0 and folder.is_dir() and any(folder.iterdir()):
                content = b""  # something that was put there by hand; it is kept as it is
            else:
                return None
        try:
            stamp = parse_stamp(read_ordinary(folder / STAMP, MAX_STAMP))
        except (OSError, ValueError):
            stamp = None
        handed_in = None if stamp is None else stamp.replace(tzinfo=datetime.UTC)
        return Attempt(number, folder, digest_of(content, handed_in), handed_in)


def _sorted(attempts: list[Attempt]) -> list[Attempt]:
    """Sort attempts by time if all have one, else as they were collected."""

    def order(attempt: Attempt) -> tuple[float, int]:
        when = attempt.handed_in.timestamp() if timed and attempt.handed_in else 0.0
        return when, attempt.number or 10**9  # what counts and is not kept yet came last

    timed = all(attempt.handed_in is not None for attempt in attempts)
    return sorted(attempts, key=order)


def _copy(folder: Path, target: Path) -> None:
    """Copy a stranger's folder: links as links, and neither pipes nor devices."""

    def special(where: str, names: list[str]) -> list[str]:
        modes = {name: os.lstat(os.path.join(where, name)).st_mode for name in names}
        ordinary = (stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK)
        return [name for name, mode in modes.items() if not any(is_it(mode) for is_it in ordinary)]

    shutil.copytree(folder, target, dirs_exist_ok=True, symlinks=True, ignore=special)
