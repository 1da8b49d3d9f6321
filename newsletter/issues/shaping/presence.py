"""Who has an issue open, as far as their pages told lately. Short-lived rows, in the caller's transaction."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.issues.shaping.tables import PresenceRow

EVERY = dt.timedelta(seconds=15)  # how often an open page tells
LIFE = dt.timedelta(seconds=40)  # after which who told nothing is gone
_KEPT = dt.timedelta(hours=1)


def tell(session: Session, issue_id: int, actor: str, now: dt.datetime) -> None:
    """Note that an editor has the issue open, and forget those who are long gone."""
    session.execute(delete(PresenceRow).where(PresenceRow.seen_at < now - _KEPT))
    row = session.get(PresenceRow, (issue_id, actor))
    if row is None:
        session.add(PresenceRow(issue_id=issue_id, actor=actor, seen_at=now))
    else:
        row.seen_at = now
    session.flush()


def others(session: Session, issue_id: int, actor: str, now: dt.datetime) -> list[str]:
    """Return who else has the issue open, in order of their addresses."""
    here = select(PresenceRow.actor).where(PresenceRow.issue_id == issue_id, PresenceRow.actor != actor)
    return list(session.scalars(here.where(PresenceRow.seen_at > now - LIFE).order_by(PresenceRow.actor)))
