"""What a learner's own code is: the lines of it in a traceback, the names that it defines."""

from __future__ import annotations

import linecache
import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from types import CodeType, TracebackType
from typing import Any

from twoapples.checking.values import type_name


def describe_error(error: BaseException) -> dict[str, Any]:
    """Describe an exception: type, message, and the lines of the learner's own code it passed."""
    try:
        message = str(error)[:1000]
    except Exception:
        message = "(the exception has no readable message)"
    lines = [
        {
            "line": line,
            "function": function_name(code),
            "source": linecache.getline(code.co_filename, line).strip()[:200],
        }
        for code, line in [*learner_frames(error.__traceback__)][-5:]
    ]
    return {"type": type_name(error), "message": message, "lines": lines}


def learner_frames(traceback: TracebackType | None) -> Iterator[tuple[CodeType, int]]:
    """Return the learner's own frames of a traceback, outermost first: the code and its line."""
    for frame, line in walk_tb(traceback):
        if not is_library(frame.f_code.co_filename):
            yield frame.f_code, line


def function_name(code: CodeType) -> str:
    """Return the name of a function as the learner knows it: ``ReLU.forward``."""
    return code.co_qualname.replace("<locals>.", "")


_LIBRARY_FOLDERS = tuple(
    os.path.normcase(path) + os.sep
    for path in {
        str(Path(__file__).parents[1]),
        *(sysconfig.get_path(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")),
    }
)


_LIBRARY_NAMES = {
    "site-packages",  # also the user's own, which sysconfig does not tell
    "dist-packages",
    f"python{sys.version_info.major}{sys.version_info.minor}.zip",  # a browser's standard library
}


def is_library(filename: str) -> bool:
    """Whether a frame is not the learner's: Python's, a package's, or ours.

    A cell's file is ``/tmp/ipykernel_12/345.py`` in Jupyter (on Windows a path in the account's
    temporary folder), ``<ipython-input-1-abc>`` in IPython, ``<stdin>`` or ``<string>`` in Python.
    """
    if filename.startswith("<"):
        return filename.startswith(("<frozen", "<__array_function__"))
    folders = re.split(r"[\\/]", filename)[:-1]
    # References of earlier lessons lie in a folder `solutions` beside the notebook.
    in_library = os.path.normcase(filename).startswith(_LIBRARY_FOLDERS)
    return in_library or folders[-1:] == ["solutions"] or not _LIBRARY_NAMES.isdisjoint(folders)


def notebook_namespace() -> dict[str, Any]:
    """Return the names that the notebook (or the calling program's main module) has defined."""
    shell = notebook_shell()
    return shell.user_ns if shell is not None else vars(sys.modules["__main__"])


def notebook_shell() -> Any:
    """Return IPython's shell, or None; where nobody has imported IPython, there is none."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_ipython() if get_ipython is not None else None
