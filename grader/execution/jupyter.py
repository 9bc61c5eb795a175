"""Running a submission in a Jupyter kernel of its own: slow, and the yardstick for the fast way."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from grader.execution.executor import Execution, used_up
from grader.inside.limits import CASE_SECONDS, HOPELESS, SUPPRESSED, TIMED_OUT, Limits
from grader.notebook.cells import is_run, places
from twoapples.checking.answers import MIME_TYPE
from twoapples.checking.traces import FILE_NAME


class KernelExecutor:
    """Runs each notebook in a Jupyter kernel of its own, in a scratch folder.

    There is no sandbox: code has the rights of the account that grades.
    """

    isolation = "none"

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()

    def start(self, many: bool = True) -> None:
        """Do nothing: a kernel starts with its notebook."""

    def prepare(self, record: NotebookNode) -> None:
        """Do nothing: a kernel knows no cell before it comes."""

    def execute(
        self,
        notebook: NotebookNode,
        questions: dict[str, list[dict[str, Any]]],
        supplements: dict[str, bytes],
    ) -> Execution:
        """Run `notebook`; see `Executor`."""
        execution = Execution(notebook)
        deadline = time.monotonic() + self.limits.total_seconds
        with (
            TemporaryDirectory(prefix="submission-") as folder,
            TemporaryDirectory(prefix="k-") as sockets,
            _quiet_logs(),
        ):
            scratch = os.path.join(folder, "work")  # nobody's folder lies beside it
            os.mkdir(scratch)
            for name, content in supplements.items():
                path = Path(scratch) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            # A check that a learner calls in a cell of their own says so instead of failing oddly.
            (Path(scratch) / FILE_NAME).write_text('{"format":1,"exercises":[]}', encoding="utf-8")
            client = _Client(
                notebook,
                limits=self.limits,
                deadline=deadline,
                km=kernel_manager(sockets),
                allow_errors=True,
                record_timing=False,
                store_widget_state=True,  # without, nbclient fails where an output widget captures
                resources={"metadata": {"path": scratch}},
            )
            try:
                client.owns_km = True  # so that nbclient ends the kernel with the notebook
                # What the process writes past its kernel (`os.write(2, …)`) is not for our screen.
                silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                with client.setup_kernel(env=_environment(), cwd=scratch, **silent):
                    self._run(client, execution, questions, deadline)
            except (DeadKernelError, RuntimeError) as error:
                execution.died = True
                execution.incidents.append(f"its process ended too early ({_short(error)})")
        return execution

    def close(self) -> None:
        """Do nothing: a kernel ends with its notebook."""

    def _run(
        self,
        client: _Client,
        execution: Execution,
        questions: dict[str, list[dict[str, Any]]],
        deadline: float,
    ) -> None:
        client.run_silently(_KEEP_RUNNING)
        asked = places(execution.notebook, questions)
        for index, cell in enumerate(execution.notebook.cells):
            client.current = f"cell {index + 1}"
            if time.monotonic() > deadline:
                execution.incidents.append(used_up(self.limits, index))
                return
            if is_run(cell):
                client.execute_cell(cell, index)
            for name in asked.get(index, []):
                client.current = f"the check of {name}"
                execution.answers[name] = self._ask(client, name, questions[name])
            execution.incidents += client.take_incidents()
        # What was written in some other place, below its check, counts as well.
        for name, reply in list(execution.answers.items()):
            if reply.get("missing") is True:
                execution.answers[name] = self._ask(client, name, questions[name])

    def _ask(self, client: _Client, name: str, cases: list[dict[str, Any]]) -> dict[str, Any]:
        """Ask all cases at once; if that takes too long, each by itself."""
        reply = client.ask(name, cases)
        if "timeout" not in reply:
            return reply
        answers: list[Any] = []
        for case in cases:
            one = client.ask(name, [case], seconds=CASE_SECONDS)
            given = one.get("answers")
            answers.append(given[0] if isinstance(given, list) and len(given) == 1 else TIMED_OUT)
            if sum(a is TIMED_OUT for a in answers) == HOPELESS:  # it will not get better
                break
        answers += [TIMED_OUT] * (len(cases) - len(answers))
        return {"answers": answers}


# `exit()` in a cell ends a kernel a moment later; how much still runs would be a matter of luck.
_KEEP_RUNNING = new_code_cell("get_ipython().ask_exit = lambda: None")


class _Client(NotebookClient):
    """nbclient with deadlines that end, and with output cut while it is produced."""

    def __init__(self, notebook: NotebookNode, *, limits: Limits, deadline: float, **options: Any):
        super().__init__(notebook, **options)
        self.limits, self.deadline = limits, deadline
        self.current = ""
        self.timeout_func = self._seconds_left
        self._seconds = limits.cell_seconds
        self._max_bytes = limits.output_bytes
        self._bytes = self._text_bytes = 0
        self._full = self._asking = False
        self._interrupts = 0
        self._incidents: list[str] = []

    def take_incidents(self) -> list[str]:
        incidents, self._incidents = self._incidents, []
        return incidents

    def ask(
        self, name: str, cases: list[dict[str, Any]], seconds: float | None = None
    ) -> dict[str, Any]:
        """Ask the questions of one exercise in the kernel; return what it sent."""
        text = json.dumps(cases, allow_nan=False)
        cell = new_code_cell(
            f"__import__('twoapples.checking.answers', fromlist=['send']).send({name!r}, {text!r})"
        )
        self._seconds = seconds or self.limits.cell_seconds
        self._max_bytes = self.limits.answer_bytes
        try:
            self.run_silently(cell)
        finally:
            self._seconds, self._max_bytes = self.limits.cell_seconds, self.limits.output_bytes
        if self._interrupts:
            return {"timeout": True}
        for output in cell.outputs:
            if output.output_type == "display_data" and MIME_TYPE in output.data:
                return _read_answers(output.data[MIME_TYPE])
        return {}

    def run_silently(self, cell: NotebookNode) -> None:
        """Run a cell of ours that is not part of the notebook."""
        first = self.nb.cells[0]
        self._asking = True
        try:
            self.execute_cell(cell, 0, store_history=False)
        finally:
            self._asking = False
            self.nb.cells[0] = first  # nbclient puts the cell that it ran into the notebook

    def execute_cell(self, cell: NotebookNode, cell_index: int, **options: Any) -> NotebookNode:
        self._bytes, self._text_bytes, self._interrupts, self._full = 0, 0, 0, False
        return super().execute_cell(cell, cell_index, **options)

    def process_message(self, msg: Any, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        kind, content = msg["msg_type"], msg["content"]
        if self._asking and kind == "stream":
            return None  # what an answer prints is nobody's, and may hold hidden inputs
        if kind in ("stream", "display_data", "execute_result", "update_display_data", "error"):
            text = content.get("text", "")
            room = self.limits.text_bytes - self._text_bytes
            self._text_bytes += len(text)
            self._bytes += len(text) + len(str(content.get("data", "")))
            if self._full:
                return None
            if self._text_bytes > self.limits.text_bytes or self._bytes > self._max_bytes:
                self._full = True
                self._incidents.append(f"{self.current} printed more than is kept")
                shown = text[: max(0, room)] + SUPPRESSED
                cell.outputs.append(new_output("stream", name="stdout", text=shown))
                return None
        return super().process_message(msg, cell, cell_index)

    def _seconds_left(self, cell: NotebookNode) -> int:
        return max(1, round(min(self._seconds, self.deadline - time.monotonic())))

    async def _async_handle_timeout(
        self, timeout: int, cell: NotebookNode | None = None
    ) -> dict[str, Any] | None:
        """Interrupt the kernel at the cell's limit, and end it when that does not help."""
        assert self.km is not None
        self._interrupts += 1
        if self._interrupts == 1:
            self._incidents.append(f"{self.current} was stopped after {timeout} s")
            await ensure_async(self.km.interrupt_kernel())
            return None
        await ensure_async(self.km.shutdown_kernel(now=True))
        raise DeadKernelError(f"{self.current} could not be stopped")


def _read_answers(data: Any) -> dict[str, Any]:
    """Read what the submission's process sent; anything else than answers counts as none."""
    try:
        answers = json.loads(data)
    except (TypeError, ValueError, RecursionError):
        return {}
    return answers if isinstance(answers, dict) else {}


def kernel_manager(folder: str) -> AsyncKernelManager:
    """Make a kernel's manager; where the system has them, with sockets that are private files."""
    if os.name == "nt":
        return AsyncKernelManager(kernel_name="python3")
    # The address must be absolute (kernel and client run in different folders) and short (the
    # system allows about 100 characters), so it lies beside the scratch folder, not in Jupyter's.
    return AsyncKernelManager(kernel_name="python3", transport="ipc", ip=os.path.join(folder, "k"))


def _environment() -> dict[str, str]:
    """Return the environment of a submission's process: one thread for BLAS, a fixed backend."""
    return {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TWOAPPLES_WIDGETS": "off",
    }


@contextlib.contextmanager
def _quiet_logs() -> Iterator[None]:
    """Keep the kernel machinery's log lines off the instructor's screen."""
    loggers = [logging.getLogger(name) for name in ("traitlets", "nbclient", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _short(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:100]
