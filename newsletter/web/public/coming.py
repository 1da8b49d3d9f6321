"""When the next issue comes, in words."""

from __future__ import annotations

from datetime import datetime

from newsletter.issues.schedule import current, upcoming
from newsletter.settings import NewsletterSettings
from newsletter.web.context import here


def next_issue(newsletter: NewsletterSettings) -> str:
    """Return the newsroom's local time of the next issue, such as `tomorrow, Wednesday, at 18:00`."""
    app = here()
    zone, now = app.settings.site.time_zone, app.clock.now()
    tonight = current(newsletter, zone, now)  # built perhaps, but who confirms before it is sent still gets it
    coming = tonight if tonight and tonight.send_at > now else upcoming(newsletter, zone, now)
    return moment_words(coming.send_at.astimezone(zone), now.astimezone(zone))


def moment_words(moment: datetime, now: datetime) -> str:
    """Return a local moment as seen from a local now: the day, and the time of day."""
    distance = (moment.date() - now.date()).days
    near = {0: "today", 1: f"tomorrow, {moment:%A},"}
    day = near.get(distance) or f"on {moment:%A}, {moment.day} {moment:%B},"
    return f"{day} at {moment:%H:%M}"
