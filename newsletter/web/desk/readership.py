"""How many readers each newsletter has, by where their subscriptions stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.settings import NewsletterSettings, Settings
from subscribers.models import Subscriber, Subscription, Suppression
from subscribers.states import State


@dataclass(frozen=True, slots=True)
class Readership:
    """One newsletter's readers. `mailed` is `active` without those whose address is suppressed."""

    title: str
    mailed: int
    pending: int = 0
    active: int = 0
    unsubscribed: int = 0


def readership(session: Session, settings: Settings) -> list[Readership]:
    """Return the readers of each configured newsletter, in the configuration's order."""
    counted: dict[str, dict[str, int]] = {}
    query = select(Subscription.newsletter, Subscription.state, func.count())
    for newsletter, state, count in session.execute(query.group_by(Subscription.newsletter, Subscription.state)):
        counted.setdefault(newsletter, {})[str(state)] = count
    barred = _barred(session)
    return [_of(each, counted.get(each.slug, {}), barred.get(each.slug, 0)) for each in settings.newsletters]


def _of(newsletter: NewsletterSettings, counted: Mapping[str, int], barred: int) -> Readership:
    return Readership(
        newsletter.title,
        mailed=counted.get(State.ACTIVE, 0) - barred,
        pending=counted.get(State.PENDING, 0),
        active=counted.get(State.ACTIVE, 0),
        unsubscribed=counted.get(State.UNSUBSCRIBED, 0),
    )


def _barred(session: Session) -> dict[str, int]:
    """Return how many active subscriptions each newsletter has at barred addresses, which are few."""
    theirs = (
        select(Subscription.newsletter, func.count())
        .select_from(Suppression)
        .join(Subscriber, Subscriber.address_hash == Suppression.address_hash)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(Subscription.state == State.ACTIVE)
        .group_by(Subscription.newsletter)
    )
    return {newsletter: number for newsletter, number in session.execute(theirs)}  # noqa: C416 - rows are no pairs to mypy
