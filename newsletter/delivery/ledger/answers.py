"""Answers to "did she get it, when, and what did the server say?": streamed, however many there are. Reads only.

Of an issue whose deliveries were dropped by age the counts remain: see `tidying`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import DeliveryRow, SummaryRow
from newsletter.delivery.states import DeliveryState
from newsletter.delivery.wording import alike
from newsletter.issues.tables import IssueRow
from subscribers.addresses import normalise
from subscribers.models import Subscriber, Subscription

_AT_ONCE = 1_000  # rows held at once
_MOST_GROUPS = 500
_OTHER = "(other words)"
_REFUSED = (DeliveryState.REJECTED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Answer:
    """One delivery. `doubts` above 0 means that so many copies may have arrived besides an accepted one."""

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
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many were refused with these words, without what differs from reader to reader; one as it was."""

    state: DeliveryState
    words: str
    deliveries: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """An issue whose deliveries were dropped for their age."""

    issue_id: int
    newsletter: str
    date: date
    deliveries: int


def answers(
    session: Session,
    *,
    email: str | None = None,
    subscriptions: Sequence[int] | None = None,
    issue_id: int | None = None,
    state: DeliveryState | None = None,
    limit: int | None = None,
    conditions: Sequence[ColumnElement[bool]] = (),
) -> Iterator[Answer]:
    """Yield deliveries of an address or of subscriptions, the latest issue first, or of an issue, by subscription.

    Raises InvalidAddress.
    """
    wanted = (
        select(*_COLUMNS)
        .join(IssueRow, IssueRow.id == DeliveryRow.issue_id)
        .join(Subscription, Subscription.id == DeliveryRow.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(*conditions)
        .limit(limit)
    )
    if state is not None:
        wanted = wanted.where(DeliveryRow.state == state)
    if email is not None:
        wanted = wanted.where(*_of(_held_by(session, email)))
    if subscriptions is not None:
        wanted = wanted.where(*_of(subscriptions))
    if issue_id is not None:
        wanted = wanted.where(DeliveryRow.issue_id == issue_id).order_by(DeliveryRow.subscription_id)
    else:
        wanted = wanted.order_by(IssueRow.date.desc(), IssueRow.id.desc())
    for row in session.execute(wanted, execution_options={"yield_per": _AT_ONCE}):
        values = row._asdict()
        yield Answer(**values | {"state": DeliveryState(values["state"])})


def _held_by(session: Session, email: str) -> Sequence[int]:
    held = select(Subscription.id).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    return session.scalars(held.where(Subscriber.address == normalise(email).key)).all()


def _of(subscriptions: Sequence[int]) -> Sequence[ColumnElement[bool]]:
    """Return conditions that name the key's columns: one look for each issue, and no walk through everybody's."""
    locked = select(IssueRow.id).where(IssueRow.locked_at.is_not(None))
    return DeliveryRow.issue_id.in_(locked), DeliveryRow.subscription_id.in_(subscriptions)


def refusals(session: Session, issue_id: int) -> list[Refusals]:
    """Return what servers said to those they refused, for good or for now, the most frequent first."""
    wanted = (
        select(DeliveryRow.state, DeliveryRow.reply, func.count())
        .where(DeliveryRow.issue_id == issue_id, DeliveryRow.state.in_(_REFUSED))
        .group_by(DeliveryRow.state, DeliveryRow.reply)
    )
    counted: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for state, reply, number in session.execute(wanted, execution_options={"yield_per": _AT_ONCE}):
        key = state, alike(reply)
        key = key if key in counted or len(counted) < _MOST_GROUPS else (state, _OTHER)
        counted[key] += number
        examples.setdefault(key, reply)
    return [
        Refusals(DeliveryState(state), words, number, examples[state, words])
        for (state, words), number in counted.most_common()
    ]


def dropped(session: Session, issue_id: int | None = None) -> list[Dropped]:
    """Return the issues whose deliveries were dropped, the latest first; or that one, if they were."""
    wanted = (
        select(IssueRow.id, IssueRow.newsletter, IssueRow.date, func.sum(SummaryRow.deliveries))
        .join(SummaryRow, SummaryRow.issue_id == IssueRow.id)
        .group_by(IssueRow.id, IssueRow.newsletter, IssueRow.date)
        .order_by(IssueRow.date.desc(), IssueRow.id.desc())
    )
    if issue_id is not None:
        wanted = wanted.where(IssueRow.id == issue_id)
    return [Dropped(number, slug, day, sum_) for number, slug, day, sum_ in session.execute(wanted)]


_COLUMNS = (
    DeliveryRow.issue_id,
    IssueRow.newsletter,
    IssueRow.date,
    DeliveryRow.subscription_id,
    Subscriber.email,
    DeliveryRow.state,
    DeliveryRow.due_at,
    DeliveryRow.attempts,
    DeliveryRow.doubts,
    DeliveryRow.settled_at,
    DeliveryRow.status,
    DeliveryRow.reply,
    DeliveryRow.remote_id,
    DeliveryRow.left_at,
)
