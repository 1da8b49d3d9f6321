"""When the next issue comes, in words."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from newsletter.issues.schedule import current, upcoming
from newsletter.settings import NewsletterSettings
from newsletter.web.context import here
from newsletter.web.languages import day_words, time_words, weekday_words


def next_issue(newsletter: NewsletterSettings) -> str:
    """Return the newsroom's local time of the next issue, such as `tomorrow, Wednesday, at 18:00`."""
    app = here()
    zone, now = app.settings.site.time_zone, app.clock.now()
    tonight = current(newsletter, zone, now)  # built perhaps, but who confirms before it is sent still gets it
    coming = tonight if tonight and tonight.send_at > now else upcoming(newsletter, zone, now)
    return moment_words(coming.send_at.astimezone(zone), now.astimezone(zone))


def moment_words(moment: datetime, now: datetime) -> str:
    """Return a local moment as seen from a local now: the day, and the time of day."""
    distance, at = (moment.date() - now.date()).days, time_words(moment)
    if distance == 0:
        return _("today at %(time)s", time=at)
    if distance == 1:
        return _("tomorrow, %(weekday)s, at %(time)s", weekday=weekday_words(moment), time=at)
    return _("on %(day)s, at %(time)s", day=day_words(moment), time=at)
