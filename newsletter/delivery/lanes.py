"""When each reader's own evening is. Pure: a zone and an hour in, an aware UTC moment out.

An issue is locked at the newsroom's evening, and leaves in lanes: at the same time of day in each reader's zone,
or at the hour that the reader chose. Whose hour has just gone by there, by no more than the newsletter may be late
anyway, gets it at once rather than a day later. A zone that nobody knows counts as the newsroom's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsletter.issues.schedule import is_left_out, moment

_FARTHEST = 4  # days; every hour comes within two, where a zone leaves out a date within three


@dataclass(frozen=True, slots=True)
class Evening:
    """The newsroom's evening: the issue's send time and the lock, aware UTC, and how late is not too late."""

    send_at: datetime
    locked_at: datetime
    zone: ZoneInfo
    grace: timedelta

    def of(self, time_zone: str, hour: int | None) -> datetime:
        """Return when a reader of a zone (IANA name) and hour (0 to 23, None for the newsletter's) gets it."""
        zone = _zone(time_zone)
        if hour is None and zone is None:
            return self.locked_at
        at = self.send_at.astimezone(self.zone).time() if hour is None else time(hour)
        return max(self._next(at, zone or self.zone), self.locked_at)

    def _next(self, at: time, zone: ZoneInfo) -> datetime:
        """Return the first such time of day that is not too long ago. One that the clocks leave out moves."""
        earliest = self.send_at - self.grace
        day = earliest.astimezone(zone).date()
        days = (day + timedelta(days=ahead) for ahead in range(_FARTHEST))
        moments = (moment(each, at, zone) for each in days if not is_left_out(each, zone))
        return next((each for each in moments if each >= earliest), self.locked_at)


@lru_cache(1000)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
