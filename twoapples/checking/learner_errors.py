"""Say what went wrong in the learner's own code, and where: a sentence and a traceback."""

from __future__ import annotations

import linecache
import traceback
from types import CodeType

# One rule for what is the learner's and what is a library's: the one that `check` uses.
from twoapples.checking.learner_code import function_name, learner_frames, notebook_shell

_AROUND = 2  # lines shown before and after the one that failed
_DEEPEST = 6  # a recursion without end has a thousand frames, and the last ones say enough


def sentence(error: BaseException) -> str:
    """Return the exception's type and message in one line.

    An exercise that is not written yet raises NotImplementedError; this is said in words.
    """
    try:
        message = str(error).strip()
    except Exception:
        message = "(the exception has no readable message)"
    if isinstance(error, NotImplementedError):
        names = [function_name(code) for code, _ in learner_frames(error.__traceback__)]
        written = names and names[-1] != "<module>"
        return f"{names[-1] if written else 'This exercise'} is not written yet."
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def learner_traceback(error: BaseException) -> str:
    """Return the traceback of an exception, with the frames of the learner's own code only.

    Each frame names the cell as Jupyter does, ``Cell In[5], line 12, in ReLU.forward``, and shows
    the lines around the one that failed. Without any frame of the learner's, the whole traceback
    is returned.
    """
    frames = list(learner_frames(error.__traceback__))
    if not frames:
        return "".join(traceback.format_exception(error))
    parts = [_excerpt(code, line) for code, line in frames[-_DEEPEST:]]
    last = "".join(traceback.format_exception_only(error)).strip()
    return "\n\n".join([*parts, last])


def _excerpt(code: CodeType, line: int) -> str:
    rows = [f"{_place(code.co_filename)}, line {line}, in {function_name(code)}"]
    for number in range(max(line - _AROUND, 1), line + _AROUND + 1):
        text = linecache.getline(code.co_filename, number).rstrip()
        if text or number == line:
            arrow = "->" if number == line else "  "
            rows.append(f"{arrow} {number:3} {text}")
    return "\n".join(rows)


def _place(filename: str) -> str:
    """Name a cell as Jupyter does, and a file by its name without the folders of this machine."""
    shell = notebook_shell()
    named = shell.compile.format_code_name(filename) if shell is not None else None
    if named:
        return " ".join(named)
    return "File " + filename.replace("\\", "/").rpartition("/")[2]
