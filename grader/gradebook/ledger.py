"""The ledger: what was graded, how, and what was written, so that nothing is graded twice.

It is a table of ours in the gradebook's database. A row is written in the transaction that writes
the grades, so it is there if and only if they are. If the table is lost, the graded notebooks are
read instead, once.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from grader.gradebook.database import Database, Transaction, as_time
from grader.gradebook.late import parse_stamp
from grader.gradebook.released import Released
from grader.tools.files import signature

if TYPE_CHECKING:
    from grader.course.submissions import HandedIn
    from grader.judging.plan import Plan

_TABLE = "twoapples_graded"
_CREATE = """
CREATE TABLE IF NOT EXISTS twoapples_graded (
    lesson VARCHAR(128) NOT NULL,
    student VARCHAR(128) NOT NULL,
    submission_id VARCHAR(32) NOT NULL,
    handed_in VARCHAR(64) NOT NULL,
    plan VARCHAR(64) NOT NULL,
    file VARCHAR(64) NOT NULL,
    signature VARCHAR(128) NOT NULL,
    problem TEXT NOT NULL,
    feedback VARCHAR(64) NOT NULL,
    isolation VARCHAR(16) DEFAULT '' NOT NULL,
    PRIMARY KEY (lesson, student)
)
"""
# A gradebook of an older version has no such column; what was graded then is not known.
_ADD_ISOLATION = "ALTER TABLE twoapples_graded ADD COLUMN isolation VARCHAR(16) DEFAULT '' NOT NULL"


@dataclass(frozen=True)
class Entry:
    """One graded submission.

    Attributes
    ----------
    submission_id : str
        The row of the gradebook that holds its grades.
    handed_in, plan, file : str
        Digests: of what was handed in, of how it was graded, of the autograded notebook.
    signature : str
        Size and times of the autograded notebook when it was written.
    problem : str
        Why a person must look at it, or an empty text.
    feedback : str
        Digest of the notebook that the feedback page was written for, or an empty text.
    isolation : str
        How its code was kept apart when it was graded, see `grader.gradebook.unprotected`; an empty
        text if an older version has graded it.
    """

    submission_id: str
    handed_in: str
    plan: str
    file: str
    signature: str
    problem: str = ""
    feedback: str = ""
    isolation: str = ""

    def holds(self, path: Path) -> bool:
        """Whether the autograded notebook at `path` is the one that was written.

        A file that looks untouched from outside is not read.
        """
        now = signature(path)
        if not now or now == self.signature:
            return bool(now)
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest() == self.file
        except OSError:
            return False


_COLUMNS = ("lesson", "student", *(field.name for field in fields(Entry)))


def prepare(database: Database) -> None:
    """Make the table where there is none, and the column that older versions did not have."""
    database.transact(lambda tables: tables.run(_CREATE, [{}]))
    if "isolation" not in database.columns(_TABLE):
        database.transact(lambda tables: tables.run(_ADD_ISOLATION, [{}]))


def read_entries(read: Transaction, lesson: str, assignment: str, cells: int) -> dict[str, Entry]:
    """Return the entries of a lesson by student, of those whose grades are in the gradebook.

    Parameters
    ----------
    assignment : str
        Id of the lesson's row.
    cells : int
        How many grades a submission has.
    """
    complete = {
        submission
        for submission, count in read.rows(
            "SELECT s.id, COUNT(g.id) FROM submitted_assignment s "
            "JOIN submitted_notebook n ON n.assignment_id = s.id "
            "LEFT JOIN grade g ON g.notebook_id = n.id "
            "WHERE s.assignment_id = :assignment GROUP BY s.id",
            assignment=assignment,
        )
        if count == cells
    }
    rows = read.rows(
        f"SELECT {', '.join(_COLUMNS[1:])} FROM twoapples_graded WHERE lesson = :lesson",
        lesson=lesson,
    )
    return {student: Entry(*rest) for student, *rest in rows if rest[0] in complete}


def all_entries(database: Database, lesson: str) -> dict[str, Entry]:
    """Return all entries of a lesson by student; changes nothing, whatever the gradebook has."""
    there = database.columns(_TABLE)
    if not there:
        return {}  # only nbgrader has written it
    columns = ", ".join(name for name in _COLUMNS[1:] if name in there)
    rows = database.transact(
        lambda read: read.rows(
            f"SELECT {columns} FROM twoapples_graded WHERE lesson = :lesson", lesson=lesson
        ),
        write=False,
    )
    return {student: Entry(*rest) for student, *rest in rows}


def write_entries(write: Transaction, lesson: str, entries: dict[str, Entry]) -> None:
    """Write entries in place of former ones, in the transaction that writes the grades."""
    rows = [{"lesson": lesson, "student": s, **vars(entry)} for s, entry in entries.items()]
    write.run(
        "DELETE FROM twoapples_graded WHERE lesson = :lesson AND student = :student",
        [{"lesson": lesson, "student": row["student"]} for row in rows],
    )
    write.run(
        f"INSERT INTO twoapples_graded ({', '.join(_COLUMNS)}) "
        f"VALUES ({', '.join(':' + name for name in _COLUMNS)})",
        rows,
    )


def replace_file(
    write: Transaction, lesson: str, student: str, file: str, path: Path, isolation: str
) -> None:
    """Write down that the graded notebook at `path` was replaced, and how it was run.

    Parameters
    ----------
    file : str
        Its digest.
    """
    new = {"file": file, "signature": signature(path), "isolation": isolation}
    write.run(
        "UPDATE twoapples_graded SET file = :file, signature = :signature, isolation = :isolation "
        "WHERE lesson = :lesson AND student = :student",
        [{**new, "lesson": lesson, "student": student}],
    )


def note_feedback(database: Database, lesson: str, students: Iterable[str]) -> None:
    """Write down that the feedback pages of students belong to their graded notebooks."""
    listed = list(students)

    def work(write: Transaction) -> None:
        write.run(
            "UPDATE twoapples_graded SET feedback = file "
            "WHERE lesson = :lesson AND student = :student",
            [{"lesson": lesson, "student": student} for student in listed],
        )

    if listed:
        database.transact(work)


def recover(
    database: Database,
    released: Released,
    student: str,
    handed_in: HandedIn,
    path: Path,
    page: Path,
    plan: Plan,
) -> Entry | None:
    """Make a lost entry anew from the graded notebook, if that says what the gradebook says.

    Parameters
    ----------
    path, page : Path
        The autograded notebook, and the feedback page.
    plan : Plan
        The present plan; what was graded with another one counts as not graded.
    """
    try:
        content = path.read_bytes()
    except OSError:
        return None
    from grader.judging.compose import marks_of  # needs nbformat
    from grader.judging.isolation import in_notebook
    from grader.notebook.cells import summary as summary_of

    try:
        notebook = json.loads(content)
        summary = summary_of(notebook)
        if (summary["plan"], summary["submission"]) != (plan.digest, handed_in.digest):
            return None
        marks = marks_of(notebook)
        stamp = parse_stamp(handed_in.stamp)
        problem, isolation = str(summary["problem"]), in_notebook(summary)
        wanted: dict[str, float | None] = dict.fromkeys(released.graded.values())
        wanted.update({released.graded[name]: score for name, score in marks.scores.items()})
        comments = {released.commented[name]: text for name, text in marks.comments.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    found = database.transact(lambda read: _grades(read, released.assignment, student), write=False)
    if found is None or found[2:] != (wanted, comments) or (stamp and found[1] != stamp):
        return None
    digest = hashlib.sha256(content).hexdigest()
    has_page = page.exists() and page.stat().st_mtime_ns >= path.stat().st_mtime_ns
    return Entry(
        found[0],
        handed_in.digest,
        plan.digest,
        digest,
        signature(path),
        problem,
        digest if has_page else "",
        isolation,
    )


def _grades(
    read: Transaction, assignment: str, student: str
) -> tuple[str, datetime.datetime | None, dict[str, float | None], dict[str, str | None]] | None:
    """Return a submission's id, time, scores and comments by cell id; None if there is none."""
    of = {"assignment": assignment, "student": student}
    where = "WHERE s.assignment_id = :assignment AND s.student_id = :student"
    tables = "FROM submitted_assignment s JOIN submitted_notebook n ON n.assignment_id = s.id"
    found = read.rows(f"SELECT s.id, s.timestamp FROM submitted_assignment s {where}", **of)
    if not found:
        return None
    scores = read.rows(
        f"SELECT g.cell_id, g.auto_score {tables} JOIN grade g ON g.notebook_id = n.id {where}",
        **of,
    )
    comments = read.rows(
        f"SELECT c.cell_id, c.auto_comment {tables} JOIN comment c ON c.notebook_id = n.id {where}",
        **of,
    )
    return found[0][0], as_time(found[0][1]), dict(scores), dict(comments)
