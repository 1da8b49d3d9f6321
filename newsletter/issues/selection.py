"""What the database knows about an evening's stories: the window, what was used, what is offered, what stands.

A story is used once the issue that carries it has begun to be sent (`begun_at`). So a night that was skipped,
cancelled or held loses nothing: the next window begins where the last issue that did go out ended its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from newsletter.articles import store as articles
from newsletter.articles.tables import ArticleRow
from newsletter.domain.article import Article
from newsletter.issues.identities import identities
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow, IssueStory

REMEMBERED = timedelta(days=60)  # how long a story that was sent is known again
STRAGGLERS = timedelta(hours=12)  # how much older than its window a story may be that we had not seen before it
ARCHIVE = timedelta(days=30)  # how old a story may be that is offered again
OFFERED = 40  # earlier stories looked at for that


def last_selection(session: Session, newsletter: str, now: datetime) -> datetime | None:
    """Return when the selection ended of the last issue that has begun to be sent; None before the first."""
    ends = select(IssueRow.window_end).where(IssueRow.newsletter == newsletter, IssueRow.begun_at.is_not(None))
    return session.scalars(ends.where(IssueRow.window_end <= now).order_by(IssueRow.window_end.desc())).first()


def fresh(session: Session, since: datetime, now: datetime, *, is_first: bool) -> list[Article]:
    """Return the articles of the window from `since` to now.

    Those published in it; and those a little older that came in only after the last selection, because the source
    could not be reached or had dated them back. A first issue has no last selection, and so no such stragglers.
    """
    if is_first:
        return [
            article for article in articles.candidates(session, since, now) if since <= article.published <= now
        ]
    return [
        article
        for article in articles.candidates(session, since - STRAGGLERS, now)
        if _oldest(article, since) <= article.published <= now
    ]


def used(session: Session, newsletter: str, now: datetime) -> frozenset[str]:
    """Return the identities of what the newsletter's issues of the last 60 days carried."""
    begun = IssueRow.begun_at > now - REMEMBERED
    return _names(
        session.scalars(
            select(IssueStory.identities)
            .join(IssueStory.issue)
            .where(IssueRow.newsletter == newsletter, begun, IssueStory.role != "archive")
        )
    )


def archive(session: Session, newsletter: str, since: datetime) -> list[Article]:
    """Return stories from before the window, the latest first, without those this newsletter offered before."""
    offered = (
        select(IssueStory.article_id)
        .join(IssueStory.issue)
        .where(IssueRow.newsletter == newsletter, IssueRow.begun_at.is_not(None), IssueStory.role == "archive")
    )
    ids = session.scalars(
        select(ArticleRow.id)
        .where(ArticleRow.published_at < since, ArticleRow.published_at >= since - ARCHIVE)
        .where(ArticleRow.withdrawn_at.is_(None), ArticleRow.id.not_in(offered))
        .order_by(ArticleRow.published_at.desc(), ArticleRow.id)
        .limit(OFFERED)
    ).all()
    found = {article.id: article for article in articles.load(session, ids)}
    return [found[key] for key in ids if key in found]


def standing(session: Session, issue: IssueRow) -> list[tuple[IssueStory, Article]]:
    """Return the issue's stories that it can still carry, as they are now, in order.

    Not those withdrawn since, nor those whose publication was put off beyond the send time, nor those that
    another issue of the newsletter carries that is on its way or was sent: one held yesterday and released
    today would otherwise bring today's readers the same story again.
    """
    ids = [story.article_id for story in issue.stories]
    known = articles.load(session, list(_public(session, ids, max(issue.send_at, issue.window_end))))
    found = {article.id: article for article in known}
    taken = _taken(session, issue)
    return [
        (story, found[story.article_id])
        for story in issue.stories
        if story.article_id in found and (story.role == "archive" or not _own(story, found) & taken)
    ]


def _own(story: IssueStory, found: dict[int | None, Article]) -> frozenset[str]:
    return frozenset(story.identities.splitlines()) | identities(found[story.article_id])


def _public(session: Session, ids: list[int], until: datetime) -> Iterable[int]:
    rows = select(ArticleRow.id).where(ArticleRow.id.in_(ids), ArticleRow.withdrawn_at.is_(None))
    return session.scalars(rows.where(ArticleRow.published_at <= until))


def _taken(session: Session, issue: IssueRow) -> frozenset[str]:
    """Return the identities of what other issues carry whose letters are going out or have gone."""
    under_way = IssueRow.state.in_([IssueState.SENDING, IssueState.PAUSED])
    others = select(IssueStory.identities).join(IssueStory.issue)
    others = others.where(IssueRow.newsletter == issue.newsletter, IssueRow.id != issue.id)
    others = others.where(IssueStory.role != "archive")
    return _names(session.scalars(others.where(or_(under_way, IssueRow.begun_at > issue.window_end - REMEMBERED))))


def _oldest(article: Article, since: datetime) -> datetime:
    came_after = article.first_seen is not None and article.first_seen >= since
    return since - STRAGGLERS if came_after else since


def _names(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(name for names in lines for name in names.splitlines())
