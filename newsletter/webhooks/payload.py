"""What is told of an event, in the feed and in webhooks alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from subscribers.models import SubscriptionEvent
from subscribers.states import Event

TYPES = tuple(f"subscription.{event}" for event in Event)
TEST = "webhook.test"


class UnknownType(ValueError):
    """There is no such type of event; the text says which there are."""


def known(names: Iterable[str]) -> tuple[str, ...]:
    """Return these types in their own order, each once. Raises UnknownType, also for none."""
    given = set(names)
    for name in sorted(given - set(TYPES)):
        raise UnknownType(f'there is no event "{name}"; there are: {", ".join(TYPES)}')
    if not given:
        raise UnknownType(f"a webhook needs at least one event; there are: {', '.join(TYPES)}")
    return tuple(name for name in TYPES if name in given)


def told(event: SubscriptionEvent) -> dict[str, object]:
    """Return an event as other systems see it: without network address, and without editors' addresses.

    `key` is the name of the API key that brought it about, so that a system knows what it did itself.
    """
    subscription = event.subscription
    reader = subscription.subscriber
    return {
        "id": event.id,
        "type": f"subscription.{event.event}",
        "at": event.at,
        "newsletter": subscription.newsletter,
        "subscription_id": subscription.id,
        "subscriber_id": reader.id,
        "email": reader.email or None,
        "source": event.source,
        "source_page": event.source_page,
        "key": event.actor if event.source == "api" else "",
        "consent_version": event.consent_version,
        "detail": event.detail,
    }


def body(kind: str, at: datetime, data: object) -> bytes:
    """Return a webhook's body: its type, when that happened (aware UTC), and what there is to say."""
    told = {"type": kind, "timestamp": at, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=_moment).encode()


def _moment(at: datetime) -> str:
    """Return a moment as the feed writes it, in UTC with a Z."""
    return at.isoformat().replace("+00:00", "Z")
