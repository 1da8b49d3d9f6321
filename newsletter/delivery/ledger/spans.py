"""Cutting an issue into spans: batches of deliveries, by subscription, small enough to be a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.claiming import Span
from newsletter.delivery.ledger.due import claimable, may_be_tried
from newsletter.delivery.ledger.tables import IS_WAITING, DeliveryRow
from newsletter.settings import InDoubt

SIZE = 5_000  # subscriptions of a span: some seconds of work


def spans_due(session: Session, issue_id: int, now: datetime, in_doubt: InDoubt) -> Sequence[Span]:
    """Return the spans of an issue that have anything to try now. A subscription is always in the same one."""
    wanted = (
        select(DeliveryRow.subscription_id // SIZE)
        .where(DeliveryRow.issue_id == issue_id, text(IS_WAITING), DeliveryRow.state.in_(claimable(in_doubt)))
        .where(DeliveryRow.due_at <= now, may_be_tried())
        .distinct()
    )
    return [Span(found * SIZE, (found + 1) * SIZE - 1) for found in sorted(session.scalars(wanted))]
