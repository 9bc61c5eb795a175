"""One submission's run as the grader sees it: its steps, each with a deadline, and its results."""

from __future__ import annotations

import contextlib
import select
import signal
import time
from typing import Any

from nbformat import NotebookNode

from grader.execution.executor import Execution, used_up
from grader.execution.nursery_process import START_SECONDS, NurseryProcess
from grader.execution.outputs import Collector
from grader.execution.picture_cache import PictureCache
from grader.inside import wire
from grader.inside.limits import CASE_SECONDS, Limits
from grader.notebook.cells import is_run, places

_GRACE_SECONDS = 5.0  # from the interrupt to the kill
_HEADROOM = 1 << 16
_REASON = 300  # characters
_KEPT_ANSWERS = 3  # all exercises together, in terms of what one may answer


class SubmissionRun:
    """One submission's run: its steps, each with a deadline."""

    def __init__(
        self,
        notebook: NotebookNode,
        questions: dict[str, list[dict[str, Any]]],
        limits: Limits,
        pictures: PictureCache | None = None,
    ) -> None:
        self.limits, self.pictures = limits, pictures
        self.execution = Execution(notebook)
        self.collector = Collector(limits)
        asked = places(notebook, questions)
        self.steps: list[tuple[str, Any]] = []
        for index, cell in enumerate(notebook.cells):
            if is_run(cell):
                self.steps.append(("cell", index))
            self.steps += [("ask", name) for name in asked.get(index, [])]
        cells, exercises = len(notebook.cells) + 1, len(questions) + 1
        largest = max(limits.output_bytes, limits.answer_bytes) + _HEADROOM
        total = 2 * (cells * limits.output_bytes + exercises * limits.answer_bytes)
        self.reader = wire.FrameReader(largest, total, 1000 * (cells + exercises))
        self._begun = False
        self._answered: dict[str, int] = {}  # bytes of each exercise's answers
        self._restarts = {name: len(cases) + 1 for name, cases in questions.items()}

    def run(self, nursery: NurseryProcess, frames: bytes) -> Execution:
        """Fork, send, and take what comes until the end, the limit or the process's death."""
        nursery.wait_until_ready()
        self.deadline = time.monotonic() + self.limits.total_seconds
        self.nursery = nursery
        number, self.connection, self.interrupts = nursery.fork()
        with self.connection, self.interrupts:
            try:
                self._serve(nursery, number, frames)
            except wire.GarbageError as error:
                self._died(str(error))
            except OSError:  # it was gone before it had read all
                self._died(_how(nursery.wait_for_end(number)))
            finally:
                self._finish_cell()
                nursery.leave(number)
        return self.execution

    def _serve(self, nursery: NurseryProcess, number: int, frames: bytes) -> None:
        self.connection.settimeout(START_SECONDS)
        self.connection.sendall(frames)
        self.connection.settimeout(0)
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        poll.register(nursery.control, select.POLLIN)
        self.step = 0
        self._begin()
        while True:
            left = self.step_deadline - time.monotonic()
            ready = {descriptor for descriptor, _ in poll.poll(max(0.0, left) * 1000 + 1)}
            alive = True
            if self.connection.fileno() in ready:
                alive = self.reader.feed(self.connection)
                while (frame := self.reader.next()) is not None:
                    if self._take(frame):
                        return
            elif nursery.control.fileno() in ready:
                nursery.hear(0)
                alive = nursery.alive() and number not in nursery.ended
            # Whoever keeps sending does not get more time by it.
            if alive and time.monotonic() >= self.step_deadline and not self._stop():
                return
            if not alive:
                self._died(_how(nursery.wait_for_end(number)))
                return

    def _begin(self) -> None:
        """Begin the step that is next; the process itself has begun it already."""
        self.seconds, self.cases, self.interrupted = self.limits.cell_seconds, False, False
        self._restart_clock()
        if self.step < len(self.steps) and self.steps[self.step][0] == "cell":
            self.collector.begin(self.execution.notebook.cells[self.steps[self.step][1]])

    def _restart_clock(self) -> None:
        now = time.monotonic()
        self.seconds = min(self.seconds, max(1.0, self.deadline - now))
        self.step_deadline = now + self.seconds
        self.interrupted = False

    def _label(self) -> str:
        if self.step >= len(self.steps):
            return "its end"
        kind, what = self.steps[self.step]
        return f"cell {what + 1}" if kind == "cell" else f"the check of {what}"

    def _stop(self) -> bool:
        """Interrupt the step at its limit; say whether to wait on."""
        if self.interrupted:
            self._died(f"{self._label()} could not be stopped")
            return False
        note = f"{self._label()} was stopped after {self.seconds:.3g} s"
        self.execution.incidents.append(note)
        with contextlib.suppress(OSError):
            self.interrupts.send(b"!")
        self.interrupted = True
        grace = min(_GRACE_SECONDS, max(1.0, self.seconds))
        self.step_deadline = time.monotonic() + grace
        return True

    def _take(self, frame: list[Any]) -> bool:
        """Take one message; returns whether it was the last."""
        kind = frame[0]
        if kind == "end":
            if self.step < len(self.steps):
                raise wire.GarbageError("it ended before its last cell")
            return True
        if kind == "begun":
            self._begun = True
            return False
        if kind == "failed":
            # Only what was said before the learner's code ran is in the executor's own words.
            said = "" if self._begun else " ".join(map(str, frame[1:]))
            self._died("".join(c for c in said if c.isprintable())[:_REASON] or "it failed inside")
            return True
        if kind == "done":
            return self._done(frame)
        if kind in ("answers", "large"):
            self._take_answers(frame)
        elif kind == "draw" and self.pictures is not None:
            self._draw(frame[1:], self.pictures)
        else:
            self.collector.take(frame)
        return False

    def _done(self, frame: list[Any]) -> bool:
        step = self.steps[self.step] if self.step < len(self.steps) else None
        if len(frame) != 5 or step is None or tuple(frame[1:3]) != step:
            raise wire.GarbageError("it sent what is no message")
        if step[0] == "cell":
            self._finish_cell()
            self._next()
        elif frame[3] is True:
            self._next()
        elif time.monotonic() > self.deadline:  # however often it says that it asks anew
            self._died(f"{self.limits.total_seconds:.0f} s were used up at {self._label()}")
            return True
        elif self._restarts[step[1]] == 0:
            raise wire.GarbageError("it asked more cases than there are")
        else:  # all cases together took too long; it asks each by itself
            self._restarts[step[1]] -= 1
            self.cases, self.seconds = True, CASE_SECONDS
            self._restart_clock()
        following = self.steps[self.step] if self.step < len(self.steps) else ("end", 0)
        if following[0] == "cell" and time.monotonic() > self.deadline:
            self._finish_cell()
            self.execution.notebook.cells[following[1]].execution_count = None
            self.execution.incidents.append(used_up(self.limits, following[1]))
            return True
        if frame[4] is True:
            with contextlib.suppress(OSError):
                self.connection.send(wire.pack(["go"]))
        return False

    def _draw(self, request: list[Any], pictures: PictureCache) -> None:
        """Answer with a picture; its process waits for that, on its own time."""
        try:
            reply = pictures.reply(request, self.nursery, self.step_deadline)
        except (ValueError, RecursionError):  # 1e999 say: what can be read and not be written
            raise wire.GarbageError("it sent what is no message") from None
        self.connection.settimeout(_GRACE_SECONDS)
        try:
            self.connection.sendall(reply)
        except TimeoutError:
            raise wire.GarbageError("it did not read what it had asked for") from None
        finally:
            self.connection.settimeout(0)

    def _next(self) -> None:
        self.step += 1
        self._begin()

    def _take_answers(self, frame: list[Any]) -> None:
        name = frame[1] if len(frame) > 1 and isinstance(frame[1], str) else ""
        if self.step >= len(self.steps) or self.steps[self.step] != ("ask", name):
            raise wire.GarbageError("it sent what is no message")
        reply = frame[2] if frame[0] == "answers" and len(frame) == 3 else {}
        self._answered[name] = self.reader.size
        too_much = sum(self._answered.values()) > _KEPT_ANSWERS * self.limits.answer_bytes
        if frame[0] == "large" or too_much:
            reply, self._answered[name] = {}, 0
            note = f"{self._label()} printed more than is kept"
            if note not in self.execution.incidents:
                self.execution.incidents.append(note)
        before = self.execution.answers.get(name)
        self.execution.answers[name] = reply if isinstance(reply, dict) else {}
        if self.execution.answers[name].get("missing") is True and before is None:
            self.steps.append(("ask", name))  # asked again at the end
        if self.cases:
            self._next()

    def _finish_cell(self) -> None:
        if self.collector.overflowed:
            self.execution.incidents.append(f"{self._label()} printed more than is kept")
            self.collector.overflowed = False
        self.collector.end()

    def _died(self, reason: str) -> None:
        self._finish_cell()
        self.execution.died = True
        self.execution.incidents.append(f"its process ended too early ({reason})")


def _how(status: int | None) -> str:
    """Say in words how a process ended."""
    if status is None:
        return "nobody knows how"
    if status >= 0:
        return f"with exit status {status}"
    if -status == signal.SIGKILL:
        return "killed, as when it uses too much memory"
    with contextlib.suppress(ValueError):
        return f"by signal {signal.Signals(-status).name}"
    return f"by signal {-status}"
