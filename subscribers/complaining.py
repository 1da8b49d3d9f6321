"""Complaints: a reader called our mail spam. That ends everything, and for good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import Notice, NoticeState, Subscription, SuppressionReason
from subscribers.states import Event, State, follow
from subscribers.suppression import suppress
from subscribers.tokens import Tokens


def complained(
    session: Session, tokens: Tokens, subscription_id: int, evidence: Evidence, now: datetime, *, words: str = ""
) -> None:
    """End all of a reader's subscriptions and bar the address. Again changes nothing.

    Raises LookupError when there is no such subscription.
    """
    asked = locked(session, subscription_id)
    reader = asked.subscriber
    mine = select(Subscription.id).where(Subscription.subscriber_id == reader.id).order_by(Subscription.id)
    numbers = session.scalars(mine).all()
    owed = Notice.subscription_id.in_(numbers), Notice.state == NoticeState.OWED
    session.execute(delete(Notice).where(*owed))
    for number in numbers:
        subscription = locked(session, number)
        before = State(subscription.state)
        after = follow(before, Event.COMPLAINED)
        if after is not before:
            subscription.state, subscription.changed_at = after, now
            append(session, subscription, Event.COMPLAINED, evidence, now, words=words)
    if reader.email:
        suppress(session, tokens, reader.email, SuppressionReason.COMPLAINED, now, note=words)
