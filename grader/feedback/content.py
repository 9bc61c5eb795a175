"""What stands on a page: from a graded notebook and its grades to pieces ready for the template.

Of the notebook only this is taken: the learner's code and written answers, the verdicts that the
grader wrote with its check cells, and the grader's notes. What the learner's cells printed is left
out: it is whatever the submission wanted to show, the inputs of hidden cases among it.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from grader.feedback.bounds import Room
from grader.feedback.highlighting import highlight
from grader.feedback.markdown import cleaned, render
from grader.feedback.safety import printable, prose
from grader.gradebook.grades import CellGrade, Grades
from grader.notebook.cells import checked_by, grade_id, marks, ours, source, summary
from grader.tools.csv import number
from twoapples.box import count_of
from twoapples.checking.report import Report

# nbgrader's own mark; what follows it in a question is for those who grade.
_MARK_SCHEME = re.compile(r"BEGIN MARK SCHEME.*?(?:END MARK SCHEME[^\n]*|\Z)", re.DOTALL)
_CUT = "\0"
_NO_ANSWER = "*Your answer here (double-click to write).*"
# Of code and answers on a page, a cell counted as often as it is shown: half a megabyte.
_MOST_OWN_CHARACTERS = 500_000
_LEFT_OUT = "More is not shown here: the notebook is too long."
_DEFINES = re.compile(r"^(?:async +)?(?:def|class) +(\w+)", re.MULTILINE)
_STATUS = {
    "not started": "Not written yet",
    "not defined": "Not found",
    "unreadable": "Could not be read",
}
_EMPTY = Markup("")


@dataclass
class ExerciseView:
    """One exercise on the page; everything in it is fit for the template."""

    anchor: str
    name: str
    score: str
    most: str
    status: str
    tone: str  # right, partly, wrong or open: which colour and sign the page gives it
    remarks: list[Markup] = field(default_factory=list)
    message: Markup = _EMPTY
    case: list[tuple[str, str, bool]] = field(default_factory=list)  # name, value, is code
    count: str = ""
    codes: list[Markup] = field(default_factory=list)
    question: Markup = _EMPTY
    answer: Markup | None = None
    comment: Markup = _EMPTY
    older: Markup = _EMPTY  # all that a version before 0.2 kept of a report


def view(notebook: Mapping[str, Any], grades: Grades) -> dict[str, Any]:
    """Collect what stands on the page of one submission, for the template.

    Parameters
    ----------
    notebook : dict
        The graded notebook, as nbformat or as `json.load` gives it.
    grades : Grades
        What the gradebook says about it.
    """
    cells = [cell for cell in notebook.get("cells", []) if isinstance(cell, Mapping)]
    graded = summary(notebook)
    notes = graded.get("notes")
    waiting = sum(grade.most for grade in grades.cells.values() if grade.waits)
    return {
        "title": printable(str(ours(notebook).get("title") or grades.lesson)),
        "student": printable(grades.student),
        "name": printable(grades.name),
        "score": number(grades.score or 0.0),
        "most": number(sum(grade.most for grade in grades.cells.values())),
        "waiting": number(waiting) if waiting else "",
        "penalty": number(grades.penalty) if grades.penalty else "",
        "handed_in": f"{grades.handed_in:%Y-%m-%d %H:%M} UTC" if grades.handed_in else "",
        "late": duration(grades.late),
        "problem": prose(str(graded.get("problem") or "")),
        "notes": [prose(str(note)) for note in notes] if isinstance(notes, list) else [],
        "exercises": list(_exercises(cells, grades)),
    }


def duration(time: timedelta) -> str:
    """Write how late something is in its two largest units; an empty text if it is not late."""
    minutes = -(-int(time.total_seconds()) // 60)  # a begun minute counts
    amounts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    words = [f"{amount} {unit}{'' if amount == 1 else 's'}" for amount, unit in amounts if amount]
    return " and ".join(words[:2])


def _exercises(cells: list[Mapping[str, Any]], grades: Grades) -> Iterator[ExerciseView]:
    asked = [cell for cell in cells if marks(cell).get("grade") is True or _is_task(cell)]
    own = _Own(cells, {_checks(cell) for cell in asked if not _is_task(cell)})
    for position, cell in enumerate(asked, 1):
        most = marks(cell).get("points")
        no_grade = CellGrade(float(most) if isinstance(most, int | float) else 0.0)
        grade = grades.cells.get(grade_id(cell), no_grade)
        names = [grade_id(cell)] if _is_task(cell) else [_checks(cell), grade_id(cell)]
        shown = _begin(names[0], grade, f"exercise-{position}")
        shown.comment = _EMPTY.join(render(grades.comments.get(name, "")) for name in names)
        if _is_task(cell):
            _add_written(shown, cell, own)
        else:
            _add_coded(shown, cell, own, is_checked=not (grade.by_hand or grade.waits))
        yield shown


class _Own:
    """The learner's own cells, by what they define or answer, and the room for them."""

    def __init__(self, cells: list[Mapping[str, Any]], checked: set[str]) -> None:
        self.room = Room(_MOST_OWN_CHARACTERS)
        self.codes: dict[str, list[Mapping[str, Any]]] = {}
        self.answers: dict[str, list[Mapping[str, Any]]] = {}
        for cell in cells:
            if isinstance(task := ours(cell).get("answers"), str):
                self.answers.setdefault(task, []).append(cell)
            if cell.get("cell_type") == "code":
                names = {grade_id(cell), *_DEFINES.findall(source(cell))}
                for name in names & checked:
                    self.codes.setdefault(name, []).append(cell)


