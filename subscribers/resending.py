"""The confirmation mail once more, for a reader who says that it never came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers.answering import owe_answer
from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import Notice, NoticeKind, NoticeState, Subscription
from subscribers.states import Event, NoSuchTransition, State, follow
from subscribers.suppression import MAY_COME_BACK, find


class NotResent(Exception):
    """No mail is owed; the text is one sentence that says why."""


def resend(
    session: Session, subscription_id: int, evidence: Evidence, now: datetime, *, mails_per_day: int
) -> Subscription:
    """Owe a pending subscription's confirmation mail again, within the limit for an address and a day.

    Raises NotResent, and LookupError when there is no such subscription.
    """
    subscription = locked(session, subscription_id)
    try:
        follow(State(subscription.state), Event.CONFIRMATION_RESENT)
    except NoSuchTransition:
        raise NotResent(f"The subscription is {subscription.state}, so there is nothing to confirm.") from None
    before = _owed(session, subscription)
    owe_answer(session, subscription.subscriber, subscription, now, mails_per_day=mails_per_day)
    if _owed(session, subscription) == before:
        raise NotResent(_why_not(session, subscription, mails_per_day))
    append(session, subscription, Event.CONFIRMATION_RESENT, evidence, now)
    return subscription


def _owed(session: Session, subscription: Subscription) -> int:
    mine = select(func.count(Notice.id)).where(Notice.subscription_id == subscription.id)
    return session.scalars(mine).one()


def _why_not(session: Session, subscription: Subscription, mails_per_day: int) -> str:
    barred = find(session, subscription.subscriber.address_hash)
    if barred is not None and barred.reason not in MAY_COME_BACK:
        return "The address is barred from all mail."
    waiting = (
        select(Notice.id)
        .join(Subscription, Subscription.id == Notice.subscription_id)
        .where(Subscription.subscriber_id == subscription.subscriber_id)
        .where(Notice.kind == NoticeKind.CONFIRMATION, Notice.state == NoticeState.OWED)
    )
    if session.scalars(waiting.limit(1)).first() is not None:
        return "A confirmation mail is on its way already."
    return f"The address was sent {mails_per_day} mails within a day, and gets no more before tomorrow."
