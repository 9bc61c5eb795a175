"""The process that submissions are forked from: it has imported what lessons import, and waits.

Started by `grader.execution.forked` as ``python -I -m grader.inside.nursery SOCKET OPTIONS``,
inside the sandbox where there is one. It holds no secrets, reads nothing that a submission has
written, and runs a single thread, because a copy of a process has only the thread that forked.

The grader sends ``{"do": "fork", "number": 7, "drawing": false}`` with the two sockets of the
submission (or of one that only draws a plot), or ``{"do": "kill", "number": 7}``; back come
``ready``, ``started`` and ``ended``.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.inside import wire
from grader.inside.enclose import enclose, exit_code, fork
from grader.inside.limits import Limits

if TYPE_CHECKING:
    from grader.inside.shell import ZMQInteractiveShell

# What lessons and learners import; what is missing is left out.
_MODULES = (
    "collections",
    "copy",
    "dataclasses",
    "functools",
    "itertools",
    "json",
    "math",
    "numpy.linalg",
    "numpy.random",
    "matplotlib.backends.backend_agg",
    "matplotlib.animation",
    "matplotlib.patches",
    "matplotlib.pyplot",
    "matplotlib_inline.config",
    "pathlib",
    "random",
    "statistics",
    "string",
    "time",
    "timeit",
    "twoapples",
    "twoapples.checking.answers",
    "typing",
)
_NOT_PRELOADED = ("twoapples.widgets",)  # they bring ipywidgets, and are off while grading
_MESSAGE_BYTES = 1 << 16
_IDLE_SECONDS = 600  # then it ends, and its memory is free; when it is needed it is started again


def main() -> None:
    """Prepare, then serve until the grader closes its end."""
    control = socket.socket(fileno=int(sys.argv[1]))
    options = json.loads(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _import_all()
        # Before the first fork, or each submission would import them again.
        from grader.inside import plots, submission  # noqa: F401
        from grader.inside.shell import make_shell

        shell = make_shell(options["figures"])
        if options["many"]:
            _warm_up(shell, options["figures"])
        # The inline backend hooks itself into the shell when it is imported, as in a kernel: later.
        sys.modules.pop("matplotlib_inline.backend_inline", None)
    if options["many"]:
        gc.collect()
    gc.freeze()  # what is shared is not looked through in every submission
    sys.argv[:] = [_launcher(), "-f", "kernel.json"]  # a kernel's
    limits = Limits(**options["limits"])
    Nursery(control, shell, limits, options["isolation"], options["figures"]).serve()


def threads() -> int:
    """Return how many threads this process runs, those of C libraries included."""
    return len(os.listdir("/proc/self/task"))


class Nursery:
    """Forks submissions and tells of their ends."""

    def __init__(
        self,
        control: socket.socket,
        shell: ZMQInteractiveShell,
        limits: Limits,
        isolation: str,
        figures: bool = False,
    ) -> None:
        self.control, self.shell, self.limits, self.isolation = control, shell, limits, isolation
        self.figures = figures
        self.children: dict[int, int] = {}  # process by number
        self.wakeup, self._wakeup_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def serve(self) -> None:
        """Do what the grader asks for, until it is gone."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakeup_end, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wakeup, select.POLLIN)
        self._tell(event="ready", threads=threads())
        while True:
            ready = {descriptor for descriptor, _ in poll.poll(_IDLE_SECONDS * 1000)}
            if not ready and not self.children:
                break
            if self.wakeup in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wakeup, 4096)
                self._reap()
            if self.control.fileno() in ready and not self._obey():
                break
        for number in list(self.children):
            self._kill(number)

    def _tell(self, **message: Any) -> None:
        with contextlib.suppress(OSError):  # the grader is gone; `serve` sees it as well
            self.control.send(json.dumps(message).encode())

    def _obey(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(
            self.control, _MESSAGE_BYTES, 2, socket.MSG_CMSG_CLOEXEC
        )
        if not data:
            return False
        message = json.loads(data)
        if message["do"] == "fork":
            self._fork(message, descriptors)
        elif message["do"] == "prepare":
            self._prepare(descriptors[0])
        else:
            self._kill(message["number"])
        return True

    def _prepare(self, descriptor: int) -> None:
        """Work out released cells; the grader has written them, no learner has."""
        with open(descriptor, "rb") as file:
            file.seek(0)
            self.shell.prepare(json.loads(file.read()))
        gc.freeze()

    def _fork(self, message: dict[str, Any], descriptors: list[int]) -> None:
        if threads() != 1:
            raise RuntimeError("the nursery runs threads, so that it cannot be forked")
        process = fork(self.limits)
        if process == 0:
            status = 1
            try:
                self._become(descriptors, message["drawing"])
                status = 0
            except BaseException as error:
                self._report(descriptors[0], error)
            finally:
                os._exit(status)
        for descriptor in descriptors:
            os.close(descriptor)
        self.children[message["number"]] = process
        self._tell(event="started", number=message["number"], process=process)

    def _become(self, descriptors: list[int], drawing: bool) -> None:
        """Be the submission's process, or one that draws a plot."""
        from grader.inside import plots as pictures
        from grader.inside.submission import Submission

        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in (self.control.detach(), self.wakeup, self._wakeup_end):
            os.close(descriptor)
        scratch = enclose(self.limits, keep_fds=descriptors)
        connection, interrupts = (socket.socket(fileno=number) for number in descriptors)
        if drawing:
            pictures.serve(connection)
        else:
            submission = Submission(self.shell, self.limits, connection, interrupts, scratch)
            if self.figures:
                pictures.draw_elsewhere(self.shell.outlet)
            submission.run()
        if self.isolation == "none":
            os.killpg(os.getpgrp(), signal.SIGKILL)  # with it what it has started

    def _report(self, descriptor: int, error: BaseException) -> None:
        """Tell the grader that a submission could not be started or went on no longer."""
        last = traceback.extract_tb(error.__traceback__)[-1:]
        where = f"{os.path.basename(last[0].filename)}:{last[0].lineno}" if last else ""
        text = f"{type(error).__name__} at {where}: {error}"[:300]
        with contextlib.suppress(Exception):
            os.write(descriptor, wire.pack(["failed", text]))

    def _kill(self, number: int) -> None:
        """End a submission: its process and all in its namespace, or its process group."""
        process = self.children.get(number)
        if process is None:
            return
        groups: list[int] = []
        if self.isolation == "none":  # what keeps it clears up behind it; see `enclose`
            with contextlib.suppress(OSError, ValueError):
                path = Path(f"/proc/{process}/task/{process}/children")
                groups = [int(child) for child in path.read_text(encoding="ascii").split()]
        for group in groups:
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        if not groups and self.isolation != "none":
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _reap(self) -> None:
        numbers = {process: number for number, process in self.children.items()}
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            number = numbers.get(process)
            if number is not None:
                del self.children[number]
                self._tell(event="ended", number=number, status=exit_code(status))


def _import_all() -> None:
    for name in _MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    import twoapples

    for module in pkgutil.walk_packages(twoapples.__path__, "twoapples."):
        if not module.name.startswith(_NOT_PRELOADED):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)


def _warm_up(shell: Any, figures: bool) -> None:
    """Do once what costs time the first time: cells, tracebacks, magics, a figure.

    Nothing of it can be seen later.
    """
    shell.warm_up()
    try:
        compile("1 +", "<warm-up>", "exec")
    except SyntaxError:
        shell.SyntaxTB.structured_traceback(*sys.exc_info()[:2], [])
    try:
        json.loads("{")
    except ValueError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info(), tb_offset=0)
    shell.transform_cell("%time x = 1\n!true\nawait f()")
    shell.display_formatter.format([1.0, {"a": (1,)}])
    if figures:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure()
        axes = figure.add_subplot()
        axes.plot([0, 1], label="$x^2$")
        axes.set(title="title", xlabel="x")
        axes.legend()
        FigureCanvasAgg(figure).print_figure(io.BytesIO(), bbox_inches="tight")


def _launcher() -> str:
    import ipykernel

    return os.path.join(
        os.path.dirname(os.path.dirname(ipykernel.__file__)), "ipykernel_launcher.py"
    )


if __name__ == "__main__":
    main()
