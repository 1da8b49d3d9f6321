"""How many readers each newsletter has, by where their subscriptions stand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.settings import Settings
from subscribers import audience
from subscribers.models import Subscription


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
    return [
        Readership(each.title, audience.count(session, each.slug), **counted.get(each.slug, {}))
        for each in settings.newsletters
    ]
