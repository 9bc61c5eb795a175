"""Reading and checking `policies.toml`; every error names the file and the key."""

from __future__ import annotations

import datetime
import math
import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.course.course import Course
from grader.errors import GraderError
from grader.policies.late import SECONDS, Late, without_weekends

_SPAN = re.compile(r"(\d+(?:\.\d+)?) (minute|hour|day|week)s?")
_EVERY = "*"


class PolicyError(GraderError):
    """The policies are not as they must be; the message names file and key."""


@dataclass(frozen=True)
class Policies:
    """What `policies.toml` says.

    Attributes
    ----------
    late : Late or None
        None if nothing is said about being late: then nbgrader's own settings hold.
    due : dict
        Due dates in UTC, by lesson.
    late_of, counts_of : dict
        What differs in single lessons.
    extensions : dict
        By student, then by lesson or ``*``: a time in UTC, or a span.
    counts : str
        Which attempt counts: ``latest`` or ``best``.
    """

    path: Path
    zone: datetime.tzinfo = datetime.UTC
    late: Late | None = None
    counts: str = "latest"
    due: dict[str, datetime.datetime] = field(default_factory=dict)
    late_of: dict[str, Late] = field(default_factory=dict)
    counts_of: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, dict[str, datetime.datetime | datetime.timedelta]] = field(
        default_factory=dict
    )

    def late_in(self, lesson: str) -> Late | None:
        """Return the rule of a lesson."""
        return self.late_of.get(lesson, self.late)

    def counts_in(self, lesson: str) -> str:
        """Return which attempt counts in a lesson."""
        return self.counts_of.get(lesson, self.counts)

    def extension(
        self, student: str, lesson: str, due: datetime.datetime | None = None
    ) -> datetime.timedelta | None:
        """Return how much longer a student has; None if nothing is said.

        Parameters
        ----------
        due : datetime, optional
            The due date, in UTC, where the file does not give it.
        """
        own = self.extensions.get(student, {})
        given = own.get(lesson, own.get(_EVERY))
        due = self.due.get(lesson, due)
        if isinstance(given, datetime.datetime):
            return None if due is None else max(given - due, datetime.timedelta())
        return given

    def penalty(
        self, student: str, lesson: str, reached: float, seconds: float, *, until: Any = None
    ) -> float | None:
        """Return the points to take off; None if nothing is said about being late.

        Parameters
        ----------
        seconds : float
            How much later than the due date, extensions included.
        until : datetime, optional
            The due date of this student, in UTC, where the file does not give it.
        """
        rule = self.late_in(lesson)
        if rule is None:
            return None
        late = datetime.timedelta(seconds=seconds)
        if not rule.weekends and late > datetime.timedelta():
            if until is None and (due := self.due.get(lesson)):
                until = due + (self.extension(student, lesson) or datetime.timedelta())
            if until is not None:
                late = without_weekends(until.astimezone(self.zone), late)
        return rule.penalty(reached, late)


def read_policies(root: Path) -> Policies | None:
    """Read a course's policies; None if it has no such file.

    Raises
    ------
    PolicyError
        If something in it is not understood. Nothing is guessed.
    """
    path = Course(root).policies
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path} cannot be read: {error}") from error
    return parse_policies(text, root)


def parse_policies(text: str, root: Path) -> Policies:
    """Parse the text of `policies.toml` for the course at `root`; see `read_policies`."""
    path = Course(root).policies
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path} is not TOML: {error}") from error
    return _Parser(path, root).read(data)


