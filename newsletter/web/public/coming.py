"""When the next issue comes, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask_babel import gettext as _

from newsletter.delivery.lanes import Evening as Lanes
from newsletter.issues.schedule import Evening, evening
from newsletter.settings import NewsletterSettings
from newsletter.web.context import here
from newsletter.web.wording import day_words, time_words, weekday_words
from subscribers.models import Frequency

_FARTHEST = 60  # days; the days of a week come back within seven, but for holidays
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a reader wants issues, as the register has it."""

    frequency: str = Frequency.DAILY
    hour: int | None = None
    time_zone: str = ""
    paused_until: datetime | None = None


NOTHING_CHOSEN = Rhythm()


def next_issue(newsletter: NewsletterSettings, rhythm: Rhythm = NOTHING_CHOSEN) -> str:
    """Return the local time of the next issue, such as `tomorrow, Wednesday, at 18:00`.

    It is the reader's own time where their zone is known, else the newsroom's. Empty where none is to be expected:
    weekdays of a newsletter for the weekend.
    """
    newsroom, now = here().settings.site.time_zone, here().clock.now()
    zone = _zone(rhythm.time_zone) or newsroom
    coming = _next(newsletter, newsroom, rhythm, now)
    return moment_words(coming.astimezone(zone), now.astimezone(zone)) if coming else ""


def _next(newsletter: NewsletterSettings, zone: ZoneInfo, rhythm: Rhythm, now: datetime) -> datetime | None:
    """Return when (aware UTC) the first issue locked after now, and after any pause, reaches such a reader."""
    begins = max(now, rhythm.paused_until or now)
    today = begins.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, _FARTHEST))
    evenings = (evening(newsletter, zone, day) for day in days)
    wanted = (
        each for each in evenings if each and each.send_at > begins and _wants(newsletter, rhythm, each.date)
    )
    return next((_reaches(newsletter, zone, rhythm, each) for each in wanted), None)


def _wants(newsletter: NewsletterSettings, rhythm: Rhythm, day: date) -> bool:
    if rhythm.frequency == Frequency.WEEKLY:
        return day.weekday() == newsletter.weekly_day
    return rhythm.frequency != Frequency.WEEKDAYS or day.weekday() < _SATURDAY


def _reaches(newsletter: NewsletterSettings, zone: ZoneInfo, rhythm: Rhythm, coming: Evening) -> datetime:
    if not newsletter.local_evening and rhythm.hour is None:
        return coming.send_at
    lanes = Lanes(coming.send_at, coming.send_at, zone, newsletter.late_after)
    return lanes.of(rhythm.time_zone, rhythm.hour)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def moment_words(moment: datetime, now: datetime) -> str:
    """Return a local moment as seen from a local now: the day, and the time of day."""
    distance, at = (moment.date() - now.date()).days, time_words(moment)
    if distance == 0:
        return _("today at %(time)s", time=at)
    if distance == 1:
        return _("tomorrow, %(weekday)s, at %(time)s", weekday=weekday_words(moment), time=at)
    return _("on %(day)s, at %(time)s", day=day_words(moment), time=at)
