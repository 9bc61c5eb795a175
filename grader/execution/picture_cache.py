"""Pictures that were drawn for a submission and are the same in others; the trusted side.

See `grader.inside.plots`. A picture is known by what was asked for, all of it. It was drawn
by a process that was forked from the nursery for this and had nothing else to read, so whatever a
submission sends, it determines the picture of its own question and of no other.
"""

from __future__ import annotations

import hashlib
import select
import time
from collections import OrderedDict
from typing import Any

from grader.execution.nursery_process import NurseryProcess
from grader.inside import wire
from grader.inside.limits import PLOT_BYTES

DRAW_SECONDS = 10.0
_MOST_KEPT_BYTES = 64 * 2**20
_LARGEST = 5_000_000  # bytes of a picture, in base64
_NO = wire.pack(["no"])


class PictureCache:
    """Answers a submission's questions for pictures; draws each once as long as it is kept.

    For one executor, which may use a nursery after the other.

    Attributes
    ----------
    drawn, found : int
        How many questions a process was forked for, and how many were answered without.
    """

    def __init__(self, most_bytes: int = _MOST_KEPT_BYTES) -> None:
        self.most_bytes = most_bytes
        self.drawn = self.found = 0
        self._replies: OrderedDict[bytes, bytes] = OrderedDict()  # the oldest first
        self._bytes = 0

    def reply(self, request: list[Any], nursery: NurseryProcess, deadline: float) -> bytes:
        """Return the frame that answers a request, whatever it is; takes 10 s at most.

        Parameters
        ----------
        request : list
            Module, name, arguments and keywords, from a submission: it may be anything.
        deadline : float
            Of the submission, on the monotonic clock.
        """
        data = wire.pack(request)
        if len(data) > PLOT_BYTES or len(request) != 4:
            return _NO
        key = hashlib.sha256(data).digest()
        if (known := self._replies.get(key)) is not None:
            self.found += 1
            self._replies.move_to_end(key)
            return known
        seconds = min(DRAW_SECONDS, deadline - time.monotonic())
        if seconds <= 0:
            return _NO
        self.drawn += 1
        reply = _draw(nursery, data, seconds)
        if reply is None:
            if seconds < DRAW_SECONDS:  # a submission near its end; others may have the time
                return _NO
            reply = _NO
        self._replies[key] = reply
        self._bytes += len(reply)
        while self._bytes > self.most_bytes:
            _, forgotten = self._replies.popitem(last=False)
            self._bytes -= len(forgotten)
        return reply


def _draw(nursery: NurseryProcess, request: bytes, seconds: float) -> bytes | None:
    """Have a picture drawn; return the reply, or None if the time was too short for one.

    What goes wrong is nobody's fault, and means that there is no picture.
    """
    limit = time.monotonic() + seconds
    reader = wire.FrameReader(_LARGEST, _LARGEST, 1)
    number, connection, interrupts = nursery.fork(drawing=True)
    with connection, interrupts:
        try:
            connection.settimeout(seconds)
            connection.sendall(request)
            connection.settimeout(0)
            while (left := limit - time.monotonic()) > 0:
                if not select.select([connection], [], [], left)[0]:
                    continue
                if not reader.feed(connection):
                    return _NO
                if (frame := reader.next()) is not None:
                    return wire.pack(frame) if _is_picture(frame) else _NO
        except TimeoutError:
            pass
        except (OSError, wire.GarbageError):
            return _NO
        finally:
            nursery.leave(number)
    return None


def _is_picture(frame: list[Any]) -> bool:
    return [type(part) for part in frame] == [str, int, str, str] and frame[0] == "drawn"
