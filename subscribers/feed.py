"""What happened to subscriptions, for whoever follows along: nothing is skipped, nothing comes twice.

An event's number is its place in the feed, and a cursor is the number of the last event that was read. On SQLite
one writer follows another, so numbers appear in their order. On PostgreSQL a number is drawn before its
transaction commits: number 7 may be read while 6 is not yet to be seen, and a cursor at 7 would never come back
for it. So what is read ends at a number up to which everything is settled.

Every statement that may draw a number holds a ROW EXCLUSIVE lock on the table, from before it draws until its
transaction ends (PostgreSQL's manual, "Explicit Locking"). Hence: note the last number drawn; then note who holds
such a lock; once each of those has ended, whatever was drawn up to that number is committed or never will be.
Nobody is kept waiting but the reader.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload

from subscribers.database import Database
from subscribers.models import Subscription, SubscriptionEvent

_LOOKS = 100  # at who still writes, before a reader is told to come again
_PAUSE = 0.01  # seconds between two looks
_DRAWN = text("SELECT pg_sequence_last_value(pg_get_serial_sequence('subscription_events', 'id')::regclass)")
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks "
    "WHERE granted AND locktype = 'relation' AND mode = 'RowExclusiveLock' "
    "AND relation = 'subscription_events'::regclass "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def read(database: Database, after: int, limit: int) -> Sequence[SubscriptionEvent]:
    """Return the next events after a number, in order, each with its subscription and subscriber.

    None may be returned although there are some: a transaction that has been writing for more than a second may
    yet bring an earlier one. Ask again later, from the same number.
    """
    end = settled(database, after)
    wanted = select(SubscriptionEvent).where(SubscriptionEvent.id > after, SubscriptionEvent.id <= end)
    whose = joinedload(SubscriptionEvent.subscription).joinedload(Subscription.subscriber)
    with database.reading() as session:
        return session.scalars(wanted.order_by(SubscriptionEvent.id).limit(limit).options(whose)).all()


def settled(database: Database, after: int) -> int:
    """Return a number up to which no event can appear any more; `after` itself where that can't be told now."""
    with database.reading() as session:
        seen = newest(session)
        if seen <= after or session.get_bind().dialect.name == "sqlite":
            return max(seen, after)
        drawn = session.scalar(_DRAWN) or 0
        return drawn if _have_ended(session, set(session.scalars(_WRITERS))) else after


def newest(session: Session) -> int:
    """Return the number of the newest event that can be seen, 0 where there is none."""
    return session.scalar(select(func.max(SubscriptionEvent.id))) or 0


def _have_ended(session: Session, writers: set[str]) -> bool:
    """Wait for these transactions, and for no others; tell whether they came to an end within a second."""
    for _ in range(_LOOKS):
        if not writers:
            return True
        session.execute(select(func.pg_sleep(_PAUSE)))
        writers &= set(session.scalars(_WRITERS))
    return not writers
