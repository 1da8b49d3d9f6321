"""What is kept for a time only: the network address from which a reader acted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from subscribers.database import Database
from subscribers.models import SubscriptionEvent

CHUNK = 1_000  # rows of one transaction, so that a sign-up waits for a moment only


def forget_network_addresses(
    database: Database, before: datetime, *, stop: Callable[[], bool] = lambda: False, chunk: int = CHUNK
) -> int:
    """Empty the network addresses of events before a moment (aware UTC), the oldest first; return how many.

    It may be broken off. Events that hold none are not looked at: the index has only those that do.
    """
    forgotten = 0
    while not stop():
        with database.writing() as session:
            emptied = _forget(session, before, chunk)
        forgotten += emptied
        if emptied < chunk:
            break
    return forgotten


def _forget(session: Session, before: datetime, chunk: int) -> int:
    held = text(SubscriptionEvent.HOLDS_NETWORK_ADDRESS)
    oldest = (
        select(SubscriptionEvent.id)
        .where(held, SubscriptionEvent.at < before)
        .order_by(SubscriptionEvent.at)
        .limit(chunk)
    )
    ids = session.scalars(oldest).all()
    session.execute(
        update(SubscriptionEvent)
        .where(SubscriptionEvent.id.in_(ids))
        .values(network_address="")
        .execution_options(synchronize_session=False)
    )
    return len(ids)
