"""The read model of grades: what the gradebook says about a lesson.

Which score counts, what waits for a person, and what a submission has in all is decided here and
nowhere else. A class is read in three statements, however large it is.

nbgrader's own way to its gradebook (`nbgrader.api`) imports a web server before the first row is
read, so the tables are named here; a test holds this against nbgrader's models.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook import ledger
from grader.gradebook.database import Transaction, as_span, as_time, some
from grader.gradebook.late import lateness
from grader.gradebook.opening import open_database, opened
from grader.gradebook.unprotected import Unprotected, isolation_of
from grader.judging.isolation import UNKNOWN

# The rows of more students than this are read with everybody's.
_FEW = 400


@dataclass(frozen=True)
class CellGrade:
    """The grade of one cell.

    Attributes
    ----------
    automatic : float or None
        What the checks give; None if there is nothing yet, and for a written answer.
    manual : float or None
        What a person gave.
    extra : float
        Extra credit; it counts beside a score and not alone.
    waits : bool
        Whether it still waits for a person.
    """

    most: float = 0.0
    automatic: float | None = None
    manual: float | None = None
    extra: float = 0.0
    waits: bool = False

    @property
    def by_hand(self) -> bool:
        """Whether a person gave the score."""
        return self.manual is not None

    @property
    def given(self) -> float | None:
        """What counts without extra credit: a person's score comes before ours."""
        return self.automatic if self.manual is None else self.manual

    @property
    def points(self) -> float:
        """The points, as nbgrader adds them up."""
        return 0.0 if self.given is None else self.given + self.extra

    @property
    def score(self) -> float | None:
        """The points; None if there are none yet."""
        return None if self.waits or self.given is None else self.points


