"""What is wrong in the machine room: a daemon not seen, sources that fail. Each with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.articles.tables import SourceRow
from newsletter.delivery.ledger.tables import Heartbeat
from newsletter.settings import Settings, SourceSettings

PULSE_IS_STALE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Daemon:
    """The daemon's pulse. `seen_at` is aware UTC, None when it never ran; `next_action` its own words."""

    alive: bool
    seen_at: datetime | None = None
    next_action: str = ""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a configured source fares. The moments are aware UTC; `error` is empty while it works."""

    name: str
    kind: str
    place: str
    checked_at: datetime | None = None
    succeeded_at: datetime | None = None
    error: str = ""
    articles_seen: int = 0

    @property
    def never_asked(self) -> bool:
        """Tell whether the source was configured and not collected from yet."""
        return self.checked_at is None


def daemon(session: Session, now: datetime) -> Daemon:
    """Return the pulse of the daemon that was seen last."""
    pulse = session.scalars(select(Heartbeat).order_by(Heartbeat.at.desc()).limit(1)).one_or_none()
    if pulse is None:
        return Daemon(alive=False)
    return Daemon(now - pulse.at <= PULSE_IS_STALE_AFTER, pulse.at, pulse.next_action)


def sources(session: Session, settings: Settings) -> list[SourceHealth]:
    """Return how each configured source fares, in the configuration's order."""
    rows = {row.name: row for row in session.scalars(select(SourceRow))}
    return [_health(source, rows.get(source.name)) for source in settings.sources]


def _health(source: SourceSettings, row: SourceRow | None) -> SourceHealth:
    place = source.url or str(source.path or "")
    if row is None:
        return SourceHealth(source.name, source.kind, place)
    return SourceHealth(
        source.name, source.kind, place, row.checked_at, row.succeeded_at, row.error, row.articles_seen
    )
