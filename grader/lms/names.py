"""How learning management systems name what they export, and what the names tell.

What the LMS wrote comes first, whatever a student has called themselves or a file.
Where the forms are documented: Moodle's in `mod/assign/classes/downloader.php` (the prefix is the
full name, perhaps after the group's and a dash, and the participant's number, then the plugin's
name, either as a folder or as a prefix of the file; underscores in names have become spaces, so the
first number between underscores is Moodle's), Canvas's in `lib/content_zipper.rb` (sortable name
without anything but word characters, LATE, user id, attachment id, file name; a number between
underscores is taken out of a name, but not one at its end), Brightspace's in the pages on
downloading submissions of its users (two numbers, name, time without a colon, in a folder's name or
before the file's).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

FORMS = ("moodle", "canvas", "brightspace", "folder")

_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z0-9]+)(?:_(?P<file>.*))?", re.S
)
_NUMBERS = r"_(?P<user>\d+)_(?P<attachment>\d{1,18})_(?P<file>.+)"
_CANVAS = re.compile(rf"(?P<name>[^/]*?)(?P<late>(?:^|_)LATE)?{_NUMBERS}", re.S)
_CANVAS_REST = re.compile(rf"(?P<late>_LATE)?{_NUMBERS}", re.S)
# Where Canvas hides names there is neither name nor number, but a code for this assignment.
_CANVAS_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<user>anon_[A-Za-z0-9]+)_(?P<attachment>\d{1,18})_(?P<file>.+)", re.S
)
_CANVAS_NO_FILE = re.compile(r".*_\d+_(text|link)\.html")
_BRIGHTSPACE = re.compile(
    r"(?P<user>\d+)-(?P<box>\d+) ?- (?P<name>.+?) - "
    r"(?P<time>\w+\.? \d{1,2}, \d{4} \d{1,2}[-:._ ]?\d{2}(?: ?[AaPp]\.?[Mm]\.?)?)"
    r"(?: - (?P<file>.+))?",
    re.S,
)
# What tells a name that Canvas could have written: this is taken out of it.
_NUMBER_INSIDE = re.compile(r"_\d+_")
_COPY = re.compile(r"(?:-(?P<dash>\d{1,9})| ?\((?P<brackets>\d{1,9})\))$")


@dataclass(frozen=True)
class Named:
    """What a path in an export says.

    Attributes
    ----------
    name : str
        The learner's name; empty where there is an id instead.
    number : str
        The LMS's number of the learner, or in a folder of one's own the student's id.
    file : str
        What the learner's own file was called.
    late : bool
        Whether the LMS has marked it late.
    handed_in : str
        When, as it stands there; empty where the form has no time.
    order : int
        Grows with newer files of one learner.
    also : Named or None
        The other reading, where two are possible.
    problem : str
        Why a person must say whose it is; empty if nobody has to.
    """

    form: str
    name: str
    number: str
    file: str
    late: bool = False
    handed_in: str = ""
    order: int = 0
    also: Named | None = None
    problem: str = ""


def parse(path: PurePosixPath, form: str) -> Named | None:
    """Read a path as the form has it; None if it does not look like it.

    What a folder of one's own means depends on all of it: see `from_folders`.
    """
    return _PARSERS[form](path) if form in _PARSERS else None


def guess_form(paths: list[PurePosixPath]) -> str:
    """Return the form that most of the paths have."""
    counts = {form: sum(map(bool, map(read, paths))) for form, read in _PARSERS.items()}
    best = max(counts, key=lambda form: counts[form])
    return best if counts[best] * 2 > len(paths) else "folder"


def is_message(path: PurePosixPath) -> bool:
    """Whether a file is the LMS's own beside the learners' files: a list, a typed text."""
    name = path.name
    return (
        name in ("index.html", "onlinetext.html", "Thumbs.db", ".DS_Store")
        or "__MACOSX" in path.parts
        or name.startswith("._")
        or bool(_CANVAS_NO_FILE.fullmatch(name))
    )


def _in_parts(pattern: re.Pattern[str], path: PurePosixPath) -> tuple[re.Match[str] | None, bool]:
    """Find the first part of a path that has a form; tell whether it is a folder's name."""
    for place, part in enumerate(path.parts, start=1):
        if found := pattern.fullmatch(part):
            return found, place < len(path.parts)
    return None, False


def _moodle(path: PurePosixPath) -> Named | None:
    found, is_folder = _in_parts(_MOODLE, path)
    file = "" if found is None else path.name if is_folder else found["file"] or ""
    if found is None or not file or found["kind"] != "file":
        return None
    return Named("moodle", found["name"].replace("_", " ").strip(), found["number"], file)


def _canvas(path: PurePosixPath) -> Named | None:
    hidden = _CANVAS_ANONYMOUS.fullmatch(path.name)
    found = hidden or _CANVAS.fullmatch(path.name)
    if found is None:
        return None
    first = _canvas_named(found, "" if hidden else found["name"])
    if hidden:
        return first
    # A name that ends with a number, or a file whose name begins with one.
    for start in range(found.start("user"), len(path.name)):
        other = _CANVAS_REST.fullmatch(path.name, start)
        name = path.name[:start]
        if other is not None and not _NUMBER_INSIDE.search(name):
            return replace(first, also=_canvas_named(other, name))
    return first


