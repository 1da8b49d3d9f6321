"""Who gets a newsletter now: confirmed, not left, not suppressed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from subscribers.models import Subscriber, Subscription
from subscribers.states import State
from subscribers.suppression import vetoed


def readers(newsletter: str) -> Select[int, str, str]:
    """Return the statement of a newsletter's readers: subscription `id`, `sections` as written, `language`.

    It may stand in an `INSERT … SELECT`; `with_only_columns` and `where` on Subscription and Subscriber narrow it.
    """
    return (
        select(Subscription.id, Subscription.sections, Subscriber.language)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.newsletter == newsletter, Subscription.state == State.ACTIVE, ~vetoed())
    )


def awake(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a `Subscription` is not paused at a moment (aware UTC)."""
    return or_(Subscription.paused_until.is_(None), Subscription.paused_until <= now)


def count(session: Session, newsletter: str) -> int:
    """Return how many readers a newsletter has."""
    return session.scalar(readers(newsletter).with_only_columns(func.count())) or 0
