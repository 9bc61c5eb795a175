"""Where a submission's output goes: one outlet, in the order that a Jupyter kernel would show.

A kernel keeps what is printed in two buffers, one for stdout and one for stderr. They are sent on
when something is displayed, when a cell ends, on ``flush()``, and after 0.2 s. What is written past
Python, by a program that was started say, arrives by the process's descriptors 1 and 2. The same
rules hold here; the text itself leaves earlier, so that it is not lost when the process is killed.
"""

from __future__ import annotations

# `signal` without its enumerations, which take longer than the call.
import _signal  # type: ignore[import-not-found]
import codecs
import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from ipykernel.iostream import OutStream
from jupyter_client.jsonutil import json_clean, json_default
from jupyter_client.session import Session

from grader.inside import wire

_FLUSH_SECONDS = 0.2  # ipykernel's
_SEND_SECONDS = 0.05
_SEND_BYTES = 1 << 16
_STREAMS = ("stdout", "stderr")
_INTERRUPT = {_signal.SIGINT}


class Outlet(Session):
    """Sends what cells give to the grader; stands where ipykernel has its message session.

    Attributes
    ----------
    current : str or None
        The cell that runs. What comes from others (a task or a thread of an earlier cell) and
        what comes while none runs is dropped, as nbclient does.
    """

    def attach(
        self,
        connection: socket.socket,
        captures: dict[str, tuple[int, int]],
        text_limit: int,
        bytes_limit: int,
    ) -> None:
        """Begin to send over `connection`.

        Parameters
        ----------
        captures : dict
            For each stream the descriptor that the process writes to and one to read it again.
        text_limit, bytes_limit : int
            No more than this is sent for one cell; one more, so that the grader knows.
        """
        self.connection = connection
        self._lock = threading.RLock()  # a submission may print from its threads
        self._frames: list[bytes] = []  # not sent yet
        self.process = os.getpid()
        self.captures = {name: _Capture(*fds) for name, fds in captures.items()}
        self.text_limit, self.bytes_limit = text_limit, bytes_limit
        self.current: str | None = None
        self.hooked: list[Any] = []  # output widgets that take what is shown
        self._reset()

    def _reset(self) -> None:
        self._parts: dict[str, list[str]] = {name: [] for name in _STREAMS}
        self._since: dict[str, float] = {}  # when the oldest text not shown yet was written
        self._characters = self._bytes = self._waiting = 0
        self._sent = time.monotonic()

    def begin(self, cell: str) -> None:
        """Let output belong to `cell` from now on."""
        self.drain(keep=False)
        self._reset()
        self.current = cell

    def end(self) -> None:
        """Close the cell's output; what comes now is dropped."""
        self.flush()
        self.current = None

    def write(self, name: str, cell: str | None, text: str) -> None:
        """Take what was printed to a stream."""
        if self.current is None or cell != self.current or self._characters > self.text_limit:
            return
        with self._lock:
            self.drain()
            self._add(name, text)

    def _add(self, name: str, text: str) -> None:
        if self.hooked or not text:
            return
        now = time.monotonic()
        for other, since in sorted(self._since.items(), key=lambda item: item[1]):
            if now - since > _FLUSH_SECONDS:
                self._take_text(other, flush=True)
        self._since.setdefault(name, now)
        room = self.text_limit + 1 - self._characters
        self._characters += len(text)
        self._parts[name].append(text[:room])
        self._waiting += len(text)
        if self._waiting > _SEND_BYTES or now - self._sent > _SEND_SECONDS:
            self._take_text(name, flush=False)
            self.send_now()

    def drain(self, keep: bool = True) -> None:
        """Take what was written to the descriptors."""
        for name, capture in self.captures.items():
            if capture.grew():
                text = capture.read(self.text_limit + 1 if keep else 0)
                if keep and self.current is not None and self._characters <= self.text_limit:
                    self._add(name, text)

    def flush(self, name: str | None = None) -> None:
        """Let what was printed so far come before what follows."""
        if self.current is None or os.getpid() != self.process:
            return
        with self._lock:
            self.drain()
            for stream in _STREAMS if name is None else (name,):
                if stream in self._since:
                    self._take_text(stream, flush=True)

    def _take_text(self, name: str, flush: bool) -> None:
        text = "".join(self._parts[name])
        self._parts[name].clear()
        self._waiting = 0
        if flush:
            del self._since[name]
        self.emit(["text", name, text, flush])

    # What ipykernel's display hook and publisher call.

    def msg(
        self, msg_type: str, content: Any = None, parent: Any = None, *_: Any, **__: Any
    ) -> Any:
        """Make a message, as hooks of the display publisher expect it."""
        header = {"msg_type": msg_type}
        return {"header": header, "msg_type": msg_type, "parent_header": parent, "content": content}

    def send(  # type: ignore[override]
        self, stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None, **_: Any
    ) -> Any:
        """Send a message of the kinds that change a cell's outputs."""
        message = msg_or_type
        if isinstance(message, str):
            message = self.msg(message, content, parent)
        cell = (message["parent_header"] or {}).get("msg_id")
        if cell is None or cell != self.current or self.hooked or os.getpid() != self.process:
            return message
        make = _FRAMES.get(message["msg_type"])
        if make is not None:
            self.flush()
            frame = make(message["content"])
            data = _json(frame)
            self._bytes += len(data)
            if self._bytes > self.bytes_limit:
                data = wire.dumps(["full"])
            self.put(wire.pack_text(data))
        return message

    def emit(self, frame: list[Any]) -> None:
        """Send a frame of ours with what is to be sent next."""
        self.put(wire.pack(frame))

    def put(self, data: bytes) -> None:
        """Send a frame that is packed already."""
        if os.getpid() != self.process:
            return  # a copy that the submission forked: two would speak at a time
        self._frames.append(data)
        self._waiting += len(data)
        if self._waiting > _SEND_BYTES or time.monotonic() - self._sent > _SEND_SECONDS:
            self.send_now()

    def send_now(self) -> None:
        """Send all frames, whole: an interrupt must not leave half of one."""
        with self._lock:
            before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _INTERRUPT)
            try:
                frames, self._frames = self._frames, []
                self._waiting = 0
                self._sent = time.monotonic()
                self.connection.sendall(b"".join(frames))
            finally:
                _signal.pthread_sigmask(_signal.SIG_SETMASK, before)


