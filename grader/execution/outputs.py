"""What a submission's process sends, made into a notebook's outputs: nothing of it is believed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from json.encoder import encode_basestring as quoted
from typing import Any

from nbformat import NotebookNode, from_dict

from grader.inside.limits import SUPPRESSED, Limits
from grader.inside.wire import GarbageError
from grader.notebook.cells import count_lines

_TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")
_PICTURES = ("image/png", "image/jpeg", "image/gif")
# Widgets are not kept: their state is not, so that a view alone would show an error.
_DATA = (*_TEXTS, *_PICTURES, "application/json")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*", re.ASCII)
_NAME = 1000  # characters
_WHOLE = 10  # all cells together, in terms of what one cell may give
_STREAMS = ("stdout", "stderr")
_DEEPER = 50  # levels of a notebook above an output's data, and room for who works on it
_OUTPUT = 300  # characters that an output takes in the file, at least; it takes more memory
_INDENT = 12  # characters that a line of an output takes beside its own


class Collector:
    """Fills the outputs of one cell after the other.

    Attributes
    ----------
    overflowed : bool
        Whether the current cell gave more than is kept.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._cell: NotebookNode | None = None
        self._displayed: dict[str, list[NotebookNode]] = {}
        self._count = 0
        self._room = _WHOLE * limits.output_bytes
        self.overflowed = False

    def begin(self, cell: NotebookNode) -> None:
        """Let what comes now be the outputs of `cell`."""
        self._cell = cell
        self._count += 1
        cell.outputs, cell.execution_count = [], self._count
        self._pending = dict.fromkeys(_STREAMS, "")
        self._characters = self._bytes = 0
        self.overflowed = self._clear_next = False

    def end(self) -> None:
        """Close the current cell: keep what was printed last."""
        if self._cell is not None:
            for name in _STREAMS:
                self._show_text(name)
        self._cell = None

    def take(self, frame: list[Any]) -> None:
        """Take one message.

        Raises
        ------
        GarbageError
            If it is none that an honest process sends.
        """
        make = getattr(self, f"_take_{frame[0]}", None)
        if make is None:
            raise GarbageError("it sent what is no message")
        if self._cell is None or self.overflowed:
            return
        try:
            make(*frame[1:])
        except (TypeError, ValueError, AttributeError, RecursionError):
            raise GarbageError("it sent what is no message") from None

    def _take_text(self, name: str, text: str, flush: bool) -> None:
        room = min(self.limits.text_bytes - self._characters, max(0, self._room))
        self._pending[_one_of(name, _STREAMS)] += _text(text)[: max(0, room)]
        self._characters += len(text)
        if len(text) > room:
            self._take_full()
        elif flush:
            self._show_text(name)

    def _take_full(self) -> None:
        self.overflowed = True
        for name in _STREAMS:
            self._show_text(name)
        self._show_stream("stdout", SUPPRESSED)

    def _take_display(self, data: Any, metadata: Any, display_id: Any, update: Any) -> None:
        output = _output("display_data", data=_data(data), metadata=_metadata(metadata))
        if isinstance(display_id, str) and display_id:
            shown = self._displayed.get(display_id[:_NAME], [])
            # Each of them is written out in the notebook.
            if not self._has_room(self._size(output) * len(shown)):
                return
            for earlier in shown:
                earlier["data"], earlier["metadata"] = output["data"], output["metadata"]
            if update is not True:
                self._displayed.setdefault(display_id[:_NAME], []).append(output)
        if update is not True:
            self._append(output)

    def _take_result(self, data: Any, metadata: Any, count: Any) -> None:
        if type(count) is not int or abs(count) > 10**9:
            count = self._count
        assert self._cell is not None
        self._cell.execution_count = count
        output = _output("execute_result", data=_data(data), metadata=_metadata(metadata))
        output["execution_count"] = count
        self._append(output)

    def _take_error(self, ename: str, evalue: str, traceback: list[str]) -> None:
        lines = [_text(line) for line in traceback]
        self._append(_output("error", ename=_text(ename), evalue=_text(evalue), traceback=lines))

    def _take_clear(self, wait: bool) -> None:
        if wait is True:
            self._clear_next = True
        else:
            self._outputs().clear()

    def _show_text(self, name: str) -> None:
        text, self._pending[name] = self._pending[name], ""
        if text:
            self._show_stream(name, text)

    def _show_stream(self, name: str, text: str) -> None:
        outputs = self._outputs()
        self._room -= _text_size(text)
        if outputs and not self._clear_next and outputs[-1].get("name") == name:
            outputs[-1]["text"] += text
        else:
            self._append(_output("stream", name=name, text=text))

    def _append(self, output: NotebookNode) -> None:
        if self._clear_next:
            self._clear_next = False
            self._outputs().clear()
        if self._has_room(self._size(output)):
            self._outputs().append(output)

    def _size(self, output: NotebookNode) -> int:
        return _size(output, self.limits.output_bytes)

    def _has_room(self, size: int) -> bool:
        """Count what is to be kept; say whether it is not too much, for cell and notebook."""
        if self.overflowed:
            return True  # the end of what is kept, and the sentence that says so
        if self._bytes + size <= self.limits.output_bytes and size <= self._room:
            self._bytes += size
            self._room -= size
            return True
        self._take_full()
        return False

    def _outputs(self) -> list[NotebookNode]:
        assert self._cell is not None
        outputs: list[NotebookNode] = self._cell.outputs
        return outputs


