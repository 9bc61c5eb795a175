"""What a learner's own code is: the lines of it in a traceback, the names that it defines."""

from __future__ import annotations

import collections
import linecache
import os
import re
import sys
import sysconfig
import types
from pathlib import Path
from typing import Any

from twoapples.checking.values import type_name


def describe_error(error: BaseException) -> dict[str, Any]:
    """Describe an exception: type, message, and the lines of the learner's own code it passed."""
    try:
        message = str(error)[:1000]
    except Exception:
        message = "(the exception has no readable message)"
    return {
        "type": type_name(error),
        "message": message,
        "lines": _learner_lines(error.__traceback__),
    }


def _learner_lines(traceback: types.TracebackType | None) -> list[dict[str, Any]]:
    lines: collections.deque[dict[str, Any]] = collections.deque(maxlen=5)
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not _is_library(code.co_filename):
            source = linecache.getline(code.co_filename, traceback.tb_lineno).strip()
            name = code.co_qualname.replace("<locals>.", "")
            lines.append({"line": traceback.tb_lineno, "function": name, "source": source[:200]})
        traceback = traceback.tb_next
    return list(lines)


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


def _is_library(filename: str) -> bool:
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
    # Not imported for this: where nobody has imported IPython, there is no notebook.
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    return shell.user_ns if shell is not None else vars(sys.modules["__main__"])