def _canvas_named(found: re.Match[str], name: str) -> Named:
    late, order = bool(found["late"]), int(found["attachment"])
    return Named("canvas", name, found["user"], found["file"], late=late, order=order)


def _brightspace(path: PurePosixPath) -> Named | None:
    found, is_folder = _in_parts(_BRIGHTSPACE, path)
    if found is None or is_folder == bool(found["file"]):
        return None
    name, file, when = found["name"].strip(), found["file"] or path.name, found["time"].strip()
    return Named("brightspace", name, found["user"], file, handed_in=when)


_PARSERS = {"moodle": _moodle, "canvas": _canvas, "brightspace": _brightspace}


def from_folders(
    paths: list[PurePosixPath],
    lesson: str,
    notebook: str,
    is_student: Callable[[str], bool] = lambda name: False,
) -> dict[PurePosixPath, Named]:
    """Read a folder of one's own: STUDENT.ipynb, STUDENT/…, or STUDENT/LESSON/… as nbgrader has it.

    Folders of groups, or one that holds everything, may lie above all students. A student is never
    who a folder within a student's folder is called after.

    Parameters
    ----------
    is_student : callable
        Whether a roster has somebody of this name or id.
    """
    level, problem = _level(paths, lesson, is_student)
    found = {}
    own = re.compile(rf"(?P<student>.+?)[ _-]+{re.escape(notebook)}(?:[ _(-].*)?", re.S | re.I)
    for path in paths:
        if len(path.parts) > level + 1:
            student = path.parts[level]
        else:
            named = own.fullmatch(path.stem)
            student = named["student"] if named else path.stem
        found[path] = Named("folder", "", student, path.name, problem=problem)
    return found


def _level(
    paths: list[PurePosixPath], lesson: str, is_student: Callable[[str], bool]
) -> tuple[int, str]:
    """Find out how deep the students' folders lie, and say what is in doubt."""
    deep = [path.parts for path in paths if len(path.parts) > 2]
    if not deep or len(deep) < len(paths) or any(parts[1] == lesson for parts in deep):
        return 0, ""  # somebody's notebook lies in a folder of the first level, so all those are
    tops, seconds = ({parts[level] for parts in deep} for level in (0, 1))
    known = [sum(map(is_student, names)) for names in (tops, seconds)]
    if known[0] != known[1]:
        return int(known[1] > known[0]), ""
    if len(seconds) > 1 and (len(tops) == 1 or all(parts[2] == lesson for parts in deep)):
        return 1, ""
    return 0, (
        f"“{min(tops)}” may be a student or a group, for it holds only folders; give a roster, or "
        "collect the folder of each group by itself"
    )


def copy_number(stem: str) -> tuple[str, int]:
    """Split off what an LMS or a browser adds to a file that is there already.

    Examples
    --------
    >>> copy_number("softmax-2"), copy_number("softmax (1)"), copy_number("softmax")
    (('softmax', 2), ('softmax', 1), ('softmax', 0))
    """
    found = _COPY.search(stem)
    if not found:
        return stem, 0
    return stem[: found.start()], int(found["dash"] or found["brackets"])


# English whatever the locale here is; the first three letters tell a month.
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Nov 22, 2026 4-05 PM (Brightspace; the colon is left out or replaced), Sunday, 22 November 2026,
# 4:05 PM (Moodle), 22/11/26, 16:05 (Moodle, short), and ISO 8601.
_AMERICAN = re.compile(r"(?P<month>[A-Za-z]+)\.? (?P<day>\d{1,2}), (?P<year>\d{4}),? (?P<clock>.+)")
_BRITISH = re.compile(
    r"(?:[A-Za-z]+, )?(?P<day>\d{1,2}) (?P<month>[A-Za-z]+)\.? (?P<year>\d{4}),? (?P<clock>.+)"
)
_SHORT = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{2,4}),? (?P<clock>.+)")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})[-:._ ]?(?P<minute>\d{2})(?:[-:.]\d{2})?"
    r"[ \u202f]?(?:(?P<half>[AaPp])\.?[Mm]\.?)?"
)


def parse_time(text: str, zone: datetime.tzinfo) -> datetime.datetime | None:
    """Read a time as an LMS writes it in English.

    Parameters
    ----------
    zone : tzinfo
        Where the clock of the LMS stands; the text does not say.

    Returns
    -------
    datetime or None
        In UTC; None if the text is no such time.
    """
    text = " ".join(text.split())
    for form in (_AMERICAN, _BRITISH, _SHORT):
        found = form.fullmatch(text)
        clock = _CLOCK.fullmatch(found["clock"]) if found else None
        if found is None or clock is None:
            continue
        month = _month(found["month"])
        hour, half = int(clock["hour"]), (clock["half"] or "").lower()
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
        try:
            local = datetime.datetime(
                year, month, int(found["day"]), hour, int(clock["minute"]), tzinfo=zone
            )
            return local.astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            return None
    try:
        given = datetime.datetime.fromisoformat(text.removesuffix(" UTC"))
        if given.tzinfo is None:
            given = given.replace(tzinfo=datetime.UTC if text.endswith(" UTC") else zone)
        return given.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    short = text[:3].casefold()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0
