"""Leaving: one act that always works, however old the link and however often it is used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import Notice, NoticeState, Subscription
from subscribers.states import Event, State, follow


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
