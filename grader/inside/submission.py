"""Running one submission, in the process that was forked for it."""

from __future__ import annotations

# `signal` without its enumerations, which take longer than the call.
import _signal  # type: ignore[import-not-found]
import asyncio
import builtins
import contextlib
import fcntl
import getpass
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import MethodType, SimpleNamespace
from typing import Any

import numpy as np
from ipykernel.kernelbase import Kernel

from grader.inside import wire
from grader.inside.limits import CASE_SECONDS, HOPELESS, TIMED_OUT, Limits
from grader.inside.shell import ZMQInteractiveShell
from grader.inside.streams import Stream
from twoapples.checking.answers import answer
from twoapples.checking.forbids.guard import forbidding
from twoapples.checking.traces import FILE_NAME


class Submission:
    """Runs one submission in this process, which was forked for it and ends with it.

    Parameters
    ----------
    connection : socket
        To the grader: what to run comes from it, what came of it goes to it.
    interrupts : socket
        A byte that arrives here interrupts the cell that runs: the system sends SIGINT.
    scratch : str
        The folder that the notebook runs in, private and empty.
    """

    def __init__(
        self,
        shell: ZMQInteractiveShell,
        limits: Limits,
        connection: socket.socket,
        interrupts: socket.socket,
        scratch: str,
    ) -> None:
        self.shell, self.limits, self.connection = shell, limits, connection
        self.outlet = shell.outlet
        self.process = os.getpid()
        self._met: dict[str, list[str]] = {}  # by exercise what it asked for and may not use
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        if os.getpgrp() != self.process:
            os.setsid()  # an interrupt goes to the whole group, as a kernel's does
        fcntl.fcntl(interrupts, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(interrupts, fcntl.F_SETSIG, signal.SIGINT)
        fcntl.fcntl(interrupts, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.chdir(scratch)
        self._own_folders(scratch)
        self._own_streams(scratch)
        # A kernel's, which say that nobody answers.
        nobody = SimpleNamespace(_allow_stdin=False)
        self._input = MethodType(Kernel.raw_input, nobody)
        self._getpass = MethodType(Kernel.getpass, nobody)
        np.random.seed()
        random.seed()

    def _own_folders(self, scratch: str) -> None:
        shell = self.shell
        shell.starting_dir = scratch
        shell.user_ns["_dh"] = [Path(scratch)]

    def _own_streams(self, scratch: str) -> None:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        captures = {}
        for number, name in ((1, "stdout"), (2, "stderr")):
            path = os.path.join(scratch, f".{name}")
            writer = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_EXCL, 0o600)
            reader = os.open(path, os.O_RDONLY)
            os.unlink(path)
            os.dup2(writer, number)
            os.close(writer)
            captures[name] = (number, reader)
        limits = self.limits
        self.outlet.attach(self.connection, captures, limits.text_bytes, limits.output_bytes)
        sys.stdout = Stream("stdout", self.outlet, null)
        sys.stderr = Stream("stderr", self.outlet, null)

    def run(self) -> None:
        """Do what the grader sends: cells, and questions in between."""
        steps = wire.receive(self.connection)
        files = wire.receive(self.connection)
        questions = wire.receive(self.connection)
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("latin-1"))
        # A check that a learner calls in a cell of their own says so instead of failing oddly.
        Path(FILE_NAME).write_text('{"format":1,"exercises":[]}', encoding="utf-8")
        self.outlet.emit(["begun"])
        self.outlet.send_now()  # nothing of the submission has run: what is sent is ours
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        # A kernel's cells run while its event loop does.
        loop.run_until_complete(self._run(steps, questions))

    async def _run(self, steps: list[list[Any]], questions: dict[str, list[Any]]) -> None:
        missing = []
        for kind, *what in steps:
            if kind == "cell":
                index, source, name = what
                with forbidding(name, _forbids(questions.get(name, []))) as met:
                    await self._run_cell(index, source)
                self._met[name] = met
            elif not self._ask(what[0], questions[what[0]]):
                missing.append(what[0])
        # What was written in some other place, below its check, counts as well.
        for name in missing:
            self._ask(name, questions[name])
        self.outlet.emit(["end"])
        self.outlet.send_now()

    async def _run_cell(self, index: int, source: str) -> None:
        start = time.monotonic()
        count = self.shell.execution_count
        message = {"header": {"msg_id": f"cell-{index}"}}
        self.shell.set_parent(message)
        self.shell.kernel.get_parent = lambda *_: message
        self.outlet.begin(f"cell-{index}")
        with contextlib.suppress(BaseException):  # IPython has shown what the cell raised
            await self._execute(source)
        self._end(start, self.limits.cell_seconds, ["done", "cell", index, count])
        await asyncio.sleep(0)  # tasks that the cell has started go on

    def _end(self, start: float, seconds: float, frame: list[Any]) -> None:
        """Say that a step is done.

        After a step that took long the grader may have sent an interrupt already; it is waited
        for, so that it cannot hit the next step.
        """
        if os.getpid() != self.process:
            os._exit(0)  # a copy that the submission forked; it must not run the cells below
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        wait = time.monotonic() - start > seconds / 2
        self.outlet.end()
        self.outlet.emit([*frame, wait])
        self.outlet.send_now()
        if wait:
            wire.receive(self.connection)

    async def _execute(self, source: str) -> None:
        """Run a cell as a kernel does."""
        shell = self.shell
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        builtins.input, getpass.getpass = self._input, self._getpass
        try:
            transformed, failure = source, None
            try:
                transformed = shell.transform_cell(source)
            except Exception:
                failure = sys.exc_info()
            parts: dict[str, Any] = {
                "transformed_cell": transformed,
                "preprocessing_exc_tuple": failure,
            }
            if not shell.should_run_async(source, **parts):
                shell.run_cell(source, store_history=True)
                return
            shell._last_traceback = None
            task = asyncio.ensure_future(shell.run_cell_async(source, store_history=True, **parts))
            with _cancelled_by_interrupt(task):
                result = None
                try:
                    result = await task
                finally:
                    shell.events.trigger("post_execute")
                    shell.events.trigger("post_run_cell", result)
        finally:
            _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
            with contextlib.suppress(Exception):
                shell.payload_manager.clear_payload()

    def _ask(self, name: str, cases: list[Any]) -> bool:
        """Ask an exercise's cases all at once; if that takes too long, each by itself.

        Returns
        -------
        bool
            False if nothing has the exercise's name.
        """
        reply, in_time = self._answer(name, cases, self.limits.cell_seconds)
        if in_time:
            return reply.get("missing") is not True
        answers: list[Any] = []
        for case in cases:
            one, _ = self._answer(name, [case], CASE_SECONDS, final=False)
            given = one.get("answers")
            answers.append(given[0] if isinstance(given, list) and len(given) == 1 else TIMED_OUT)
            if "forbidden" in one:
                self._met[name] = [one["forbidden"]]
            if sum(a is TIMED_OUT for a in answers) == HOPELESS:
                break
        answers += [TIMED_OUT] * (len(cases) - len(answers))
        told = {"forbidden": refused[0]} if (refused := self._met.get(name)) else {}
        self._send_answers(name, {"answers": answers, **told})
        self.outlet.send_now()
        return True

    def _answer(
        self, name: str, cases: list[Any], seconds: float, final: bool = True
    ) -> tuple[dict[str, Any], bool]:
        """Ask cases; what is printed or shown meanwhile is dropped: it may hold hidden inputs."""
        start = time.monotonic()
        reply: dict[str, Any] = {}
        in_time = True
        try:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
            with self.shell.builtin_trap:
                reply = answer(name, cases, self.shell.user_ns)
                if met := self._met.get(name):
                    reply["forbidden"] = met[0]
        except KeyboardInterrupt:
            in_time = time.monotonic() - start < seconds / 2  # else it came from the grader
        except BaseException:
            reply = {}  # the grader says that there is no answer that can be read
        finally:
            _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        with contextlib.suppress(BaseException):
            self.shell.events.trigger("post_execute")  # figures that an answer drew are closed
        if final and in_time:
            self._send_answers(name, reply)
        self._end(start, seconds, ["done", "ask", name, final and in_time])
        return reply, in_time

    def _send_answers(self, name: str, reply: dict[str, Any]) -> None:
        try:
            data = wire.dumps(["answers", name, reply])
        except (TypeError, ValueError, RecursionError):
            data = wire.dumps(["answers", name, {}])
        if len(data) > self.limits.answer_bytes:
            data = wire.dumps(["large", name])
        self.outlet.put(wire.pack_text(data))


def _forbids(cases: list[Any]) -> list[str]:
    return cases[0].get("forbids", []) if cases else []


@contextlib.contextmanager
def _cancelled_by_interrupt(task: asyncio.Task[Any]) -> Iterator[None]:
    """Let SIGINT cancel the coroutine of a cell with ``await`` instead of stopping the loop."""
    loop = asyncio.get_running_loop()

    def cancel(*_: Any) -> None:
        loop.call_soon_threadsafe(task.cancel)

    before = _signal.signal(_signal.SIGINT, cancel)
    try:
        yield
    finally:
        _signal.signal(_signal.SIGINT, before)
