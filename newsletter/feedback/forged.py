"""How many requests to webhooks were forged: counted by day, and not kept, as anybody may send millions."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from subscribers.inserting import insert_missing
from subscribers.models import LimitCount

_PREFIX = "forged/"


def count_forged(session: Session, provider: str, now: datetime) -> None:
    """Count one more."""
    key, ends = _PREFIX + provider, _day_ends(now)
    values = {"key": key, "window_ends_at": ends, "number": 0}
    session.execute(insert_missing(session, LimitCount, ["key", "window_ends_at"]).values(values))
    this = LimitCount.key == key, LimitCount.window_ends_at == ends
    session.execute(update(LimitCount).where(*this).values(number=LimitCount.number + 1))


def forged_since(session: Session, since: datetime) -> dict[str, int]:
    """Return how many there were by provider since a moment (aware UTC)."""
    counted = (
        select(LimitCount.key, func.sum(LimitCount.number))
        .where(LimitCount.key.startswith(_PREFIX), LimitCount.window_ends_at > since)
        .group_by(LimitCount.key)
    )
    return {key.removeprefix(_PREFIX): int(number) for key, number in session.execute(counted)}


def _day_ends(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
