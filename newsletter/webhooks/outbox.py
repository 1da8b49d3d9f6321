"""The outbox: a row for each event that an endpoint is to be told of, until it has been told.

    fan out: events after the endpoint's last -> rows, and the endpoint's place, in one transaction
    claim: some due rows of an endpoint, leased      settle: delivered, owed later, or given up

A crash between two of these loses nothing. One between sending and settling sends again, with the same id: at
least once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from newsletter.webhooks import payload
from newsletter.webhooks.signing import Secrets
from newsletter.webhooks.tables import MessageState, WebhookEndpoint, WebhookMessage
from subscribers.inserting import insert_missing
from subscribers.models import Subscription, SubscriptionEvent

AT_ONCE = 500  # events looked at in one transaction
BATCH = 20  # messages that one endpoint is sent before another look
LEASE = timedelta(minutes=10)  # far longer than a batch may take
_CHUNK = 1_000
_WITH_READER = (
    joinedload(WebhookMessage.event).joinedload(SubscriptionEvent.subscription).joinedload(Subscription.subscriber)
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it is to be sent."""

    event_id: int
    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one endpoint is to be sent now. Settling works while the lease is still ours."""

    endpoint_id: int
    url: str
    keys: tuple[bytes, ...]
    letters: tuple[Letter, ...]
    leased_until: datetime


def lowest_seen(session: Session) -> int | None:
    """Return the event up to which every endpoint that works has looked; None where there is none of them."""
    working = WebhookEndpoint.disabled_at.is_(None)
    return session.scalar(select(func.min(WebhookEndpoint.seen_event)).where(working))


def fan_out(session: Session, endpoint_id: int, settled: int, now: datetime) -> bool:
    """Write the rows of an endpoint's next events, up to number `settled`; tell whether there may be more."""
    wanted = select(WebhookEndpoint).where(
        WebhookEndpoint.id == endpoint_id, WebhookEndpoint.disabled_at.is_(None)
    )
    endpoint = session.scalars(wanted.with_for_update()).one_or_none()
    if endpoint is None or endpoint.seen_event >= settled:
        return False
    fresh = (
        select(SubscriptionEvent.id, SubscriptionEvent.event)
        .where(SubscriptionEvent.id > endpoint.seen_event, SubscriptionEvent.id <= settled)
        .order_by(SubscriptionEvent.id)
        .limit(AT_ONCE)
    )
    events = session.execute(fresh).all()
    asked = [number for number, event in events if f"subscription.{event}" in endpoint.events]
    if asked:
        known = {"endpoint_id": endpoint_id, "state": MessageState.OWED, "attempts": 0, "due_at": now, "reply": ""}
        missing = insert_missing(session, WebhookMessage, ["endpoint_id", "event_id"])
        session.execute(missing, [known | {"event_id": number} for number in asked])
    endpoint.seen_event = events[-1].id if len(events) == AT_ONCE else settled
    return len(events) == AT_ONCE


def due_endpoints(session: Session, now: datetime) -> list[int]:
    """Return the endpoints that work, do not rest, and are owed something now."""
    rested = or_(WebhookEndpoint.rests_until.is_(None), WebhookEndpoint.rests_until <= now)
    wanted = select(WebhookEndpoint.id).where(WebhookEndpoint.disabled_at.is_(None), rested)
    owed = wanted.join(WebhookMessage, WebhookMessage.endpoint_id == WebhookEndpoint.id).where(*_due(now))
    return list(session.scalars(owed.distinct().order_by(WebhookEndpoint.id)))


def claim(session: Session, endpoint_id: int, secrets: Secrets, now: datetime) -> Batch | None:
    """Lease an endpoint's next messages, one only while it fails; None where nothing is left or it is gone."""
    endpoint = session.get(WebhookEndpoint, endpoint_id)
    if endpoint is None:
        return None
    mine = (
        select(WebhookMessage)
        .where(WebhookMessage.endpoint_id == endpoint_id, *_due(now))
        .order_by(WebhookMessage.due_at, WebhookMessage.event_id)
        .limit(1 if endpoint.failures else BATCH)
        .options(_WITH_READER)
        .with_for_update(skip_locked=True, of=WebhookMessage)
    )
    rows = session.scalars(mine).all()
    for row in rows:
        row.lease_until = now + LEASE
    letters = tuple(_letter(endpoint, row) for row in rows)
    return Batch(endpoint.id, endpoint.url, secrets.keys(endpoint, now), letters, now + LEASE) if rows else None


def let_go(session: Session, batch: Batch) -> None:
    """Give back what of a batch was not sent."""
    session.execute(update(WebhookMessage).where(*held(batch)).values(lease_until=None))


def held(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a batch's messages that are still ours to settle."""
    return (
        WebhookMessage.endpoint_id == batch.endpoint_id,
        WebhookMessage.state == MessageState.OWED,
        WebhookMessage.lease_until == batch.leased_until,
        WebhookMessage.event_id.in_([letter.event_id for letter in batch.letters]),
    )


def forget(session: Session, before: datetime) -> int:
    """Drop some messages that were settled before a moment; return how many."""
    old = WebhookMessage.state != MessageState.OWED, WebhookMessage.settled_at < before
    found = session.execute(
        select(WebhookMessage.endpoint_id, WebhookMessage.event_id).where(*old).limit(_CHUNK)
    ).all()
    for endpoint_id, event_id in found:
        mine = WebhookMessage.endpoint_id == endpoint_id, WebhookMessage.event_id == event_id
        session.execute(delete(WebhookMessage).where(*mine))
    return len(found)


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(WebhookMessage.lease_until.is_(None), WebhookMessage.lease_until <= now)
    return WebhookMessage.state == MessageState.OWED, WebhookMessage.due_at <= now, free


def _letter(endpoint: WebhookEndpoint, row: WebhookMessage) -> Letter:
    told = payload.told(row.event)
    body = payload.body(str(told["type"]), row.event.at, told)
    # The salt keeps ids apart where a database gives a removed endpoint's number to another.
    return Letter(row.event_id, f"msg_{endpoint.salt[:8]}_{row.event_id}", body)
