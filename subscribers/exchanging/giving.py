"""Our list for others, streamed: the address where it is still known, its keyed hash always."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers.exchanging.entries import Entry
from subscribers.models import Subscriber, Suppression, SuppressionReason

_AT_ONCE = 1_000


def entries(session: Session, reason: SuppressionReason | None = None) -> Iterator[Entry]:
    """Yield every suppression, of one reason or of any, in the order in which they came."""
    wanted = (
        select(Suppression, Subscriber.email)
        .outerjoin(Subscriber, Subscriber.address_hash == Suppression.address_hash)
        .order_by(Suppression.id)
    )
    if reason is not None:
        wanted = wanted.where(Suppression.reason == reason)
    for row, email in session.execute(wanted.execution_options(yield_per=_AT_ONCE)):
        yield Entry(email or "", SuppressionReason(row.reason), row.at, row.note, row.source, row.address_hash)


def counts(session: Session) -> list[tuple[str, str, int]]:
    """Return how many there are of each reason and source."""
    counted = (
        select(Suppression.reason, Suppression.source, func.count())
        .group_by(Suppression.reason, Suppression.source)
        .order_by(Suppression.reason, Suppression.source)
    )
    return [(reason, source, number) for reason, source, number in session.execute(counted)]
