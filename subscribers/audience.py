"""Who gets a newsletter now: confirmed, not left, not suppressed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from subscribers.models import Subscriber, Subscription
from subscribers.sections import split
from subscribers.states import State
from subscribers.suppression import vetoed


@dataclass(frozen=True, slots=True)
class Slice:
    """Readers who get the same letter. No section means all of them; `language` is empty where none was chosen."""

    sections: frozenset[str]
    language: str
    readers: int


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


def slices(session: Session, newsletter: str) -> list[Slice]:
    """Return how many readers chose which sections and language, in a stable order."""
    chosen = Subscription.sections, Subscriber.language
    counted = readers(newsletter).with_only_columns(*chosen, func.count()).group_by(*chosen).order_by(*chosen)
    return [Slice(split(sections), language, number) for sections, language, number in session.execute(counted)]


def count(session: Session, newsletter: str) -> int:
    """Return how many readers a newsletter has."""
    return session.scalar(readers(newsletter).with_only_columns(func.count())) or 0
