"""`grader collect`: a class's submissions out of an LMS's export into `submitted/`."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.lock import only_run
from grader.lms.identify import Numbers, identify
from grader.lms.names import (
    FORMS,
    Named,
    copy_number,
    from_folders,
    guess_form,
    is_message,
    parse,
    parse_time,
)
from grader.lms.placing import Place, PlaceError, digest_of
from grader.lms.roster import Roster
from grader.lms.sources import (
    Entry,
    Refused,
    RefusedError,
    Source,
    nested,
    open_source,
)
from grader.tools.text import one_line

_NOTEBOOK, _ZIP = ".ipynb", ".zip"
# Whose numbers are another assignment's in another lesson, so that folders are called after names.


@dataclass(frozen=True)
class Line:
    """What became of one student's files.

    Attributes
    ----------
    student : str
        The id, or what stands for it in the export if no id was found.
    state : str
        ``new``, ``new attempt`` (there was one before), ``unchanged``, or ``refused``.
    handed_in : datetime or None
        In UTC; None if the export does not say.
    late : bool
        Whether the LMS marked it late.
    notes : tuple of str
        Why it was refused, which files were not taken.
    """

    student: str
    name: str
    file: str
    state: str
    handed_in: datetime.datetime | None = None
    late: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collected:
    """The outcome of a whole export."""

    form: str
    lines: list[Line]
    refused: list[Refused]

    def count(self, *states: str) -> int:
        """Count the students in these states."""
        return sum(line.state in states for line in self.lines)


@dataclass
class _Group:
    """One student's files."""

    student: str
    name: str
    problem: str = ""
    doubtful: bool = False  # whose a file is was decided by the roster, among two who could be
    numbers: set[str] = field(default_factory=set)
    files: list[_File] = field(default_factory=list)


@dataclass(frozen=True)
class _File:
    entry: Entry
    named: Named
    handed_in: datetime.datetime | None


@dataclass(frozen=True)
class Options:
    """How an export is to be read.

    Attributes
    ----------
    form : str
        One of `FORMS`, or ``auto``.
    roster : Roster, optional
        Who is who.
    zone : tzinfo
        Where the clock of the LMS stands.
    late_at : datetime, optional
        The time to write down for what is marked late without a time.
    """

    form: str = "auto"
    roster: Roster | None = None
    zone: datetime.tzinfo = datetime.UTC
    late_at: datetime.datetime | None = None
    encoding: str = ""
    dry_run: bool = False


def collect(
    course: Course,
    lesson: str,
    path: Path,
    options: Options | None = None,
) -> Collected:
    """Read an export and put each student's newest notebook into `submitted/STUDENT/LESSON/`.

    Each student is written whole or not at all, and nothing is written outside of `submitted/`
    and `attempts/`. What was collected before changes nothing when it is collected again.

    Raises
    ------
    GraderError
        If the export cannot be read, or holds no notebook at all.
    """
    options = options or Options()
    lesson = course.resolve(lesson)
    submitted = course.submitted.resolve()
    if path.resolve() == submitted or submitted in path.resolve().parents:
        raise GraderError(f"{path} is in submitted/ already.")
    notebook = course.notebook_name(lesson)
    with open_source(path, encoding=options.encoding) as source:
        form, groups, others = _group(source, lesson, notebook, options)
        if not groups:
            left_out = "; ".join(f"{r.name}: {r.why}" for r in source.refused[:3])
            raise GraderError(
                f"{path} holds no notebook"
                + (f" that can be read ({left_out})." if left_out else ".")
            )
        numbers = Numbers(course, lesson, form)
        _find_clashes(groups, course, lesson, numbers.known)
        collected = Collected(form, [], [*source.refused, *others])
        with (
            nullcontext()
            if options.dry_run
            else only_run(course.grading, f"collecting lesson {lesson}")
        ):
            for group in groups:
                collected.lines.append(_collect_one(course, group, lesson, notebook, options))
            if not options.dry_run:
                taken = {line.student for line in collected.lines if line.state != "refused"}
                numbers.add({g.student: min(g.numbers) for g in groups if g.student in taken})
    return collected