@dataclass
class Grades:
    """What the gradebook says about one student's submission: plain data that can travel.

    Attributes
    ----------
    cells : dict
        Grades by the cell's grade_id; nothing if there is no submission.
    comments : dict
        What the instructor wrote, by the grade_id of the cell it belongs to.
    penalty : float
        Points taken off because it was late.
    handed_in : datetime or None
        In UTC.
    submitted : bool
        Whether there is a submission.
    row : str
        Id of the submitted notebook's row; empty if there is none.
    problem : str
        Why a person must look at it, or an empty text.
    isolation : str
        How it was kept apart when it was graded, see `grader.gradebook.unprotected`.
    """

    student: str
    lesson: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    cells: dict[str, CellGrade] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0
    handed_in: datetime | None = None
    extension: timedelta = timedelta()
    late: timedelta = timedelta()
    submitted: bool = False
    row: str = ""
    problem: str = ""
    isolation: str = UNKNOWN

    @property
    def name(self) -> str:
        """The student's full name, as far as it is known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def points(self) -> float | None:
        """The points of all exercises; None if nothing is graded."""
        if all(cell.given is None for cell in self.cells.values()):
            return None
        return sum(cell.points for cell in self.cells.values())

    @property
    def score(self) -> float | None:
        """What counts, as nbgrader counts it: late penalty taken off, never below zero."""
        return None if self.points is None else max(0.0, self.points - self.penalty)

    @property
    def waiting(self) -> int:
        """How many answers wait for a person; they count 0 until then."""
        # A row is made before anything is graded when somebody gets an extension.
        return 0 if self.points is None else sum(cell.waits for cell in self.cells.values())


@dataclass(frozen=True)
class LessonGrades:
    """What the gradebook says about a lesson.

    Attributes
    ----------
    students : dict
        By id, everybody in the gradebook, also who has handed nothing in.
    released : bool
        Whether the lesson is in the gradebook.
    due : datetime or None
        In UTC.
    most : float
        Points that can be reached.
    """

    lesson: str
    students: dict[str, Grades]
    released: bool = True
    due: datetime | None = None
    most: float = 0.0

    @property
    def submitted(self) -> dict[str, Grades]:
        """Those with a submission in the gradebook."""
        return {student: one for student, one in self.students.items() if one.submitted}

    @property
    def unprotected(self) -> Unprotected:
        """Whose scores come from a run without a sandbox."""
        graded = (one for one in self.students.values() if one.points is not None)
        return Unprotected.among(self.lesson, graded)


def read_grades(course: Course, lesson: str) -> LessonGrades | None:
    """Read a lesson's grades, with what the ledger knows; None if there is no gradebook.

    Parameters
    ----------
    lesson : str
        Its full name.
    """
    with opened(course) as database:
        if database is None:
            return None
        entries = ledger.all_entries(database, lesson)
        found = database.transact(lambda read: read_lesson(read, lesson), write=False)
    for student, one in found.submitted.items():
        entry = entries.get(student)
        one.problem = entry.problem if entry else ""
        one.isolation = isolation_of(entry, course.graded_notebook(student, lesson))
    return found


def read_released_grades(course: Course, lesson: str) -> LessonGrades:
    """Read a lesson's grades, see `read_grades`.

    Raises
    ------
    GraderError
        If there is no gradebook, or the lesson is not in it.
    """
    found = read_grades(course, lesson)
    if found is None:
        raise GraderError(f"There is no gradebook of {course.root}. Grade a lesson first.")
    if not found.released:
        raise GraderError(f"Lesson {lesson} is not in the gradebook: build and grade it first.")
    return found


def unprotected_lessons(start: Path) -> list[str]:
    """Say of the course that `start` lies in what was graded without a sandbox.

    Where there is no course, no gradebook, or none that can be read, there is nothing to say.
    """
    said = []
    with suppress(GraderError):
        course = Course.find(start)
        for lesson in dict.fromkeys(course.lesson_names):
            if found := read_grades(course, lesson):
                said += [f"{lesson}: {sentence}" for sentence in found.unprotected.sentences()]
    return said


def read_submissions(
    url: str,
    lesson: str,
    notebook: str,
    students: Collection[str] | None = None,
    *,
    root: Path | None = None,
    waiting: Callable[[str], None] = lambda sentence: None,
) -> dict[str, Grades]:
    """Read the grades of those who have a submission in the gradebook, by student.

    Parameters
    ----------
    url : str
        The gradebook's database, as nbgrader names it.
    students : collection of str, optional
        Whose grades; without it everybody's.
    root : Path, optional
        The course folder, which a relative path in the URL starts from; else the present folder.
    waiting : callable
        Told in a sentence when a locked database has to be waited for.

    Raises
    ------
    FileNotFoundError
        If there is no gradebook.
    grader.gradebook.database.GradebookError
        If it cannot be read.
    """
    database = open_database(url, root or Path.cwd(), waiting)
    try:
        found = database.transact(
            lambda read: read_lesson(read, lesson, notebook, students), write=False
        )
    finally:
        database.close()
    return {student: one for student, one in found.students.items() if one.row}


def read_lesson(
    read: Transaction, lesson: str, notebook: str = "", students: Collection[str] | None = None
) -> LessonGrades:
    """Read a lesson's grades in a transaction.

    Parameters
    ----------
    notebook : str
        Which of the lesson's notebooks; by default all that it has. We release one.
    students : collection of str, optional
        Whose grades; without it everybody's.
    """
    released = read.rows(
        "SELECT a.id, a.duedate, n.id, b.id, b.name, b.type, c.max_score, t.max_score "
        "FROM assignment a LEFT JOIN notebook n ON n.assignment_id = a.id "
        "LEFT JOIN base_cell b ON b.notebook_id = n.id LEFT JOIN grade_cells c ON c.id = b.id "
        "LEFT JOIN task_cells t ON t.id = b.id "
        "WHERE a.name = :lesson AND (n.name = :notebook OR :notebook = '')",
        lesson=lesson,
        notebook=notebook,
    )
    assignment, due = (released[0][0], as_time(released[0][1])) if released else ("", None)
    notebooks = {row[2] for row in released}
    cells = {
        cell: (name, kind == "TaskCell", float(points or task_points or 0.0))
        for *_, cell, name, kind, points, task_points in released
    }
    only, of = "", {"assignment": assignment}
    if students is not None and len(students) <= _FEW:
        placeholders, names = next(iter(some("s", sorted(students))), ("NULL", {}))
        only, of = f"IN ({placeholders})", {**of, **names}
    found: dict[str, Grades] = {}
    for student, first, last, email, sent, handed_in, extension, copied, row, penalty in read.rows(
        "SELECT p.id, p.first_name, p.last_name, p.email, s.id, s.timestamp, s.extension, "
        "c.notebook_id, c.id, c.late_submission_penalty FROM student p "
        "LEFT JOIN submitted_assignment s ON s.student_id = p.id AND s.assignment_id = :assignment "
        f"LEFT JOIN submitted_notebook c ON c.assignment_id = s.id {only and f'WHERE p.id {only}'}",
        **of,
    ):
        one = found.setdefault(
            student, Grades(student, lesson, first or "", last or "", email or "")
        )
        one.submitted = sent is not None
        one.handed_in, one.extension = as_time(handed_in), as_span(extension)
        one.late = lateness(one.handed_in, due, one.extension)
        if copied in notebooks and row:
            one.row = row
            one.penalty += float(penalty or 0.0)
    for student, cell, graded, automatic, manual, extra, needs_a_person, comment in read.rows(
        "SELECT s.student_id, b.id, g.id, g.auto_score, g.manual_score, g.extra_credit, "
        "g.needs_manual_grade, r.manual_comment FROM submitted_assignment s "
        "JOIN submitted_notebook c ON c.assignment_id = s.id "
        "JOIN base_cell b ON b.notebook_id = c.notebook_id "
        "LEFT JOIN grade g ON g.notebook_id = c.id AND g.cell_id = b.id "
        "LEFT JOIN comment r ON r.notebook_id = c.id AND r.cell_id = b.id "
        "WHERE s.assignment_id = :assignment AND (g.id IS NOT NULL OR r.manual_comment <> '') "
        f"{only and f'AND s.student_id {only}'}",
        **of,
    ):
        if cell not in cells:
            continue
        name, written, most = cells[cell]
        one = found[student]
        if graded is not None:
            # Another notebook of the lesson may have a cell of the same name.
            key = name if name not in one.cells else f"{name} ({cell})"
            # A written answer has no automatic score, whatever its row says.
            automatic = None if written else automatic
            waits = manual is None and (automatic is None or bool(needs_a_person))
            one.cells[key] = CellGrade(most, automatic, manual, float(extra or 0.0), waits)
        if comment and comment.strip():
            one.comments[name] = comment
    if students is not None:
        found = {student: found[student] for student in students if student in found}
    most = sum(points for _, _, points in cells.values())
    return LessonGrades(lesson, found, bool(released), due, most)
