"""Reading a notebook file from anybody, whatever state it is in."""

from __future__ import annotations

import re
import warnings
from enum import StrEnum
from typing import TYPE_CHECKING

from grader.notebook.cells import KEPT_IN_CELL, count_lines

if TYPE_CHECKING:
    from nbformat import NotebookNode


# An empty list takes two bytes in a file and thirty times as much memory. Notebooks with large
# interactive plots have some ten thousand lists and dicts.
_MAX_CONTAINERS = 1_000_000


_MAX_CELLS = 10_000


# An empty line takes two bytes in a file and thirty times as much memory.
_MAX_LINES = 1_000_000


_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Fault(StrEnum):
    """What is wrong with a submission that holds no notebook we can run."""

    NO_NOTEBOOK = "no notebook"
    EMPTY = "empty"
    TOO_LARGE = "too large"
    NO_FILE = "no ordinary file"
    CANNOT_BE_OPENED = "cannot be opened"
    NOT_TEXT = "not text"
    TOO_DEEP = "too deep"
    INVALID = "invalid"
    OTHER_LESSON = "other lesson"
    OTHER = "other"


class UnreadableError(Exception):
    """A submission that holds no notebook we can run; the message says why, in half a sentence."""

    def __init__(self, message: str, fault: str = Fault.OTHER) -> None:
        super().__init__(message)
        self.fault = str(fault)


def decode_notebook(content: bytes, name: str) -> NotebookNode:
    """Read a notebook from its file's bytes, converting old formats.

    Raises
    ------
    UnreadableError
        If they are none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(f"{name} is not a text file in UTF-8", Fault.NOT_TEXT) from None
    return parse_notebook(text, name)


def parse_notebook(text: str, name: str) -> NotebookNode:
    """Parse a notebook's text; see `decode_notebook`."""
    import nbformat

    if text.count("[") + text.count("{") > _MAX_CONTAINERS:
        raise UnreadableError(f"{name} holds more lists than a notebook ever does")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing and double cell ids are mended by `repair`
            notebook: NotebookNode = nbformat.convert(nbformat.reader.reads(text), 4)
            if len(notebook.cells) > _MAX_CELLS:
                raise UnreadableError(f"{name} has {len(notebook.cells)} cells")
            _drop_surroundings(notebook)
            ids = [cell["id"] for cell in notebook.cells]
            if len(set(ids)) < len(ids):  # it copies the notebook, which takes longer than reading
                _, notebook = nbformat.validator.normalize(notebook)
            nbformat.validate(notebook, relax_add_props=True)
            lines = sum(count_lines(cell["source"]) for cell in notebook.cells)
            if lines > _MAX_LINES:
                raise UnreadableError(f"{name} has {lines} lines")
    except UnreadableError:
        raise
    except RecursionError:
        raise UnreadableError(f"{name} is nested too deeply", Fault.TOO_DEEP) from None
    except nbformat.reader.NotJSONError:
        raise UnreadableError(f"{name} is not a notebook: invalid JSON", Fault.INVALID) from None
    except nbformat.ValidationError as error:
        reason = str(error).strip().splitlines()[0]
        text = f"{name} is not a valid notebook: {reason[:120]}"
        raise UnreadableError(text, Fault.INVALID) from None
    except Exception as error:  # nbformat's converters fail in many ways on what is no notebook
        text = f"{name} is not a notebook ({type(error).__name__})"
        raise UnreadableError(text, Fault.INVALID) from None
    return notebook


def _drop_surroundings(notebook: NotebookNode) -> None:
    """Take away what is not looked at, so that a fault in it costs nothing.

    Outputs, metadata of other programs, and ids that are none; the same notebook gets the same ids.
    """
    notebook["nbformat_minor"], notebook["metadata"] = 5, type(notebook)()
    for number, cell in enumerate(notebook.cells):
        if not isinstance(cell, dict):
            continue
        told = cell.get("metadata")
        kept = {k: told[k] for k in KEPT_IN_CELL if k in told} if isinstance(told, dict) else {}
        if not isinstance(kept.get("tags", []), list):
            del kept["tags"]
        if "tags" in kept:
            kept["tags"] = list(dict.fromkeys(t for t in kept["tags"] if isinstance(t, str)))
        cell["metadata"] = type(notebook)(kept)
        given = cell.get("id")
        if not (isinstance(given, str) and _ID.fullmatch(given)):
            cell["id"] = f"cell-{number}"
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
