"""What handing in late costs: the rule, and the time that counts for it."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}


@dataclass(frozen=True)
class Late:
    """What handing in late costs.

    Attributes
    ----------
    percent, points : float
        Taken off for each day or hour that has begun: per cent of the points reached, and points.
    per : str
        ``day`` or ``hour``.
    cap_percent, cap_points : float or None
        The most that is taken off, in per cent of the points reached, and in points.
    grace : timedelta
        Up to here nothing is taken off; after it the time counts from the due date.
    weekends : bool
        Whether Saturdays and Sundays count.
    """

    percent: float = 0.0
    points: float = 0.0
    per: str = "day"
    cap_percent: float | None = None
    cap_points: float | None = None
    grace: datetime.timedelta = datetime.timedelta()
    weekends: bool = True

    def penalty(self, reached: float, late: datetime.timedelta) -> float:
        """Return the points to take off.

        Parameters
        ----------
        reached : float
            Points of the submission.
        late : timedelta
            How much too late, without weekends if those do not count.

        Examples
        --------
        >>> Late(percent=10).penalty(8, datetime.timedelta(hours=25))
        1.6
        """
        if late <= max(self.grace, datetime.timedelta()):
            return 0.0
        units = math.ceil(late.total_seconds() / SECONDS[self.per])
        penalty = units * (self.points + self.percent * reached / 100)
        if self.cap_percent is not None:
            penalty = min(penalty, self.cap_percent * reached / 100)
        if self.cap_points is not None:
            penalty = min(penalty, self.cap_points)
        return round(min(max(penalty, 0.0), max(reached, 0.0)), 9)


def without_weekends(start: datetime.datetime, late: datetime.timedelta) -> datetime.timedelta:
    """Return how much of a span lies on days from Monday to Friday."""
    end = (start.astimezone(datetime.UTC) + late).astimezone(start.tzinfo)
    counted = datetime.timedelta()
    here = start
    while here < end and counted < datetime.timedelta(days=3660):
        midnight = datetime.datetime.combine(
            here.date() + datetime.timedelta(days=1), datetime.time(), start.tzinfo
        )
        until = min(midnight, end)
        if here.weekday() < 5:
            # In UTC, because a day on which clocks are changed has another length.
            counted += until.astimezone(datetime.UTC) - here.astimezone(datetime.UTC)
        here = until
    return counted
