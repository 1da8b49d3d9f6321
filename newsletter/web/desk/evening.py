"""The first page's answer: what goes out tonight, when, to how many, in what state, and what is wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from newsletter.articles.tables import ArticleRow
from newsletter.issues import schedule, store
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import NewsletterSettings, Settings
from newsletter.web.desk.summaries import IssueSummary, summarise
from subscribers import audience

_UNDER_WAY = (IssueState.SENDING, IssueState.PAUSED)
_OVER = (*_UNDER_WAY, IssueState.SENT, IssueState.SKIPPED, IssueState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Tonight:
    """One newsletter's evening. `articles` counts what came in since the last issue's selection.

    `issue` is None until it is built at `build_at`; both moments are aware UTC. `last` is the issue before, and
    `unfinished` are issues of other evenings that still owe deliveries.
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
    """Return the evening at hand: the current one, else the next. `now` is aware UTC."""
    zone = settings.site.time_zone
    evening = schedule.current(newsletter, zone, now) or schedule.upcoming(newsletter, zone, now)
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
        unfinished=_unfinished(session, settings, newsletter, evening.date),
    )


def _last(
    session: Session, settings: Settings, newsletter: NewsletterSettings, date: dt.date
) -> IssueSummary | None:
    query = _issues(newsletter, IssueRow.date < date, IssueRow.state.in_(_OVER)).limit(1)
    return next(iter(summarise(session, settings, session.scalars(query).all())), None)


def _unfinished(
    session: Session, settings: Settings, newsletter: NewsletterSettings, date: dt.date
) -> tuple[IssueSummary, ...]:
    query = _issues(newsletter, IssueRow.date != date, IssueRow.state.in_(_UNDER_WAY))
    return tuple(summarise(session, settings, session.scalars(query).all()))


def _issues(newsletter: NewsletterSettings, *which: ColumnElement[bool]) -> Select[IssueRow]:
    query = select(IssueRow).where(IssueRow.newsletter == newsletter.slug, *which)
    return query.order_by(IssueRow.date.desc())


def _came_in(session: Session, newsletter: NewsletterSettings, last: IssueSummary | None, now: dt.datetime) -> int:
    since = last.window_end if last and last.locked_at else now - newsletter.first_window
    counted = select(func.count()).select_from(ArticleRow)
    counted = counted.where(ArticleRow.published_at >= since, ArticleRow.published_at <= now)
    return session.scalar(counted.where(ArticleRow.withdrawn_at.is_(None))) or 0
