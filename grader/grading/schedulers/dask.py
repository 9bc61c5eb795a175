"""Grading on a Dask cluster: any number of machines that a Dask scheduler knows.

All that goes over the network are bytes: the order once to each worker, each submission to one
of them, its result back. The client lives in an event loop in a thread of its own; each submission
that is under way is a coroutine there, and what is finished comes out of a queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import uuid4

from grader.errors import GraderError
from grader.grading.schedulers import ExecutorFactory, Finished, dask_worker
from grader.judging.task import Order

try:
    import distributed
    from distributed.client import FutureCancelledError
except ImportError as error:
    raise GraderError(
        "Grading on a cluster needs Dask, which is not installed; the extra `cluster` brings it."
    ) from error

# Tasks a thread of a worker has beyond the one that it is at.
_AHEAD = 1
_CONNECT = 15.0  # seconds until a scheduler must have answered
_LOOK = 1.0  # seconds between looks at who is there
_SOON = 0.05
_END = 5.0  # seconds that workers have to forget a run
PATIENCE = 600.0  # seconds without any worker


class ClusterError(GraderError):
    """The cluster cannot be used, or no longer; the message says why."""


class Dask:
    """Grades on the workers of a Dask cluster.

    Parameters
    ----------
    address : str
        The scheduler's, ``tcp://10.0.0.7:8786`` say. For ``tls://`` Dask's own configuration
        names the certificates.
    order : Order
        What is the same for all submissions.
    make_executor : callable
        Makes an executor on a worker; picklable.
    isolation : str
        What each worker must be able to enforce before it gets a submission.
    say : callable
        Told in a sentence what a person should know, from the thread that calls `collect`.
    again : str
        The command that continues a run that has ended early.

    Raises
    ------
    ClusterError
        If there is no scheduler.

    Notes
    -----
    Dask gives a task that was on a lost worker to another one. It blames all the tasks that the
    worker had, so a task that Dask gives up (after `distributed.scheduler.allowed-failures` lost
    workers) may be innocent. It is tried once more, on its own: nothing else is under way then.
    If workers die again, it has failed.
    """

    def __init__(
        self,
        address: str,
        order: Order,
        make_executor: ExecutorFactory,
        *,
        isolation: str = "default",
        say: Callable[[str], None] = lambda sentence: None,
        again: str = "",
    ) -> None:
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said in words
        self._address, self._say = address, say
        self._again = f" To continue: {again}" if again else " The same command continues."
        self._run = uuid4().hex
        self._setup = (order.to_bytes(), make_executor, isolation, dask_worker.versions())
        self._events: queue.SimpleQueue[Finished | ClusterError | str] = queue.SimpleQueue()
        self._error: ClusterError | None = None
        self._threads: dict[str, int] = {}  # of the workers that are there
        self._ready: dict[str, asyncio.Task[None]] = {}  # workers that were asked to get ready
        self._fit: set[str] = set()
        self._unfit: dict[str, str] = {}  # by worker why it takes no part
        self._attempts = 0
        self._working: set[asyncio.Task[None]] = set()
        self._started: queue.SimpleQueue[ClusterError | None] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main()), name="dask-client", daemon=True
        )
        self._thread.start()
        if problem := self._started.get():
            self._thread.join()
            raise problem

    @property
    def capacity(self) -> int:
        """So many submissions for each thread of the workers that take part."""
        threads = sum(n for worker, n in self._threads.items() if worker not in self._unfit)
        return max(1, threads) * (1 + _AHEAD)

    def submit(self, number: int, task: bytes) -> None:
        """Take on a task."""
        with contextlib.suppress(RuntimeError):  # the loop has ended; `collect` says why
            asyncio.run_coroutine_threadsafe(self._begin(self._grade(number, task)), self._loop)

    def collect(self, seconds: float) -> list[Finished]:
        """Return what is finished.

        Raises
        ------
        ClusterError
            If the scheduler is gone or no worker can grade, after all that was finished.
        """
        finished: list[Finished] = []
        with contextlib.suppress(queue.Empty):
            event = self._events.get(timeout=0 if self._error else seconds)
            while True:
                if isinstance(event, Finished):
                    finished.append(event)
                elif isinstance(event, ClusterError):
                    self._error = self._error or event
                else:
                    self._say(event)
                event = self._events.get_nowait()
        if self._error is not None and not finished:
            raise self._error
        return finished

    def close(self) -> None:
        """Leave the cluster; workers drop what they have not begun."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(_CONNECT + 2 * _END)

    # In the event loop

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        self._all_done = asyncio.Condition()
        self._together = 0  # tasks under way that need not be alone
        try:
            self._client = await distributed.Client(
                self._address,
                asynchronous=True,
                set_as_default=False,
                timeout=_CONNECT,
                name="twoapples-grader",
            )
        except Exception as error:
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            self._started.put(
                ClusterError(f"There is no Dask scheduler at {self._address} ({reason}).")
            )
            return
        try:
            await self._look()
            if self._ready:
                await asyncio.wait(self._ready.values(), timeout=_CONNECT)
            self._started.put(None)
            await self._watch()
        except Exception as error:
            self._fail(self._gone(error))
            self._started.put(None)
        finally:
            await self._leave()

    async def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    def _gone(self, error: BaseException) -> ClusterError:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        return ClusterError(
            f"{self._address} can no longer be used: {reason}. What is graded is in the gradebook."
            f"{self._again}"
        )

    def _fail(self, error: ClusterError) -> None:
        self._events.put(error)
        self._closing.set()

    async def _leave(self) -> None:
        for task in list(self._working):
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        with contextlib.suppress(Exception, asyncio.CancelledError):
            if self._client.status == "running":
                forget = self._client.run(dask_worker.finish, self._run, on_error="ignore")
                await asyncio.wait_for(forget, _END)
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await asyncio.wait_for(self._client.close(timeout=_END), 2 * _END)

    async def _watch(self) -> None:
        """Look who is there, again and again, until the run is over."""
        last_seen = time.monotonic()
        told = False
        while not self._closing.is_set():
            if self._threads:
                last_seen, told = time.monotonic(), False
            elif not told:
                self._events.put(f"{self._address} has no workers; waiting for one")
                told = True
            elif time.monotonic() - last_seen > PATIENCE:
                minutes = f"{PATIENCE / 60:.0f} minutes"
                raise OSError(f"it has had no workers for {minutes}")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _LOOK)
            if not self._closing.is_set():
                await self._look()

    async def _look(self) -> None:
        if self._client.status != "running":
            raise OSError("the connection was lost")
        there = dict(await asyncio.wait_for(self._client.nthreads(), _CONNECT))
        for worker in self._ready.keys() - there.keys():
            self._forget(worker)
        self._threads = there
        for worker in there:
            self._prepare(worker)

    def _prepare(self, worker: str) -> asyncio.Task[None]:
        """Have a worker get ready, once."""
        task = self._ready.get(worker)
        if task is None:
            task = self._ready[worker] = asyncio.ensure_future(self._ask(worker))
        return task

    async def _ask(self, worker: str) -> None:
        try:
            answers = await self._client.run(
                dask_worker.prepare, self._run, *self._setup, workers=[worker], on_error="return"
            )
            answer = answers.get(worker, "")
        except Exception as error:
            answer = error
        if isinstance(answer, OSError):
            self._ready.pop(worker, None)  # it has gone again, or is asked another time
        elif answer:
            self._refuse(worker, dask_worker.explain(answer))
        else:
            self._fit.add(worker)

    def _forget(self, worker: str) -> None:
        self._ready.pop(worker, None)
        self._unfit.pop(worker, None)
        self._fit.discard(worker)

    def _refuse(self, worker: str, reason: str) -> None:
        if worker in self._unfit:
            return
        self._fit.discard(worker)
        self._unfit[worker] = reason
        text = f"the worker {worker} grades nothing: {reason}"
        if self._unfit.keys() >= self._threads.keys():
            self._fail(ClusterError(f"No worker of {self._address} can grade: {text}{self._again}"))
        else:
            self._events.put(text)

    # One submission

    async def _grade(self, number: int, task: bytes) -> None:
        try:
            finished = Finished(number, await self._with_others(number, task))
        except dask_worker.FailedError as error:
            finished = Finished(number, failure=str(error))
        except distributed.KilledWorker as error:
            died = 2 * (error.allowed_failures + 1)
            finished = Finished(number, failure=f"{died} workers died that were grading it")
        except (FutureCancelledError, OSError) as error:
            self._fail(self._gone(error))
            return
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            finished = Finished(number, failure=f"the cluster failed on it ({reason})")
        self._events.put(finished)

    async def _with_others(self, number: int, task: bytes) -> bytes:
        async with self._all_done:
            self._together += 1
        try:
            return await self._attempt(number, task)
        except distributed.KilledWorker:
            pass
        finally:
            async with self._all_done:
                self._together -= 1
                self._all_done.notify_all()
        # Those that come while it is tried wait for it, because it holds the condition.
        async with self._all_done:
            await self._all_done.wait_for(lambda: not self._together)
            return await self._attempt(number, task)

    async def _attempt(self, number: int, task: bytes) -> bytes:
        """Have a task done by a worker that takes part."""
        while True:
            fit = self._fit & self._threads.keys()
            if not fit:  # somebody joins, or the run ends
                await asyncio.sleep(_SOON)
                continue
            self._attempts += 1
            future = self._client.submit(
                dask_worker.grade,
                self._run,
                task,
                key=f"grade-{self._run}-{self._attempts}",
                pure=False,
                # Without a list Dask may give it to a worker that joins.
                workers=None if fit == self._threads.keys() else sorted(fit),
            )
            result = asyncio.ensure_future(_result(future))
            try:
                while not (await asyncio.wait([result], timeout=_LOOK))[0]:
                    if not fit & self._threads.keys():
                        break  # all that may do it are gone
                else:
                    return await result
            except dask_worker.NotReadyError as error:
                (worker,) = error.args
                if worker in self._fit:  # another one has got its address
                    self._forget(worker)
                await self._prepare(worker)
            except dask_worker.UnfitError as error:
                self._refuse(*error.args)
            finally:
                result.cancel()
                future.release()


async def _result(future: Any) -> bytes:
    result: bytes = await future
    return result
