"""The books: what stands where, what comes next, and what became of each delivery. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select, text
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.claiming import Span
from newsletter.delivery.ledger.due import DELIVERIES, claimable, may_be_tried
from newsletter.delivery.ledger.tables import IS_CLAIMED, IS_WAITING, DeliveryRow, LetterRow, SummaryRow
from newsletter.delivery.states import DeliveryState
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import InDoubt
from subscribers.addresses import normalise
from subscribers.models import Subscriber, Subscription

_ROW = DELIVERIES.c
_OPEN = (DeliveryState.OWED, DeliveryState.CLAIMED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery as the books tell it. `doubts` above 0 means that more than one copy may have arrived."""

    issue_id: int
    newsletter: str
    date: date
    subscription_id: int
    email: str
    state: DeliveryState
    due_at: datetime
    attempts: int
    doubts: int
    settled_at: datetime | None
    status: str
    reply: str
    remote_id: str


def balance(session: Session, issue_id: int) -> dict[DeliveryState, int]:
    """Return how many deliveries stand where, those that were dropped for their age too.

    Every state is named, and the sum is what was enqueued.
    """
    kept = (
        select(DeliveryRow.state, func.count()).where(DeliveryRow.issue_id == issue_id).group_by(DeliveryRow.state)
    )
    gone = (
        select(SummaryRow.state, func.sum(SummaryRow.deliveries))
        .where(SummaryRow.issue_id == issue_id)
        .group_by(SummaryRow.state)
    )
    counted = dict.fromkeys(DeliveryState, 0)
    for state, number in [*session.execute(kept), *session.execute(gone)]:
        counted[DeliveryState(state)] += number
    return counted


def still_open(session: Session, issue_id: int, span: Span | None = None) -> int:
    """Return how many deliveries of an issue, or of a span of it, are not at their end; cheap at any size."""
    counted = select(func.count()).where(DeliveryRow.issue_id == issue_id)
    if span is not None:  # a range of the primary key
        of_span = DeliveryRow.subscription_id.between(span.first, span.last)
        return session.scalar(counted.where(of_span, DeliveryRow.state.in_(_OPEN))) or 0
    waiting = counted.where(text(IS_WAITING), DeliveryRow.state != DeliveryState.IN_DOUBT)
    claimed = counted.where(text(IS_CLAIMED))
    return (session.scalar(waiting) or 0) + (session.scalar(claimed) or 0)


def enqueued(session: Session, issue_id: int) -> int:
    """Return how many deliveries were written when the issue was locked, as noted then."""
    return session.scalar(select(func.sum(LetterRow.enqueued)).where(LetterRow.issue_id == issue_id)) or 0


def is_finished(session: Session, issue_id: int, in_doubt: InDoubt) -> bool:
    """Tell whether nothing will be tried any more unless an operator wants it."""
    return next_due(session, issue_id, in_doubt) is None


def next_due(session: Session, issue_id: int, in_doubt: InDoubt) -> datetime | None:
    """Return when the next delivery of an issue may be tried, or a claim runs out; None when nothing waits."""
    of_issue = select(_ROW.due_at).where(_ROW.issue_id == issue_id)
    firsts = [of_issue.where(_is_waiting(state)).order_by(_ROW.due_at).limit(1) for state in claimable(in_doubt)]
    # The nought keeps SQLite from walking through the whole issue: all claims there are fit on a few pages.
    leases = (
        select(_ROW.lease_until)
        .where(_ROW.issue_id + 0 == issue_id, text(f"deliveries.{IS_CLAIMED}"))
        .order_by(_ROW.lease_until)
        .limit(1)
    )
    found = [session.scalar(statement) for statement in (*firsts, leases)]
    return min((moment for moment in found if moment is not None), default=None)


def due_issues(session: Session, now: datetime) -> list[int]:
    """Return the issues a sender should look at, the longest due first.

    Those being sent, to go on or to be finished; and those sent of which something is owed again.
    """
    again = exists().where(
        DeliveryRow.issue_id == IssueRow.id,
        text(f"deliveries.{IS_WAITING}"),
        DeliveryRow.state != DeliveryState.IN_DOUBT,
        DeliveryRow.due_at <= now,
    )
    wanted = or_(IssueRow.state == IssueState.SENDING, and_(IssueRow.state == IssueState.SENT, again))
    return list(session.scalars(select(IssueRow.id).where(wanted).order_by(IssueRow.send_at, IssueRow.id)))


def deliveries_of(session: Session, email: str | None = None, issue_id: int | None = None) -> list[Line]:
    """Answer "did she get it?": the deliveries of an address, of an issue, or of both; the latest issue first.

    Raises InvalidAddress.
    """
    wanted = _lines().order_by(IssueRow.date.desc(), IssueRow.id.desc(), DeliveryRow.subscription_id)
    if email is not None:
        wanted = wanted.where(Subscriber.address == normalise(email).key)
    if issue_id is not None:
        wanted = wanted.where(DeliveryRow.issue_id == issue_id)
    return [
        Line(
            issue_id=issue.id,
            newsletter=issue.newsletter,
            date=issue.date,
            subscription_id=row.subscription_id,
            email=address,
            state=DeliveryState(row.state),
            due_at=row.due_at,
            attempts=row.attempts,
            doubts=row.doubts,
            settled_at=row.settled_at,
            status=row.status,
            reply=row.reply,
            remote_id=row.remote_id,
        )
        for row, issue, address in session.execute(wanted)
    ]


def _lines() -> Select[DeliveryRow, IssueRow, str]:
    return (
        select(DeliveryRow, IssueRow, Subscriber.email)
        .join(IssueRow, IssueRow.id == DeliveryRow.issue_id)
        .join(Subscription, Subscription.id == DeliveryRow.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    )


def _is_waiting(state: DeliveryState) -> ColumnElement[bool]:
    return and_(
        text(f"deliveries.{IS_WAITING}"), DeliveryRow.state == literal_column(f"'{state}'"), may_be_tried()
    )
