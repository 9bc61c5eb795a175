"""Policies: what the file may say, and what being late costs."""

import datetime
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.cli.policies import describe
from grader.policies import Late, PolicyError, read_policies
from grader.policies.reading import parse_policies

SOFTMAX = "02-softmax"
FULL = """\
timezone = "Asia/Seoul"

[late]
percent = 10
cap_percent = 50
grace_minutes = 15

[attempts]
counts = "best"

[lessons.01-doubling]
due = 2026-11-20T18:00:00
late = { per = "hour", percent = 0, points = 0.5, cap_points = 2 }

[lessons."02"]
due = 2026-11-27T18:00:00+01:00
counts = "latest"
late = { weekends = false }

[extensions]
minji = "3 days"

[extensions.ada]
"01" = 2026-11-22T18:00:00
"*" = "36 hours"
"""


@pytest.fixture
def policies(tmp_path):
    for lesson in ("01-doubling", SOFTMAX):
        (tmp_path / "source" / lesson).mkdir(parents=True)
        (tmp_path / "source" / lesson / "x.md").touch()

    def read(text):
        (tmp_path / "policies.toml").write_text(text, encoding="utf-8")
        return read_policies(tmp_path)

    return read


def hours(count):
    return datetime.timedelta(hours=count)


def test_the_whole_file(policies):
    found = policies(FULL)
    utc = datetime.UTC
    assert found.due == {
        "01-doubling": datetime.datetime(2026, 11, 20, 9, tzinfo=utc),
        SOFTMAX: datetime.datetime(2026, 11, 27, 17, tzinfo=utc),
    }
    assert found.late == Late(percent=10, cap_percent=50, grace=datetime.timedelta(minutes=15))
    grace = datetime.timedelta(minutes=15)
    assert found.late_in("01-doubling") == Late(
        percent=0, points=0.5, per="hour", cap_percent=50, cap_points=2, grace=grace
    )
    assert found.late_in(SOFTMAX).weekends is False
    assert (found.counts_in("01-doubling"), found.counts_in(SOFTMAX)) == ("best", "latest")
    assert found.extension("ada", "01-doubling") == hours(48)
    assert found.extension("ada", SOFTMAX) == hours(36)
    assert found.extension("minji", "01-doubling") == hours(72)
    assert found.extension("bo", "01-doubling") is None
    assert describe(found, ["01-doubling"]) == [
        "01-doubling: due 2026-11-20 18:00 KST; each hour late costs 0.5 points, at most 50 % and "
        "2 points, after 15 minutes of grace; the best attempt counts; ada has 2 days more; "
        "minji has 3 days more"
    ]


def test_no_file(tmp_path):
    assert read_policies(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ("late = 3", "late", "must be a table"),
        ("[late]\n", "late", "needs percent or points"),
        ("[late]\npercent = 110", "late.percent", "at most 100"),
        ("[late]\npercent = -1", "late.percent", "0 or more"),
        ("[late]\npercent = '10'", "late.percent", "must be a number"),
        ("[late]\npercent = true", "late.percent", "must be a number"),
        ("[late]\npercent = nan", "late.percent", "must be a number"),
        ("[late]\npoints = inf", "late.points", "at most inf"),
        ("[late]\npercent = 1\nper = 'week'", "late.per", "'day' or 'hour'"),
        ("[late]\npercent = 1\nweekends = 0", "late.weekends", "true or false"),
        ("[late]\nprecent = 1", "late.precent", "is not known; there are cap_percent"),
        ("lates = 1", "lates", "is not known"),
        ("timezone = 'Mars'", "timezone", "no time zone 'Mars'"),
        ("timezone = 9", "timezone", "no time zone 9"),
        ("[attempts]\ncounts = 'first'", "attempts.counts", "'latest' or 'best'"),
        ("[lessons.07]\ndue = 2026-01-01T00:00:00", "lessons.07", "There are: 01-doubling"),
        ("[lessons.01]\ndue = 2026-01-01", "lessons.01.due", "must be a time such as"),
        ("[lessons.01]\ndue = 'soon'", "lessons.01.due", "must be a time such as"),
        ("[lessons.01]\nx = 1", "lessons.01.x", "is not known"),
        (
            "[lessons.01]\ncounts='best'\n[lessons.01-doubling]\ncounts='best'",
            "lessons.01-doubling",
            "twice",
        ),
        ("[extensions]\nada = 'long'", "extensions.ada.*", "3 days"),
        ("[extensions]\nada = 2026-01-01T00:00:00", "extensions.ada.*", "3 days"),
        ("[extensions.ada]\n01 = 2026-01-01T00:00:00", "extensions.ada.01-doubling", "no due date"),
        (
            "[lessons.01]\ndue = 2026-01-02T00:00:00\n[extensions.ada]\n01 = 2026-01-01T00:00:00",
            "extensions.ada.01-doubling",
            "earlier",
        ),
        ("[late", "", "is not TOML"),
    ],
)
def test_errors_name_file_and_key(policies, text, key, what):
    with pytest.raises(PolicyError) as caught:
        policies(text)
    message = str(caught.value)
    assert "policies.toml" in message and what in message
    assert f": {key}: " in message or not key


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (0, 0),
        (0.25, 0),  # exactly the grace
        (0.26, 1),  # the first day has begun
        (24, 1),
        (24.01, 2),
        (72, 3),
        (24 * 40, 5),  # the cap
    ],
)
def test_per_cent_a_day(late, expected):
    rule = Late(percent=10, cap_percent=50, grace=datetime.timedelta(minutes=15))
    assert rule.penalty(10, hours(late)) == pytest.approx(expected)


