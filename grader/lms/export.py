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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.grades import Grades, LessonGrades, read_released_grades
from grader.lms.roster import Person, Roster, fold
from grader.tools.csv import Table, as_csv, number, safe, write_text

FORMATS = ("csv", "canvas", "moodle", "brightspace")

_CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
_CANVAS_PERSON = {
    fold(t) for t in (*_CANVAS, "LastName", "FirstName", "Integration ID", "Root Account")
}
_MOODLE_PERSON = ["first name", "last name", "surname", "id number", "username", "email address"]
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
    done = make(_Sheet(columns, missing_as_zero), roster)
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


def _plain(sheet: _Sheet, roster: Roster | None) -> Exported:
    sheet.lines = [list(_CSV)]
    for column in sheet.columns:
        for student, one in sorted(column.grades.students.items()):
            person = roster.by_student(student) if roster else None
            score = sheet.score(column, student)
            sheet.count += score is not None
            sheet.lines.append(
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
    return Exported(as_csv(sheet.lines, bom=True), sheet.count)


def _canvas(sheet: _Sheet, roster: Roster | None) -> Exported:
    columns = sheet.columns
    if roster is None or roster.table is None:
        sheet.from_gradebook(_CANVAS, "SIS Login ID", "Student")
        points = ["    Points Possible", "", "", "", "", *(number(c.most) for c in columns)]
        sheet.lines[1:1] = [points]
        return sheet.finish(bom=False)
    table = roster.table
    if table.find("ID") is None or table.find("Section") is None:
        raise GraderError(
            "This roster is not Canvas's: the columns ID and Section are missing. In Canvas open "
            "Grades, Export, Export Entire Gradebook, and give that file."
        )
    people = [p for p, title in enumerate(table.header) if fold(title) in _CANVAS_PERSON]
    points_row = next((r for r in table.rows if "points possible" in r[0].casefold()), None)
    header = [table.header[p] for p in people]
    possible = ["    Points Possible", *[""] * (len(people) - 1)]
    if points_row:
        possible = [points_row[p] for p in people]
    scales = []
    for column in columns:
        place = _find_column(table, column, skip=people)
        if place is None:
            title = column.title or column.lesson
            sheet.notes.append(
                f"Canvas has no column “{title}” yet and makes one when it imports this"
            )
        else:
            title = table.header[place]
        theirs = points_row[place] if points_row and place is not None else ""
        header.append(title)
        possible.append(number(column.most) if not points_row or place is None else theirs)
        scales.append(sheet.scale(column, _as_number(theirs)))
    sheet.lines = [header, possible]
    sheet.fill(roster, people, scales, [one for one in roster.people if one.name or one.known])
    return sheet.finish(bom=table.bom, delimiter=table.delimiter)


def _moodle(sheet: _Sheet, roster: Roster | None) -> Exported:
    if roster is None or roster.table is None:
        sheet.from_gradebook(["Username", "Full name"], "Username", "Full name")
        return sheet.finish()
    table = roster.table
    if table.find("Identifier") is None:
        return _moodle_import(sheet, roster, table)
    grade, most_at = table.find("Grade"), table.find("Maximum grade")
    if len(sheet.columns) != 1:
        raise GraderError("Moodle's grading worksheet is of one assignment: name one lesson.")
    if grade is None or table.find("Last modified (grade)") is None:
        raise GraderError(
            "This grading worksheet has no columns “Grade” and “Last modified (grade)”, which "
            "Moodle asks for. Set Moodle to English before downloading it."
        )
    sheet.lines = [list(table.header)]
    (column,) = sheet.columns
    locked = table.find("Grade can be changed")
    for person in roster.people:
        row = list(table.rows[person.row])
        score = sheet.score(column, sheet.match(person, roster))
        scale = sheet.scale(column, _as_number(row[most_at]) if most_at is not None else None)
        if score is not None and locked is not None and row[locked].strip().casefold() == "no":
            sheet.notes.append(f"{person.name}: Moodle says that this grade cannot be changed")
        elif score is not None:
            row[grade] = number(score * scale)
            sheet.count += 1
        sheet.lines.append(row)
    return sheet.finish()


def _moodle_import(sheet: _Sheet, roster: Roster, table: Table) -> Exported:
    """Fill the file that Moodle's grade export gives, for its grade import."""
    people = [p for p, title in enumerate(table.header) if fold(title) in _MOODLE_PERSON]
    if not people:
        raise GraderError(
            "This roster is not Moodle's. Give the assignment's grading worksheet (Identifier, "
            "Full name, …, Grade, …), or what Grades, Export gives."
        )
    header = [table.header[p] for p in people]
    for column in sheet.columns:
        place = _find_column(table, column, skip=people)
        title = column.title or f"Assignment: {column.lesson} (Real)"
        header.append(title if place is None else table.header[place])
    sheet.lines = [header]
    sheet.fill(roster, people)
    return sheet.finish()


def _brightspace(sheet: _Sheet, roster: Roster | None) -> Exported:
    titles = [f"{column.title or column.lesson} Points Grade" for column in sheet.columns]
    if roster is None or roster.table is None:
        sheet.from_gradebook(["Username"], "Username", "")
        sheet.lines[0][1:] = titles
    else:
        table = roster.table
        people = [p for p in (table.find("OrgDefinedId"), table.find("Username")) if p is not None]
        if not people:
            raise GraderError(
                "This roster is not Brightspace's: it has neither OrgDefinedId nor Username. In "
                "Brightspace open Grades, Enter Grades, Export, and choose “Both” as key field."
            )
        sheet.lines = [[*(table.header[p] for p in people), *titles]]
        sheet.fill(roster, people)
    ends = ["End-of-Line Indicator", *["#"] * (len(sheet.lines) - 1)]
    sheet.lines = [[*row, end] for row, end in zip(sheet.lines, ends, strict=True)]
    return sheet.finish(bom=False)


@dataclass
class _Sheet:
    """Rows that are being made, and what is to be said about them."""

    columns: list[Column]
    missing_as_zero: bool
    lines: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    count: int = 0
    matched: set[str] = field(default_factory=set)
    scaled: set[str] = field(default_factory=set)

    def score(self, column: Column, student: str | None) -> float | None:
        """Return a student's score, None where the cell stays empty."""
        known = column.grades.students.get(student or "")
        score = None if known is None else known.score
        return 0.0 if score is None and self.missing_as_zero else score

    def scale(self, column: Column, most: float | None) -> float:
        """Return what to multiply points with, if the LMS counts to another number."""
        if not most or not column.most or abs(most - column.most) < 1e-9:
            return 1.0
        if column.lesson not in self.scaled:
            self.scaled.add(column.lesson)
            self.notes.append(
                f"{column.lesson}: scaled from {number(column.most)} points to {number(most)}, as "
                "the LMS has it"
            )
        return most / column.most

    def add(self, cells: list[str], student: str | None, scales: Sequence[float] = ()) -> None:
        """Add a person's row."""
        scores = [self.score(column, student) for column in self.columns]
        self.count += any(score is not None for score in scores)
        scaled = zip(scores, scales or [1.0] * len(scores), strict=True)
        self.lines.append([*cells, *("" if s is None else number(s * by) for s, by in scaled)])

    def fill(
        self,
        roster: Roster,
        places: list[int],
        scales: Sequence[float] = (),
        people: Iterable[Person] | None = None,
    ) -> None:
        """Add the rows of a roster's people, with these of its columns before the scores."""
        assert roster.table is not None
        for person in roster.people if people is None else people:
            row = roster.table.rows[person.row]
            self.add([row[place] for place in places], self.match(person, roster), scales)

    def from_gradebook(self, header: list[str], login: str, name: str) -> None:
        """Make a row for each student in the gradebook."""
        self.lines = [[*header, *(column.title or column.lesson for column in self.columns)]]
        self.notes.append(f"without a roster: the student ids stand in the column “{login}”")
        for student, one in sorted(self._everybody().items()):
            called = ", ".join(part for part in (one.last_name, one.first_name) if part)
            cells = {login: student, name: called or student}
            self.matched.add(student)
            self.add([cells.get(title, "") for title in header], student)

    def match(self, person: Person, roster: Roster) -> str | None:
        """Return the id under which the gradebook knows a person, if it does."""
        from grader.lms.placing import safe_id

        known = self._everybody()
        texts = [person.student, person.canvas, *person.known]
        folded = {fold(student): student for student in known}
        for text in [*texts, *map(safe_id, texts)]:
            if text in known or fold(text) in folded:
                student = text if text in known else folded[fold(text)]
                self.matched.add(student)
                return student
        by_name = safe_id(person.name)
        if by_name in known and len(roster.find(person.name, also_ids=False)) == 1:
            self.matched.add(by_name)
            return by_name
        return None

    def finish(self, *, bom: bool = True, delimiter: str = ",") -> Exported:
        """Write it all down."""
        everybody = [one for column in self.columns for one in column.grades.students.values()]
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

    def _everybody(self) -> dict[str, Grades]:
        return {s: one for column in self.columns for s, one in column.grades.students.items()}


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