def _is_task(cell: Mapping[str, Any]) -> bool:
    return marks(cell).get("task") is True


def _checks(cell: Mapping[str, Any]) -> str:
    """Return the exercise that a cell checks."""
    return str(ours(cell).get("exercise") or checked_by(grade_id(cell)) or grade_id(cell))


def _begin(name: str, grade: CellGrade, anchor: str) -> ExerciseView:
    """Say about an exercise what its grade says."""
    score = grade.score
    if grade.waits or score is None:
        status, tone = ("Waits for a person" if grade.waits else "Not graded"), "open"
    elif score >= grade.most:
        status, tone = "Right", "right"
    else:
        status, tone = ("Partly right", "partly") if score > 0 else ("Not right yet", "wrong")
    remarks = []
    if grade.by_hand:
        status = "Graded by hand"
        if grade.automatic is not None and score != grade.automatic:
            text = f"The score was given by hand. The check gave {number(grade.automatic)}."
            remarks.append(prose(text))
    if grade.extra:
        remarks.append(prose(f"Extra credit is included: {number(grade.extra)}."))
    given = "–" if score is None else number(score)
    return ExerciseView(anchor, printable(name), given, number(grade.most), status, tone, remarks)


def _add_coded(shown: ExerciseView, cell: Mapping[str, Any], own: _Own, is_checked: bool) -> None:
    report = Report.from_data(ours(cell))
    told = report.diagnosis
    if is_checked:
        shown.status = _STATUS.get(told.kind, shown.status)
    shown.message = prose(told.headline)
    shown.case = [(printable(name), printable(value), name != "case") for name, value in told.details]
    shown.count = count_of(report)
    shown.remarks += [prose(note) for note in report.notes]
    if report.exercise and not report.held:
        shown.older = _box(cell)
        shown.message = _EMPTY if shown.older else shown.message
    if told.kind == "unreadable":
        return
    for code in own.codes.get(_checks(cell), []):
        if own.room.is_full:
            shown.remarks.append(prose(_LEFT_OUT))
            break
        if lines := highlight(source(code), own.room):
            shown.codes.append(lines)
        if error := _stopped_by(code):
            shown.remarks.append(prose(f"Its cell stopped with `{error}` when it was run."))


def _add_written(shown: ExerciseView, cell: Mapping[str, Any], own: _Own) -> None:
    question = _MARK_SCHEME.sub(_CUT, source(cell)).split("\n")
    kept = "\n".join(line for line in question if _CUT not in line).strip()
    shown.question = render(kept, cell.get("attachments"))
    shown.answer = _EMPTY
    for answer in own.answers.get(grade_id(cell), []):
        if own.room.is_full:
            shown.answer += prose(_LEFT_OUT)
            break
        text = source(answer).strip()
        if text and text != _NO_ANSWER:
            shown.answer += render(text, answer.get("attachments"), own.room)


def _stopped_by(cell: Mapping[str, Any]) -> str:
    """Return the exception that ended a cell, by its name; its message is the submission's own."""
    for output in _outputs(cell):
        if output.get("output_type") == "error":
            found = getattr(builtins, str(output.get("ename")), None)
            if isinstance(found, type) and issubclass(found, BaseException):
                return found.__name__
            return "an exception of its own"
    return ""


def _box(cell: Mapping[str, Any]) -> Markup:
    """Return the box that a check cell shows, as its text and tables."""
    for output in _outputs(cell):
        data = output.get("data")
        html = data.get("text/html", "") if isinstance(data, Mapping) else ""
        html = "".join(map(str, html)) if isinstance(html, list) else str(html)
        if html:
            return cleaned(printable(html[:_MOST_OWN_CHARACTERS]))
    return _EMPTY


def _outputs(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    outputs = cell.get("outputs")
    listed = outputs if isinstance(outputs, list) else []
    return [output for output in listed if isinstance(output, Mapping)]
