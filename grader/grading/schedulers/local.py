"""Grading on this machine: in this process, or in processes beside it."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

from grader.errors import GraderError
from grader.execution import Executor
from grader.grading.schedulers import ExecutorFactory, Finished
from grader.judging.task import Order, perform
from grader.tools.processes import process_context

# Tasks a worker has beyond the one that it is at, so that it never waits for the writer.
_AHEAD = 1
_GRACE = 1.0  # seconds that a worker has to end by itself
# In the place of a task's number: the worker cannot work at all, or is ready to.
_NOBODY, _READY = -1, -2
_STILLBORN = 3  # so many workers that never got ready, and no more are started


class InThisProcess:
    """Grades here, one task after the other: the quickest way for a single submission."""

    capacity = 1

    def __init__(self, order: Order, executor: Executor) -> None:
        self._order, self._executor = order, executor
        self._waiting: deque[tuple[int, bytes]] = deque()

    def submit(self, number: int, task: bytes) -> None:
        """Take on a task."""
        self._waiting.append((number, task))

    def collect(self, seconds: float) -> list[Finished]:
        """Grade the next task."""
        if not self._waiting:
            return []
        number, task = self._waiting.popleft()
        return [finish(number, partial(perform, self._order, task, self._executor))]

    def close(self) -> None:
        """End the executor."""
        self._executor.close()


class Processes:
    """Grades in worker processes on this machine.

    Parameters
    ----------
    order : bytes
        What `Order.to_bytes` gave.
    make_executor : callable
        Makes a worker's executor; a function of a module, or a `partial` of one.
    workers : int
        How many processes.

    Notes
    -----
    A worker that dies takes the task with it that it was at, or else the one before which it died.
    That task is tried once more, in a worker that has no other; if that dies as well, the task has
    failed. No other task is touched.
    """

    def __init__(self, order: bytes, make_executor: ExecutorFactory, workers: int) -> None:
        self.capacity = workers * (1 + _AHEAD)
        self._context = process_context("grader.grading.worker_imports")
        self._start = (order, make_executor)
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._again: deque[tuple[int, bytes]] = deque()  # whose worker has died
        self._workers: list[_Worker] = []
        self._most = workers
        self._stillborn = 0

    def submit(self, number: int, task: bytes) -> None:
        """Take on a task."""
        self._waiting.append((number, task))
        self._hand_out()

    def collect(self, seconds: float) -> list[Finished]:
        """Return what is finished."""
        finished: list[Finished] = []
        deadline = time.monotonic() + seconds
        while not finished:
            self._hand_out()
            left = max(0.0, deadline - time.monotonic())
            ready = wait([worker.connection for worker in self._workers], left)
            for worker in [w for w in self._workers if w.connection in ready]:
                finished += self._receive(worker)
            if not ready:
                break
        self._hand_out()
        return finished

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.bury()
        self._workers = []

    def _receive(self, worker: _Worker) -> list[Finished]:
        try:
            number, result, failure = worker.connection.recv()
        except (EOFError, OSError):
            return self._replace(worker)
        if number == _NOBODY:
            raise GraderError(failure)
        if number == _READY:
            worker.ready = True
            return []
        worker.tasks.popleft()
        worker.alone = False
        return [Finished(number, result, failure)]

    def _replace(self, dead: _Worker) -> list[Finished]:
        dead.end()
        dead.bury()
        self._workers.remove(dead)
        if not dead.ready:
            self._stillborn += 1
            if self._stillborn == _STILLBORN:
                raise GraderError("The processes that grade cannot be started.")
            self._waiting.extendleft(reversed(dead.tasks))
            return []
        if not dead.tasks:
            return []
        lost = dead.tasks.popleft()
        self._waiting.extendleft(reversed(dead.tasks))
        if dead.alone:
            return [Finished(lost[0], failure="the process that graded it was killed, twice")]
        self._again.append(lost)
        return []

    def _hand_out(self) -> None:
        idle = sum(not worker.tasks for worker in self._workers)
        wanted = len(self._waiting) + len(self._again) - idle
        for _ in range(min(wanted, self._most - len(self._workers))):
            self._workers.append(_Worker(self._context, self._start))
        for room in range(_AHEAD + 1):
            for worker in self._workers:
                if worker.alone or len(worker.tasks) != room:
                    continue
                if room == 0 and self._again:
                    worker.alone = True
                    worker.give(self._again.popleft())
                elif self._waiting:
                    worker.give(self._waiting.popleft())


class _Worker:
    """A worker process, seen from outside."""

    def __init__(self, context: Any, start: tuple[bytes, ExecutorFactory]) -> None:
        self.tasks: deque[tuple[int, bytes]] = deque()
        self.alone = self.ready = False
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, *start), daemon=True)
        with _nameless_program():
            self._process.start()
        theirs.close()

    def give(self, task: tuple[int, bytes]) -> None:
        self.tasks.append(task)
        # If it is dead, that is found out where its answer is waited for.
        with contextlib.suppress(OSError):
            self.connection.send(task)

    def end(self) -> None:
        self.connection.close()

    def bury(self) -> None:
        self._process.join(2 * _GRACE)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()


@contextlib.contextmanager
def _nameless_program() -> Iterator[None]:
    """Keep new processes from importing the program that starts them, of which they need nothing.

    For the command `grader` that takes a fifth of a second in each of them.
    """
    main = vars(sys.modules["__main__"])
    kept: dict[str, Any] = {name: main[name] for name in ("__file__", "__spec__") if name in main}
    main["__spec__"] = None
    main.pop("__file__", None)
    try:
        yield
    finally:
        del main["__spec__"]
        main.update(kept)


def serve(connection: Connection, order: bytes, make_executor: ExecutorFactory) -> None:
    """Work in a worker process until the other side goes away."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in the terminal is for the process that writes, which then tells us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tasks: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()

    def read() -> None:
        # Always read, so that the other side never waits until it can send.
        with contextlib.suppress(EOFError, OSError):
            while True:
                tasks.put(connection.recv())
        # The other side is gone, even killed: nobody wants what is being worked on.
        tasks.put(None)
        time.sleep(_GRACE)
        os._exit(0)

    try:
        executor = make_executor()
        executor.start()  # it imports while we read the order
        common = Order.from_bytes(order)
    except Exception as error:
        connection.send((_NOBODY, b"", str(error) or type(error).__name__))
        return
    threading.Thread(target=read, daemon=True).start()
    try:
        connection.send((_READY, b"", ""))
        while (task := tasks.get()) is not None:
            number, content = task
            done = finish(number, partial(perform, common, content, executor))
            connection.send((done.number, done.result, done.failure))
    except GraderError as error:
        with contextlib.suppress(OSError):
            connection.send((_NOBODY, b"", str(error)))
    except OSError:
        pass
    finally:
        executor.close()


def finish(number: int, work: Callable[[], bytes]) -> Finished:
    """Do the work on a task, whatever comes of it."""
    try:
        return Finished(number, work())
    except GraderError:
        raise  # nothing can be run here
    except Exception as error:  # a mistake of ours must not stop the others
        return Finished(
            number, failure=f"the grader failed on it ({type(error).__name__}: {error})"
        )
