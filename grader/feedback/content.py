"""What stands on a page: from a graded notebook and its grades to pieces ready for the template.

Of the notebook only this is taken: the learner's code and written answers, what the grader wrote
into its check cells, and the grader's notes. What the learner's cells printed is left out: it is
whatever the submission wanted to show, the inputs of hidden cases among it.
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
from grader.feedback.box import read_box
from grader.gradebook.grades import CellGrade, Grades
from grader.feedback.highlighting import highlight
from grader.feedback.markdown import render
from grader.feedback.safety import printable, prose

# nbgrader's own mark; what follows it in a question is for those who grade.
_MARK_SCHEME = re.compile(r"BEGIN MARK SCHEME.*?(?:END MARK SCHEME[^\n]*|\Z)", re.DOTALL)
_CUT = "\0"
_NO_ANSWER = "*Your answer here (double-click to write).*"
_MOST_VALUE_CHARACTERS = 6000
# Of code and answers on a page, a cell counted as often as it is shown: half a megabyte.
_MOST_OWN_CHARACTERS = 500_000
_LEFT_OUT = "More is not shown here: the notebook is too long."
_DEFINES = re.compile(r"^(?:async +)?(?:def|class) +(\w+)", re.MULTILINE)
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


@dataclass
class PageView:
    """A whole page."""

    title: str
    lesson: str
    student: str
    name: str
    score: str
    most: str
    waiting: str
    penalty: str
    handed_in: str
    late: str
    problem: Markup
    notes: list[Markup]
    exercises: list[ExerciseView]


def view(notebook: Mapping[str, Any], grades: Grades) -> PageView:
    """Collect what stands on the page of one submission.

    Parameters
    ----------
    notebook : dict
        The graded notebook, as nbformat or as `json.load` gives it.
    grades : Grades
        What the gradebook says about it.
    """
    cells = [cell for cell in notebook.get("cells", []) if isinstance(cell, Mapping)]
    ours = _data(_data(notebook.get("metadata")).get("twoapples"))
    graded = _data(ours.get("graded"))
    notes = graded.get("notes")
    given = [grade.score for grade in grades.cells.values() if grade.score is not None]
    waiting = sum(grade.most for grade in grades.cells.values() if grade.waits)
    return PageView(
        title=printable(str(ours.get("title") or grades.lesson)),
        lesson=printable(grades.lesson),
        student=printable(grades.student),
        name=printable(grades.name),
        score=points(max(0.0, sum(given) - grades.penalty)),
        most=points(sum(grade.most for grade in grades.cells.values())),
        waiting=points(waiting) if waiting else "",
        penalty=points(grades.penalty) if grades.penalty else "",
        handed_in=f"{grades.handed_in:%Y-%m-%d %H:%M} UTC" if grades.handed_in else "",
        late=duration(grades.late),
        problem=prose(str(graded.get("problem") or "")),
        notes=[prose(str(note)) for note in notes] if isinstance(notes, list) else [],
        exercises=list(_exercises(cells, grades)),
    )


def points(number: float) -> str:
    """Write a number of points: at most two places, none where it is whole."""
    return f"{round(number, 2) + 0.0:.10g}"


def duration(time: timedelta) -> str:
    """Write how late something is in its two largest units; an empty text if it is not late."""
    minutes = -(-int(time.total_seconds()) // 60)  # a begun minute counts
    amounts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    words = [f"{amount} {unit}{'' if amount == 1 else 's'}" for amount, unit in amounts if amount]
    return " and ".join(words[:2])


def _exercises(cells: list[Mapping[str, Any]], grades: Grades) -> Iterator[ExerciseView]:
    number, own = 0, _Own(cells)
    for cell in cells:
        marks = _marks(cell)
        grade_id = str(marks.get("grade_id", ""))
        grade = grades.cells.get(grade_id)
        if marks.get("grade") is True or marks.get("task") is True:
            number += 1
            grade = grade or CellGrade(None, _number(marks.get("points")))
            anchor = f"exercise-{number}"
            if marks.get("task") is True:
                yield _written(cell, own, grade_id, grade, grades, anchor)
            else:
                yield _coded(cell, own, grade_id, grade, grades, anchor)


class _Own:
    """The learner's own cells, by what they define or answer, and the room for them."""

    def __init__(self, cells: list[Mapping[str, Any]]) -> None:
        self.room = Room(_MOST_OWN_CHARACTERS)
        self.codes: dict[str, list[Mapping[str, Any]]] = {}
        self.answers: dict[str, list[Mapping[str, Any]]] = {}
        checked = {_checks(cell) for cell in cells if _marks(cell).get("grade") is True}
        for cell in cells:
            task = _data(_data(cell.get("metadata")).get("twoapples")).get("answers")
            if isinstance(task, str):
                self.answers.setdefault(task, []).append(cell)
            if cell.get("cell_type") == "code":
                names = {str(_marks(cell).get("grade_id", ""))}
                names |= {match[1] for match in _DEFINES.finditer(_source(cell))}
                for name in names & checked:
                    self.codes.setdefault(name, []).append(cell)


