"""Whose a file in an export is: where name, number and roster do not agree, a person is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from grader.course.course import Course
from grader.lms.names import Named
from grader.lms.placing import PlaceError, safe_id
from grader.lms.roster import Roster
from grader.tools.files import write_atomically
from grader.tools.text import one_line

# Forms whose numbers are others in each assignment, so that a student is called after the name.
BY_NAME = ("moodle", "brightspace")


def identify(named: Named, roster: Roster | None) -> tuple[Named, str, str]:
    """Find out which student a name in an export means, and which of its readings is right.

    Raises
    ------
    PlaceError
        If a person must say whose it is.
    """
    if named.problem:
        raise PlaceError(named.problem)
    kind = {"moodle": "participant", "canvas": "canvas"}.get(named.form, "")
    if named.also is not None:
        known = [
            one
            for one in (named, named.also)
            if roster is not None and roster.by_number(kind, one.number)
        ]
        if len(known) != 1:
            raise PlaceError(
                f"its name can be read in two ways, as a file of the user {named.number} or of the "
                f"user {named.also.number}; Canvas's gradebook export as the roster may tell"
            )
        # `also` stays, to remember that there was a choice.
        named = replace(known[0], also=named if known[0] is not named else named.also)
    if roster is None:
        # Canvas's number stays the same in all lessons; Moodle's and Brightspace's do not.
        student = safe_id(named.name if named.form in BY_NAME else named.number)
        if not student:
            raise PlaceError("its name holds nothing that a folder could be called")
        return named, student, named.name
    person = roster.by_number(kind, named.number) if kind else None
    if person is None:
        people = roster.find(named.name or named.number, also_ids=named.form == "folder")
        if len(people) > 1:
            raise PlaceError(f"{len(people)} people in the roster have this name")
        if not people:
            raise PlaceError("not in the roster")
        (person,) = people
        if number := person.number(kind):
            raise PlaceError(
                f"the export gives the number {named.number}, the roster {number} for this name"
            )
    elif not person.may_be_called(named.name):
        raise PlaceError(
            f"the number {named.number} is {one_line(person.name, 40)} in the roster, and the "
            f"export says {one_line(named.name or named.number, 40)}"
        )
    if not person.student:
        raise PlaceError("the roster has no id for this person")
    return named, safe_id(person.student), person.name or named.name


class Numbers:
    """The LMS's number of each student whose folder is called after a name.

    Two exports of one lesson give the same number to the same person, so another number is another
    person of the same name.
    """

    def __init__(self, course: Course, lesson: str, form: str) -> None:
        self._path = course.grading / "collected" / f"{lesson}.json"
        self._form = form
        self._all: dict[str, dict[str, str]] = {}
        with suppress(OSError, ValueError):
            self._all = json.loads(self._path.read_text(encoding="utf-8"))
        self.known = dict(self._all.get(form, {}))

    def add(self, new: Mapping[str, str]) -> None:
        """Remember the numbers of those who were collected."""
        if self._form not in BY_NAME or new.items() <= self.known.items():
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**self._all, self._form: {**self.known, **new}}, indent=1)
        write_atomically(self._path, text.encode("utf-8"))
