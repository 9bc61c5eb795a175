"""When something was handed in, and what handing in late costs, as the course has it configured."""

from __future__ import annotations

import datetime
import re
from typing import Any

from grader.nbgrader_api.read_config import Settings

# As nbgrader's exchange writes it. Other forms are left to nbgrader's own reader.
_USUAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?( UTC)?")


def parse_stamp(stamp: bytes | None) -> datetime.datetime | None:
    """Read the text of a `timestamp.txt`: a time in UTC, without time zone; None if there is none.

    Raises
    ------
    ValueError
        If the text is no time.
    """
    if stamp is None:
        return None
    text = stamp.decode("utf-8").strip()
    if _USUAL.fullmatch(text):
        plain = text.removesuffix(" UTC")
        whole, _, fraction = plain.partition(".")
        return datetime.datetime.fromisoformat(whole).replace(
            microsecond=int(fraction.ljust(6, "0")) if fraction else 0
        )
    from nbgrader.utils import parse_utc  # long to import, and seldom needed

    try:
        time: datetime.datetime = parse_utc(text)
    except ValueError:
        raise
    except Exception as error:  # a stranger's text; dateutil fails on it in many ways
        raise ValueError(str(error)) from error
    return time


def lateness(
    handed_in: datetime.datetime | None,
    due: datetime.datetime | None,
    extension: datetime.timedelta = datetime.timedelta(),
) -> datetime.timedelta:
    """Return how much too late something was handed in; zero if nothing is due."""
    if handed_in is None or due is None:
        return datetime.timedelta()
    return max(datetime.timedelta(), handed_in - due - extension)


def bounded(penalty: float | None, score: float) -> float:
    """Return what can be taken off a score: nothing below zero, and not more than there is."""
    return min(max(float(penalty or 0.0), 0.0), max(score, 0.0))


class LatePenalty:
    """The penalty for handing in late, from the plugin that the course has configured."""

    def __init__(self, settings: Settings, lesson: str) -> None:
        self._settings, self._lesson = settings, lesson
        self._plugin: Any = None

    def __call__(self, student: str, score: float, seconds: float) -> float | None:
        """Return what is taken off a submission's score; None for nothing.

        Parameters
        ----------
        score : float
            Points of all exercises.
        seconds : float
            How much too late it was handed in, 0 if it was not.
        """
        if seconds <= 0 or not self._settings.late_plugin:
            return None  # nbgrader's plugin takes nothing off unless it is told to
        if self._plugin is None:
            from nbgrader.preprocessors import AssignLatePenalties

            step = AssignLatePenalties(config=self._settings.config)
            step.assignment_id = self._lesson  # a policy can be a lesson's own
            step.init_plugin()
            self._plugin = step.plugin_inst
        penalty = self._plugin.late_submission_penalty(student, score, seconds)
        return None if penalty is None else bounded(penalty, score)
