"""Claiming: the durable word that a delivery is about to be tried, given before its first byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Row, Table, and_, or_, select, update
from sqlalchemy.orm import Session

from newsletter.delivery.retry import MOST_DOUBTS
from newsletter.delivery.states import DeliveryState
from newsletter.delivery.tables import DeliveryRow
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import InDoubt
from subscribers.models import Subscriber, Subscription
from subscribers.states import State
from subscribers.suppression import vetoed

DELIVERIES = cast("Table", DeliveryRow.__table__)
_ISSUES = cast("Table", IssueRow.__table__)

# An issue that is sent owes something again when an operator had copies in doubt sent once more.
UNDER_WAY = frozenset({IssueState.SENDING, IssueState.SENT})


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that is ours to try now. `attempts` counts this try."""

    subscription_id: int
    letter_id: int
    email: str
    name: str
    attempts: int
    first_due_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim brought: the deliveries, and how many were withdrawn because their reader has left."""

    claims: tuple[Claim, ...] = ()
    withdrawn: int = 0


def claim(
    session: Session,
    issue_id: int,
    owner: str,
    now: datetime,
    *,
    lease: timedelta,
    limit: int,
    in_doubt: InDoubt,
) -> Claimed:
    """Claim up to `limit` deliveries that are due, and withdraw those whose reader may not be mailed any more.

    Nothing is claimed unless the issue is being sent. Copies in doubt are claimed under the policy `resend`, last.
    `owner` must be unique to this run: it fences what is settled later. The first claim begins the issue.
    """
    if _state(session, issue_id) not in UNDER_WAY:
        return Claimed()
    claims: list[Claim] = []
    withdrawn = 0
    while len(claims) < limit:
        rows = _take(session, issue_id, now, limit - len(claims), in_doubt)
        if not rows:
            break
        gone = [row.subscription_id for row in rows if not row.is_reader]
        ours = [row for row in rows if row.is_reader]
        _withdraw(session, issue_id, gone, now)
        _mark(session, issue_id, [row.subscription_id for row in ours], owner, now + lease)
        claims += (
            Claim(row.subscription_id, row.letter_id, row.email, row.name, row.attempts + 1, row.first_due_at)
            for row in ours
        )
        withdrawn += len(gone)
    if claims:
        _begin(session, issue_id, now)
    return Claimed(tuple(claims), withdrawn)


def claimable(in_doubt: InDoubt) -> tuple[DeliveryState, ...]:
    """Return the states from which a delivery may be tried, in the order of their turn."""
    doubtful = (DeliveryState.IN_DOUBT,) if in_doubt is InDoubt.RESEND else ()
    return DeliveryState.OWED, DeliveryState.DEFERRED, *doubtful


def may_be_tried() -> ColumnElement[bool]:
    """Return the condition that a delivery was not in doubt too often to be sent again by itself."""
    return or_(DeliveryRow.state != DeliveryState.IN_DOUBT, DeliveryRow.doubts < MOST_DOUBTS)


def _state(session: Session, issue_id: int) -> str | None:
    return session.scalars(select(IssueRow.state).where(IssueRow.id == issue_id)).one_or_none()


def _take(
    session: Session, issue_id: int, now: datetime, limit: int, in_doubt: InDoubt
) -> Sequence[Row[int, int, int, datetime, str, str, bool]]:
    """Return due deliveries of the first state that has any, locked against other senders.

    One state at a time, so that each is one range of the index and a claim costs the same however long the list.
    """
    for state in claimable(in_doubt):
        is_reader = and_(Subscription.state == State.ACTIVE, ~vetoed()).label("is_reader")
        wanted = (
            select(
                DeliveryRow.subscription_id,
                DeliveryRow.letter_id,
                DeliveryRow.attempts,
                DeliveryRow.first_due_at,
                Subscriber.email,
                Subscriber.name,
                is_reader,
            )
            .join(Subscription, Subscription.id == DeliveryRow.subscription_id)
            .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
            .where(DeliveryRow.issue_id == issue_id, DeliveryRow.state == state, DeliveryRow.due_at <= now)
            .where(may_be_tried())
            .order_by(DeliveryRow.due_at)
            .limit(limit)
            .with_for_update(of=DeliveryRow, skip_locked=True)
        )
        if rows := session.execute(wanted).all():
            return rows
    return []


def _mark(session: Session, issue_id: int, keys: Iterable[int], owner: str, lease_until: datetime) -> None:
    row = DELIVERIES.c
    session.execute(
        update(DELIVERIES)
        .where(row.issue_id == issue_id, row.subscription_id.in_(list(keys)))
        .values(
            state=DeliveryState.CLAIMED,
            owner=owner,
            lease_until=lease_until,
            attempts=row.attempts + 1,
        )
    )


def _withdraw(session: Session, issue_id: int, keys: list[int], now: datetime) -> None:
    row = DELIVERIES.c
    if keys:
        session.execute(
            update(DELIVERIES)
            .where(row.issue_id == issue_id, row.subscription_id.in_(keys))
            .values(state=DeliveryState.WITHDRAWN, settled_at=now, reply="the reader had left")
        )


def _begin(session: Session, issue_id: int, now: datetime) -> None:
    """Note when the first delivery was claimed; from then on the issue's stories count as used.

    Past the mapper on purpose: nobody's view of the issue is outdated by it, so its version stays.
    """
    issue = _ISSUES.c
    session.execute(update(_ISSUES).where(issue.id == issue_id, issue.begun_at.is_(None)).values(begun_at=now))
