"""Reading what came from an LMS: a zip file or a folder, and nothing in it is trusted.

No file is ever written under a name that stands in the export, so a name can lead nowhere. What is
read is bounded in number and size before it is unpacked and again while it is. Only what a caller
asks for is unpacked at all.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from grader.course.submissions import MAX_BYTES
from grader.errors import GraderError
from grader.tools.files import NoOrdinaryFileError, check_ordinary, read_ordinary
from grader.tools.text import one_line

MAX_ENTRIES = 50_000
MAX_TOTAL = 8 * 2**30
# A notebook of nothing but zeros is packed about 1:1000; of real ones none came near to 1:100.
MAX_RATIO = 200
_RATIO_FROM = 2**20
_MAX_PARTS = 32
_MAX_NAME = 1024
# What a learner hands in as a zip file.
MAX_NESTED = 200 * 2**20


@dataclass(frozen=True)
class Entry:
    """A file in an export.

    Attributes
    ----------
    path : PurePosixPath
        Where it lies in the export, without anything that would lead out of it.
    read : callable
        Returns its content; raises `RefusedError`.
    """

    path: PurePosixPath
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True)
class Refused:
    """A file that was left out, and why, in half a sentence."""

    name: str
    why: str


class RefusedError(Exception):
    """A file that is not read; the message is half a sentence."""


@dataclass
class Source:
    """The files of an export that may be read, and those that may not."""

    entries: list[Entry]
    refused: list[Refused]

    def add(self, called: str, check: Callable[[], None], read: Callable[[int], bytes]) -> None:
        """Add a file under its name in the export, or say why it is left out.

        Parameters
        ----------
        check : callable
            Raises `RefusedError` for what is not to be read.
        read : callable
            Returns the content, given how many bytes it may have.
        """
        try:
            path = clean_path(called)
            check()
        except RefusedError as error:
            self.refused.append(Refused(one_line(called), str(error)))
            return
        limit = MAX_NESTED if path.suffix.lower() == ".zip" else MAX_BYTES
        self.entries.append(Entry(path, partial(read, limit)))


@contextlib.contextmanager
def open_source(path: Path, *, encoding: str = "") -> Iterator[Source]:
    """Open a zip file or a folder.

    Parameters
    ----------
    encoding : str
        How names in a zip file are written where the file does not say; by default UTF-8 if they
        are, else code page 437, as the format has it.

    Raises
    ------
    GraderError
        If it cannot be read, or is built to fill memory or disk.
    """
    if path.is_dir():
        yield _read_folder(path)
        return
    if not path.exists():
        raise GraderError(f"There is no {path}.")
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise GraderError(f"{path} is neither a folder nor a zip file ({error}).") from error
    with archive:
        yield _read_zip(archive, path.name, encoding)


def nested(entry: Entry) -> Source:
    """Open a zip file that lies in an export.

    Raises
    ------
    RefusedError
        If it is none, or too large.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(entry.read()))
        return _read_zip(archive, entry.path.name, "")
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise RefusedError(f"it is no zip file ({error})") from error
    except GraderError as error:
        raise RefusedError(str(error)) from error


# Zip files


def _read_zip(archive: zipfile.ZipFile, name: str, encoding: str) -> Source:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise GraderError(
            f"{name} holds {len(infos)} files, more than {MAX_ENTRIES}; nothing was read."
        )
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL:
        raise GraderError(
            f"{name} would unpack to {total / 2**30:.0f} GB, more than {MAX_TOTAL // 2**30} GB; "
            "nothing was read."
        )
    source = Source([], [])
    for info in infos:
        called = _name_of(info, encoding)
        if not called.endswith(("/", "\\")):  # ZipInfo.is_dir fails on an empty name
            source.add(called, partial(_check, info), partial(_unpack, archive, info))
    return source


def _check(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise RefusedError("it is a link")
    if kind not in (0, stat.S_IFREG):
        raise RefusedError("it is a pipe or a device")
    if info.flag_bits & 0x1:
        raise RefusedError("it is encrypted")
    if info.file_size > _RATIO_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise RefusedError(
            f"it unpacks to {info.file_size / max(info.compress_size, 1):.0f} times its size, as "
            "nothing does that people write"
        )


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    too_large = RefusedError(f"it has more than {limit // 2**20} MB")
    if info.file_size > limit:
        raise too_large
    try:
        with archive.open(info) as file:
            content = file.read(limit + 1)
    except (NotImplementedError, RuntimeError) as error:
        raise RefusedError(f"it cannot be unpacked ({error})") from error
    except Exception as error:  # whatever decompressors and decoders of names raise
        raise RefusedError(f"it is damaged ({one_line(str(error))})") from error
    if len(content) > limit:
        raise too_large
    return content


def _name_of(info: zipfile.ZipInfo, encoding: str) -> str:
    """Return a name as it was meant: many programs write UTF-8 and do not say so."""
    original = info.orig_filename  # `filename` ends at the first zero byte
    if info.flag_bits & 0x800:
        return original
    try:
        raw = original.encode("cp437")
    except UnicodeEncodeError:
        return original
    for name in (encoding, "utf-8") if encoding else ("utf-8",):
        try:
            return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return original


def clean_path(name: str) -> PurePosixPath:
    r"""Return a path that stays where it is; a backslash is what Windows writes for a slash.

    Raises
    ------
    RefusedError
        If it is absolute, leads upwards, or is no name of a file.
    """
    if len(name.encode("utf-8", "surrogatepass")) > _MAX_NAME:
        raise RefusedError(f"its name has more than {_MAX_NAME} bytes")
    if "\0" in name:
        raise RefusedError("its name holds a zero byte")
    plain = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if plain.startswith("/") or plain[1:3] == ":/" or plain[1:2] == ":":
        raise RefusedError("its path is absolute")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise RefusedError("its path leads out of the export")
    if not parts:
        raise RefusedError("it has no name")
    if len(parts) > _MAX_PARTS:
        raise RefusedError(f"it lies more than {_MAX_PARTS} folders deep")
    return PurePosixPath(*parts)


# Folders


def _read_folder(folder: Path) -> Source:
    source = Source([], [])
    for name, folders, files in os.walk(folder):
        here = Path(name)
        folders[:] = sorted(f for f in folders if f != ".ipynb_checkpoints")
        links = [sub for sub in folders if (here / sub).is_symlink()]
        for file in (*links, *sorted(files)):
            if len(source.entries) + len(source.refused) >= MAX_ENTRIES:
                raise GraderError(f"{folder} holds more than {MAX_ENTRIES} files.")
            path = here / file
            called = path.relative_to(folder).as_posix()
            source.add(called, partial(_check_file, path), partial(_read_file, path))
    return source


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NoOrdinaryFileError as error:
        raise RefusedError("it is a link, a pipe or a device") from error
    except OSError as error:
        raise RefusedError(error.strerror or str(error)) from error


def _check_file(path: Path) -> None:
    with _refusing():
        check_ordinary(path, os.lstat(path))


def _read_file(path: Path, limit: int) -> bytes:
    with _refusing():
        return read_ordinary(path, limit)
