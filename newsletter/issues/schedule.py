"""When a newsletter's evenings are due. Pure: local times of a zone in, aware UTC out.

The newsroom writes local times. On the night the clocks go forward a time that does not exist moves to the first
moment that does; on the night they go back a time that comes twice means the first. A local date that a zone left
out altogether (Samoa jumped over 30 December 2011) has no evening.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.settings import NewsletterSettings

_DAY = timedelta(days=1)
_FARTHEST = 1_200  # days; there is an evening every seven at least, but for holidays


@dataclass(frozen=True, slots=True)
class Evening:
    """One issue's appointments in aware UTC. After `late_at` it is not sent by itself any more."""

    date: date
    build_at: datetime
    send_at: datetime
    late_at: datetime


def evening(newsletter: NewsletterSettings, zone: ZoneInfo, day: date) -> Evening | None:
    """Return the evening of a local date, or None where it is none of the newsletter's days, or a holiday."""
    if day.weekday() not in newsletter.days or newsletter.rests_on(day) or is_left_out(day, zone):
        return None
    return appointments(newsletter, zone, day)


def appointments(newsletter: NewsletterSettings, zone: ZoneInfo, day: date) -> Evening:
    """Return the times an issue of that date would have, whether or not it is one of the newsletter's days.

    A send time that is not after the build time is meant for the next local day.
    """
    after_midnight = newsletter.send_at <= newsletter.build_at
    build_at = moment(day, newsletter.build_at, zone)
    send_at = moment(day + _DAY if after_midnight else day, newsletter.send_at, zone)
    return Evening(day, build_at, send_at, send_at + newsletter.late_after)


def current(newsletter: NewsletterSettings, zone: ZoneInfo, now: datetime) -> Evening | None:
    """Return the latest evening whose build time has come, however long ago; None before the first.

    After a long down time only this one is made up for: yesterday's news is not sent today.
    """
    today = now.astimezone(zone).date()
    for back in range(-1, _FARTHEST):
        found = evening(newsletter, zone, today - back * _DAY)
        if found is not None and found.build_at <= now:
            return found
    return None


def upcoming(newsletter: NewsletterSettings, zone: ZoneInfo, now: datetime) -> Evening:
    """Return the next evening whose build time is still to come. Raises ValueError where it has no days."""
    today = now.astimezone(zone).date()
    for ahead in range(-1, _FARTHEST):
        found = evening(newsletter, zone, today + ahead * _DAY)
        if found is not None and found.build_at > now:
            return found
    raise ValueError(f'the newsletter "{newsletter.slug}" has no days')


def is_late(evening: Evening, now: datetime) -> bool:
    """Tell whether the evening is over: what has not left by now is held and reported, not sent at dawn."""
    return now > evening.late_at


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant (aware UTC) of a local time; where it does not exist, the first one after the gap."""
    wanted = datetime.combine(day, at, tzinfo=zone)
    instant = wanted.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return instant
    return _first_after_gap(wanted, zone)


def _first_after_gap(wanted: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clocks jump over `wanted`; fold=1 reads a gap from behind (PEP 495)."""
    before = wanted.replace(fold=1).astimezone(UTC)
    after = wanted.replace(fold=0).astimezone(UTC)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wanted.replace(tzinfo=None):
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def is_left_out(day: date, zone: ZoneInfo) -> bool:
    """Tell whether the zone has no such date."""
    noon = datetime.combine(day, time(12), tzinfo=zone)
    return noon.astimezone(UTC).astimezone(zone).date() != day
