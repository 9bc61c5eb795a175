"""Frames between the grader and a submission's process: JSON with its length before it.

Nothing is ever unpickled. `FrameReader` is the trusted end: it takes bytes that may be anything and
gives JSON values or `GarbageError`. This module works inside the sandbox too and imports little.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 18
# An empty list takes two bytes to send and thirty times as much memory.
_MAX_CONTAINERS = 1_000_000


class GarbageError(Exception):
    """What came is no frame, or too much; the message says what, in half a sentence."""


def pack(value: Any) -> bytes:
    """Return the frame of a JSON value."""
    return pack_text(dumps(value))


def pack_text(data: bytes) -> bytes:
    """Return the frame of what is JSON already."""
    return _LENGTH.pack(len(data)) + data


def dumps(value: Any, default: Any = None) -> bytes:
    """Write a value as JSON; what is no valid Unicode becomes a question mark.

    Raises
    ------
    TypeError, ValueError, RecursionError
        If it is no JSON value.
    """
    text = json.dumps(
        value, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=default
    )
    return text.encode("utf-8", "replace")


def receive(connection: socket.socket) -> Any:
    """Read one frame from a peer that is trusted; blocks.

    Raises
    ------
    EOFError
        If the peer is gone.
    """
    (length,) = _LENGTH.unpack(_receive_exactly(connection, _LENGTH.size))
    return json.loads(_receive_exactly(connection, length))


def _receive_exactly(connection: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        got = connection.recv_into(view)
        if got == 0:
            raise EOFError
        view = view[got:]
    return data


class FrameReader:
    """Cuts what a submission's process sends into frames, within bounds.

    Parameters
    ----------
    max_frame : int
        Bytes of the largest frame.
    max_total : int
        Bytes of all frames together.
    max_frames : int
        How many frames there may be.

    Attributes
    ----------
    size : int
        Bytes of the frame that was read last.
    """

    def __init__(self, max_frame: int, max_total: int, max_frames: int) -> None:
        self.max_frame, self.max_total, self.max_frames = max_frame, max_total, max_frames
        self._buffer = bytearray()
        self._total = self._count = self.size = 0

    def feed(self, connection: socket.socket) -> bool:
        """Take what has arrived; returns False when the peer is gone."""
        try:
            data = connection.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:  # reset by the peer
            return False
        self._total += len(data)
        if self._total > self.max_total:
            raise GarbageError("it sent more than is read")
        self._buffer += data
        return bool(data)

    def next(self) -> list[Any] | None:
        """Return the next complete frame, a list that begins with a name, or None.

        Raises
        ------
        GarbageError
            If it is something else.
        """
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > self.max_frame:
            raise GarbageError("it sent a message that is too long")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        self._count += 1
        if self._count > self.max_frames:
            raise GarbageError("it sent too many messages")
        self.size = length
        content = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        return _parse(content)


def _parse(content: bytes) -> list[Any]:
    if len(content) > _MAX_CONTAINERS and content.count(b"[") + content.count(b"{") > (
        _MAX_CONTAINERS
    ):
        raise GarbageError("it sent a message that takes too much memory")
    try:
        frame = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError, MemoryError):
        raise GarbageError("it sent what is no message") from None
    if not (isinstance(frame, list) and frame and isinstance(frame[0], str)):
        raise GarbageError("it sent what is no message")
    if b"\\ud" in content or b"\\uD" in content:
        try:
            frame = _clean(frame)
        except RecursionError:
            raise GarbageError("it sent what is no message") from None
    checked: list[Any] = frame
    return checked


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _clean(value: Any) -> Any:
    """Replace halves of surrogate pairs, which no file can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
