"""A change of address: asked for by the old one, done once the new one has confirmed it.

Nothing that a page could give away says whether the new address is a reader already.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers.addresses import Address, normalise
from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import AddressChange, Notice, NoticeKind, NoticeState, Subscriber, Subscription
from subscribers.states import Event, State, follow
from subscribers.suppression import find
from subscribers.tokens import Tokens

_DAY = timedelta(days=1)


class AddressTaken(Exception):
    """The new address is another reader's by now."""


def ask(
    session: Session, tokens: Tokens, subscription_id: int, email: str, now: datetime, *, mails_per_day: int
) -> AddressChange | None:
    """Owe the new address a mail that asks it; None where that may not be sent, or where it is the old one.

    Not to an address that is suppressed, and to none more often than `mails_per_day`. Raises InvalidAddress,
    LookupError, NoSuchTransition for who has left.
    """
    new = normalise(email)
    subscription = locked(session, subscription_id)
    follow(State(subscription.state), Event.PREFERENCES_CHANGED)
    is_barred = find(session, tokens.address_hash(new.key)) is not None
    if new.key == subscription.subscriber.address or is_barred or _mails(session, new, now) >= mails_per_day:
        return None
    change = AddressChange(subscriber_id=subscription.subscriber_id, email=new.email, asked_at=now)
    session.add(change)
    session.flush()
    session.add(_notice(subscription, NoticeKind.ADDRESS_CHANGE, new.email, change, now))
    session.flush()
    return change


def confirm(session: Session, tokens: Tokens, change_id: int, evidence: Evidence, now: datetime) -> AddressChange:
    """Write to the new address from now on, and tell the old one. Again changes nothing.

    Raises LookupError where the change was taken back by a later one or its reader is gone, AddressTaken.
    """
    change = session.get(AddressChange, change_id)
    if change is None:
        raise LookupError(f"there is no change of address {change_id}")
    reader = session.get_one(Subscriber, change.subscriber_id, with_for_update=True, populate_existing=True)
    session.refresh(change)
    new = normalise(change.email)
    if change.done_at is not None:
        return change
    if _is_outdated(session, change):
        raise LookupError("a later change of address took this one's place")
    if session.scalars(select(Subscriber.id).where(Subscriber.address == new.key)).first() is not None:
        raise AddressTaken("the address is another reader's")
    old = reader.email
    reader.email, reader.address, reader.address_hash = new.email, new.key, tokens.address_hash(new.key)
    change.done_at = now
    for subscription in reader.subscriptions:
        follow(State(subscription.state), Event.ADDRESS_CHANGED)
        append(session, subscription, Event.ADDRESS_CHANGED, evidence, now, former=old)
    session.add(_notice(_any_of(reader), NoticeKind.ADDRESS_CHANGED, old, change, now))
    session.flush()
    return change


def _mails(session: Session, new: Address, now: datetime) -> int:
    """Return how many such mails went to the address in the last day, whoever asked."""
    asked = select(func.count(AddressChange.id)).where(
        AddressChange.email == new.email, AddressChange.asked_at > now - _DAY
    )
    return session.scalar(asked) or 0


def _is_outdated(session: Session, change: AddressChange) -> bool:
    later = select(AddressChange.id).where(
        AddressChange.subscriber_id == change.subscriber_id, AddressChange.id > change.id
    )
    return session.scalars(later.limit(1)).first() is not None


def _any_of(reader: Subscriber) -> Subscription:
    return min(reader.subscriptions, key=lambda each: (each.state != State.ACTIVE, each.id))


def _notice(
    subscription: Subscription, kind: NoticeKind, email: str, change: AddressChange, now: datetime
) -> Notice:
    return Notice(
        subscription_id=subscription.id,
        kind=kind,
        email=email,
        change_id=change.id,
        state=NoticeState.OWED,
        created_at=now,
        due_at=now,
    )
