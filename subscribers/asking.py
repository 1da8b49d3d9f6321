"""A link to the preferences, asked for by address: whoever owns the mailbox gets it, nobody learns anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, case, func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from subscribers.addresses import normalise
from subscribers.database import UtcDateTime
from subscribers.models import Notice, NoticeKind, NoticeState, Subscriber, Subscription
from subscribers.states import State
from subscribers.suppression import barred_from_notices

_DAY = timedelta(days=1)


def ask_for_link(session: Session, email: str, now: datetime, *, mails_per_day: int) -> None:
    """Owe a reader of that address a mail with the link, unless there is none, or enough were sent in a day.

    One statement whoever it is, so that the time it takes tells nothing. Raises InvalidAddress.
    """
    values = {
        "subscription_id": Subscription.id,
        "kind": literal(str(NoticeKind.PREFERENCES_LINK)),
        "state": literal(str(NoticeState.OWED)),
        "created_at": literal(now, UtcDateTime()),
        "due_at": literal(now, UtcDateTime()),
    }
    mine = (
        select(*values.values())
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.address == normalise(email).key, ~barred_from_notices())
        .where(Subscription.state.in_([State.ACTIVE, State.PENDING]), _mails_since(now - _DAY) < mails_per_day)
        .order_by(case((Subscription.state == State.ACTIVE, 0), else_=1), Subscription.id)
        .limit(1)
    )
    session.execute(insert(Notice).from_select(list(values), mine))


def _mails_since(since: datetime) -> ScalarSelect[int]:
    """Return how many such mails the reader of the surrounding statement was owed."""
    theirs = aliased(Subscription)
    counted = select(func.count(Notice.id)).join(theirs, theirs.id == Notice.subscription_id)
    recent = Notice.kind == NoticeKind.PREFERENCES_LINK, Notice.created_at > since
    return counted.where(theirs.subscriber_id == Subscriber.id, *recent).correlate(Subscriber).scalar_subquery()
