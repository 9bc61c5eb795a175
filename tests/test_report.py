"""What the report counts, on classes small enough to count by hand; and hidden names."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from report_samples import DUE, HOSTILE, SENTENCES, synthetic

from grader.errors import GraderError
from grader.report.data import (
    GRADED,
    MISSING,
    NOT_GRADED,
    ClassResults,
    Exercise,
    ExerciseResult,
    Student,
    hide_names,
)
from grader.report.names import pseudonyms, read_key
from grader.report.page import render
from grader.report.statistics import (
    distribution,
    met_misconceptions,
    separation,
    shares,
    summarise,
    time_course,
)
from grader.report.tables import class_json, students_csv

TWO = (Exercise("double", 4.0), Exercise("why", 3.0, True))


def student(name, double, why=None, verdict="value", message="", **more):
    verdict = "right" if double == 4 else verdict
    waits = "waits for a person" if why is None else "graded by hand"
    return Student(
        name,
        "",
        GRADED,
        (ExerciseResult(double, verdict, message), ExerciseResult(why, waits)),
        **more,
    )


def a_class(*students, due=None):
    return ClassResults("01-doubling", "Doubling", TWO, tuple(students), due)


SMALL = a_class(
    student("ada", 4.0, 3.0),
    student("bo", 2.5, 0.0, "misconception", "Squared."),
    student("chidi", 0.0, verdict="not started"),
    student("dora", 1.0, 1.5, "misconception", "Squared."),
    student("emil", 1.0, verdict="misconception", message="Turned."),
    Student("fay", state=MISSING),
    Student("gus", state=NOT_GRADED),
)


def test_each_exercise_is_counted():
    double, why = summarise(SMALL)
    assert (double.right, double.partly, double.wrong, double.waiting) == (1, 3, 1, 0)
    assert double.mean_share == pytest.approx((4 + 2.5 + 0 + 1 + 1) / 20)
    assert double.kinds == (("not started", 1),)
    assert (why.right, why.partly, why.wrong, why.waiting) == (1, 1, 1, 2)
    assert why.mean_share == pytest.approx(4.5 / 9)


def test_shares_leave_out_what_waits():
    expected = [1.0, 2.5 / 7, 0.0, 2.5 / 7, 0.25, math.nan, math.nan]
    np.testing.assert_allclose(shares(SMALL), expected)
    assert [one.count for one in distribution(SMALL)] == [1, 0, 1, 2, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(("tenths", "bar"), [(0, 0), (1, 1), (3, 3), (7, 7), (9, 9), (10, 9)])
def test_a_share_on_a_border_lies_in_the_upper_bar(tenths, bar):
    exercise = Exercise("x", 0.3 * 10)
    one = Student("a", "", GRADED, (ExerciseResult(0.3 * tenths, "value"),))
    bins = distribution(ClassResults("l", "t", (exercise,), (one,)))
    assert [k for k, found in enumerate(bins) if found.count] == [bar]


def test_extra_credit_goes_to_the_last_bar():
    assert distribution(a_class(student("a", 5.0, 3.0)))[9].count == 1


def test_misconceptions_by_exercise_the_commonest_first():
    met = met_misconceptions(SMALL)
    assert [(one.exercise, one.message, one.students) for one in met] == [
        ("double", "Squared.", (1, 3)),
        ("double", "Turned.", (4,)),
    ]


def test_separation_is_the_correlation_with_the_rest():
    rng = np.random.default_rng(3)
    ability = rng.normal(size=60)
    table = np.stack([ability + rng.normal(size=60) for _ in range(4)], axis=1)
    for place in range(4):
        rest = table.sum(axis=1) - table[:, place]
        found = separation(table, place)
        assert found.r == pytest.approx(np.corrcoef(table[:, place], rest)[0, 1])
        # Fisher's interval, in its symmetric form.
        z = [math.atanh(value) for value in (found.low, found.r, found.high)]
        assert z[2] - z[1] == pytest.approx(z[1] - z[0]) == pytest.approx(1.96 / math.sqrt(57))
        # The exercise itself is not in the rest: that would raise it.
        assert found.r < np.corrcoef(table[:, place], table.sum(axis=1))[0, 1]
        assert found.n == 60


def test_separation_uses_students_with_all_scores():
    rng = np.random.default_rng(4)
    table = rng.normal(size=(50, 3))
    holes = table.copy()
    holes[:10, 2] = np.nan
    assert separation(holes, 0) == separation(table[10:], 0)
    # An exercise that nobody has a score in yet takes nobody out.
    waiting = np.concatenate([table, np.full((50, 1), np.nan)], axis=1)
    assert separation(waiting, 0) == separation(table, 0)
    assert separation(waiting, 3).why_not == "nobody has a score yet"


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (np.zeros((0, 2)), "nobody has a score yet"),
        (np.arange(40.0).reshape(40, 1), "there is no other exercise with scores"),
        (np.arange(38.0).reshape(19, 2), "fewer than 20 students"),
        (np.stack([np.ones(30), np.arange(30.0)], axis=1), "all have the same score"),
        (
            np.stack([np.arange(30.0), np.ones(30)], axis=1),
            "all have the same score in the other exercises",
        ),
    ],
)
def test_separation_is_not_computed_where_it_says_nothing(table, why):
    found = separation(table, 0)
    assert (found.r, found.low, found.high, found.why_not) == (None, None, None, why)


def test_a_notebook_that_could_not_be_read_has_no_say_in_separation():
    read = [student(f"s{k:02}", float(k % 5), float(k % 3)) for k in range(30)]
    zero = (ExerciseResult(0.0, "unreadable"), ExerciseResult(None, "waits for a person"))
    unread = [Student(f"u{k}", "", GRADED, zero) for k in range(9)]
    assert (
        summarise(a_class(*read, *unread))[0].separation == summarise(a_class(*read))[0].separation
    )
    assert summarise(a_class(*read, *unread))[0].wrong == summarise(a_class(*read))[0].wrong + 9


def at(hours, late=False):
    """Somebody who handed in so many hours before or after the due date."""
    time = DUE + timedelta(hours=hours)
    return student(f"h{hours}", 4.0, handed_in=time, late=timedelta(hours=hours if late else 0))


def test_the_time_course_has_hours_days_or_weeks():
    hours = time_course(a_class(at(-3), at(-2.5), at(-0.5), due=DUE))
    assert (hours.unit, [one.count for one in hours.bins]) == ("hour", [2, 0, 1, 0])
    assert hours.due == 3
    assert hours.bins[0].words == "2026-11-20, 15:00 to 15:59 UTC"
    days = time_course(a_class(at(-100), at(-30), at(-1), at(5, late=True), due=DUE))
    assert days.unit == "day"
    assert [(one.count, one.late) for one in days.bins] == [(1, 0), (0, 0), (0, 0), (1, 0), (2, 1)]
    assert days.due == pytest.approx(4 + 18 / 24)
    weeks = time_course(a_class(at(-24 * 70), at(0), due=DUE))
    assert weeks.unit == "week" and len(weeks.bins) == 11
    assert weeks.bins[0].words == "week from 2026-09-11"


def test_the_time_course_of_odd_classes():
    assert time_course(SMALL).bins == () and time_course(SMALL).unknown == 6
    one = time_course(a_class(at(0)))
    assert (one.unit, [b.count for b in one.bins], one.due) == ("hour", [1], None)
    # A clock that was wrong by decades must not leave one bar for everybody else.
    lost = replace(at(0), handed_in=datetime(1970, 1, 1))
    found = time_course(a_class(lost, at(-1), at(2)))
    assert len(found.bins) == 60 and sum(one.count for one in found.bins) == 3
    assert found.bins[-1].words.endswith("or later")
    # Nor a due date that is years away.
    far = time_course(a_class(at(0), at(1), due=DUE + timedelta(days=4000)))
    assert far.due is None and len(far.bins) == 2


def test_pseudonyms_are_stable_different_and_need_the_key():
    names = [f"student{k}" for k in range(5000)]
    found = pseudonyms(names, b"key")
    assert len(set(found.values())) == 5000
    assert found == pseudonyms(reversed(names), b"key")
    # The same whoever else is in the class, unless two of them would be called alike.
    assert found["student7"] == pseudonyms(["student7"], b"key")["student7"]
    assert not set(found.values()) & set(pseudonyms(names, b"other").values())


def test_the_key_is_drawn_once(tmp_path):
    key = read_key(tmp_path / "grading")
    assert len(key) == 32 and read_key(tmp_path / "grading") == key
    path = tmp_path / "grading" / "pseudonyms.json"
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("{}")
    with pytest.raises(GraderError, match="cannot be read"):
        read_key(tmp_path / "grading")


NAMES = ("maximiliane-w", "Kowalczyk Ewa", "김하늘", "o'neill", "u-hidden-42")


def hidden(results):
    return hide_names(results, pseudonyms((s.student for s in results.students), b"key"))


def test_hidden_names_are_nowhere():
    results = synthetic(200, names=NAMES)
    students = [
        replace(
            s,
            name=f"Given {s.student} Family",
            problem=f"{s.student}.ipynb is empty" if k % 2 else f"{s.student} did something else",
            fault="empty" if k % 2 else "other",
            isolation="none" if k % 2 else "default",
            # What quotes a learner's own code may hold the name.
            results=tuple(
                replace(r, message=f"`{s.student}` raises NameError")
                if r.verdict != "misconception"
                else r
                for r in s.results
            ),
        )
        for k, s in enumerate(results.students)
    ]
    results = replace(results, students=tuple(students))
    shown = hidden(results)
    told = " ".join(shown.unprotected.sentences())
    for text in (render(shown), students_csv(shown), class_json(shown, None), repr(shown), told):
        assert not [s.student for s in results.students if s.student in text]
        assert "Given " not in text and " Family" not in text
    # With names they are there, so the search would find them.
    page = render(results)
    assert all(s.student in page or "'" in s.student for s in results.students)
    # Nothing tells by its order or by a time of day who is who.
    order = [s.student for s in shown.students]
    assert order == sorted(order)
    assert all(
        s.handed_in is None or s.handed_in.time() == datetime.min.time() for s in shown.students
    )
    assert {s.problem for s in shown.students} <= {
        "",
        "the file is empty",
        "see the report with names",
    }
    # What is counted is the same.
    assert len(shown.unprotected.without) == len(results.unprotected.without) > 80
    for mine, theirs in zip(summarise(shown), summarise(results), strict=True):
        assert (mine.right, mine.partly, mine.kinds) == (theirs.right, theirs.partly, theirs.kinds)
        assert mine.separation.r == pytest.approx(theirs.separation.r)
    assert [(m.message, m.count) for m in met_misconceptions(shown)] == [
        (m.message, m.count) for m in met_misconceptions(results)
    ]
    assert SENTENCES[1] in json.loads(class_json(shown, None))["misconceptions"][1]["sentence"]


def test_csv_and_json_hold_the_class():
    results = synthetic(80, names=HOSTILE)
    rows = list(csv.DictReader(io.StringIO(students_csv(results).removeprefix("\ufeff"))))
    data = json.loads(class_json(results, None))
    assert len(rows) == len(data["students"]) == 80
    for row, entry, one in zip(rows, data["students"], results.students, strict=True):
        wanted = one.student.encode("utf-8", "replace").decode()
        assert entry["student"] == wanted
        assert row["student"] in (wanted, "'" + wanted)
        assert not row["student"].startswith(("=", "+", "-", "@"))
        assert row["state"] == entry["state"] == one.state
        assert row["score"] == ("" if one.score is None else f"{one.score:g}")
        assert row["isolation"] == entry["isolation"] == one.isolation
        for exercise, result in zip(results.exercises, one.results, strict=False):
            assert row[f"{exercise.name} verdict"] == result.verdict
            assert entry["results"][exercise.name]["score"] == result.score
    assert sum(one["count"] for one in data["distribution"]) == sum(
        one.state == GRADED for one in results.students
    )
    assert data["exercises"][0]["separation"]["n"] > 20
