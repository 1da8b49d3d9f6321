"""An issue's figures.

Whether a reader left *through* an issue is not in the books: a link that was opened weeks later ends the same
subscription. So those count who left by a link, the mail program's button or a mail between the issue's beginning
and the next one's, or within a week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.articles.tables import ArticleRow
from newsletter.delivery import ledger
from newsletter.delivery.states import DeliveryState
from newsletter.feedback.report import ReportKind
from newsletter.feedback.tables import ReportRow
from newsletter.issues.tables import IssueRow, IssueStory
from newsletter.tracking.figures import IssueFigures, LinkFigures
from newsletter.tracking.figures import figures as tracked
from subscribers.models import Subscription, SubscriptionEvent
from subscribers.states import Event

_LATEST = timedelta(days=7)
_WAYS_OUT = ("link", "one_click", "mail")
_BOUNCES = (ReportKind.BOUNCED, ReportKind.REFUSED)


@dataclass(frozen=True, slots=True)
class Figures:
    """An issue in numbers; readers, not letters, where it says who did something. None is what was not counted."""

    issue_id: int
    newsletter: str
    date: date
    subject: str
    sent: int
    accepted: int
    rejected: int
    in_doubt: int
    withdrawn: int
    bounced: int
    complained: int
    left: int
    opened: int | None
    clicked: int | None


@dataclass(frozen=True, slots=True)
class StoryFigures:
    """How a story did: clicks of persons, and by how many of them."""

    title: str
    section: str
    readers: int
    clicks: int


@dataclass(frozen=True, slots=True)
class SectionFigures:
    """The clicks of persons on a section's stories; a reader of several counts with each."""

    section: str
    stories: int
    clicks: int


def figures(session: Session, issue: IssueRow, now: datetime) -> Figures:
    """Return an issue's figures as of `now` (aware UTC)."""
    books, told = ledger.balance(session, issue.id), tracked(session, issue.id)
    has_opens = told.opens.persons.hits + told.opens.machines.hits > 0
    return Figures(
        issue_id=issue.id,
        newsletter=issue.newsletter,
        date=issue.date,
        subject=issue.subject,
        sent=sum(books.values()) - books[DeliveryState.WITHDRAWN],
        accepted=books[DeliveryState.ACCEPTED],
        rejected=books[DeliveryState.REJECTED],
        in_doubt=books[DeliveryState.IN_DOUBT],
        withdrawn=books[DeliveryState.WITHDRAWN],
        bounced=_reported(session, issue.id, _BOUNCES),
        complained=_reported(session, issue.id, (ReportKind.COMPLAINED,)),
        left=_left(session, issue, now),
        opened=told.opens.persons.readers if has_opens else None,
        clicked=told.clicks.persons.readers if told.links else None,
    )


def by_story(session: Session, issue: IssueRow) -> tuple[list[StoryFigures], list[SectionFigures]]:
    """Return the clicks by story, the most readers first, and by section; nothing where none were counted."""
    told = tracked(session, issue.id)
    stories = _stories(session, issue, told) if told.links else []
    sections: defaultdict[str, list[StoryFigures]] = defaultdict(list)
    for story in stories:
        sections[story.section].append(story)
    found = [SectionFigures(name, len(of), sum(each.clicks for each in of)) for name, of in sections.items()]
    return stories, sorted(found, key=lambda each: (-each.clicks, each.section))


def _stories(session: Session, issue: IssueRow, told: IssueFigures) -> list[StoryFigures]:
    placed = session.execute(
        select(ArticleRow.url, IssueStory.section)
        .join(IssueStory, IssueStory.article_id == ArticleRow.id)
        .where(IssueStory.issue_id == issue.id)
    )
    section = {url: name for url, name in placed}  # noqa: C416 - rows to plain values
    ranked: Sequence[LinkFigures] = sorted(
        told.links, key=lambda each: (-each.clicks.persons.readers, each.number)
    )
    return [
        StoryFigures(each.title, section.get(each.url, ""), each.clicks.persons.readers, each.clicks.persons.hits)
        for each in ranked
    ]


def _rank(link: LinkFigures) -> tuple[int, int]:
    return -link.clicks.persons.readers, link.number


def _reported(session: Session, issue_id: int, kinds: Sequence[ReportKind]) -> int:
    counted = select(func.count(ReportRow.subscription_id.distinct()))
    wanted = counted.where(ReportRow.issue_id == issue_id, ReportRow.kind.in_(kinds))
    return session.scalar(wanted) or 0


def _left(session: Session, issue: IssueRow, now: datetime) -> int:
    if issue.begun_at is None:
        return 0
    following = select(func.min(IssueRow.begun_at)).where(
        IssueRow.newsletter == issue.newsletter, IssueRow.part == 0, IssueRow.begun_at > issue.begun_at
    )
    until = min(session.scalar(following) or now, issue.begun_at + _LATEST)
    wanted = (
        select(func.count(SubscriptionEvent.subscription_id.distinct()))
        .join(Subscription, Subscription.id == SubscriptionEvent.subscription_id)
        .where(
            Subscription.newsletter == issue.newsletter,
            SubscriptionEvent.event == Event.UNSUBSCRIBED,
            SubscriptionEvent.source.in_(_WAYS_OUT),
            SubscriptionEvent.at >= issue.begun_at,
            SubscriptionEvent.at < until,
        )
    )
    return session.scalar(wanted) or 0
