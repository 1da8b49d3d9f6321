"""A link to the preferences, asked for by address: whoever owns the mailbox gets it, nobody learns anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from subscribers.addresses import normalise
from subscribers.models import Notice, NoticeKind, NoticeState, Subscriber, Subscription
from subscribers.states import State
from subscribers.suppression import barred_from_notices

_DAY = timedelta(days=1)


def ask_for_link(session: Session, email: str, now: datetime, *, mails_per_day: int) -> Notice | None:
    """Owe a reader of that address a mail with the link; None where there is none, or enough were sent today.

    Raises InvalidAddress.
    """
    mine = (
        select(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.address == normalise(email).key, ~barred_from_notices())
        .where(Subscription.state.in_([State.ACTIVE, State.PENDING]))
        .order_by(case((Subscription.state == State.ACTIVE, 0), else_=1), Subscription.id)
        .limit(1)
    )
    subscription = session.scalars(mine).first()
    if subscription is None or _mails(session, subscription, now) >= mails_per_day:
        return None
    notice = Notice(
        subscription_id=subscription.id,
        kind=NoticeKind.PREFERENCES_LINK,
        state=NoticeState.OWED,
        created_at=now,
        due_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def _mails(session: Session, subscription: Subscription, now: datetime) -> int:
    of_reader = (
        select(func.count(Notice.id))
        .join(Subscription, Subscription.id == Notice.subscription_id)
        .where(Subscription.subscriber_id == subscription.subscriber_id)
        .where(Notice.kind == NoticeKind.PREFERENCES_LINK, Notice.created_at > now - _DAY)
    )
    return session.scalar(of_reader) or 0
