"""`check("softmax")`: whether an exercise is right, and if not, a sentence that helps."""

from __future__ import annotations

import contextlib
import io
import textwrap
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from twoapples.box import show_report
from twoapples.checking import traces
from twoapples.checking.diagnose import diagnose, not_defined, unanswered, wrong_subject
from twoapples.checking.forbids.find import find_use, sentence
from twoapples.checking.learner_code import notebook_namespace
from twoapples.checking.replay import replay, where_not_finite
from twoapples.checking.report import Diagnosis, Report
from twoapples.checking.traces import Trace, TraceFileError
from twoapples.checking.values import ValueFormatError
from twoapples.progress import note as note_progress


class CheckFailed(Exception):
    """Fails the check cell, so that nbgrader's Validate agrees with `check`.

    Jupyter prints the message alone: the traceback would lead through this package, and there is
    nothing in it for the learner.
    """

    def _render_traceback_(self) -> list[str]:
        # In short lines: JupyterLab breaks long ones in mid-word.
        text = f"{type(self).__name__}: {self}"
        return textwrap.wrap(text, 88, break_long_words=False, break_on_hyphens=False)


def check(name: str, *, folder: str | Path = ".") -> None:
    """Check what the notebook has defined under `name`, and say what is right or wrong.

    Parameters
    ----------
    name : str
        Name of the exercise, which is the name of the function or class to be written.
    folder : path, optional
        Where the lesson's traces lie; by default the folder that the notebook runs in.

    Raises
    ------
    CheckFailed
        If the exercise is not right yet, with the sentence that the box above it shows.
    """
    given: object = name
    if not isinstance(given, str):
        own = getattr(given, "__name__", None)
        example = own if isinstance(own, str) and own.isidentifier() else "softmax"
        raise CheckFailed(f'check takes the name of an exercise in quotes: check("{example}").')
    try:
        trace = traces.find(name, Path(folder))
        report = examine(trace, notebook_namespace(), Path(folder))
    except TraceFileError as error:
        raise CheckFailed(str(error)) from None
    except ValueFormatError as error:
        raise CheckFailed(
            f"{traces.FILE_NAME} is damaged ({error}). Download this lesson again."
        ) from None
    note_progress(report, Path(folder))
    show_report(report)
    if not report.right:
        raise CheckFailed(_failure(report))


def _failure(report: Report) -> str:
    """Write the error's message; some sentences say already that it is not right."""
    text = report.diagnosis.headline
    if report.diagnosis.kind not in ("not started", "not defined"):
        text = f"{report.exercise} is not right yet. {text}"
    return text


def examine(trace: Trace, namespace: dict[str, Any], folder: Path | None = None) -> Report:
    """Ask what the notebook has defined all questions of `trace`, and judge the answers.

    In `folder` lie the traces of exercises that this one builds on.
    """
    if trace.exercise not in namespace:
        others = [name for name, value in namespace.items() if callable(value)]
        return unanswered(trace, not_defined(trace, others))
    subject = namespace[trace.exercise]
    if used := find_use(trace.exercise, _cells_run(namespace), trace.forbids):
        return unanswered(trace, Diagnosis("forbidden", sentence(trace.exercise, used)))
    if problem := wrong_subject(trace, subject):
        return unanswered(trace, problem)
    # What the learner has told Python about warnings (perhaps to raise them) is set aside: a
    # warning becomes a note and never decides.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers = [replay(case.steps, subject, namespace) for case in trace.cases]
    report = diagnose(trace, answers)
    report = _with_origin_of_nan(trace, report, subject, namespace)
    notes = [*_warning_notes(caught), *_notes_on_needs(trace, report, namespace, folder)]
    return replace(report, notes=tuple(notes))


def _cells_run(namespace: dict[str, Any]) -> list[str]:
    """Return the code of the cells that have run, in order, where IPython keeps it."""
    cells = namespace.get("In")
    return [cell for cell in cells if isinstance(cell, str)] if isinstance(cells, list) else []


def _with_origin_of_nan(
    trace: Trace, report: Report, subject: Any, namespace: dict[str, Any]
) -> Report:
    """Add to a diagnosis of nan or infinity the line in which it began."""
    if report.diagnosis.kind != "not finite":
        return report
    failed = trace.cases[report.held.index(False)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        origin = where_not_finite(failed.steps, subject, namespace)
    if origin is None or not origin["lines"]:
        return report
    last = origin["lines"][-1]
    headline = (
        f"{report.diagnosis.headline} It begins in line {last['line']} of the cell: "
        f"NumPy reports “{origin['message']}”."
    )
    details = report.diagnosis.details
    if last["source"]:
        details = (*details, (f"line {last['line']}", last["source"]))
    return replace(report, diagnosis=Diagnosis("not finite", headline, details))


def _warning_notes(caught: list[warnings.WarningMessage]) -> list[str]:
    texts: dict[str, None] = {}
    for warning in caught:
        with contextlib.suppress(Exception):  # a message that cannot be read is not shown
            text = " ".join(str(warning.message).split())[:200]
            texts[f"{warning.category.__name__}: {text}"] = None
    return [f"Python warned while this ran: {text}" for text in list(texts)[:3]]


def _notes_on_needs(
    trace: Trace, report: Report, namespace: dict[str, Any], folder: Path | None
) -> list[str]:
    """Say which earlier exercise is not right yet, if this one builds on it and fails."""
    if report.right or folder is None:
        return []
    notes = []
    for name in trace.needs:
        try:
            needed = traces.find(name, folder)
        except TraceFileError:
            continue
        with contextlib.redirect_stdout(io.StringIO()):  # it was not asked for
            right = examine(needed, namespace).right
        if not right:
            notes.append(f"This builds on `{name}`, which is not right yet: begin there.")
    return notes
