"""Outside: what the inside of the sandbox sees of this machine, as arguments of bubblewrap.

Everything is read-only, and nothing is there that is not named here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.errors import GraderError
from grader.inside.isolation import FONTS, HOME, MATPLOTLIB, SCRATCH, TEMPORARY, WORK
from grader.tools.imports import ROOT, needed

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Accounts, hosts, name servers and everything else that tells of the machine stay outside.
_ETC = ("alternatives", "fonts", "ld.so.cache", "localtime")
_OWN_ETC = {"passwd": "passwd.txt", "group": "group.txt", "nsswitch.conf": "nsswitch.txt"}


class SandboxError(GraderError):
    """The sandbox cannot be had on this machine; the message says why and what to do."""


def arguments(fonts: Path | None) -> list[str]:
    """Return bubblewrap's arguments that make the view, the scratch folder last."""
    paths = environment()
    # bubblewrap makes parents too, but closed to others, and root's nursery is not root any more.
    parents = {parent for path in [*paths, Path("/etc/-"), Path(FONTS)] for parent in path.parents}
    made: list[str] = []
    for folder in sorted(parents - {Path("/")}):
        made += ["--dir", str(folder)]
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            made += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            made += ["--ro-bind", str(path), str(path)]
    for name in _ETC:
        made += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    folder = Path(__file__).parent
    for name, file in _OWN_ETC.items():
        made += ["--ro-bind", str(folder / file), f"/etc/{name}"]
    for path in paths:
        made += ["--ro-bind", str(path), str(path)]
    # Processes see no more of /dev than null, zero, full, random, urandom, tty and terminals of
    # their own. It is a file system in memory without a limit, so it is closed at the end.
    made += ["--dev", "/dev"]
    # Mapped, /dev/zero is memory that no limit counts. /dev/full gives zeros as well, unmapped.
    made += ["--dev-bind", "/dev/full", "/dev/zero"]
    made += ["--dir", "/tmp", "--tmpfs", SCRATCH]
    for place in (WORK, HOME, TEMPORARY, MATPLOTLIB):
        made += ["--dir", place]
    if fonts is not None:
        made += ["--ro-bind", str(fonts), FONTS]
        made += ["--symlink", FONTS, f"{MATPLOTLIB}/{fonts.name}"]
    return made


def environment() -> list[Path]:
    """Return what of this Python environment is bound: files and folders, none within another.

    A virtual environment may lie in the course, or the course in it, so only the folders that
    Python reads are named, never the prefix as a whole. Of ours there is the inside and what it
    imports, also where that is installed to be edited.
    """
    found: list[Path] = []
    for path in [*_prefixes(), *_executable(), *needed(ROOT, "grader/inside")]:
        covered = any(path.is_relative_to(other) for other in [*map(Path, _SYSTEM), *found])
        if path.exists() and not covered:
            found = [other for other in found if not other.is_relative_to(path)]
            found.append(path)
    return found


def _prefixes() -> Iterator[Path]:
    for prefix in dict.fromkeys((sys.prefix, sys.base_prefix, sys.exec_prefix)):
        for folder in dict.fromkeys((Path(os.path.abspath(prefix)), Path(prefix).resolve())):
            for name in ("bin", "lib", "lib64", "share", "ssl", "pyvenv.cfg"):
                yield folder / name


def _executable() -> Iterator[Path]:
    """Follow the interpreter's links: each must lead somewhere inside as well."""
    path = Path(os.path.abspath(sys.executable))  # started as ../.venv/bin/python, say
    while path.is_symlink():
        yield path
        path = path.parent / os.readlink(path)
    yield path
