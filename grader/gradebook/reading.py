"""Reading grades out of the gradebook, with one query for each kind of row.

nbgrader's own way to its gradebook (`nbgrader.api`) imports a web server before the first row is
read, so the tables are named here; a test holds this against nbgrader's models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from grader.gradebook.database import Row, Transaction, as_span, as_time, some
from grader.gradebook.grades import CellGrade, Grades
from grader.gradebook.opening import open_database

_ONE_LESSON = """
    FROM submitted_notebook copy
    JOIN submitted_assignment submission ON submission.id = copy.assignment_id
    JOIN assignment ON assignment.id = submission.assignment_id
    JOIN notebook ON notebook.id = copy.notebook_id
    {joins}
    WHERE assignment.name = :lesson AND notebook.name = :notebook {students}
"""
_SUBMISSIONS = (
    "SELECT copy.id, submission.student_id, student.first_name, student.last_name,"
    " copy.late_submission_penalty, submission.timestamp, submission.extension, assignment.duedate",
    "JOIN student ON student.id = submission.student_id",
)
_GRADES = (
    "SELECT copy.id, cell.name, cell.type, grade.auto_score, grade.manual_score,"
    " grade.extra_credit, grade.needs_manual_grade,"
    " COALESCE(grade_cells.max_score, task_cells.max_score, 0.0)",
    """JOIN grade ON grade.notebook_id = copy.id
    JOIN base_cell cell ON cell.id = grade.cell_id
    LEFT JOIN grade_cells ON grade_cells.id = cell.id
    LEFT JOIN task_cells ON task_cells.id = cell.id""",
)
_COMMENTS = (
    "SELECT copy.id, cell.name, remark.manual_comment",
    """JOIN comment remark ON remark.notebook_id = copy.id
    JOIN base_cell cell ON cell.id = remark.cell_id AND remark.manual_comment IS NOT NULL""",
)
# The rows of more students than this are read with everybody's.
_FEW = 400


def read_grades(
    url: str,
    lesson: str,
    notebook: str,
    students: Iterable[str] | None = None,
    *,
    root: Path | None = None,
    waiting: Callable[[str], None] = lambda sentence: None,
) -> dict[str, Grades]:
    """Read the grades of a lesson.

    Parameters
    ----------
    url : str
        The gradebook's database, as nbgrader names it.
    students : iterable of str, optional
        Whose grades; without it everybody's.
    root : Path, optional
        The course folder, which a relative path in the URL starts from; else the present folder.
    waiting : callable
        Told in a sentence when a locked database has to be waited for.

    Returns
    -------
    dict
        By student; who has no submission in the gradebook is not in it.

    Raises
    ------
    FileNotFoundError
        If there is no gradebook.
    grader.gradebook.database.GradebookError
        If it cannot be read.
    """
    wanted = None if students is None else set(students)
    database = open_database(url, root or Path.cwd(), waiting)
    try:
        return database.transact(lambda read: _read(read, lesson, notebook, wanted), write=False)
    finally:
        database.close()


def _read(
    read: Transaction, lesson: str, notebook: str, wanted: set[str] | None
) -> dict[str, Grades]:
    def rows(query: tuple[str, str]) -> Iterable[Row]:
        columns, joins = query
        names = {"lesson": lesson, "notebook": notebook}
        if wanted is None or len(wanted) > _FEW:
            yield from read.rows(columns + _ONE_LESSON.format(joins=joins, students=""), **names)
            return
        for placeholders, parameters in some("s", sorted(wanted)):
            only = f"AND submission.student_id IN ({placeholders})"
            sql = columns + _ONE_LESSON.format(joins=joins, students=only)
            yield from read.rows(sql, **names, **parameters)

    found: dict[str, Grades] = {}
    for key, student, first, last, penalty, handed_in, extension, due in rows(_SUBMISSIONS):
        grades = Grades(student, lesson, " ".join(part for part in (first, last) if part))
        grades.penalty = float(penalty or 0.0)
        grades.handed_in = as_time(handed_in)
        due_time = as_time(due)
        if grades.handed_in is not None and due_time is not None:
            grades.late = max(timedelta(), grades.handed_in - due_time - as_span(extension))
        found[key] = grades
    for key, name, *grade in rows(_GRADES):
        if key in found:
            found[key].cells[name] = _cell_grade(*grade)
    for key, name, comment in rows(_COMMENTS):
        if key in found and comment.strip():
            found[key].comments[name] = comment
    return {g.student: g for g in found.values() if wanted is None or g.student in wanted}


def _cell_grade(
    kind: str,
    automatic: float | None,
    by_person: float | None,
    extra: float | None,
    needs_a_person: bool,
    most: float,
) -> CellGrade:
    task = kind == "TaskCell"  # a written answer has no automatic score, whatever its row says
    by_hand = by_person is not None
    given = by_person if by_hand else automatic
    waits = not by_hand and (bool(needs_a_person) or task or given is None)
    return CellGrade(
        score=None if waits or given is None else float(given) + float(extra or 0.0),
        most=float(most),
        automatic=None if task or automatic is None else float(automatic),
        by_hand=by_hand,
        extra=float(extra or 0.0),
        waits=waits,
    )
