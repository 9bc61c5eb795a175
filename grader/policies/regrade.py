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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.build.plan import make_plan
from grader.course.course import Course
from grader.errors import GraderError
from grader.gradebook.database import Transaction
from grader.judging.isolation import in_notebook, weaker
from grader.judging.plan import ExercisePlan, Plan
from grader.notebook.cells import check_id, checked_by, grade_id, laid_out, ours, summary
from grader.policies.gradebook import opened, renew_penalty
from grader.policies.reading import read_policies
from grader.tools.files import READ_ONLY, signature, write_atomically

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


@dataclass(frozen=True)
class _Score:
    grade: str
    automatic: float | None
    manual: float | None


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
    scores = _scores(course, lesson)
    if not scores:
        raise GraderError(f"Nothing of {lesson} is graded yet.")
    shutil.rmtree(kept, ignore_errors=True)
    partly = kept / ".partly"
    partly.mkdir(parents=True)
    numbers = {}
    for number, student in enumerate(sorted(scores)):
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
    before = {s: {c: one.automatic for c, one in cells.items()} for s, cells in scores.items()}
    text = json.dumps({"numbers": numbers, "scores": before})
    (partly / "scores.json").write_text(text, encoding="utf-8")
    os.rename(partly, kept / _KEPT)


def _compare(course: Course, lesson: str, wanted: list[str], kept: Path) -> Regraded:
    """Compare before and after; put back what must not have moved."""
    told = json.loads((kept / "scores.json").read_bytes())
    after = _scores(course, lesson)
    cells = {check_id(name) for name in wanted}
    done = Regraded()
    for student in sorted(told["scores"]):
        old_scores, new_scores = told["scores"][student], after.get(student, {})
        path = course.graded_notebook(student, lesson)
        old = _read(kept / f"{told['numbers'][student]}.ipynb")
        new = _read(path)
        if new is None or not new_scores:
            continue
        done.compared += 1
        anew = old is not None and _submission(old) != _submission(new)
        moved = {}
        for cell, score in sorted(new_scores.items()):
            before = old_scores.get(cell)
            if not checked_by(cell) or _equal(before, score.automatic):
                continue
            note = "handed in anew" if anew else ""
            if cell not in cells and not anew and old is not None:
                moved[cell] = before
                note = "put back: it is not of this exercise"
            if score.manual is not None:
                note = "; ".join(part for part in (note, "a person's score stands") if part)
            done.changes.append(_change(student, cell, before, score, old, new, note))
        if moved and old is not None:
            _put_back(course, lesson, student, path, old, new, moved, new_scores)
    return done


def _change(
    student: str,
    cell: str,
    before: float | None,
    score: _Score,
    old: dict[str, Any] | None,
    new: dict[str, Any],
    note: str,
) -> Change:
    was = _verdict(old, cell) if old else {}
    now = _verdict(new, cell)
    counts = score.automatic if score.manual is None else score.manual
    if note.startswith("put back"):
        counts = before if score.manual is None else score.manual
    return Change(
        student,
        checked_by(cell),
        before,
        score.automatic,
        str(was.get("verdict", "not graded")),
        str(now.get("verdict", "")),
        str(now.get("message", "")),
        counts,
        note,
    )


def _put_back(
    course: Course,
    lesson: str,
    student: str,
    path: Path,
    old: dict[str, Any],
    new: dict[str, Any],
    moved: dict[str, float | None],
    scores: dict[str, _Score],
) -> None:
    """Give exercises that were not to be regraded their former cells and scores."""
    former = {grade_id(cell): cell for cell in old["cells"]}
    new["cells"] = [
        former[grade_id(cell)] if grade_id(cell) in moved and grade_id(cell) in former else cell
        for cell in new["cells"]
    ]
    # What is put back was graded as it was graded then.
    isolation = weaker(in_notebook(summary(old)), in_notebook(summary(new)))
    summary(new)["isolation"] = isolation
    content = laid_out(new)
    write_atomically(path, content, mode=READ_ONLY)
    digest = hashlib.sha256(content).hexdigest()
    policies = read_policies(course.root)

    def work(write: Transaction) -> None:
        write.run(
            "UPDATE grade SET auto_score = :score WHERE id = :id",
            [{"score": moved[cell], "id": scores[cell].grade} for cell in moved],
        )
        write.run(
            "UPDATE twoapples_graded SET file = :file, signature = :signature, "
            "isolation = :isolation WHERE lesson = :lesson AND student = :student",
            [
                {
                    "file": digest,
                    "signature": signature(path),
                    "isolation": isolation,
                    "lesson": lesson,
                    "student": student,
                }
            ],
        )
        if policies is not None:
            renew_penalty(write, policies, lesson, student)

    with opened(course) as database:
        database.transact(work)


def _scores(course: Course, lesson: str) -> dict[str, dict[str, _Score]]:
    """Read all scores of a lesson, by student and cell."""
    found: dict[str, dict[str, _Score]] = {}
    with opened(course) as database:
        if database is None:
            return {}
        rows = database.transact(
            lambda read: read.rows(
                "SELECT s.student_id, b.name, g.id, g.auto_score, g.manual_score "
                "FROM grade g JOIN base_cell b ON b.id = g.cell_id "
                "JOIN submitted_notebook n ON n.id = g.notebook_id "
                "JOIN submitted_assignment s ON s.id = n.assignment_id "
                "JOIN assignment a ON a.id = s.assignment_id WHERE a.name = :lesson",
                lesson=lesson,
            ),
            write=False,
        )
    for student, cell, *rest in rows:
        found.setdefault(student, {})[cell] = _Score(*rest)
    return found


def _read(path: Path) -> dict[str, Any] | None:
    try:
        notebook: dict[str, Any] = json.loads(path.read_bytes())
        _ = [cell["metadata"] for cell in notebook["cells"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return notebook


def _submission(notebook: dict[str, Any]) -> str:
    return str(summary(notebook).get("submission", ""))


def _verdict(notebook: dict[str, Any], cell: str) -> dict[str, Any]:
    for one in notebook["cells"]:
        if grade_id(one) == cell:
            return ours(one)
    return {}


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SMALL