# Whose files are these


def _group(
    source: Source, lesson: str, notebook: str, options: Options
) -> tuple[str, list[_Group], list[Refused]]:
    suffixes = (_NOTEBOOK, _ZIP)
    entries = {e.path: e for e in source.entries if not is_message(e.path)}
    paths = [path for path in entries if path.suffix.lower() in suffixes]
    others = [path for path in entries if path.suffix.lower() not in suffixes]
    form = options.form if options.form in FORMS else guess_form(paths or others)
    if form == "folder":
        # A zip file that lies in no student's folder is most often a download of everything.
        loose = [path for path in paths if len(path.parts) == 1 and path.suffix.lower() == _ZIP]
        read = from_folders(
            [path for path in paths if path not in loose],
            lesson,
            notebook,
            lambda name: options.roster is not None and bool(options.roster.find(name)),
        )
        others = []
    else:
        read = {path: named for path in entries if (named := parse(path, form)) is not None}
    groups: dict[str, _Group] = {}
    refused = [
        Refused(one_line(str(path)), "its name does not tell whose it is")
        for path in (*paths, *others)
        if path not in read
    ]
    for path, named in read.items():
        shown = one_line(named.name or named.number, 40)
        try:
            named, student, name = identify(named, options.roster)
            group = _Group(student or shown, name)
        except PlaceError as error:
            group = _Group(shown, named.name, str(error))
        group = groups.setdefault(f"{group.student}\0{group.problem}", group)
        group.numbers.add(named.number)
        group.doubtful |= named.also is not None
        group.files.append(_File(entries[path], named, _time(named, options)))
    return form, sorted(groups.values(), key=lambda group: group.student), refused


def _time(named: Named, options: Options) -> datetime.datetime | None:
    text = named.handed_in
    if not text and options.roster is not None and named.form == "moodle":
        person = options.roster.by_number("participant", named.number)
        text = person.handed_in if person else ""
    found = parse_time(text, options.zone) if text else None
    return options.late_at if found is None and named.late else found


def _find_clashes(groups: list[_Group], course: Course, lesson: str, known: dict[str, str]) -> None:
    """Give a problem to everybody whose folder would be somebody else's as well."""
    folded: dict[str, set[str]] = {}
    there = os.listdir(course.submitted) if course.submitted.is_dir() else []
    for name in (*there, *(group.student for group in groups if not group.problem)):
        folded.setdefault(name.casefold(), set()).add(name)
    for group in groups:
        if not group.problem:
            others = folded[group.student.casefold()] - {group.student}
            group.problem = _clash(group, lesson, known.get(group.student), others)


def _clash(group: _Group, lesson: str, known: str | None, others: set[str]) -> str:
    """Return what makes it doubtful that a group's files are one student's, or an empty text."""
    if group.files[0].named.form == "folder":
        # It may hold the folders of several students.
        paths = [file.entry.path for file in group.files]
        folders = {path.parent.name for path in paths if path.suffix.lower() == _NOTEBOOK}
        if len(folders) > 1 and not folders & {group.files[0].named.number, lesson}:
            return (
                "its notebooks lie in several folders: whether they are one student's, a person "
                "must say"
            )
    elif len(group.numbers) > 1:
        people = ", ".join(sorted(group.numbers))
        return f"several people have this name (the LMS's numbers {people}); give a roster"
    if known and group.numbers != {known}:
        return (
            f"earlier in this lesson this name had the LMS's number {known}, now "
            f"{min(group.numbers)}: another person, it may be; give a roster"
        )
    return f"differs from the student {one_line(min(others))} in case alone" if others else ""


# One student


