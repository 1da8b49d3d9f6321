"""The limits in force, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.delivery.pace import buckets, limits, seats
from newsletter.delivery.pace.buckets import Pace
from newsletter.delivery.pace.domains import TRANSPORT, asking_rate, configured_rate, seats_of
from newsletter.settings import PaceSettings


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. The key is a recipient domain, or empty for the transport. Rates are messages per second.

    None is no limit. `reason` is the reply because of which it is slower than configured, `since` (aware UTC) when
    that came. `under_way` counts letters to the domain without an outcome, where their number is limited.
    """

    key: str
    configured: float | None
    rate: float | None
    concurrent: int | None
    under_way: int | None
    reason: str
    since: datetime | None


def in_force(session: Session, settings: PaceSettings, now: datetime) -> list[Limit]:
    """Return every limit, configured or learned, the transport's first."""
    known, held = limits.load(session), seats.taken(session, now)
    keys = sorted({TRANSPORT, *settings.domains, *known})
    found = [_limit(settings, key, known.get(key), held.get(key, 0), now) for key in keys]
    return [limit for limit in found if limit.rate or limit.concurrent]


def _limit(settings: PaceSettings, key: str, known: Pace | None, held: int, now: datetime) -> Limit:
    configured = configured_rate(settings, key) or None
    concurrent = seats_of(settings, key) or None
    asking = asking_rate(settings, key)
    learned = buckets.recovered(known, now, asking) if known else None
    if learned is None or not learned.reason:
        return Limit(key, configured, configured, concurrent, held if concurrent else None, "", None)
    rate = buckets.rate_at(learned, now, asking)
    return Limit(
        key, configured, rate, concurrent, held if concurrent else None, learned.reason, learned.changed_at
    )
