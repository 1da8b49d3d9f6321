"""What the database knows about an evening's stories: the window, what was used, what is offered, what stands.

A story is used once the issue that carries it has begun to be sent (`begun_at`). So a night that was skipped,
cancelled or held loses nothing: the next window begins where the last issue that did go out ended its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from newsletter.articles import store as articles
from newsletter.domain.article import Article
from newsletter.issues.identities import identities
from newsletter.issues.placing import Placed
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow, IssueStory
from newsletter.issues.weekly import WEEK, Night, week_begins
from newsletter.settings import NewsletterSettings

CARRIED_OVER = timedelta(days=7)  # how long a first issue that came to nothing keeps its stories
REMEMBERED = timedelta(days=60)  # how long a story that was sent is known again
ARCHIVE = timedelta(days=30)  # how old a story may be that is offered again
LOOKED_AT = 60  # earlier stories looked at for that


@dataclass(frozen=True, slots=True)
class Window:
    """The span of time whose stories an issue may carry; `follows` where another issue's ended at `start`."""

    start: datetime
    end: datetime
    follows: bool


def window(session: Session, newsletter: NewsletterSettings, now: datetime) -> Window:
    """Return the window that ends now and begins where the last issue's ended that went out.

    One that was sent although nobody reads the newsletter yet counts as well: its first reader is not to get the
    news of weeks. Before the first issue the window is `first_window` long, or reaches back to where those began
    that were built in the last week and came to nothing.
    """
    earlier = (IssueRow.newsletter == newsletter.slug, IssueRow.window_end <= now)
    went_out = or_(IssueRow.begun_at.is_not(None), IssueRow.state.in_([IssueState.SENDING, IssueState.SENT]))
    ends = select(IssueRow.window_end).where(*earlier, went_out).order_by(IssueRow.window_end.desc()).limit(1)
    if last := session.scalar(ends):
        return Window(last, now, follows=True)
    first = now - newsletter.first_window
    starts = select(IssueRow.window_start).where(*earlier, IssueRow.window_start >= first - CARRIED_OVER)
    tried = session.scalar(starts.order_by(IssueRow.window_start).limit(1))
    return Window(min(first, tried or first), now, follows=False)


def fresh(session: Session, window: Window) -> list[Article]:
    """Return the articles of a window.

    Those published in it; and those a little older that came in only after the last selection, because the source
    could not be reached or had dated them back. Before a first issue everything came in just now, so for it the
    date of publication alone counts.
    """
    found = articles.candidates(session, window.start, window.end)
    return found if window.follows else [article for article in found if article.published >= window.start]


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
    known = set(session.scalars(offered))
    earlier = articles.archive(session, since=since - ARCHIVE, before=since, limit=LOOKED_AT)
    return [article for article in earlier if article.id not in known]


def standing(session: Session, issue: IssueRow) -> list[tuple[IssueStory, Article]]:
    """Return the issue's stories that it can still carry, as they are now, in order.

    Not those withdrawn since, nor those whose publication was put off beyond the send time, nor those that
    another issue of the newsletter carries that is on its way or was sent: one held yesterday and released
    today would otherwise bring today's readers the same story again.
    """
    ids = [story.article_id for story in issue.stories]
    until = max(issue.send_at, issue.window_end)
    gone, taken = articles.withdrawn(session, ids), _taken(session, issue)
    found = {article.id: article for article in articles.load(session, ids)}
    standing = ((story, found[story.article_id]) for story in issue.stories if story.article_id not in gone)
    return [
        (story, article)
        for story, article in standing
        if article.published <= until and (story.role == "archive" or not _ever(story, article) & taken)
    ]


def besides(session: Session, issue: IssueRow, ids: Collection[int], asked_for: Collection[int]) -> list[Article]:
    """Return those of these articles, beside the issue's own stories, that it can carry.

    By the same rules as `standing`; but what an editor `asked_for` is carried though another issue brought it.
    """
    until = max(issue.send_at, issue.window_end)
    gone, taken = articles.withdrawn(session, ids), _taken(session, issue) if ids else frozenset()
    return [
        article
        for article in articles.load(session, sorted(ids))
        if article.id not in gone
        and article.published <= until
        and (article.id in asked_for or not identities(article) & taken)
    ]


def nights(session: Session, issue: IssueRow) -> list[Night]:
    """Return what the newsletter's evenings of the week before the issue brought, without what was withdrawn."""
    earlier = (
        select(IssueRow)
        .where(IssueRow.newsletter == issue.newsletter, IssueRow.begun_at.is_not(None))
        .where(IssueRow.date > issue.date - WEEK, IssueRow.date < issue.date)
        .order_by(IssueRow.date)
    )
    found = session.scalars(earlier).all()
    ids = [story.article_id for each in found for story in each.stories]
    gone = articles.withdrawn(session, ids)
    known = {article.id: article for article in articles.load(session, ids) if article.id not in gone}
    return [
        Night(each.date, [_placed(story, known) for story in each.stories if story.article_id in known])
        for each in found
    ]


def is_weekly_night(session: Session, issue: IssueRow, newsletter: NewsletterSettings) -> bool:
    """Tell whether the weekly best-of leaves with this issue: it is the first of its week that leaves at all."""
    begins = week_begins(newsletter, issue.date)
    others = (
        select(IssueRow.id)
        .where(IssueRow.newsletter == issue.newsletter, IssueRow.id != issue.id, IssueRow.locked_at.is_not(None))
        .where(IssueRow.date >= begins, IssueRow.date < begins + WEEK)
    )
    return session.scalars(others.limit(1)).first() is None


def _placed(story: IssueStory, known: Mapping[int | None, Article]) -> Placed:
    return Placed(story.role, story.section, known[story.article_id])


def _ever(story: IssueStory, article: Article) -> frozenset[str]:
    """Return the names the story had at the selection and those it has now."""
    return frozenset(story.identities.splitlines()) | identities(article)


def _taken(session: Session, issue: IssueRow) -> frozenset[str]:
    """Return the identities of what other issues carry whose letters are going out or have gone."""
    under_way = IssueRow.state.in_([IssueState.SENDING, IssueState.PAUSED])
    others = select(IssueStory.identities).join(IssueStory.issue)
    others = others.where(IssueRow.newsletter == issue.newsletter, IssueRow.id != issue.id)
    others = others.where(IssueStory.role != "archive")
    return _names(session.scalars(others.where(or_(under_way, IssueRow.begun_at > issue.window_end - REMEMBERED))))


def _names(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(name for names in lines for name in names.splitlines())