def _collect_one(
    course: Course, group: _Group, lesson: str, notebook: str, options: Options
) -> Line:
    line = Line(
        group.student,
        one_line(group.name),
        "",
        "refused",
        late=any(file.named.late for file in group.files),
    )
    notes: list[str] = []
    try:
        if group.problem:
            raise PlaceError(group.problem)
        place = Place(course.root, group.student, lesson, notebook)
        if group.doubtful and (len(group.files) > 1 or place.attempts()):
            raise PlaceError(
                "a file's name can be read as somebody else's too, and nothing is replaced by it"
            )
        attempts = list(_attempts(_notebooks(group, notes), notebook, notes))
        if not attempts:
            raise PlaceError("there is no notebook among the files")
        newest, _ = attempts[-1]
        line = replace(
            line,
            file=one_line(newest.named.file),
            handed_in=newest.handed_in,
            late=newest.named.late,
        )
        if newest.named.late and newest.handed_in is None:
            notes.append("marked late, and the export does not say how late; see --late-at")
        state = _write(place, attempts, options.dry_run)
    except PlaceError as error:
        return replace(line, notes=(str(error), *notes))
    except OSError as error:
        return replace(line, notes=(f"it cannot be written ({error.strerror or error})", *notes))
    return replace(line, state=state, notes=tuple(notes))


def _write(place: Place, attempts: list[tuple[_File, bytes]], dry_run: bool) -> str:
    place.check()
    before = place.attempts()
    if dry_run:
        known = {attempt.digest for attempt in before}
        added = any(digest_of(content, f.handed_in) not in known for f, content in attempts)
    else:
        added = any([place.add(content, file.handed_in) for file, content in attempts])
    if not added:
        return "unchanged"
    return "new attempt" if before else "new"


def _notebooks(group: _Group, notes: list[str]) -> list[_File]:
    """Return a student's notebooks; if there are none, those in a zip file that was handed in."""
    found = [file for file in group.files if file.entry.path.suffix.lower() == _NOTEBOOK]
    archives = [file for file in group.files if file.entry.path.suffix.lower() == _ZIP]
    for file in group.files:
        if file not in found and (found or file not in archives):
            notes.append(f"{one_line(file.named.file)} is not used")
    if found:
        return found
    for archive in archives:
        try:
            inside = nested(archive.entry)
        except RefusedError as error:
            notes.append(f"{one_line(archive.named.file)}: {error}")
            continue
        notes += [f"{refused.name}: {refused.why}" for refused in inside.refused]
        found += [
            _File(entry, replace(archive.named, file=entry.path.name), archive.handed_in)
            for entry in inside.entries
            if entry.path.suffix.lower() == _NOTEBOOK and not is_message(entry.path)
        ]
    return found


def _attempts(
    files: Iterable[_File], notebook: str, notes: list[str]
) -> Iterable[tuple[_File, bytes]]:
    """Yield the notebook of each time of handing in, oldest first, that can be read."""
    by_time: dict[datetime.datetime | None, list[_File]] = {}
    for file in files:
        by_time.setdefault(file.handed_in, []).append(file)
    none = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    for time in sorted(by_time, key=lambda when: when or none):
        newest_first = sorted(by_time[time], key=lambda f: _rank(f, notebook), reverse=True)
        chosen = False
        for file in newest_first:
            if chosen:
                notes.append(f"{one_line(file.named.file)} is not used: another one is")
                continue
            try:
                content = file.entry.read()
            except RefusedError as error:
                notes.append(f"{one_line(file.named.file)}: {error}")
                continue
            chosen = True
            if not _is_expected(file, notebook):
                notes.append(f"it was called {one_line(file.named.file)}")
            yield file, content


def _is_expected(file: _File, notebook: str) -> bool:
    stem = Path(file.named.file).stem
    if file.named.form == "folder" and stem.startswith(file.named.number):
        return True  # the file is named after the student
    return notebook.casefold() in (stem.casefold(), copy_number(stem)[0].casefold())


def _rank(file: _File, notebook: str) -> tuple[bool, int, int, str]:
    """Sort the notebooks of one student: the lesson's own by name first, then the newest."""
    copy = copy_number(Path(file.named.file).stem)[1]
    return _is_expected(file, notebook), file.named.order, copy, str(file.entry.path)
