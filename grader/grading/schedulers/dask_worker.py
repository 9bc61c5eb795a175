"""What happens on a Dask worker: it gets ready for a run once, then grades task after task.

A worker has neither the course nor the gradebook. It is told how a lesson is graded (an `Order`)
when it gets ready, and a task is a submission without its learner's name.
"""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import platform
import threading
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader.errors import GraderError
from grader.execution import Executor
from grader.grading.schedulers import ExecutorFactory
from grader.judging.task import Order, perform
from grader.tools.imports import ROOT, needed

# What a graded notebook depends on besides our own code: numbers, tracebacks, pictures.
_PACKAGES = ("numpy", "matplotlib", "ipython", "ipykernel", "nbformat")
# What decides a grade; what these rooms import counts as well.
_ROOMS = ("grader/inside", "grader/judging", "grader/notebook")

_runs: dict[str, _WorkerRun] = {}
_lock = threading.Lock()


class UnfitError(Exception):
    """A worker cannot grade; `args` are its address and the reason, in half a sentence."""


class NotReadyError(Exception):
    """A worker was not told of the run, as when it has just joined; `args` is its address."""


class FailedError(Exception):
    """The grader failed on one submission; the message says how, in half a sentence."""


class _WorkerRun:
    """One grading run on this worker.

    Each thread of the worker has an executor of its own, and so a nursery of its own: a process
    that Dask's threads do not exist in, and that is forked from while it runs a single thread.
    """

    def __init__(self, order: Order, make_executor: ExecutorFactory) -> None:
        self.order, self._make = order, make_executor
        self._executors: dict[int, Executor] = {}
        self._busy: set[int] = set()
        self._closed = False
        self._lock = threading.Lock()

    def grade(self, task: bytes) -> bytes:
        thread = threading.get_ident()
        with self._lock:
            executor = self._executors.get(thread)
            self._busy.add(thread)
        try:
            if executor is None:
                executor = self._executors[thread] = self._make()
            return perform(self.order, task, executor)
        finally:
            with self._lock:
                self._busy.discard(thread)
                late = self._executors.pop(thread, None) if self._closed else None
            if late is not None:
                late.close()

    def close(self) -> None:
        """End all nurseries; a thread that is grading ends its own when it is done."""
        with self._lock:
            self._closed = True
            idle = [self._executors.pop(t) for t in list(self._executors) if t not in self._busy]
        for executor in idle:
            executor.close()


async def prepare(
    run: str, order: bytes, make_executor: ExecutorFactory, isolation: str, expected: dict[str, str]
) -> str:
    """Get ready for a run; return why this worker cannot take part, or an empty text.

    Parameters
    ----------
    run : str
        The run's name.
    order : bytes
        What `Order.to_bytes` gave.
    isolation : str
        What must be enforced here: a value of `grader.inside.isolation.Isolation`.
    expected : dict
        What `versions` gave where the grades are written.
    """
    return await asyncio.to_thread(_prepare, run, order, make_executor, isolation, expected)


def _prepare(
    run: str, order: bytes, make_executor: ExecutorFactory, isolation: str, expected: dict[str, str]
) -> str:
    import grader.grading.worker_imports  # noqa: F401
    from grader.inside.isolation import Isolation
    from grader.sandbox.doctor import require

    if reason := difference(expected, versions()):
        return reason
    try:
        require(Isolation(isolation))
    except GraderError as error:
        return str(error)
    with _lock:
        if run not in _runs:
            _runs[run] = _WorkerRun(Order.from_bytes(order), make_executor)
    return ""


def grade(run: str, task: bytes) -> bytes:
    """Grade a task of a run that this worker is ready for.

    Raises
    ------
    NotReadyError, UnfitError, FailedError
        See there.
    """
    found = _runs.get(run)
    if found is None:
        raise NotReadyError(_address())
    try:
        return found.grade(task)
    except GraderError as error:
        raise UnfitError(_address(), str(error)) from None
    except Exception as error:  # a mistake of ours must not stop the others
        raise FailedError(f"the grader failed on it ({type(error).__name__}: {error})") from None


def finish(run: str) -> None:
    """Forget a run."""
    with _lock:
        found = _runs.pop(run, None)
    if found is not None:
        found.close()


@atexit.register
def _finish_all() -> None:
    for run in list(_runs):
        finish(run)


def _address() -> str:
    from distributed import get_worker

    return str(get_worker().address)


def versions() -> dict[str, str]:
    """Return what must be the same on all machines, for the same grades to the last digit."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return {**found, "twoapples": f"{version('twoapples')}, {code_digest()[:12]}"}


def difference(expected: dict[str, str], found: dict[str, str]) -> str:
    """Say what is otherwise on a machine, in half a sentence; empty if nothing is."""
    parts = [
        f"{name} {found.get(name, 'none')} instead of {wanted}"
        for name, wanted in expected.items()
        if found.get(name) != wanted
    ]
    return f"it has {', '.join(parts)}" if parts else ""


def code_digest(root: Path = ROOT) -> str:
    """Return a digest of the code that grades on a worker, and of the data that lie in it.

    Parameters
    ----------
    root : Path
        The folder that our packages lie in.
    """
    paths = [path for one in needed(root, *_ROOMS) for path in (one, *one.rglob("*"))]
    digest = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file() and path.suffix != ".pyc"):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def explain(answer: str | Exception) -> str:
    """Say why a worker takes no part, from what came of `prepare`."""
    if isinstance(answer, ImportError):
        return f"twoapples is not installed there as it is here ({answer})"
    return answer if isinstance(answer, str) else f"{type(answer).__name__}: {answer}"
