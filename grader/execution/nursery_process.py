"""The nursery as the grader sees it: a process, and a socket over which it is told what to do."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import tempfile
import time
from dataclasses import asdict
from typing import IO

from grader.errors import GraderError
from grader.inside.isolation import Isolation
from grader.inside.limits import Limits
from grader.sandbox.bubblewrap import command, end

START_SECONDS = 60.0
_END_SECONDS = 5.0


class NurseryError(GraderError):
    """The process that submissions are forked from cannot be started; the message says why."""


class NurseryProcess:
    """The nursery's process, and the socket over which it is told what to do.

    Parameters
    ----------
    many : bool
        Whether more than one submission is to be forked from it.
    """

    def __init__(
        self, limits: Limits, isolation: Isolation, figures: bool, many: bool = True
    ) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._messages: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        options = {
            "limits": asdict(limits),
            "isolation": isolation.value,
            "figures": figures,
            "many": many,
        }
        number = theirs.fileno()
        arguments = ["-I", "-m", "grader.inside.nursery", str(number), json.dumps(options)]
        argv, env = command(arguments, isolation=isolation, keep_fds=[number])
        self.process = subprocess.Popen(
            argv,
            env=env,
            cwd="/",
            pass_fds=[number],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._messages,
            start_new_session=True,  # the terminal's Ctrl-C is not for it
        )
        theirs.close()
        self._ready = False
        self._number = self._leaving = 0
        self._alive = True
        self.ended: dict[int, int] = {}  # exit status by number

    def alive(self) -> bool:
        """Whether it can be asked for another process."""
        return self._alive and self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until it has imported what it imports.

        Raises
        ------
        NurseryError
            If it ends instead, or takes too long.
        """
        limit = time.monotonic() + START_SECONDS
        while not self._ready:
            if not self.hear(limit - time.monotonic()):
                self._messages.seek(0)
                lines = self._messages.read()[-2000:].decode("utf-8", "replace").split("\n")
                last = next((line for line in reversed(lines) if line.strip()), "it said nothing")
                self.close()
                raise NurseryError(f"The process that runs submissions did not start: {last}")

    def fork(self, drawing: bool = False) -> tuple[int, socket.socket, socket.socket]:
        """Start a submission's process; return its number and our ends of its sockets.

        Parameters
        ----------
        drawing : bool
            Whether it is to draw a plot, which may be while a submission's process runs.
        """
        if self._leaving and self.wait_for_end(self._leaving) is None:
            self._alive = False  # the one before cannot be got rid of
        self._number += 1
        connection, inside = socket.socketpair()
        interrupts, inside_interrupts = socket.socketpair()
        try:
            order = {"do": "fork", "number": self._number, "drawing": drawing}
            message = json.dumps(order).encode()
            descriptors = [inside.fileno(), inside_interrupts.fileno()]
            socket.send_fds(self.control, [message], descriptors)
        except OSError:
            self._alive = False
        finally:
            inside.close()
            inside_interrupts.close()
        return self._number, connection, interrupts

    def prepare(self, cells: list[str]) -> None:
        """Have it work out released cells before the next fork."""
        with open(os.memfd_create("cells"), "wb") as file:
            file.write(json.dumps(cells).encode())
            file.flush()
            try:
                socket.send_fds(self.control, [b'{"do": "prepare"}'], [file.fileno()])
            except OSError:
                self._alive = False

    def leave(self, number: int) -> None:
        """End a submission's process and all that it has started; `fork` waits until it is gone."""
        self._leaving = number
        with contextlib.suppress(OSError):
            self.control.send(json.dumps({"do": "kill", "number": number}).encode())

    def hear(self, seconds: float) -> bool:
        """Take one message if one comes in time; returns whether one did."""
        if not select.select([self.control], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = self.control.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self._alive = False
            return False
        message = json.loads(data)
        if message["event"] == "ready":
            self._ready = True
        elif message["event"] == "ended":
            self.ended[message["number"]] = message["status"]
        return True

    def wait_for_end(self, number: int) -> int | None:
        """Wait until a submission's process is gone; return how it ended, if that is known."""
        limit = time.monotonic() + _END_SECONDS
        while number not in self.ended and self._alive:
            if not self.hear(limit - time.monotonic()) and time.monotonic() >= limit:
                break
        return self.ended.get(number)

    def close(self) -> None:
        """End it and everything in it."""
        self._alive = False
        self.control.close()
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            end(self.process)
        self._messages.close()