def _checks(cell: Mapping[str, Any]) -> str:
    """Return the exercise that a cell checks."""
    told = _data(_data(cell.get("metadata")).get("twoapples")).get("exercise")
    return str(told or str(_marks(cell).get("grade_id", "")).removeprefix("check-"))


def _marks(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    return _data(_data(cell.get("metadata")).get("nbgrader"))


def _coded(
    cell: Mapping[str, Any],
    own: _Own,
    grade_id: str,
    grade: CellGrade,
    grades: Grades,
    anchor: str,
) -> ExerciseView:
    told = _data(_data(cell.get("metadata")).get("twoapples"))
    name = _checks(cell)
    verdict = str(told.get("verdict", ""))
    shown = _begin(name, grade, anchor)
    if not grade.by_hand and not grade.waits:
        if verdict == "not started":
            shown.status = "Not written yet"
        elif verdict in ("not defined", "unreadable"):
            shown.status = "Not found" if verdict == "not defined" else "Could not be read"
    shown.message = prose(str(told.get("message", "")))
    box = read_box(cell.get("outputs"))
    shown.case = [(printable(label), _value(value), label != "case") for label, value in box.rows]
    shown.count = box.count
    shown.remarks += [prose(note) for note in box.notes]
    shown.comment = _comment(grades, name, grade_id)
    if verdict != "unreadable":
        for code in own.codes.get(name, []):
            if own.room.is_full:
                shown.remarks.append(prose(_LEFT_OUT))
                break
            if lines := highlight(_source(code), own.room):
                shown.codes.append(lines)
            if error := _stopped_by(code):
                shown.remarks.append(prose(f"Its cell stopped with `{error}` when it was run."))
    return shown


def _written(
    cell: Mapping[str, Any],
    own: _Own,
    name: str,
    grade: CellGrade,
    grades: Grades,
    anchor: str,
) -> ExerciseView:
    shown = _begin(name, grade, anchor)
    question = _MARK_SCHEME.sub(_CUT, _source(cell)).split("\n")
    kept = "\n".join(line for line in question if _CUT not in line).strip()
    shown.question = render(kept, cell.get("attachments"))
    shown.answer = _EMPTY
    for answer in own.answers.get(name, []):
        if own.room.is_full:
            shown.answer += prose(_LEFT_OUT)
            break
        source = _source(answer).strip()
        if source and source != _NO_ANSWER:
            shown.answer += render(source, answer.get("attachments"), own.room)
    shown.comment = _comment(grades, name)
    return shown


def _begin(name: str, grade: CellGrade, anchor: str) -> ExerciseView:
    """Say about an exercise what its grade says."""
    score = grade.score
    if grade.waits or score is None:
        status, tone = ("Waits for a person", "open") if grade.waits else ("Not graded", "open")
    elif score >= grade.most:
        status, tone = "Right", "right"
    else:
        status, tone = ("Partly right", "partly") if score > 0 else ("Not right yet", "wrong")
    remarks = []
    if grade.by_hand:
        status = "Graded by hand"
        if grade.automatic is not None and score != grade.automatic:
            text = f"The score was given by hand. The check gave {points(grade.automatic)}."
            remarks.append(prose(text))
    if grade.extra:
        remarks.append(prose(f"Extra credit is included: {points(grade.extra)}."))
    shown = "–" if score is None else points(score)
    return ExerciseView(anchor, printable(name), shown, points(grade.most), status, tone, remarks)


def _comment(grades: Grades, *names: str) -> Markup:
    return _EMPTY.join(render(grades.comments[name]) for name in names if name in grades.comments)


def _stopped_by(cell: Mapping[str, Any]) -> str:
    """Return the exception that ended a cell, by its name; its message is the submission's own."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, Mapping) and output.get("output_type") == "error":
            found = getattr(builtins, str(output.get("ename")), None)
            if isinstance(found, type) and issubclass(found, BaseException):
                return found.__name__
            return "an exception of its own"
    return ""


def _value(value: str) -> str:
    if len(value) > _MOST_VALUE_CHARACTERS:
        value = value[:_MOST_VALUE_CHARACTERS] + " …"
    return printable(value)


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _data(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
