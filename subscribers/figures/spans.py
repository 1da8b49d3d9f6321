"""Spans of time: the newsroom's days as moments in UTC. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment until before another, both aware UTC; without an end: until whenever."""

    start: datetime
    end: datetime | None


def day_of(day: date, zone: ZoneInfo) -> Span:
    """Return a day there."""
    return span_of(day, day, zone)


def span_of(since: date, until: date, zone: ZoneInfo) -> Span:
    """Return the days there from `since` to `until`, both included."""
    return Span(_midnight(since, zone), _midnight(until + _DAY, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
