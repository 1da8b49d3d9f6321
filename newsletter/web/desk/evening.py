"""The first page's answer: what goes out tonight, when, to how many, in what state, and what is wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from newsletter.articles.tables import ArticleRow
from newsletter.issues import schedule, store
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import NewsletterSettings, Settings
from newsletter.web.desk.summaries import IssueSummary, summarise
from subscribers import audience

_HELD_MATTERS = dt.timedelta(days=3)
_UNDER_WAY = (IssueState.SENDING, IssueState.PAUSED)
_OVER = (*_UNDER_WAY, IssueState.SENT, IssueState.SKIPPED, IssueState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Tonight:
    """One newsletter's evening. `articles` counts what came in since the last issue's selection.

    `issue` is None until it is built at `build_at`; both moments are aware UTC. `last` is the issue before, and
    `unfinished` are issues of other evenings that still owe deliveries or were held these days.
    """

    newsletter: NewsletterSettings
    date: dt.date
    build_at: dt.datetime
    send_at: dt.datetime
    readers: int
    articles: int
    issue: IssueSummary | None
    last: IssueSummary | None
    unfinished: tuple[IssueSummary, ...]

    @property
    def enough(self) -> bool:
        """Tell whether enough came in for an issue."""
        return self.articles >= self.newsletter.minimum_articles


def tonight(session: Session, settings: Settings, newsletter: NewsletterSettings, now: dt.datetime) -> Tonight:
    """Return the evening at hand. `now` is aware UTC."""
    zone = settings.site.time_zone
    evening = _besides(session, newsletter, zone, now) or _at_hand(newsletter, zone, now)
    row = store.find(session, newsletter.slug, evening.date)
    last = _last(session, settings, newsletter, evening.date)
    return Tonight(
        newsletter=newsletter,
        date=evening.date,
        build_at=evening.build_at,
        send_at=row.send_at if row else evening.send_at,
        readers=audience.count(session, newsletter.slug),
        articles=_came_in(session, newsletter, last, now),
        issue=summarise(session, settings, [row])[0] if row else None,
        last=last,
        unfinished=_unfinished(session, settings, newsletter, evening.date, now),
    )


def _besides(
    session: Session, newsletter: NewsletterSettings, zone: ZoneInfo, now: dt.datetime
) -> schedule.Evening | None:
    """Return the evening of an issue that somebody had built for today though it is none of the evenings."""
    today = now.astimezone(zone).date()
    row = None if schedule.evening(newsletter, zone, today) else store.find(session, newsletter.slug, today)
    return schedule.appointments(newsletter, zone, today) if row else None


def _at_hand(newsletter: NewsletterSettings, zone: ZoneInfo, now: dt.datetime) -> schedule.Evening:
    """Return the evening that has begun, until its day is over and it can't be sent any more; else the next."""
    begun = schedule.current(newsletter, zone, now)
    if begun and (begun.date == now.astimezone(zone).date() or not schedule.is_late(begun, now)):
        return begun
    return schedule.upcoming(newsletter, zone, now)


def _last(
    session: Session, settings: Settings, newsletter: NewsletterSettings, date: dt.date
) -> IssueSummary | None:
    query = _issues(newsletter, IssueRow.date < date, IssueRow.part == 0, IssueRow.state.in_(_OVER)).limit(1)
    return next(iter(summarise(session, settings, session.scalars(query).all())), None)


def _unfinished(
    session: Session, settings: Settings, newsletter: NewsletterSettings, date: dt.date, now: dt.datetime
) -> tuple[IssueSummary, ...]:
    waits = IssueRow.state == IssueState.HELD
    waits &= IssueRow.send_at > now - _HELD_MATTERS
    elsewhere = (IssueRow.date != date) | (IssueRow.part != 0)
    query = _issues(newsletter, elsewhere, IssueRow.state.in_(_UNDER_WAY) | waits)
    return tuple(summarise(session, settings, session.scalars(query).all()))


def _issues(newsletter: NewsletterSettings, *which: ColumnElement[bool]) -> Select[IssueRow]:
    query = select(IssueRow).where(IssueRow.newsletter == newsletter.slug, *which)
    return query.order_by(IssueRow.date.desc())


def _came_in(session: Session, newsletter: NewsletterSettings, last: IssueSummary | None, now: dt.datetime) -> int:
    since = last.window_end if last and last.locked_at else now - newsletter.first_window
    counted = select(func.count()).select_from(ArticleRow)
    counted = counted.where(ArticleRow.published_at >= since, ArticleRow.published_at <= now)
    return session.scalar(counted.where(ArticleRow.withdrawn_at.is_(None))) or 0
