"""Grading one exercise again for everybody, after its check was corrected.

The seed stays, and the cases of an exercise are drawn from the seed and the exercise's own name, so
those of the other exercises are the same as before. All notebooks run again, because an exercise
may use what other cells define; a notebook that does not give the same twice could therefore move
other scores. Such scores are put back, in the gradebook and in the graded notebook, and said.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.build.hidden_cases import make_plan
from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.changes import set_automatic_scores
from grader.gradebook.database import Transaction
from grader.gradebook.grades import CellGrade, Grades, read_lesson
from grader.gradebook.ledger import replace_file
from grader.gradebook.opening import opened
from grader.judging.isolation import in_notebook, weaker
from grader.judging.plan import ExercisePlan, Plan
from grader.notebook.cells import check_id, checked_by, grade_id, laid_out
from grader.notebook.graded import GradedNotebook
from grader.policies.gradebook import renew_penalties
from grader.policies.reading import read_policies
from grader.tools.files import READ_ONLY, write_atomically

_KEPT = "before"
_SMALL = 1e-9


@dataclass(frozen=True)
class Change:
    """What a regrade has changed for one student and exercise.

    Attributes
    ----------
    before, after : float or None
        Points that the checks give.
    verdict_before, verdict_after : str
        Kinds of the verdicts.
    message : str
        The sentence that the student reads now.
    counts : float or None
        The points that count: a person's, if one gave any.
    note : str
        What is special: put back, handed in anew, given by a person.
    put_back : bool
        Whether the points before count again.
    """

    student: str
    exercise: str
    before: float | None
    after: float | None
    verdict_before: str
    verdict_after: str
    message: str
    counts: float | None
    note: str = ""
    put_back: bool = False


@dataclass
class Regraded:
    """The outcome of a regrade.

    Attributes
    ----------
    compared : int
        Submissions that were graded before and after.
    stopped : bool
        Whether it was stopped in the middle; the same command goes on.
    """

    changes: list[Change] = field(default_factory=list)
    compared: int = 0
    stopped: bool = False


def regrade(
    course: Course,
    lesson: str,
    exercises: Iterable[str],
    grade: Callable[[bool], bool],
    say: Callable[[str], None] = lambda sentence: None,
) -> Regraded:
    """Grade exercises of a lesson again for everybody, and say who changed.

    Parameters
    ----------
    grade : callable
        Grades the lesson, with feedback pages or without; returns whether it was stopped.

    Raises
    ------
    GraderError
        If there is no such exercise, nothing was graded yet, or other checks have changed too.
    """
    lesson = course.resolve(lesson)
    wanted = list(dict.fromkeys(exercises))
    kept = course.grading / "regrade" / lesson
    _check(course, lesson, wanted, say)
    if (kept / _KEPT).is_dir():
        say("A regrade of this lesson was stopped before; it goes on.")
    else:
        _keep(course, lesson, kept)
    if grade(False):
        return Regraded(stopped=True)
    done = _compare(course, lesson, wanted, kept / _KEPT)
    if grade(True):  # nothing is left to grade; the pages are written
        say("The feedback pages are not all written; `grader grade` writes them.")
    shutil.rmtree(kept, ignore_errors=True)
    return done


def _check(course: Course, lesson: str, wanted: list[str], say: Callable[[str], None]) -> None:
    """Make the plan, and refuse if checks have changed that were not named."""
    path = course.grading / "plans" / f"{lesson}.json"
    try:
        content = path.read_bytes()
        old = Plan.from_data(json.loads(content)["plan"])
    except (OSError, ValueError, KeyError, TypeError):
        content, old = b"", None
    new = make_plan(course, lesson)
    names = [item.name for item in new.exercises]
    for name in wanted:
        if name not in names:
            raise GraderError(
                f"{lesson} has no exercise {name!r} with checks. There are: {', '.join(names)}."
            )
    if old is None or old.seed != new.seed:
        return
    before = {item.name: _content(item) for item in old.exercises}
    changed = [item.name for item in new.exercises if before.get(item.name) != _content(item)]
    others = [name for name in changed if name not in wanted]
    if others:
        # The next look must find the same difference.
        write_atomically(path, content, mode=0o600)
        raise GraderError(
            f"The checks of {', '.join(others)} have changed as well. Name them too, each with "
            "--exercise; or grade the whole lesson with `grader grade`."
        )
    same = [name for name in wanted if name not in changed]
    if same and not changed:
        say(f"The check of {', '.join(same)} is the same as when it was last graded.")


def _content(item: ExercisePlan) -> str:
    data = [item.points, item.public.to_data(), item.hidden.to_data()]
    return json.dumps(data, sort_keys=True)


def _keep(course: Course, lesson: str, kept: Path) -> None:
    """Keep what is graded now: the notebooks, and the scores in the gradebook."""
    graded = _graded(course, lesson)
    if not graded:
        raise GraderError(f"Nothing of {lesson} is graded yet.")
    shutil.rmtree(kept, ignore_errors=True)
    partly = kept / ".partly"
    partly.mkdir(parents=True)
    numbers = {}
    for number, student in enumerate(sorted(graded)):
        numbers[student] = number
        source = course.graded_notebook(student, lesson)
        target = partly / f"{number}.ipynb"
        with suppress(FileNotFoundError):
            try:
                # A graded notebook is replaced and never changed, so a second name keeps it.
                os.link(source, target)
            except FileNotFoundError:
                raise
            except OSError:
                shutil.copyfile(source, target)
    before = {
        student: {name: cell.automatic for name, cell in one.cells.items()}
        for student, one in graded.items()
    }
    text = json.dumps({"numbers": numbers, "scores": before})
    (partly / "scores.json").write_text(text, encoding="utf-8")
    os.rename(partly, kept / _KEPT)


def _compare(course: Course, lesson: str, wanted: list[str], kept: Path) -> Regraded:
    """Compare before and after; put back what must not have moved."""
    before = json.loads((kept / "scores.json").read_bytes())
    after = _graded(course, lesson)
    done = Regraded()
    for student in sorted(before["scores"]):
        grades, path = after.get(student), course.graded_notebook(student, lesson)
        old = GradedNotebook.read(kept / f"{before['numbers'][student]}.ipynb")
        new = GradedNotebook.read(path)
        if new is None or grades is None:
            continue
        done.compared += 1
        anew = old is not None and _submission(old) != _submission(new)
        scores = before["scores"][student]
        changes = [
            _change(student, exercise, scores.get(name), cell, old, new, anew, exercise in wanted)
            for name, cell in sorted(grades.cells.items())
            if (exercise := checked_by(name)) and not _equal(scores.get(name), cell.automatic)
        ]
        done.changes += changes
        moved = {check_id(one.exercise): one.before for one in changes if one.put_back}
        if moved and old is not None:
            _put_back(course, grades, path, old, new, moved)
    return done


def _change(
    student: str,
    exercise: str,
    before: float | None,
    cell: CellGrade,
    old: GradedNotebook | None,
    new: GradedNotebook,
    anew: bool,
    wanted: bool,
) -> Change:
    was, now = old.verdict(exercise) if old else {}, new.verdict(exercise)
    put_back = not wanted and not anew and old is not None
    notes = (
        "handed in anew" if anew else "",
        "put back: it is not of this exercise" if put_back else "",
        "a person's score stands" if cell.by_hand else "",
    )
    return Change(
        student,
        exercise,
        before,
        cell.automatic,
        str(was.get("verdict", "not graded")),
        str(now.get("verdict", "")),
        str(now.get("message", "")),
        replace(cell, automatic=before).given if put_back else cell.given,
        "; ".join(note for note in notes if note),
        put_back,
    )


def _put_back(
    course: Course,
    grades: Grades,
    path: Path,
    old: GradedNotebook,
    new: GradedNotebook,
    moved: dict[str, float | None],
) -> None:
    """Give exercises that were not to be regraded their former cells and scores."""
    new.data["cells"] = [
        old.cells.get(name, cell) if (name := grade_id(cell)) in moved else cell
        for cell in new.data["cells"]
    ]
    # What is put back was graded as it was graded then.
    isolation = weaker(in_notebook(old.summary), in_notebook(new.summary))
    new.summary["isolation"] = isolation
    content = laid_out(new.data)
    write_atomically(path, content, mode=READ_ONLY)
    digest = hashlib.sha256(content).hexdigest()
    policies = read_policies(course.root)

    def work(write: Transaction) -> None:
        set_automatic_scores(write, grades, moved)
        replace_file(write, grades.lesson, grades.student, digest, path, isolation)
        renew_penalties(write, policies, grades.lesson, grades.student)

    with opened(course) as database:
        if database is not None:
            database.transact(work)


def _graded(course: Course, lesson: str) -> dict[str, Grades]:
    """Read the grades of all graded submissions of a lesson, by student."""
    with opened(course) as database:
        if database is None:
            return {}
        notebook = course.notebook_name(lesson)
        found = database.transact(lambda read: read_lesson(read, lesson, notebook), write=False)
    return {student: one for student, one in found.students.items() if one.cells}


def _submission(notebook: GradedNotebook) -> str:
    return str(notebook.summary.get("submission", ""))


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SMALL
