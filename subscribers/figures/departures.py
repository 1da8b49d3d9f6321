"""How readers left, and why, in their own words where they gave any."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from subscribers.figures.counting import JOINING, PARTING, newsletter_of, was_active, within
from subscribers.figures.spans import Span
from subscribers.models import SubscriptionEvent
from subscribers.states import Event

OTHER = "(other words)"
_WORD = re.compile(r"[a-z_]+")
_AT_ONCE = 1_000
_MOST = 1_000  # different reasons: readers may write what they like


@dataclass(frozen=True, slots=True)
class Departure:
    """So many left by this event, by this way, for this reason; empty where none was given.

    A reason that was chosen from the page's is its word, such as `too_many`; else it is the reader's own words.
    """

    event: Event
    source: str
    reason: str
    readers: int


def departures(session: Session, span: Span, *, newsletter: str | None = None) -> list[Departure]:
    """Return how those who were active ceased to be in a span, the most frequent first."""
    counted: Counter[tuple[Event, str, str]] = Counter()
    found = session.execute(_by_reason(span, newsletter), execution_options={"yield_per": _AT_ONCE})
    for event, source, reason, number in found:
        key = Event(event), source, _chosen(reason or "")
        if key not in counted and len(counted) >= _MOST:
            key = Event(event), source, OTHER
        counted[key] += number
    return [Departure(*key, number) for key, number in counted.most_common()]


def _chosen(reason: str) -> str:
    """Return the word that was chosen where own words follow it, else the reason as it is."""
    word, colon, _ = reason.partition(": ")
    return word if colon and _WORD.fullmatch(word) else reason


def _by_reason(span: Span, newsletter: str | None) -> Select[str, str, str, int]:
    row = SubscriptionEvent
    wanted = select(row.event, row.source, _reason(row).label("reason")).where(
        *within(span), row.event.in_(PARTING), was_active(row)
    )
    if newsletter is not None:
        wanted = wanted.where(newsletter_of(row) == newsletter)
    one = wanted.subquery()
    return select(one.c.event, one.c.source, one.c.reason, func.count()).group_by(
        one.c.event, one.c.source, one.c.reason
    )


def _reason(left: type[SubscriptionEvent]) -> ScalarSelect[str]:
    """Return the reason given when leaving, or afterwards as long as the reader had not come back."""
    told, back = aliased(SubscriptionEvent), aliased(SubscriptionEvent)
    came_back = (
        exists()
        .where(back.subscription_id == left.subscription_id, back.event.in_(JOINING))
        .where(back.id > left.id, back.id < told.id)
        .correlate(left, told)
    )
    words = told.detail["reason"].as_string()
    return (
        select(words)
        .where(told.subscription_id == left.subscription_id, told.id >= left.id, words.is_not(None), ~came_back)
        .order_by(told.id)
        .limit(1)
        .scalar_subquery()
    )