def test_points_an_hour():
    rule = Late(points=0.5, per="hour", cap_points=3)
    assert [rule.penalty(10, hours(h)) for h in (0.5, 1, 2.5, 100)] == [0.5, 0.5, 1.5, 3]
    # Never more than there is.
    assert rule.penalty(1, hours(100)) == 1 and rule.penalty(0, hours(100)) == 0


def test_both():
    rule = Late(percent=10, points=1, cap_points=3)
    assert [rule.penalty(5, hours(h)) for h in (1, 25, 49)] == [1.5, 3, 3]


def test_weekends_do_not_count(policies):
    found = policies(
        "timezone = 'Asia/Seoul'\n[late]\npoints = 1\nweekends = false\n"
        "[lessons.01]\ndue = 2026-11-20T18:00:00\n[extensions]\nada = '1 day'\n"
    )
    zone = ZoneInfo("Asia/Seoul")
    due = datetime.datetime(2026, 11, 20, 18, tzinfo=zone)  # a Friday

    def penalty(*handed_in, student="bo", until=due):
        seconds = (datetime.datetime(*handed_in, tzinfo=zone) - until).total_seconds()
        return found.penalty(student, "01-doubling", 10, seconds)

    assert penalty(2026, 11, 20, 19) == 1
    assert penalty(2026, 11, 22, 23) == 1  # six hours of Friday
    assert penalty(2026, 11, 23, 18) == 1  # and eighteen of Monday
    assert penalty(2026, 11, 23, 18, 1) == 2
    assert penalty(2026, 11, 30, 18, 1) == 7
    saturday = due + datetime.timedelta(days=1)
    assert penalty(2026, 11, 22, 23, student="ada", until=saturday) == 0
    assert penalty(2026, 11, 23, 0, 1, student="ada", until=saturday) == 1


def test_an_hour_that_a_clock_skips(policies):
    found = policies(
        "timezone = 'Europe/Berlin'\n[late]\npoints = 1\nper = 'hour'\nweekends = false\n"
        "[lessons.01]\ndue = 2026-03-27T23:00:00\n"
    )
    # From Friday 23:00 to Monday 01:00 in summer time: one hour of Friday and one of Monday.
    seconds = (datetime.timedelta(days=2, hours=2) - hours(1)).total_seconds()
    assert found.penalty("bo", "01-doubling", 10, seconds) == 2


def test_nothing_is_said_about_being_late(policies):
    assert policies("[attempts]\ncounts = 'best'").penalty("bo", SOFTMAX, 10, 1e6) is None


def test_the_example_of_the_page():
    root = Path(__file__).parents[1]
    text = (root / "docs" / "in-and-out.md").read_text(encoding="utf-8")
    example = re.search(r"^```toml\n(.*?)^```$", text, re.M | re.S)[1]
    found = parse_policies(example, root)
    assert found.late_in("03-computational-graphs") == Late(
        points=0.5,
        per="hour",
        cap_percent=50,
        cap_points=4,
        grace=datetime.timedelta(minutes=15),
        weekends=False,
    )
    assert found.extension("ada", "02-softmax-cross-entropy") == datetime.timedelta(days=4)
    assert found.extension("minji", "09-autograd") == datetime.timedelta(days=3)
