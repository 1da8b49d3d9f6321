"""Erasure: a reader is forgotten. What stays is a keyed hash, so that no later import mails them again.

The rows stay for the books' sake, without anything that names the reader; events keep what happened and when.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

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
from subscribers.suppression import suppress_hash
from subscribers.tokens import Tokens


def erase(
    session: Session, tokens: Tokens, subscription_id: int, evidence: Evidence, now: datetime
) -> tuple[int, ...]:
    """Forget the reader whose subscription this is; return the numbers of all of theirs. Again changes nothing.

    Former addresses are barred as well, and a row that was given up for this one is forgotten with it. Raises
    LookupError when there is no such subscription.
    """
    reader = locked(session, subscription_id).subscriber
    session.refresh(reader)
    if reader.erased_at is not None:
        return _numbers(session, reader)
    given_up = session.scalars(_given_up_for(reader)).all()
    gone = _forget(session, tokens, reader, Evidence(evidence.source, actor=evidence.actor), now)
    for number in given_up:
        gone += erase(session, tokens, number, evidence, now)
    return gone


def _forget(
    session: Session, tokens: Tokens, reader: Subscriber, evidence: Evidence, now: datetime
) -> tuple[int, ...]:
    numbers = _numbers(session, reader)
    for known in (reader.address_hash, *_former_hashes(session, tokens, reader)):
        suppress_hash(session, known, SuppressionReason.ERASED, now)
    for number in numbers:
        subscription = locked(session, number)
        subscription.state, subscription.changed_at = follow(State(subscription.state), Event.ERASED), now
        append(session, subscription, Event.ERASED, evidence, now)
    _empty(session, reader, numbers, now)
    return numbers


def _numbers(session: Session, reader: Subscriber) -> tuple[int, ...]:
    mine = select(Subscription.id).where(Subscription.subscriber_id == reader.id).order_by(Subscription.id)
    return tuple(session.scalars(mine))


def _former_hashes(session: Session, tokens: Tokens, reader: Subscriber) -> list[str]:
    """Return the hashes of the addresses that the reader had, as far as nobody else has them by now."""
    taken = exists().where(Subscriber.address == AddressChange.former_address)
    had = select(AddressChange.former_address).where(
        AddressChange.subscriber_id == reader.id, AddressChange.done_at.is_not(None), ~taken
    )
    return [tokens.address_hash(address) for address in session.scalars(had.distinct())]


def _given_up_for(reader: Subscriber) -> Select[int]:
    """Return a subscription of each row whose reader went on at this one's address, and gets nothing there."""
    gets = aliased(Subscription)
    still = exists().where(gets.subscriber_id == Subscriber.id, gets.state.in_([State.ACTIVE, State.PENDING]))
    moved_here = (
        AddressChange.email == reader.email,
        AddressChange.done_at.is_not(None),
        AddressChange.taken_back_at.is_(None),
        AddressChange.former_address == Subscriber.address,
    )
    return (
        select(func.min(Subscription.id))
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(AddressChange, AddressChange.subscriber_id == Subscriber.id)
        .where(Subscriber.id != reader.id, *moved_here, ~still)
        .group_by(Subscriber.id)
    )


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
