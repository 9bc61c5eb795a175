"""`grader export`: grades as CSV, in the forms that learning management systems take.

The forms are documented at these places:

- Canvas: `lib/gradebook_exporter.rb` and `lib/gradebook_importer.rb` of Canvas's source, and the
  guide "How do I import grades in the Gradebook?". The columns Student, ID, SIS User ID, SIS Login
  ID, Section come first, then assignments; the row "Points Possible" follows the header.
- Moodle: docs.moodle.org, "Assignment: offline grading worksheet" (its importer,
  `mod/assign/feedback/offline/importgradeslib.php`, wants Identifier, Grade and Last modified
  (grade)) and "Grade import" (a column that identifies the user, and one for the grade).
- Brightspace: community.d2l.com, "Importing grades": OrgDefinedId or Username, columns called
  "… Points Grade", and at the end End-of-Line Indicator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.grades import LessonGrades, read_released_grades
from grader.lms.roster import Person, Roster, fold
from grader.tools.csv import Table, as_csv, number, safe, write_text

FORMATS = ("csv", "canvas", "moodle", "brightspace")

_CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
_CANVAS_PERSON = {
    fold(t) for t in (*_CANVAS, "LastName", "FirstName", "Integration ID", "Root Account")
}
_CSV = [
    "lesson",
    "student",
    "name",
    "email",
    "handed_in_utc",
    "points",
    "late_penalty",
    "score",
    "max_score",
    "waiting_for_a_person",
]


@dataclass
class Exported:
    """What was written.

    Attributes
    ----------
    rows : int
        Students with a grade.
    notes : list of str
        What the instructor should know before uploading it.
    warnings : list of str
        That scores come from a run without a sandbox; no LMS has a place for it in its file.
    """

    text: str
    rows: int
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """One lesson's column.

    Attributes
    ----------
    title : str
        In the LMS; empty to look for one that is called like the lesson.
    """

    grades: LessonGrades
    title: str = ""

    @property
    def lesson(self) -> str:
        """The lesson's full name."""
        return self.grades.lesson

    @property
    def most(self) -> float:
        """Points that can be reached."""
        return self.grades.most

    def score(self, student: str | None, missing_as_zero: bool) -> float | None:
        """Return a student's score, None where the cell stays empty."""
        known = self.grades.students.get(student or "")
        score = None if known is None else known.score
        return 0.0 if score is None and missing_as_zero else score


def export(
    course: Course,
    lessons: Iterable[str],
    form: str,
    out: Path,
    *,
    roster: Roster | None = None,
    titles: dict[str, str] | None = None,
    missing_as_zero: bool = False,
) -> Exported:
    """Write grades for an LMS.

    Parameters
    ----------
    form : str
        One of `FORMATS`.
    roster : Roster, optional
        The LMS's own export, whose rows are filled. Without one there is a row for each student in
        the gradebook, which the LMS finds if the ids are its logins.
    titles : dict, optional
        The LMS's name of a lesson's column, by lesson.
    missing_as_zero : bool
        Write 0 for who has handed nothing in; by default the cell stays empty, which changes
        nothing in the LMS.

    Raises
    ------
    GraderError
        If there are no grades, or the roster does not fit.
    """
    titles = {course.resolve(name): title for name, title in (titles or {}).items()}
    columns = [
        Column(read_released_grades(course, name), titles.get(name, ""))
        for name in dict.fromkeys(course.resolve(lesson) for lesson in lessons)
    ]
    make = {"csv": _plain, "canvas": _canvas, "moodle": _moodle, "brightspace": _brightspace}[form]
    done = make(columns, roster, missing_as_zero)
    for column in columns:
        waiting = sum(one.waiting > 0 for one in column.grades.students.values())
        if waiting:
            done.notes.append(
                f"{column.lesson}: {waiting} submissions have written answers that wait for a "
                "person; they count 0 so far"
            )
        sentences = column.grades.unprotected.sentences()
        done.warnings += [f"{column.lesson}: {sentence}" for sentence in sentences]
    write_text(out, done.text)
    return done


def _plain(columns: list[Column], roster: Roster | None, missing_as_zero: bool) -> Exported:
    rows = [list(_CSV)]
    count = 0
    for column in columns:
        for student, one in sorted(column.grades.students.items()):
            person = roster.by_student(student) if roster else None
            score = column.score(student, missing_as_zero)
            count += score is not None
            rows.append(
                [
                    column.lesson,
                    student,
                    person.name if person else one.name,
                    one.email,
                    f"{one.handed_in:%Y-%m-%d %H:%M:%S}" if one.handed_in else "",
                    "" if one.points is None else number(one.points),
                    "" if one.points is None else number(one.penalty),
                    "" if score is None else number(score),
                    number(column.most),
                    str(one.waiting),
                ]
            )
    return Exported(as_csv(rows, bom=True), count)


