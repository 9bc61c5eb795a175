"""How a grading run is shown: a bar for people, lines of JSON for machines."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from grader.gradebook.unprotected import Unprotected
from grader.grading.run import Listener, Outcome
from grader.tools.text import plain

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from grader.cli.console import PlainConsole


class Report:
    """Shows a run; a context manager that lasts as long as the run."""

    def __init__(self, lesson: str) -> None:
        self._lesson = lesson

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End, also in the middle."""

    def listener(self, stop: Callable[[], bool]) -> Listener:
        """Return what `grade_lesson` tells."""
        return Listener(self._started, self._progress, self.say, stop)

    def say(self, sentence: str) -> None:
        """Tell a person something."""
        raise NotImplementedError

    def summary(self, outcomes: list[Outcome], again: str) -> None:
        """Sum up; `again` is the command that continues a stopped run, or an empty text."""
        raise NotImplementedError

    def _started(self, total: int) -> None:
        raise NotImplementedError

    def _progress(self, outcome: Outcome) -> None:
        raise NotImplementedError


def count(outcomes: list[Outcome]) -> dict[str, int]:
    """Count outcomes by state, those that need a person, and those without a sandbox."""
    states = Counter(outcome.state for outcome in outcomes)
    counted = {state: states[state] for state in ("graded", "unchanged", "failed")}
    persons = sum(bool(outcome.problem) for outcome in outcomes)
    found = unprotected(outcomes, "")
    return {
        **counted,
        "need_a_person": persons,
        "without_sandbox": len(found.without),
        "sandbox_unknown": len(found.unknown),
    }


def unprotected(outcomes: list[Outcome], lesson: str) -> Unprotected:
    """Return who was graded without a sandbox, in this run or before."""
    return Unprotected.among(lesson, (o for o in outcomes if o.state in ("graded", "unchanged")))


class Terminal(Report):
    """A progress bar on stderr; what is unusual, and the summary, on stdout."""

    def __init__(self, lesson: str, out: PlainConsole, errors: PlainConsole) -> None:
        super().__init__(lesson)
        self._out, self._errors = out, errors
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._problems = 0

    def __enter__(self) -> Self:
        """Show the bar."""
        from rich import progress

        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[left]} left"),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[problems]} need a person"),
            console=self._errors,
        )
        self._task = self._bar.add_task(self._lesson, total=None, left="?", problems=0)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.stop()

    def say(self, sentence: str) -> None:
        """Print a line above the bar."""
        self._errors.say(f"{self._lesson}: {sentence}")

    def summary(self, outcomes: list[Outcome], again: str) -> None:
        """Print the line that ends a run."""
        counted = count(outcomes)
        self._out.say(
            f"{self._lesson}: {counted['graded']} graded, {counted['unchanged']} unchanged, "
            f"{counted['failed']} failed; {counted['need_a_person']} need a person"
        )
        for sentence in unprotected(outcomes, self._lesson).sentences():
            self._out.print(plain(sentence, keep=""), highlight=False, markup=False, soft_wrap=True)
        if again:
            self._out.say(f"Stopped. To continue: {again}")

    def _started(self, total: int) -> None:
        self._update(total=total, left=total)

    def _progress(self, outcome: Outcome) -> None:
        lines = [note for note in outcome.notes if note != outcome.problem]
        if outcome.problem:
            lines.append(f"needs a person: {outcome.problem}")
            self._problems += 1
        for line in lines:
            # What a stranger has written must not command the terminal.
            text = plain(f"{outcome.student}, {self._lesson}: {line}", keep="")
            self._out.say(text)
        self._update(advance=1, problems=self._problems)

    def _update(self, **fields: Any) -> None:
        assert self._bar is not None and self._task is not None
        self._bar.update(self._task, **fields)
        task = self._bar.tasks[0]
        if task.total is not None:
            self._bar.update(self._task, left=int(task.total - task.completed))


class JsonLines(Report):
    """One JSON object a line on stdout, nothing else.

    Each has ``event``: ``started``, then ``graded``, ``unchanged`` or ``failed`` for each
    submission, ``message`` for what a person should know, and ``summary`` at the end.
    """

    def say(self, sentence: str) -> None:
        """Print a message."""
        self._write("message", text=sentence)

    def summary(self, outcomes: list[Outcome], again: str) -> None:
        """Print the numbers that end a run."""
        self._write("summary", **count(outcomes), stopped=bool(again), to_continue=again)

    def _started(self, total: int) -> None:
        self._write("started", submissions=total)

    def _progress(self, outcome: Outcome) -> None:
        told = {"student": outcome.student, "score": outcome.score, "problem": outcome.problem}
        told["isolation"] = outcome.isolation
        self._write(outcome.state, **told, notes=list(outcome.notes))

    def _write(self, event: str, **fields: Any) -> None:
        # ASCII, so that any terminal and any log can hold it; flushed, so that a pipe sees it.
        line = json.dumps({"event": event, "lesson": self._lesson, **fields})
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