class _Parser:
    """Turns the file's tables into `Policies`."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path, self._root = path, root
        self._zone: datetime.tzinfo = datetime.UTC

    def read(self, data: Mapping[str, Any]) -> Policies:
        self._known(data, "", {"timezone", "late", "attempts", "lessons", "extensions"})
        self._zone = self._timezone(data.get("timezone", "UTC"))
        late = self._late(data["late"], "late", Late()) if "late" in data else None
        attempts = self._table(data.get("attempts", {}), "attempts")
        self._known(attempts, "attempts", {"counts"})
        counts = self._counts(attempts.get("counts", "latest"), "attempts.counts")
        policies = Policies(self._path, self._zone, late, counts)
        for name, table in self._table(data.get("lessons", {}), "lessons").items():
            self._lesson(policies, name, self._table(table, f"lessons.{name}"))
        for student, table in self._table(data.get("extensions", {}), "extensions").items():
            key = f"extensions.{student}"
            given = self._table(table, key) if isinstance(table, dict) else {_EVERY: table}
            policies.extensions[student] = {
                self._resolve(name, f"{key}.{name}"): self._until(value, f"{key}.{name}")
                for name, value in given.items()
            }
        self._check_extensions(policies)
        return policies

    def error(self, key: str, what: str) -> PolicyError:
        return PolicyError(f"{self._path}: {key or 'the file'}: {what}")

    def _lesson(self, policies: Policies, name: str, table: Mapping[str, Any]) -> None:
        key = f"lessons.{name}"
        lesson = self._resolve(name, key)
        self._known(table, key, {"due", "late", "counts"})
        if lesson in {*policies.due, *policies.late_of, *policies.counts_of}:
            raise self.error(key, f"lesson {lesson} stands here twice")
        if "due" in table:
            policies.due[lesson] = self._time(table["due"], f"{key}.due")
        if "late" in table:
            policies.late_of[lesson] = self._late(
                table["late"], f"{key}.late", policies.late or Late()
            )
        if "counts" in table:
            policies.counts_of[lesson] = self._counts(table["counts"], f"{key}.counts")

    def _late(self, data: Any, key: str, general: Late) -> Late:
        table = self._table(data, key)
        numbers = ("percent", "points", "cap_percent", "cap_points", "grace_minutes")
        self._known(table, key, {*numbers, "per", "weekends"})
        values: dict[str, Any] = dict(vars(general))
        for name in numbers:
            if name in table:
                most = 100.0 if "percent" in name else math.inf
                value = self._number(table[name], f"{key}.{name}", most)
                values["grace" if name == "grace_minutes" else name] = (
                    datetime.timedelta(minutes=value) if name == "grace_minutes" else value
                )
        if "per" in table:
            values["per"] = self._choice(table["per"], f"{key}.per", ("day", "hour"))
        if "weekends" in table:
            if not isinstance(table["weekends"], bool):
                raise self.error(f"{key}.weekends", "must be true or false")
            values["weekends"] = table["weekends"]
        if not values["percent"] and not values["points"] and general == Late():
            raise self.error(key, "needs percent or points, what each day costs")
        return Late(**values)

    # Kinds of values

    def _table(self, value: Any, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.error(key, f"must be a table, not {value!r}")
        return value

    def _known(self, table: Mapping[str, Any], key: str, names: set[str]) -> None:
        for name in table:
            if name not in names:
                where = f"{key}.{name}" if key else name
                raise self.error(where, f"is not known; there are {', '.join(sorted(names))}")

    def _number(self, value: Any, key: str, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
            raise self.error(key, f"must be a number, 0 or more, not {value!r}")
        if value > most or not math.isfinite(value):
            raise self.error(key, f"must be at most {most:g}, not {value!r}")
        return float(value)

    def _choice(self, value: Any, key: str, choices: tuple[str, ...]) -> str:
        if value not in choices:
            raise self.error(key, f"must be {' or '.join(map(repr, choices))}, not {value!r}")
        return str(value)

    def _counts(self, value: Any, key: str) -> str:
        return self._choice(value, key, ("latest", "best"))

    def _timezone(self, value: Any) -> datetime.tzinfo:
        try:
            return zoneinfo.ZoneInfo(value)
        except (TypeError, ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            raise self.error(
                "timezone", f"there is no time zone {value!r}; one is called 'Asia/Seoul'"
            ) from None

    def _time(self, value: Any, key: str) -> datetime.datetime:
        if not isinstance(value, datetime.datetime):
            raise self.error(key, f"must be a time such as 2026-11-20T18:00:00, not {value!r}")
        if value.tzinfo is None:
            value = value.replace(tzinfo=self._zone)
        in_utc: datetime.datetime = value.astimezone(datetime.UTC)
        return in_utc

    def _until(self, value: Any, key: str) -> datetime.datetime | datetime.timedelta:
        if isinstance(value, str) and (found := _SPAN.fullmatch(value.strip())):
            return datetime.timedelta(seconds=float(found[1]) * SECONDS[found[2]])
        if isinstance(value, datetime.datetime):
            return self._time(value, key)
        raise self.error(
            key, f"must be a time such as 2026-11-27T18:00:00, or “3 days”, not {value!r}"
        )

    def _resolve(self, name: str, key: str) -> str:
        if name == _EVERY:
            return name
        try:
            return Course(self._root).resolve(name)
        except GraderError as error:
            raise self.error(key, str(error)) from None

    def _check_extensions(self, policies: Policies) -> None:
        for student, own in policies.extensions.items():
            for lesson, until in own.items():
                key = f"extensions.{student}.{lesson}"
                if isinstance(until, datetime.timedelta):
                    continue
                if lesson == _EVERY:
                    raise self.error(key, "for all lessons an extension is a span: “3 days”")
                if lesson not in policies.due:
                    raise self.error(key, f"lesson {lesson} has no due date here")
                if until < policies.due[lesson]:
                    raise self.error(key, "is earlier than the due date")
