"""Erasure in the books: that a letter was sent stays, whom a mail server named in its reply does not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import DeliveryRow
from newsletter.issues.tables import IssueRow


def forget(session: Session, subscription_ids: Sequence[int]) -> None:
    """Empty the replies to a reader's deliveries, which may hold the address."""
    locked = select(IssueRow.id).where(IssueRow.locked_at.is_not(None))
    theirs = DeliveryRow.issue_id.in_(locked), DeliveryRow.subscription_id.in_(subscription_ids)
    session.execute(update(DeliveryRow).where(*theirs).values(reply="", remote_id=""))
