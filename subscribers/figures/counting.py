"""Counts the events of a span, and tells what they did to the number of active subscriptions."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, case, false, func, select
from sqlalchemy.orm import Session, aliased

from subscribers.figures.spans import Span
from subscribers.models import Subscription, SubscriptionEvent
from subscribers.states import Event

JOINING = (Event.CONFIRMED, Event.IMPORTED, Event.RETURNED)  # active from now on
PARTING = (Event.UNSUBSCRIBED, Event.COMPLAINED, Event.ERASED, Event.IMPORT_UNDONE)  # active no more
_COUNTED = (Event.SIGNED_UP, Event.BOUNCED, *JOINING, *PARTING)


class Count(NamedTuple):
    """So many events of a kind, by so many subscriptions that were active before, or were not.

    Of bounces, which change nothing, it is not known.
    """

    newsletter: str
    event: Event
    was_active: bool
    events: int
    readers: int

    @property
    def growth(self) -> int:
        """How many more were active afterwards."""
        if self.event in JOINING and not self.was_active:
            return self.events
        return -self.events if self.event in PARTING and self.was_active else 0


def count(session: Session, span: Span) -> list[Count]:
    """Count what happened in a span, of all newsletters."""
    row = SubscriptionEvent
    newsletter = newsletter_of(row).label("newsletter")
    before = case((row.event == Event.BOUNCED, false()), else_=was_active(row)).label("was_active")
    readers = func.count(row.subscription_id.distinct())
    wanted = select(newsletter, row.event, before, func.count(), readers).where(
        *within(span), row.event.in_(_COUNTED)
    )
    found = session.execute(wanted.group_by("newsletter", row.event, "was_active"))
    return [Count(slug, Event(event), bool(was), events, number) for slug, event, was, events, number in found]


def within(span: Span) -> list[ColumnElement[bool]]:
    """Return the conditions that an event fell into a span."""
    begun = SubscriptionEvent.at >= span.start
    return [begun] if span.end is None else [begun, SubscriptionEvent.at < span.end]


def newsletter_of(event: type[SubscriptionEvent]) -> ColumnElement[str]:
    """Return the newsletter of an event of the surrounding statement.

    Looked up event by event: joined, SQLite would walk through all of the newsletter's subscriptions instead.
    """
    return select(Subscription.newsletter).where(Subscription.id == event.subscription_id).scalar_subquery()


def was_active(event: type[SubscriptionEvent]) -> ColumnElement[bool]:
    """Return the condition that the subscription was active before an event of the surrounding statement.

    It was, if the last thing that could change that had made it so. Signing up, for instance, never does.
    """
    earlier = aliased(SubscriptionEvent)
    last = (
        select(earlier.event)
        .where(earlier.subscription_id == event.subscription_id, earlier.id < event.id)
        .where(earlier.event.in_(JOINING + PARTING))
        .order_by(earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(last, "").in_(JOINING)
