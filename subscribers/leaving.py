"""Leaving: one act that always works, however old the link and however often it is used. And the way back."""

from __future__ import annotations

from datetime import datetime, timedelta

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
    within: timedelta,
    frequency: Frequency | None = None,
) -> Subscription:
    """Undo leaving, at another frequency where one is given. Again changes nothing.

    Only who was a reader and left no longer ago than `within` comes back by it. Raises LookupError when there is
    no such subscription, NoSuchTransition when it was not the reader who ended it, it is too long ago, or the
    address may not be written to.
    """
    subscription = locked(session, subscription_id)
    before = State(subscription.state)
    after = follow(before, Event.RETURNED)
    if after is before:
        return subscription
    if not may_return(session, subscription, now, within=within):
        raise NoSuchTransition("only a reader who left just now comes back by this")
    subscription.state, subscription.changed_at = after, now
    subscription.frequency = frequency or subscription.frequency
    append(session, subscription, Event.RETURNED, evidence, now, frequency=frequency or "")
    return subscription


def may_return(session: Session, subscription: Subscription, now: datetime, *, within: timedelta) -> bool:
    """Tell whether the reader left, no longer ago than `within`, and may be written to."""
    has_left_just_now = subscription.state == State.UNSUBSCRIBED and now <= subscription.changed_at + within
    is_barred = find(session, subscription.subscriber.address_hash) is not None
    return has_left_just_now and not is_barred and _left_as_reader(subscription)


def give_reason(session: Session, subscription_id: int, reason: str, evidence: Evidence, now: datetime) -> None:
    """Note why a reader left, in an event of its own; once for each time. Raises LookupError, NoSuchTransition."""
    subscription = locked(session, subscription_id)
    follow(State(subscription.state), Event.REASON_GIVEN)
    words = " ".join(reason.split())[:_LONGEST_REASON]
    if words and not has_said_why(subscription):
        append(session, subscription, Event.REASON_GIVEN, evidence, now, reason=words)


def has_said_why(subscription: Subscription) -> bool:
    """Tell whether a reason was given since the subscription was ended last."""
    told = [Event(event.event) for event in subscription.events]
    last = next((each for each in reversed(told) if each in {Event.REASON_GIVEN, *_ENDINGS}), None)
    return last is Event.REASON_GIVEN


def _left_as_reader(subscription: Subscription) -> bool:
    """Tell whether the last thing that ended the subscription was its reader's leaving an active one."""
    history = [Event(event.event) for event in subscription.events]
    ended = [each for each in history if each in _ENDINGS]
    return bool(ended) and ended[-1] is Event.UNSUBSCRIBED and any(each in _BEGINNINGS for each in history)


_ENDINGS = frozenset({Event.UNSUBSCRIBED, Event.COMPLAINED, Event.ERASED, Event.IMPORT_UNDONE})
_BEGINNINGS = frozenset({Event.CONFIRMED, Event.IMPORTED, Event.RETURNED})
