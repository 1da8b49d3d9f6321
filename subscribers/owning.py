"""Everything that the register holds on one reader, for the reader: plain values, ready to be written as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.models import AddressChange, Notice, Subscriber, Subscription, SubscriptionEvent
from subscribers.suppression import find


def held(session: Session, subscriber_id: int) -> dict[str, Any]:
    """Return it by kind; moments are ISO 8601 in UTC. Raises LookupError."""
    reader = session.get(Subscriber, subscriber_id)
    if reader is None:
        raise LookupError(f"there is no subscriber {subscriber_id}")
    barred = find(session, reader.address_hash)
    changes = select(AddressChange).where(AddressChange.subscriber_id == reader.id).order_by(AddressChange.id)
    return {
        "reader": _columns(reader, "email", "name", "language", "time_zone", "tracking", "created_at"),
        "suppression": _columns(barred, "reason", "note", "at") if barred else None,
        "subscriptions": [_subscription(session, each) for each in reader.subscriptions],
        "address_changes": [_columns(each, "email", "asked_at", "done_at") for each in session.scalars(changes)],
    }


def _subscription(session: Session, subscription: Subscription) -> dict[str, Any]:
    events = select(SubscriptionEvent).where(SubscriptionEvent.subscription_id == subscription.id)
    notices = select(Notice).where(Notice.subscription_id == subscription.id).order_by(Notice.id)
    told = ["at", "event", "source", "source_page", "actor", "network_address", "detail"]
    told += ["consent_text", "consent_version"]
    columns = "newsletter", "state", "sections", "frequency", "hour", "paused_until", "created_at", "changed_at"
    return _columns(subscription, *columns) | {
        "events": [_columns(each, *told) for each in session.scalars(events.order_by(SubscriptionEvent.id))],
        "notices": [_columns(each, "kind", "state", "email", "created_at") for each in session.scalars(notices)],
    }


def _columns(row: object, *names: str) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
