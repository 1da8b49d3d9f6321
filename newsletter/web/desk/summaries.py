"""An issue at a glance: its words, its state told in a sentence, and how its deliveries stand."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.articles.tables import ArticleRow
from newsletter.delivery.ledger.tables import DeliveryRow, DeliveryState, SummaryRow
from newsletter.issues.shaping.store import waiting
from newsletter.issues.shaping.tables import EditRow
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow, IssueStory
from newsletter.settings import NewsletterSettings, Settings

STATE_WORDS = {
    IssueState.DRAFT: "Draft",
    IssueState.HELD: "Held",
    IssueState.APPROVED: "Released",
    IssueState.SENDING: "Sending",
    IssueState.PAUSED: "Paused",
    IssueState.SENT: "Sent",
    IssueState.SKIPPED: "Skipped",
    IssueState.CANCELLED: "Cancelled",
}
STATE_SENTENCES = {
    IssueState.DRAFT: "It goes out by itself at the send time, unless somebody holds it.",
    IssueState.HELD: "Nothing goes out until an editor releases it.",
    IssueState.APPROVED: "An editor released it. It goes out at the send time.",
    IssueState.SENDING: "It is on its way. What is sent can no longer be changed.",
    IssueState.PAUSED: "It was stopped in the middle. The rest goes out when it is resumed.",
    IssueState.SENT: "It went out, and nothing is owed any more.",
    IssueState.SKIPPED: "Nothing goes out for this evening. Its stories wait for the next issue.",
    IssueState.CANCELLED: "It was withdrawn by an editor.",
}


@dataclass(frozen=True, slots=True)
class Balance:
    """How many deliveries of an issue are in which state. The parts add up to `total`."""

    owed: int = 0
    claimed: int = 0
    deferred: int = 0
    accepted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    withdrawn: int = 0

    @property
    def total(self) -> int:
        """Every delivery that was enqueued."""
        return self.open + self.settled

    @property
    def open(self) -> int:
        """Those still to be worked off."""
        return self.owed + self.claimed + self.deferred

    @property
    def settled(self) -> int:
        """Those that nothing more happens to by itself."""
        return self.accepted + self.rejected + self.in_doubt + self.withdrawn


@dataclass(frozen=True, slots=True)
class IssueSummary:
    """One issue as lists and cards show it. Moments are aware UTC, `date` is the newsroom's."""

    id: int
    newsletter: str
    title: str
    date: dt.date
    state: IssueState
    reason: str
    subject: str
    preheader: str
    lead: str
    stories: int
    send_at: dt.datetime
    window_start: dt.datetime
    window_end: dt.datetime
    locked_at: dt.datetime | None
    finished_at: dt.datetime | None
    version: int
    balance: Balance

    @property
    def word(self) -> str:
        """The state in one word."""
        return STATE_WORDS[self.state]

    @property
    def sentence(self) -> str:
        """What the state means for this evening."""
        return STATE_SENTENCES[self.state]

    @property
    def is_locked(self) -> bool:
        """Tell whether its letters are frozen."""
        return self.locked_at is not None

    @property
    def waits(self) -> bool:
        """Tell whether it may still go out and has not begun to."""
        return self.state in {IssueState.DRAFT, IssueState.HELD, IssueState.APPROVED}

    @property
    def goes_out(self) -> bool:
        """Tell whether it leaves at its send time if nobody acts."""
        return self.state in {IssueState.DRAFT, IssueState.APPROVED}

    @property
    def moves(self) -> bool:
        """Tell whether its deliveries are being worked off, so that the page must look again."""
        return self.state in {IssueState.SENDING, IssueState.PAUSED}