def _output(kind: str, **parts: Any) -> NotebookNode:
    """Make an output; nbformat's own function validates each one against its schema."""
    output: NotebookNode = from_dict({"output_type": kind, **parts})
    return output


def _data(data: Any) -> dict[str, Any]:
    """Keep of a MIME bundle what a notebook may hold."""
    if not isinstance(data, dict):
        raise ValueError("no MIME bundle")
    kept = {}
    for kind in data.keys() & set(_DATA):
        content = data[kind]
        if isinstance(content, list) and all(isinstance(line, str) for line in content):
            content = "".join(content)
        is_picture = kind in _PICTURES and isinstance(content, str)
        if (
            (kind == "application/json" and _is_json(content))
            or (kind in _TEXTS and isinstance(content, str))
            or (is_picture and _BASE64.fullmatch(content))
        ):
            kept[kind] = content
    return {kind: kept[kind] for kind in data if kind in kept}


def _metadata(metadata: Any) -> dict[str, Any]:
    """Keep plain values, as the size of a picture."""
    if not isinstance(metadata, dict):
        return {}
    kept: dict[str, Any] = {k: v for k, v in metadata.items() if _is_plain(k) and _is_plain(v)}
    for kind in metadata.keys() & set(_DATA):
        if isinstance(metadata[kind], dict):
            plain = {k: v for k, v in metadata[kind].items() if _is_plain(k) and _is_plain(v)}
            kept[kind] = plain
    return kept


def _is_plain(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) < _NAME)


def _is_json(value: Any) -> bool:
    """Whether it can be written, in a notebook and so some levels deeper than here."""
    for _ in range(_DEEPER):
        value = [value]
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return True


def _size(output: NotebookNode, most: int) -> int:
    """Return about how many characters an output takes in the notebook.

    Where that is more than `most`, the counting may end before.
    """
    if output.output_type == "stream":
        return _OUTPUT  # its text is held by the limit on text
    if output.output_type == "error":
        parts = (output.ename, output.evalue, *output.traceback)
        return _OUTPUT + sum(map(_text_size, parts))
    size = _OUTPUT
    for part in (output.data, output.metadata):
        for kind, value in part.items():
            kept = _text_size(value) if isinstance(value, str) else _json_size(value, most)
            size += _text_size(kind) + kept
    return size


def _text_size(text: str) -> int:
    """Return how much a text takes: what is escaped is longer, and its lines are indented."""
    return len(quoted(text)) + _INDENT * count_lines(text)


def _json_size(value: Any, most: int) -> int:
    """Return how much a JSON value takes, whose parts each have a line, indented by their depth.

    Nested lists are short here, and in the notebook as long as they are deep, each.
    """
    size = 0
    parts: list[Iterator[Any]] = [iter((value,))]
    while parts and size <= most:
        indent = _INDENT + len(parts)
        for item in parts[-1]:
            if isinstance(item, dict):
                size += 2 * indent + sum(len(quoted(key)) + indent for key in item)
                parts.append(iter(item.values()))
                break
            if isinstance(item, list):
                size += 2 * indent
                parts.append(iter(item))
                break
            size += indent + len(quoted(item) if isinstance(item, str) else repr(item))
            if size > most:
                break
        else:
            parts.pop()
    return size


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError("unknown")
    return str(value)
