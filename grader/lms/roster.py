"""Who is who: a roster ties the names in an export to student ids.

A roster is a CSV file that the LMS itself gives, recognised by its header, or one that the
instructor writes, with the columns `student` and `name`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderError
from grader.tools.csv import Table, read_table

# Columns by what they hold. Canvas: the gradebook's export. Moodle: the offline grading worksheet
# and the grades export. Brightspace: the grades export. The first of STUDENT that a roster has is
# the student's id.
STUDENT = (
    ("student id", "student_id", "student-id", "studentid"),
    ("sis login id", "username", "login"),
    ("sis user id", "orgdefinedid", "org defined id", "id number", "idnumber"),
    ("email address", "email", "e-mail"),
)
_CANVAS_ID = ("ID",)
_NAME = ("full name", "name", "student name")
_FIRST = ("first name", "first_name", "firstname")
_LAST = ("last name", "last_name", "surname", "lastname")
_PARTICIPANT = ("identifier",)
_HANDED_IN = ("last modified (submission)",)


@dataclass(frozen=True)
class Person:
    """A line of a roster.

    Attributes
    ----------
    student : str
        The id: a folder's name below `submitted/`. Empty if the roster has none for this person.
    name : str
        As the LMS shows it.
    canvas, participant : str
        Canvas's number of the user; Moodle's number of the participant in this assignment.
    handed_in : str
        When, as Moodle's worksheet says it; else empty.
    row : int
        Which row of the table this is.
    known : frozenset of str
        All texts that mean this person and no name, folded.
    """

    student: str
    name: str
    canvas: str = ""
    participant: str = ""
    handed_in: str = ""
    row: int = -1
    known: frozenset[str] = frozenset()

    def number(self, kind: str) -> str:
        """Return the LMS's number: ``canvas``'s or the ``participant``'s; empty if not known."""
        return {"canvas": self.canvas, "participant": self.participant}.get(kind, "")

    def may_be_called(self, name: str) -> bool:
        """Whether an LMS may have written this name for this person, perhaps after a group's."""
        own = spellings(self.name)
        after_dashes = (name.split("-", count)[-1] for count in range(name.count("-") + 1))
        return not (own and name) or any(own & spellings(part) for part in after_dashes)


class Roster:
    """People of a course, found by number or by name."""

    def __init__(self, people: Iterable[Person], table: Table | None = None) -> None:
        self.people, self.table = list(people), table
        self._by: dict[tuple[str, str], list[Person]] = {}
        for person in self.people:
            keys = {(kind, person.number(kind)) for kind in ("canvas", "participant")}
            keys |= {("name", name) for name in spellings(person.name)}
            keys |= {("student", text) for text in {fold(person.student), *person.known} - {""}}
            for key in keys:
                self._by.setdefault(key, []).append(person)

    def by_number(self, kind: str, value: str) -> Person | None:
        """Find by a number that the LMS gave: ``canvas`` or ``participant``."""
        found = self._by.get((kind, value), []) if value else []
        return found[0] if len(found) == 1 else None

    def find(self, text: str, *, also_ids: bool = True) -> list[Person]:
        """Find all who have this name, whatever is written first and however it is spaced.

        If nobody has: who has it as the student's id or another number, if `also_ids`.
        """
        found = {id(p): p for name in spellings(text) for p in self._by.get(("name", name), [])}
        if found or not also_ids:
            return list(found.values())
        return self._by.get(("student", fold(text)), [])[:2]

    def by_student(self, student: str) -> Person | None:
        """Find by the student's id in the gradebook, or by any other number of that person."""
        return self.by_number("student", fold(student))


def read_roster(path: Path, *, id_column: str = "") -> Roster:
    """Read a roster.

    Parameters
    ----------
    id_column : str
        The column that holds the student ids; by default the first that there is of a student id,
        a login, a number of the university, and an e-mail address.

    Raises
    ------
    GraderError
        If the file cannot be read, or has no column that tells who is who.
    """
    table = read_table(path)
    if id_column:
        place = table.find(id_column)
        if place is None:
            raise GraderError(
                f"{path} has no column “{id_column}”. Its columns: {', '.join(table.header)}."
            )
        ids = [place]
    else:
        ids = [place for names in STUDENT if (place := table.find(*names)) is not None]
    # Canvas's first column is called Student and holds a name; in one's own roster it is an id.
    own = table.find("student")
    is_canvas = own is not None and table.find(*_CANVAS_ID) is not None
    name, first, last = (table.find(*names) for names in (_NAME, _FIRST, _LAST))
    if own is not None and is_canvas and name is None:
        name = own
    elif own is not None and not id_column:
        ids.insert(0, own)
    canvas = table.find(*_CANVAS_ID) if is_canvas or (first is not None and not ids) else None
    participant, when = table.find(*_PARTICIPANT), table.find(*_HANDED_IN)
    if not ids and canvas is None and name is None and first is None:
        raise GraderError(
            f"{path} does not tell who is who. It needs a column “student” with the ids and a "
            "column “name”, or it must be what Canvas, Moodle or Brightspace exports; see "
            "docs/in-and-out.md."
        )
    people = []
    for number, row in enumerate(table.rows):

        def get(place: int | None, row: list[str] = row) -> str:
            # Brightspace writes a number sign before ids, so that spreadsheets keep their zeros.
            return "" if place is None else row[place].strip().removeprefix("#")

        if is_canvas and "points possible" in row[0].casefold():
            continue
        called = get(name) or " ".join(part for part in (get(first), get(last)) if part)
        texts = [text for place in ids if (text := get(place))]
        moodle = re.sub(r"^\D*", "", get(participant))
        number_of = get(canvas)
        if not (called or texts or moodle or number_of):
            continue
        student = texts[0] if texts else number_of
        known = frozenset(fold(text) for text in (*texts, number_of) if text)
        people.append(Person(student, called, number_of, moodle, get(when), number, known))
    return Roster(people, table)


def fold(text: str) -> str:
    """Return a text for comparing: composed, without case, spaces once."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def spellings(name: str) -> set[str]:
    """Return the ways in which exports write a name: either order, with and without spaces."""
    text = fold(name.replace("_", " "))
    if not text:
        return set()
    last, comma, first = (part.strip() for part in text.partition(","))
    orders = {f"{first} {last}", f"{last} {first}"} if comma else {text}
    return orders | {re.sub(r"\W|_", "", order) for order in orders} - {""}