def summarise(session: Session, settings: Settings, rows: Sequence[IssueRow]) -> list[IssueSummary]:
    """Return the rows at a glance, in their order, by five queries however many there are.

    Besides, those that editors shaped and that are not locked yet are drafted, to tell what they changed.
    """
    ids = [row.id for row in rows]
    leads, counts, balances = _leads(session, ids), _counts(session, ids), _balances(session, ids)
    summaries = [
        IssueSummary(
            id=row.id,
            newsletter=row.newsletter,
            title=title_of(settings, row.newsletter),
            date=row.date,
            state=IssueState(row.state),
            reason=row.reason,
            subject=row.subject,
            preheader=row.preheader,
            lead=leads.get(row.id, ""),
            stories=counts.get(row.id, 0),
            send_at=row.send_at,
            window_start=row.window_start,
            window_end=row.window_end,
            locked_at=row.locked_at,
            finished_at=row.finished_at,
            version=row.version,
            balance=balances.get(row.id, Balance()),
        )
        for row in rows
    ]
    edited = _edited(session, [row.newsletter for row in rows])
    return [
        _as_shaped(session, settings, summary, row)
        if edited & {(row.newsletter, row.id), (row.newsletter, None)}
        else summary
        for summary, row in zip(summaries, rows, strict=True)
    ]


def title_of(settings: Settings, slug: str) -> str:
    """Return a newsletter's title, or the slug of one that is no longer configured."""
    newsletter = newsletter_of(settings, slug)
    return newsletter.title if newsletter else slug


def newsletter_of(settings: Settings, slug: str) -> NewsletterSettings | None:
    """Return the newsletter of that slug, None when it is no longer configured."""
    try:
        return settings.newsletter(slug)
    except KeyError:
        return None


def _edited(session: Session, newsletters: list[str]) -> set[tuple[str, int | None]]:
    """Return which issues were edited; None is for what holds in all of a newsletter's."""
    found = select(EditRow.newsletter, EditRow.issue_id).where(EditRow.newsletter.in_(newsletters)).distinct()
    return {(newsletter, issue) for newsletter, issue in session.execute(found)}


def _as_shaped(session: Session, settings: Settings, summary: IssueSummary, row: IssueRow) -> IssueSummary:
    if not summary.waits or newsletter_of(settings, row.newsletter) is None:
        return summary
    draft = waiting(session, settings, row)
    if draft is None:
        return replace(summary, lead="", stories=0)
    return replace(
        summary,
        subject=draft.subject,
        preheader=draft.preheader,
        lead=draft.lead.title,
        stories=len(draft.stories),
    )


def _leads(session: Session, ids: list[int]) -> dict[int, str]:
    found = session.execute(
        select(IssueStory.issue_id, ArticleRow.title)
        .join(ArticleRow, ArticleRow.id == IssueStory.article_id)
        .where(IssueStory.issue_id.in_(ids), IssueStory.role == "lead")
    )
    return {issue: title for issue, title in found}  # noqa: C416 - dict() of Row objects defeats the type checker


def _counts(session: Session, ids: list[int]) -> dict[int, int]:
    found = session.execute(
        select(IssueStory.issue_id, func.count())
        .where(IssueStory.issue_id.in_(ids), IssueStory.role != "archive")
        .group_by(IssueStory.issue_id)
    )
    return {issue: count for issue, count in found}  # noqa: C416 - as above


def _balances(session: Session, ids: list[int]) -> dict[int, Balance]:
    """Count the deliveries that are kept, and those that were dropped for their age."""
    kept = (
        select(DeliveryRow.issue_id, DeliveryRow.state, func.count())
        .where(DeliveryRow.issue_id.in_(ids))
        .group_by(DeliveryRow.issue_id, DeliveryRow.state)
    )
    gone = (
        select(SummaryRow.issue_id, SummaryRow.state, func.sum(SummaryRow.deliveries))
        .where(SummaryRow.issue_id.in_(ids))
        .group_by(SummaryRow.issue_id, SummaryRow.state)
    )
    counted: dict[int, Counter[str]] = {}
    for issue, state, count in [*session.execute(kept), *session.execute(gone)]:
        counted.setdefault(issue, Counter())[DeliveryState(state).value] += count
    return {issue: Balance(**states) for issue, states in counted.items()}
