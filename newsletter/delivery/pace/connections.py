"""Connections to the mail server as seats: `[transport] connections` holds over all senders, wherever they run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.delivery.pace import seats
from newsletter.delivery.pace.domains import TRANSPORT
from subscribers.database import Database

HOLD = timedelta(seconds=30)  # after which the seats of a sender that died are free again


@dataclass(slots=True)
class Connections:
    """One sender's part of a limit on connections. `owner` names the run."""

    database: Database
    owner: str
    limit: int
    _renew_at: datetime | None = None

    def take(self, wanted: int, now: datetime) -> int:
        """Take up to `wanted` seats; return how many were free, which may be none."""
        with self.database.writing() as session:
            return seats.take(
                session, TRANSPORT, self.owner, wanted=wanted, limit=self.limit, now=now, until=now + HOLD
            )

    def renew(self, session: Session, now: datetime) -> None:
        """Hold the seats for longer, in the caller's transaction, when a quarter of their time is over."""
        if self._renew_at is None or now >= self._renew_at:
            self._renew_at = now + HOLD / 4
            seats.renew(session, self.owner, [TRANSPORT], now + HOLD)

    def leave(self) -> None:
        """Give the seats back."""
        with self.database.writing() as session:
            seats.leave(session, self.owner, [TRANSPORT])