def _canvas(columns: list[Column], roster: Roster | None, missing_as_zero: bool) -> Exported:
    if roster is None or roster.table is None:
        done = _from_gradebook(columns, missing_as_zero, _CANVAS, "SIS Login ID", "Student")
        points = ["    Points Possible", "", "", "", "", *(number(c.most) for c in columns)]
        done.lines[1:1] = [points]
        return done.finish(bom=False)
    table = roster.table
    if table.find("ID") is None or table.find("Section") is None:
        raise GraderError(
            "This roster is not Canvas's: the columns ID and Section are missing. In Canvas open "
            "Grades, Export, Export Entire Gradebook, and give that file."
        )
    people = [p for p, title in enumerate(table.header) if fold(title) in _CANVAS_PERSON]
    points_row = next((r for r in table.rows if "points possible" in r[0].casefold()), None)
    fill = _Fill([[*(table.header[p] for p in people)]])
    places, scales = [], []
    for column in columns:
        place = _find_column(table, column, skip=people)
        most = _as_number(points_row[place]) if points_row and place is not None else None
        places.append(place)
        scales.append(fill.scale(column, most))
        title = column.title or column.lesson
        fill.lines[0].append(title if place is None else table.header[place])
        if place is None:
            fill.notes.append(
                f"Canvas has no column “{title}” yet and makes one when it imports this"
            )
    if points_row:
        cells = [points_row[p] for p in people]
        for column, place in zip(columns, places, strict=True):
            cells.append(number(column.most) if place is None else points_row[place])
        fill.lines.append(cells)
    else:
        padding = [""] * (len(people) - 1)
        fill.lines.append(["    Points Possible", *padding, *(number(c.most) for c in columns)])
    for person in roster.people:
        row = table.rows[person.row]
        if not person.name and not person.known:
            continue
        student = _match(person, columns, fill, roster)
        fill.add([row[p] for p in people], columns, scales, student, missing_as_zero)
    return fill.finish(columns, bom=table.bom, delimiter=table.delimiter)


def _moodle(columns: list[Column], roster: Roster | None, missing_as_zero: bool) -> Exported:
    if roster is None or roster.table is None:
        header = ["Username", "Full name"]
        return _from_gradebook(columns, missing_as_zero, header, "Username", "Full name").finish()
    table = roster.table
    if table.find("Identifier") is None:
        return _fill_export(columns, roster, missing_as_zero)
    grade, most_at = table.find("Grade"), table.find("Maximum grade")
    if len(columns) != 1:
        raise GraderError("Moodle's grading worksheet is of one assignment: name one lesson.")
    if grade is None or table.find("Last modified (grade)") is None:
        raise GraderError(
            "This grading worksheet has no columns “Grade” and “Last modified (grade)”, which "
            "Moodle asks for. Set Moodle to English before downloading it."
        )
    fill = _Fill([list(table.header)])
    locked = table.find("Grade can be changed")
    for person in roster.people:
        row = list(table.rows[person.row])
        student = _match(person, columns, fill, roster)
        most = _as_number(row[most_at]) if most_at is not None else None
        scale = fill.scale(columns[0], most)
        score = columns[0].score(student, missing_as_zero)
        if score is not None and locked is not None and row[locked].strip().casefold() == "no":
            fill.notes.append(f"{person.name}: Moodle says that this grade cannot be changed")
        elif score is not None:
            row[grade] = number(score * scale)
            fill.count += 1
        fill.lines.append(row)
    return fill.finish(columns, bom=True, delimiter=",")


def _fill_export(columns: list[Column], roster: Roster, missing_as_zero: bool) -> Exported:
    """Fill the file that Moodle's grade export gives, for its grade import."""
    table = roster.table
    assert table is not None
    people = [
        place
        for place, title in enumerate(table.header)
        if fold(title)
        in {"first name", "last name", "surname", "id number", "username", "email address"}
    ]
    if not people:
        raise GraderError(
            "This roster is not Moodle's. Give the assignment's grading worksheet (Identifier, "
            "Full name, …, Grade, …), or what Grades, Export gives."
        )
    fill = _Fill([[*(table.header[p] for p in people)]])
    for column in columns:
        place = _find_column(table, column, skip=people)
        title = column.title or f"Assignment: {column.lesson} (Real)"
        fill.lines[0].append(title if place is None else table.header[place])
    for person in roster.people:
        row = table.rows[person.row]
        student = _match(person, columns, fill, roster)
        scales = [1.0] * len(columns)
        fill.add([row[p] for p in people], columns, scales, student, missing_as_zero)
    return fill.finish(columns, bom=True, delimiter=",")


def _brightspace(columns: list[Column], roster: Roster | None, missing_as_zero: bool) -> Exported:
    end = "End-of-Line Indicator"
    titles = [f"{column.title or column.lesson} Points Grade" for column in columns]
    if roster is None or roster.table is None:
        fill = _from_gradebook(columns, missing_as_zero, ["Username"], "Username", "")
        fill.lines[0][1:] = titles
    else:
        table = roster.table
        places = [p for p in (table.find("OrgDefinedId"), table.find("Username")) if p is not None]
        if not places:
            raise GraderError(
                "This roster is not Brightspace's: it has neither OrgDefinedId nor Username. In "
                "Brightspace open Grades, Enter Grades, Export, and choose “Both” as key field."
            )
        fill = _Fill([[*(table.header[p] for p in places), *titles]])
        for person in roster.people:
            row = table.rows[person.row]
            student = _match(person, columns, fill, roster)
            scales = [1.0] * len(columns)
            fill.add([row[p] for p in places], columns, scales, student, missing_as_zero)
    fill.lines = [[*row, end if not place else "#"] for place, row in enumerate(fill.lines)]
    return fill.finish(columns, bom=False)


