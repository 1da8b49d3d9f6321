"""One subscription at a time: every change of a reader's subscriptions waits in line for the reader's row."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.models import Subscriber, Subscription


def locked(session: Session, subscription_id: int) -> Subscription:
    """Return the subscription as it is now, its subscriber's row locked until the transaction ends.

    On SQLite the transaction holds the write lock already. Raises LookupError when there is no such subscription.
    """
    owner = select(Subscription.subscriber_id).where(Subscription.id == subscription_id).scalar_subquery()
    session.execute(select(Subscriber.id).where(Subscriber.id == owner).with_for_update())
    wanted = select(Subscription).where(Subscription.id == subscription_id)
    subscription = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if subscription is None:
        raise LookupError(f"there is no subscription {subscription_id}")
    return subscription
