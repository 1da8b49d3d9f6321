"""Endpoints: added, rotated, set going again, removed. What they are told begins when they are added."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.clock import Chance
from newsletter.editors.log import About, note
from newsletter.webhooks import payload
from newsletter.webhooks.sending import require_good
from newsletter.webhooks.signing import is_changing
from newsletter.webhooks.tables import MessageState, WebhookEndpoint, WebhookMessage
from subscribers import feed

MOST = 50  # more than any newsroom has systems
_SALT = 24  # octets


class EndpointRefused(ValueError):
    """The endpoint can't be added or changed; the text says why."""


def add(
    session: Session,
    chance: Chance,
    url: str,
    events: Iterable[str],
    now: datetime,
    *,
    actor: str,
    allow_hosts: frozenset[str],
) -> WebhookEndpoint:
    """Add an endpoint for these types of events. Raises BadAddress, UnknownType, EndpointRefused."""
    require_good(url, allow_hosts)
    wanted = payload.known(events)
    _require_room(session, url)
    endpoint = WebhookEndpoint(url=url, events=[*wanted], salt=chance.token(_SALT), generation=1, created_at=now)
    endpoint.created_by, endpoint.seen_event = actor, feed.newest(session)
    session.add(endpoint)
    session.flush()
    note(session, now, actor, "added", About.WEBHOOK, subject=str(endpoint.id), detail=url)
    return endpoint


def _require_room(session: Session, url: str) -> None:
    """Refuse a second endpoint at one address, as comes of asking again after a lost answer."""
    there = every(session)
    for endpoint in there:
        if endpoint.url == url:
            raise EndpointRefused(f"webhook {endpoint.id} leads there already; remove it or rotate its secret")
    if len(there) >= MOST:
        raise EndpointRefused(f"there are {MOST} webhooks already; remove one first")


def every(session: Session) -> list[WebhookEndpoint]:
    """Return all endpoints, the oldest first."""
    return list(session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.id)))


def get(session: Session, number: int) -> WebhookEndpoint:
    """Return one, locked. Raises LookupError."""
    wanted = select(WebhookEndpoint).where(WebhookEndpoint.id == number).with_for_update()
    endpoint = session.scalars(wanted).one_or_none()
    if endpoint is None:
        raise LookupError(f"There is no webhook {number}.")
    return endpoint


def remove(session: Session, number: int, now: datetime, *, actor: str) -> None:
    """Remove an endpoint and what it is owed. Raises LookupError."""
    endpoint = get(session, number)
    note(session, now, actor, "removed", About.WEBHOOK, subject=str(number), detail=endpoint.url)
    session.delete(endpoint)
    session.flush()


def rotate(session: Session, number: int, now: datetime, *, actor: str) -> WebhookEndpoint:
    """Give an endpoint a new secret; for a day the former one signs as well. Raises LookupError.

    Where that is done again within the day, as after a lost answer, the one from before goes on signing.
    """
    endpoint = get(session, number)
    if not is_changing(endpoint, now):
        endpoint.signs_from = endpoint.generation
    endpoint.generation, endpoint.rotated_at = endpoint.generation + 1, now
    note(session, now, actor, "rotated the secret", About.WEBHOOK, subject=str(number), detail=endpoint.url)
    session.flush()
    return endpoint


def enable(session: Session, number: int, now: datetime, *, actor: str) -> WebhookEndpoint:
    """Set an endpoint going again, from where it stood; what it is owed falls due now. Raises LookupError."""
    endpoint = get(session, number)
    endpoint.disabled_at = endpoint.failing_since = endpoint.rests_until = None
    endpoint.failures, endpoint.trouble = 0, ""
    note(session, now, actor, "enabled", About.WEBHOOK, subject=str(number), detail=endpoint.url)
    owed = WebhookMessage.endpoint_id == number, WebhookMessage.state == MessageState.OWED
    for message in session.scalars(select(WebhookMessage).where(*owed).with_for_update()):
        message.due_at, message.attempts = now, 0
    session.flush()
    return endpoint
