"""How far a submission is kept apart, and what it sees of that."""

from __future__ import annotations

import os
from enum import StrEnum

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