class _Fill:
    """Rows that are being made, and what is to be said about them."""

    def __init__(self, rows: list[list[str]]) -> None:
        self.lines = rows
        self.notes: list[str] = []
        self.count = 0
        self.matched: set[str] = set()
        self._scaled: set[str] = set()

    def scale(self, column: Column, most: float | None) -> float:
        """Return what to multiply points with, if the LMS counts to another number."""
        if not most or not column.most or abs(most - column.most) < 1e-9:
            return 1.0
        if column.lesson not in self._scaled:
            self._scaled.add(column.lesson)
            self.notes.append(
                f"{column.lesson}: scaled from {number(column.most)} points to {number(most)}, as "
                "the LMS has it"
            )
        return most / column.most

    def add(
        self,
        cells: list[str],
        columns: list[Column],
        scales: list[float],
        student: str | None,
        missing_as_zero: bool,
    ) -> None:
        """Add a person's row."""
        scores = [column.score(student, missing_as_zero) for column in columns]
        self.count += any(score is not None for score in scores)
        given = zip(scores, scales, strict=True)
        self.lines.append([*cells, *("" if s is None else number(s * scale) for s, scale in given)])

    def finish(
        self, columns: Iterable[Column] = (), *, bom: bool = True, delimiter: str = ","
    ) -> Exported:
        """Write it all down."""
        everybody = [one for column in columns for one in column.grades.students.values()]
        graded = {one.student for one in everybody if one.points is not None}
        left = sorted(graded - self.matched)
        if left:
            shown = ", ".join(left[:5]) + (", …" if len(left) > 5 else "")
            self.notes.append(f"{len(left)} students are not in the roster: {shown}")
        changed = sum(safe(cell) != cell for row in self.lines for cell in row)
        if changed:
            self.notes.append(
                f"{changed} cells looked like formulas and got an apostrophe before them"
            )
        return Exported(as_csv(self.lines, delimiter=delimiter, bom=bom), self.count, self.notes)


def _from_gradebook(
    columns: list[Column], missing_as_zero: bool, header: list[str], login: str, name: str
) -> _Fill:
    fill = _Fill([[*header, *(column.title or column.lesson for column in columns)]])
    fill.notes.append(f"without a roster: the student ids stand in the column “{login}”")
    students = {student: one for c in columns for student, one in c.grades.students.items()}
    for student, one in sorted(students.items()):
        called = ", ".join(part for part in (one.last_name, one.first_name) if part)
        cells = {login: student, name: called or student}
        fill.matched.add(student)
        row = [cells.get(title, "") for title in header]
        fill.add(row, columns, [1.0] * len(columns), student, missing_as_zero)
    return fill


def _match(person: Person, columns: list[Column], fill: _Fill, roster: Roster) -> str | None:
    """Return the id under which the gradebook knows a person, if it does."""
    from grader.lms.placing import safe_id

    known = {student for column in columns for student in column.grades.students}
    texts = [person.student, person.canvas, *person.known]
    folded = {fold(student): student for student in known}
    for text in [*texts, *map(safe_id, texts)]:
        if text in known or fold(text) in folded:
            student = text if text in known else folded[fold(text)]
            fill.matched.add(student)
            return student
    by_name = safe_id(person.name)
    if by_name in known and len(roster.find(person.name, also_ids=False)) == 1:
        fill.matched.add(by_name)
        return by_name
    return None


def _find_column(table: Table, column: Column, skip: list[int]) -> int | None:
    """Find a lesson's column: by the title given, or one called like the lesson."""
    number_of, _, name = column.lesson.partition("-")
    wanted = {fold(column.lesson), fold(name), fold(name.replace("-", " "))} - {""}
    ordinal = rf"^0*{re.escape(number_of.lstrip('0'))}\W+"
    found = []
    for place, title in enumerate(table.header):
        if place in skip:
            continue
        # Canvas writes the assignment's number after the title, Moodle its kind around it.
        plain = re.sub(r"\s*\((\d+|Real|Percentage|Letter)\)\s*$", "", title)
        plain = re.sub(r"^Assignment:\s*", "", plain)
        if column.title:
            if fold(column.title) in (fold(title), fold(plain)):
                found.append(place)
        elif {fold(plain), fold(re.sub(ordinal, "", plain))} & wanted:
            found.append(place)
    if len(found) > 1:
        names = ", ".join(table.header[place] for place in found)
        raise GraderError(
            f"Several columns could be lesson {column.lesson}: {names}. Use --column."
        )
    if column.title and not found and table.find("ID") is not None and "(" in column.title:
        raise GraderError(f"The roster has no column “{column.title}”.")
    return found[0] if found else None


def _as_number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
