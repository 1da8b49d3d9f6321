"""Moments as an editor reads them: in the newsroom's time zone, absolute and relative. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def day(when: date) -> str:
    """Return a date in full, such as `Tuesday 10 March 2026`."""
    return f"{when:%A} {when.day} {when:%B %Y}"


def short_day(when: date) -> str:
    """Return a date for a table, such as `Tue 10 Mar`."""
    return f"{when:%a} {when.day} {when:%b}"


def absolute(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a moment with its zone, the day in words where near: `today 18:00 CET`, `Tue 10 Mar, 18:00 CET`."""
    local = moment.astimezone(zone)
    return f"{_near_day(local.date(), now.astimezone(zone).date())} {local:%H:%M %Z}"


def dated(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment of whatever year, such as `10 Mar 2026, 18:00 CET`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def relative(moment: datetime, now: datetime) -> str:
    """Return how far a moment is from now: `in 1 h 12 min`, `3 min ago`, `now` within half a minute."""
    distance = moment - now
    if abs(distance) < timedelta(seconds=30):
        return "now"
    words = span(abs(distance))
    return f"in {words}" if distance > timedelta() else f"{words} ago"


def span(length: timedelta) -> str:
    """Return a length of time in its two largest units, such as `2 days 4 h`, `1 h 12 min` or `45 s`."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _join(f"{days} day{'s' if days > 1 else ''}", f"{hours} h" if hours else "")
    if hours:
        return _join(f"{hours} h", f"{minutes} min" if minutes else "")
    return f"{minutes} min"


def _join(first: str, second: str) -> str:
    return f"{first} {second}".rstrip()


def _near_day(when: date, today: date) -> str:
    words = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return words.get((when - today).days) or f"{short_day(when)},"
