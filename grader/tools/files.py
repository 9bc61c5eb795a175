"""Files of a course: written whole or not at all, and read without being led astray.

A submission's folder is a stranger's: what lies there can be a link to somewhere else, a pipe that
never ends, or a device. Only ordinary files are opened.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

# What nbgrader makes a graded file: to be read by everybody and changed by nobody.
READ_ONLY = 0o444

_PREFIX = ".partly-"


class NoOrdinaryFileError(OSError):
    """A link, a pipe, a device or a folder where a file should be."""


class TooLargeError(OSError):
    """More bytes than may be read."""


def write_atomically(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write a file so that there is at every moment the old one or the new one, whole.

    Parameters
    ----------
    mode : int, optional
        The file's permissions; by default as for any new file.
    """
    temporary = path.with_name(f"{_PREFIX}{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_ordinary(path: Path, limit: int) -> bytes:
    """Read a file without following a link or waiting for a pipe.

    Raises
    ------
    NoOrdinaryFileError
        If it is something else.
    TooLargeError
        If it has more than `limit` bytes.
    OSError
        If it cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    check_ordinary(path, os.lstat(path))
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        check_ordinary(path, found)
        # Not `limit`: room for as much would be set aside, whatever the file's size.
        content = file.read(min(limit, found.st_size) + 1)
    if len(content) > limit:
        raise TooLargeError(f"{path.name} is larger than {limit / 2**20:.0f} MB")
    return content


def check_ordinary(path: Path, found: os.stat_result) -> None:
    """Raise a `NoOrdinaryFileError` for what is something else."""
    if not stat.S_ISREG(found.st_mode):
        raise NoOrdinaryFileError(f"{path.name} is no ordinary file")


def find_files(folder: Path, ignore: tuple[str, ...]) -> Iterator[Path]:
    """Find what nbgrader copies besides notebooks; yields paths relative to `folder`.

    Links are not followed; those to files are yielded, and it is for the reader to refuse them.
    """
    patterns = (*ignore, "*.ipynb")
    for name, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not _is_ignored(f, ignore))
        for file in sorted(files):
            if not _is_ignored(file, patterns):
                yield Path(name, file).relative_to(folder)


def _is_ignored(name: str, patterns: tuple[str, ...]) -> bool:
    return any(
        # As in a shell, and so in nbgrader, a star does not stand for a dot at the beginning.
        fnmatch(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
        for pattern in patterns
    )


def fill_folder(folder: Path, files: Mapping[Path, bytes], last: Path) -> None:
    """Make a folder hold these files and no others, each read-only; write `last` at the end.

    Parameters
    ----------
    files : mapping
        Contents by path relative to `folder`.
    last : Path
        The file by which one tells that the folder is complete.
    """
    os.makedirs(folder, mode=0o755, exist_ok=True)
    _remove_others(folder, files)
    for path in sorted(files, key=lambda path: path == last):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / path, files[path], mode=READ_ONLY)


def _remove_others(folder: Path, files: Mapping[Path, bytes]) -> None:
    """Remove what an earlier run has left, and what stands where a file or folder must come."""
    parents = {parent for path in files for parent in path.parents}
    for name, folders, found in os.walk(folder):
        here = Path(name).relative_to(folder)
        for sub in list(folders):
            if here / sub not in parents:
                target = folder / here / sub
                target.unlink() if target.is_symlink() else shutil.rmtree(target)
                folders.remove(sub)
        for file in found:
            if here / file not in files:
                (folder / here / file).unlink()


def signature(path: Path) -> str:
    """Return what changes whenever a file is written, at the cost of a look; empty if none."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}"
