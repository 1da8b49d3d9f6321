"""Erasure: a reader is forgotten. What stays is a keyed hash, so that no later import mails them again.

The rows stay for the books' sake, without anything that names the reader; events keep what happened and when.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import (
    AddressChange,
    Notice,
    Subscriber,
    Subscription,
    SubscriptionEvent,
    SuppressionReason,
)
from subscribers.states import Event, State, follow
from subscribers.suppression import suppress
from subscribers.tokens import Tokens


def erase(
    session: Session, tokens: Tokens, subscription_id: int, evidence: Evidence, now: datetime
) -> tuple[int, ...]:
    """Forget the reader whose subscription this is; return the numbers of all of theirs. Again changes nothing.

    Raises LookupError when there is no such subscription.
    """
    reader = locked(session, subscription_id).subscriber
    session.refresh(reader)
    mine = select(Subscription.id).where(Subscription.subscriber_id == reader.id).order_by(Subscription.id)
    numbers = tuple(session.scalars(mine))
    if reader.erased_at is not None:
        return numbers
    suppress(session, tokens, reader.email, SuppressionReason.ERASED, now)
    for number in numbers:
        subscription = locked(session, number)
        subscription.state, subscription.changed_at = follow(State(subscription.state), Event.ERASED), now
        append(session, subscription, Event.ERASED, Evidence(evidence.source, actor=evidence.actor), now)
    _empty(session, reader, numbers, now)
    return numbers


def _empty(session: Session, reader: Subscriber, numbers: tuple[int, ...], now: datetime) -> None:
    told = SubscriptionEvent.subscription_id.in_(numbers)
    emptied = {"network_address": "", "source_page": "", "consent_text": "", "detail": {}}
    session.execute(update(SubscriptionEvent).where(told).values(**emptied))
    session.execute(delete(Notice).where(Notice.subscription_id.in_(numbers)))
    session.execute(delete(AddressChange).where(AddressChange.subscriber_id == reader.id))
    reader.email, reader.name, reader.language, reader.time_zone = "", "", "", ""
    reader.address = reader.address_hash = f"erased {reader.id}"
    reader.erased_at = now
    session.flush()
