"""What a class's results say: counts, shares, and how an exercise goes with the rest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from grader.report.data import GRADED, ClassResults, Exercise, Student

Numbers = npt.NDArray[np.float64]

# Of fewer people a correlation says nothing: with 20 and none at all in truth, one draw in twenty
# still lies beyond 0.44.
LEAST_FOR_CORRELATION = 20
_UNREAD = ("unreadable", "no answer", "not graded", "waits for a person", "graded by hand")


@dataclass(frozen=True)
class Separation:
    """How well an exercise tells strong from weak, or why that is not said.

    Attributes
    ----------
    r : float or None
        Correlation of the exercise's score with the sum of all *other* exercises' scores
        (corrected item-total correlation; Nunnally and Bernstein, "Psychometric theory", 1994).
    low, high : float or None
        95 % interval, by Fisher's z.
    n : int
        Students whose scores were used.
    why_not : str
    """

    r: float | None
    low: float | None
    high: float | None
    n: int
    why_not: str = ""


@dataclass(frozen=True)
class ExerciseSummary:
    """One exercise: how many have all its points, some, none, and how many wait for a person.

    Attributes
    ----------
    mean_share : float or None
        Mean of score over points, from 0 to 1.
    kinds : tuple of (str, int)
        What was told those who do not have all points, except misconceptions; commonest first.
    """

    exercise: Exercise
    right: int
    partly: int
    wrong: int
    waiting: int
    mean_share: float | None
    kinds: tuple[tuple[str, int], ...]
    separation: Separation


@dataclass(frozen=True)
class MetMisconception:
    """A misconception that was met; `place` is its exercise's, `students` are positions."""

    place: int
    exercise: str
    message: str
    students: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many met it."""
        return len(self.students)


@dataclass(frozen=True)
class Bin:
    """A bar of a histogram: what it stands for, in short and in words, and how many are in it."""

    label: str
    words: str
    count: int
    late: int = 0


@dataclass(frozen=True)
class TimeCourse:
    """When submissions came in.

    Attributes
    ----------
    unit : str
        ``hour``, ``day`` or ``week``.
    due : float or None
        Where the due date lies, in bars from the left.
    unknown : int
        Submissions without a time.
    """

    unit: str
    bins: tuple[Bin, ...]
    due: float | None
    unknown: int


def summarise(results: ClassResults) -> list[ExerciseSummary]:
    """Summarise each exercise."""
    graded = [student for student in results.students if student.state == GRADED]
    table = _table(graded, len(results.exercises))
    read = table[np.array([_was_read(student) for student in graded], dtype=bool)]
    return [
        _summary(exercise, place, graded, table[:, place], separation(read, place))
        for place, exercise in enumerate(results.exercises)
    ]


def _summary(
    exercise: Exercise, place: int, graded: list[Student], scores: Numbers, goes_with: Separation
) -> ExerciseSummary:
    known = scores[~np.isnan(scores)]
    right = int(np.sum(known >= exercise.points - 1e-9))
    wrong = int(np.sum(known <= 1e-9)) if exercise.points > 0 else 0
    told = Counter(
        student.results[place].verdict
        for student, score in zip(graded, scores, strict=True)
        if not np.isnan(score)
        and score < exercise.points - 1e-9
        and student.results[place].verdict not in ("misconception", "right", "graded by hand")
    )
    return ExerciseSummary(
        exercise,
        right,
        len(known) - right - wrong,
        wrong,
        int(np.sum(np.isnan(scores))),
        float(np.mean(known) / exercise.points) if len(known) and exercise.points else None,
        tuple(sorted(told.items(), key=lambda item: (-item[1], item[0]))),
        goes_with,
    )


def _was_read(student: Student) -> bool:
    """Whether the notebook itself could be read: else its zeros say nothing about exercises."""
    return any(result.verdict not in _UNREAD for result in student.results)


def _table(students: Sequence[Student], exercises: int) -> Numbers:
    """Return scores of shape (students, exercises); nan where there is none yet."""
    table = np.full((len(students), exercises), np.nan)
    for row, student in enumerate(students):
        for column, result in enumerate(student.results):
            if result.score is not None:
                table[row, column] = result.score
    return table


def separation(table: Numbers, place: int) -> Separation:
    """Correlate one exercise with the sum of the others.

    Parameters
    ----------
    table : ndarray of shape (students, exercises)
        Scores, nan where there is none. Exercises that nobody has a score in are left out, then
        students without a score in any of the rest.
    """
    used = ~np.all(np.isnan(table), axis=0)
    if not len(table) or not used[place]:
        return Separation(None, None, None, 0, "nobody has a score yet")
    if used.sum() < 2:
        return Separation(None, None, None, len(table), "there is no other exercise with scores")
    whole = table[~np.isnan(table[:, used]).any(axis=1)]
    n = len(whole)
    if n < LEAST_FOR_CORRELATION:
        return Separation(None, None, None, n, f"fewer than {LEAST_FOR_CORRELATION} students")
    own = whole[:, place]
    rest = whole[:, used].sum(axis=1) - own
    if np.ptp(own) < 1e-9:
        return Separation(None, None, None, n, "all have the same score")
    if np.ptp(rest) < 1e-9:
        return Separation(None, None, None, n, "all have the same score in the other exercises")
    r = float(np.clip(np.corrcoef(own, rest)[0, 1], -1, 1))
    if abs(r) > 1 - 1e-12:
        return Separation(r, r, r, n)
    low, high = (math.tanh(math.atanh(r) + side * 1.96 / math.sqrt(n - 3)) for side in (-1, 1))
    return Separation(r, low, high, n)


def met_misconceptions(results: ClassResults) -> list[MetMisconception]:
    """Return the misconceptions that were met, exercise by exercise, the commonest first."""
    found: dict[tuple[int, str], list[int]] = {}
    for position, student in enumerate(results.students):
        for place, result in enumerate(student.results):
            if result.verdict == "misconception":
                found.setdefault((place, result.message), []).append(position)
    met = [
        MetMisconception(place, results.exercises[place].name, message, tuple(positions))
        for (place, message), positions in found.items()
    ]
    return sorted(met, key=lambda item: (item.place, -item.count, item.message))


def shares(results: ClassResults) -> Numbers:
    """Return for each student the share of points, of exercises that have a score; nan for none."""
    points = [exercise.points for exercise in results.exercises]
    values = []
    for student in results.students:
        known = [
            (result.score, most)
            for result, most in zip(student.results, points, strict=False)
            if result.score is not None
        ]
        most = sum(most for _, most in known)
        values.append(sum(score for score, _ in known) / most if most else math.nan)
    return np.array(values)


def distribution(results: ClassResults) -> list[Bin]:
    """Return how many have which share of the points, in tenths; 100 % lies in the last."""
    values = shares(results)
    values = np.clip(values[~np.isnan(values)], 0, 1)
    # A score of exactly 30 % may come as 0.29999…
    tenth = np.minimum(np.floor(values * 10 + 1e-9).astype(int), 9)
    counts = np.bincount(tenth, minlength=10)
    return [
        Bin(
            f"{10 * k}",
            f"{10 * k} to {'100 %' if k == 9 else f'less than {10 * k + 10} %'} of the points",
            int(counts[k]),
        )
        for k in range(10)
    ]


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOST_BARS = 60


def time_course(results: ClassResults) -> TimeCourse:
    """Return when submissions came in, in hours, days or weeks, so that there are few bars."""
    handed_in = [student for student in results.students if student.state != "missing"]
    dated = [(s.handed_in, s.late > timedelta()) for s in handed_in if s.handed_in is not None]
    unknown = len(handed_in) - len(dated)
    if not dated:
        return TimeCourse("day", (), None, unknown)
    times = [time for time, _ in dated]
    first, last = _bounds(times, results.due)
    span = last - first
    if span <= 2 * _DAY and not results.hidden:
        unit, step = "hour", _HOUR
    else:
        unit, step = ("day", _DAY) if span <= _MOST_BARS * _DAY else ("week", 7 * _DAY)
    first = first.replace(minute=0, second=0, microsecond=0)
    if step >= _DAY:
        first = first.replace(hour=0)
    counts: Counter[int] = Counter()
    late: Counter[int] = Counter()
    # What came years after everything else would leave no room for the rest.
    bars = min((last - first) // step + 1, _MOST_BARS)
    for time, is_late in dated:
        bar = max(0, min((time - first) // step, bars - 1))
        counts[bar] += 1
        late[bar] += is_late
    bins = tuple(
        Bin(
            *_called(first + k * step, unit, k == bars - 1 and last >= first + bars * step),
            counts[k],
            late[k],
        )
        for k in range(bars)
    )
    due = None if results.due is None else (results.due - first) / step
    return TimeCourse(unit, bins, due if due is not None and 0 <= due <= bars else None, unknown)


def _bounds(times: list[datetime], due: datetime | None) -> tuple[datetime, datetime]:
    """Return from when to when bars are drawn: to the due date as well, if it is near."""
    first, last = min(times), max(times)
    if due is not None and first - 30 * _DAY <= due <= last + 30 * _DAY:
        return min(first, due), max(last, due)
    return first, last


def _called(time: datetime, unit: str, and_later: bool) -> tuple[str, str]:
    later = " or later" if and_later else ""
    if unit == "hour":
        return f"{time:%H}", f"{time:%Y-%m-%d}, {time:%H}:00 to {time:%H}:59 UTC{later}"
    words = f"{time:%Y-%m-%d}"
    return f"{time.month}-{time.day}", f"{'week from ' if unit == 'week' else ''}{words}{later}"
