"""How far a submission is kept apart, and what it may use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

#: Tells the nursery, in its environment, which isolation it was started with.
VARIABLE = "TWOAPPLES_ISOLATION"

#: Where a submission may write: a file system of its own with a limited size.
SCRATCH = "/submission"
WORK = f"{SCRATCH}/work"
HOME = f"{SCRATCH}/home"
TEMPORARY = f"{SCRATCH}/tmp"
MATPLOTLIB = f"{SCRATCH}/matplotlib"

#: Where the inside finds Matplotlib's list of fonts, read-only.
FONTS = "/run/twoapples/fonts.json"
#: The variable that tells the name under which Matplotlib looks for it.
FONTS_VARIABLE = "TWOAPPLES_FONTS"

#: Who a submission is, as it sees it. Outside this is an account without any rights.
UID = GID = 1000


class Isolation(StrEnum):
    """How submissions are kept apart from the machine and from each other."""

    #: A sandboxed nursery; each submission in namespaces of its own within it.
    DEFAULT = "default"
    #: The same, and a nursery (sandbox and interpreter) of its own for each submission.
    STRICT = "strict"
    #: Nothing but limits: code has the rights of the account that grades.
    NONE = "none"

    @classmethod
    def here(cls) -> Isolation:
        """Return the isolation that this nursery was started with."""
        return cls(os.environ.get(VARIABLE, cls.NONE.value))


class Limits(Protocol):
    """What `child.enclose` needs to know of the limits of a submission; all are enforced here.

    `cpu_seconds` and `memory_bytes` hold for each process, and for all of them together.
    """

    @property
    def cpu_seconds(self) -> float:
        """CPU time."""
        ...

    @property
    def memory_bytes(self) -> int:
        """Address space of a process; memory of all processes together."""
        ...

    @property
    def processes(self) -> int:
        """Processes and threads at one time."""
        ...

    @property
    def open_files(self) -> int:
        """Open files of a process."""
        ...

    @property
    def file_bytes(self) -> int:
        """Size of a file."""
        ...

    @property
    def scratch_bytes(self) -> int:
        """Size of the scratch file system, `/tmp` and `/dev/shm` included."""
        ...


@dataclass(frozen=True)
class PlainLimits:
    """Limits for rehearsals and measurements; grading has its own."""

    cpu_seconds: float = 60
    memory_bytes: int = 4 << 30
    processes: int = 32
    open_files: int = 256
    file_bytes: int = 64 << 20
    scratch_bytes: int = 64 << 20