class _Capture:
    """A file that stands for descriptor 1 or 2: what is written is read again from where it was.

    A file and no pipe: nobody has to read while a program writes, so no thread is needed.
    """

    def __init__(self, writer: int, reader: int) -> None:
        self.reader, self._end = reader, 0
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def grew(self) -> bool:
        try:
            return os.lseek(self.reader, 0, os.SEEK_END) > self._end
        except OSError:  # closed by the submission
            return False

    def read(self, limit: int) -> str:
        """Return what is new, `limit` bytes of it at most; the rest is skipped."""
        with contextlib.suppress(OSError):
            start, self._end = self._end, os.lseek(self.reader, 0, os.SEEK_END)
            return self._decode(os.pread(self.reader, min(limit, self._end - start), start))
        return ""


class Stream(OutStream):
    """`sys.stdout` or `sys.stderr` of a submission; looks like a kernel's."""

    def __init__(self, name: str, outlet: Outlet, null: int) -> None:  # not OutStream's: no threads
        import contextvars

        self.name, self.outlet = name, outlet
        self.echo = None
        self._isatty = False
        self._original_stdstream_copy = null
        self._parent_header = contextvars.ContextVar("parent_header")
        self._parent_header_global: dict[str, Any] = {}

    @property
    def closed(self) -> bool:
        """Never: a cell that closes it does not silence those below."""
        return False

    def close(self) -> None:
        """Stay open."""

    def write(self, string: str) -> int:
        """Write text; from a process that the submission forked, by the descriptor."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        if os.getpid() == self.outlet.process:
            self.outlet.write(self.name, self.parent_header.get("msg_id"), string)
        else:
            os.write(1 + _STREAMS.index(self.name), string.encode("utf-8", "replace"))
        return len(string)

    def writelines(self, sequence: Any) -> None:
        """Write each text of a sequence."""
        for string in sequence:
            self.write(string)

    def flush(self) -> None:
        """Let what was printed here come before what follows."""
        self.outlet.flush(self.name)


def _json(frame: list[Any]) -> bytes:
    try:
        return wire.dumps(frame, default=json_default)
    except (ValueError, TypeError):
        return wire.dumps(json_clean(frame), default=str)


_FRAMES: dict[str, Callable[[dict[str, Any]], list[Any]]] = {
    "display_data": lambda c: ["display", c["data"], c["metadata"], _display_id(c), False],
    "update_display_data": lambda c: ["display", c["data"], c["metadata"], _display_id(c), True],
    "execute_result": lambda c: ["result", c["data"], c["metadata"], c.get("execution_count")],
    "error": lambda c: ["error", c["ename"], c["evalue"], c["traceback"]],
    "clear_output": lambda c: ["clear", bool(c["wait"])],
}


def _display_id(content: dict[str, Any]) -> Any:
    return (content.get("transient") or {}).get("display_id")
