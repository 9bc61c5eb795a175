"""Running submissions in processes forked from one that has imported what lessons import.

This is the trusted side. It starts the nursery (`grader.inside.nursery`), gives it the two
sockets of each submission, holds the clock (`SubmissionRun`), and believes nothing that comes back
(`Collector`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

from grader.execution.executor import Execution
from grader.execution.nursery_process import NurseryProcess
from grader.execution.picture_cache import PictureCache
from grader.execution.run import SubmissionRun
from grader.inside import wire
from grader.inside.isolation import Isolation
from grader.inside.limits import Limits
from grader.notebook.cells import grade_id, is_run, places


class ForkedExecutor:
    """Runs notebooks one after the other, each in a process forked for it.

    For use from one thread. The nursery is started when it is first needed, or by `start`, and
    again when it has died.

    Parameters
    ----------
    isolation : Isolation or str
        ``strict`` starts a nursery of its own for each submission.
    figures : bool
        Whether figures are rendered. If not, outputs hold their text only, and grading is quicker.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        isolation: Isolation | str = Isolation.DEFAULT,
        figures: bool = True,
    ) -> None:
        self.limits = limits or Limits()
        self.isolation: str = Isolation(isolation).value
        self.figures = figures
        self._nursery: NurseryProcess | None = None
        self._pictures = PictureCache() if figures else None
        self._lesson: tuple[list[Any], bytes] = ([], wire.pack({}) * 2)
        self._record: NotebookNode | None = None
        self._prepared: NurseryProcess | None = None  # which has been told the record's cells

    def __enter__(self) -> ForkedExecutor:
        """Return itself; the end of the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes."""
        self.close()

    def start(self, many: bool = True) -> None:
        """Start the nursery, without waiting until it is ready."""
        if self._nursery is None or not self._nursery.alive():
            self.close()
            isolation = Isolation(self.isolation)
            many = many and isolation is not Isolation.STRICT
            self._nursery = NurseryProcess(self.limits, isolation, self.figures, many)

    def close(self) -> None:
        """End all processes."""
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None

    def prepare(self, record: NotebookNode) -> None:
        """Have the nursery work out the cells of `record` before the next fork."""
        if record is not self._record:
            self._record, self._prepared = record, None

    def _tell_cells(self, nursery: NurseryProcess) -> None:
        if self._record is None or self._prepared is nursery:
            return
        self._prepared = nursery
        if self.isolation != Isolation.STRICT.value:
            nursery.prepare([cell.source for cell in self._record.cells if is_run(cell)])

    def execute(
        self,
        notebook: NotebookNode,
        questions: dict[str, list[dict[str, Any]]],
        supplements: dict[str, bytes],
    ) -> Execution:
        """Run `notebook`; see `grader.execution.executor.Executor`."""
        frames = self._frames(notebook, questions, supplements)
        execution = Execution(notebook)
        for attempt in (1, 2):
            self.start()
            assert self._nursery is not None
            self._tell_cells(self._nursery)
            run = SubmissionRun(notebook, questions, self.limits, self._pictures)
            execution = run.run(self._nursery, frames)
            if self._nursery.alive() or attempt == 2:
                break
            self.close()  # something killed it; that is nobody's fault who is graded here
        if self.isolation == Isolation.STRICT.value:
            self.close()
        return execution

    def _frames(
        self,
        notebook: NotebookNode,
        questions: dict[str, list[dict[str, Any]]],
        supplements: Mapping[str, bytes],
    ) -> bytes:
        """Return all that is sent to the submission's process."""
        asked = places(notebook, questions)
        steps: list[list[Any]] = []
        for index, cell in enumerate(notebook.cells):
            if is_run(cell):
                steps.append(["cell", index, cell.source, grade_id(cell)])
            steps += [["ask", name] for name in asked.get(index, [])]
        return wire.pack(steps) + self._lesson_frames(questions, supplements)

    def _lesson_frames(
        self, questions: dict[str, list[dict[str, Any]]], supplements: Mapping[str, bytes]
    ) -> bytes:
        """Return files and questions, which are the same for all submissions to a lesson."""
        parts: list[Any] = [*questions, *supplements, *supplements.values()]
        parts += [case["steps"] for cases in questions.values() for case in cases]
        known, frames = self._lesson
        if len(parts) != len(known) or any(a is not b for a, b in zip(parts, known, strict=True)):
            files = {name: content.decode("latin-1") for name, content in supplements.items()}
            files.update(_compiled(supplements))
            frames = wire.pack(files) + wire.pack(questions)
            self._lesson = parts, frames
        return frames


def _compiled(supplements: Mapping[str, bytes]) -> dict[str, str]:
    """Compile the modules among the supplements, so that no submission needs to."""
    compiled = {}
    for name, content in supplements.items():
        if name.endswith(".py"):
            with contextlib.suppress(SyntaxError, ValueError):  # it is raised where it is imported
                code = compile(content, name, "exec", dont_inherit=True)
                cached = importlib.util.cache_from_source(name)
                # Marked as needing no look at the source; the path in it is set on import.
                header = importlib.util.MAGIC_NUMBER + b"\1\0\0\0"
                data = header + importlib.util.source_hash(content) + marshal.dumps(code)
                compiled[cached] = data.decode("latin-1")
    return compiled
