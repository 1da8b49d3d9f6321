"""Leaving: one act that always works, however old the link and however often it is used. And the way back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import Frequency, Notice, NoticeState, Subscription
from subscribers.states import Event, NoSuchTransition, State, follow
from subscribers.suppression import find

_LONGEST_REASON = 1_000


def unsubscribe(
    session: Session, subscription_id: int, evidence: Evidence, now: datetime, *, reason: str = ""
) -> Subscription:
    """End a subscription and take back the mails that it still owes. Again changes nothing.

    `reason` is the reader's own words. Raises LookupError when there is no such subscription any more.
    """
    subscription = locked(session, subscription_id)
    before = State(subscription.state)
    after = follow(before, Event.UNSUBSCRIBED)
    if after is before:
        return subscription
    subscription.state, subscription.changed_at = after, now
    append(session, subscription, Event.UNSUBSCRIBED, evidence, now, reason=reason)
    owed = Notice.subscription_id == subscription.id, Notice.state == NoticeState.OWED
    session.execute(delete(Notice).where(*owed))
    return subscription


def unsubscribe_all(session: Session, subscription_id: int, evidence: Evidence, now: datetime) -> int:
    """End every subscription of the reader whose one this is; return how many were not ended yet."""
    reader = locked(session, subscription_id).subscriber_id
    mine = select(Subscription.id).where(
        Subscription.subscriber_id == reader, Subscription.state.in_([State.PENDING, State.ACTIVE])
    )
    numbers = session.scalars(mine.order_by(Subscription.id)).all()
    for number in numbers:
        unsubscribe(session, number, evidence, now)
    return len(numbers)


def take_back(
    session: Session,
    subscription_id: int,
    evidence: Evidence,
    now: datetime,
    *,
    frequency: Frequency | None = None,
) -> Subscription:
    """Undo leaving, at another frequency where one is given. Again changes nothing. How long is for who calls.

    Only who was a reader comes back by it. Raises LookupError when there is no such subscription, NoSuchTransition
    when it was not the reader who ended it, or the address may not be written to.
    """
    subscription = locked(session, subscription_id)
    before = State(subscription.state)
    after = follow(before, Event.RETURNED)
    if after is before:
        return subscription
    is_barred = find(session, subscription.subscriber.address_hash) is not None
    if is_barred or not _left_as_reader(subscription):
        raise NoSuchTransition("only a reader who left comes back by this")
    subscription.state, subscription.changed_at = after, now
    subscription.frequency = frequency or subscription.frequency
    append(session, subscription, Event.RETURNED, evidence, now, frequency=frequency or "")
    return subscription


def give_reason(session: Session, subscription_id: int, reason: str, evidence: Evidence, now: datetime) -> None:
    """Note why a reader left, in an event of its own. Raises LookupError, NoSuchTransition."""
    subscription = locked(session, subscription_id)
    follow(State(subscription.state), Event.REASON_GIVEN)
    words = " ".join(reason.split())[:_LONGEST_REASON]
    if words:
        append(session, subscription, Event.REASON_GIVEN, evidence, now, reason=words)


def _left_as_reader(subscription: Subscription) -> bool:
    """Tell whether the last thing that ended the subscription was its reader's leaving an active one."""
    history = [Event(event.event) for event in subscription.events]
    ended = [each for each in history if each in _ENDINGS]
    return bool(ended) and ended[-1] is Event.UNSUBSCRIBED and any(each in _BEGINNINGS for each in history)


_ENDINGS = frozenset({Event.UNSUBSCRIBED, Event.COMPLAINED, Event.ERASED, Event.IMPORT_UNDONE})
_BEGINNINGS = frozenset({Event.CONFIRMED, Event.IMPORTED, Event.RETURNED})
