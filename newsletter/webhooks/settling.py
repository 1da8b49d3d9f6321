"""What follows from an endpoint's reply, for the message and for the endpoint."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.webhooks import retry
from newsletter.webhooks.outbox import Batch, held
from newsletter.webhooks.sending import Reply
from newsletter.webhooks.tables import MessageState, WebhookEndpoint, WebhookMessage


def settle(session: Session, batch: Batch, event_id: int, reply: Reply, now: datetime, *, jitter: float) -> str:
    """Write down what became of a message; return why its endpoint is disabled by that, or nothing.

    Changes nothing where the endpoint was removed meanwhile, or the lease was lost to another.
    """
    endpoint = session.get(WebhookEndpoint, batch.endpoint_id, with_for_update=True)
    mine = select(WebhookMessage).where(*held(batch), WebhookMessage.event_id == event_id)
    message = session.scalars(mine.with_for_update()).one_or_none()
    if endpoint is None or message is None:
        return ""
    message.attempts, message.lease_until, message.reply = message.attempts + 1, None, reply.words
    if reply.is_taken:
        message.state, message.settled_at = MessageState.DELIVERED, now
        endpoint.failures, endpoint.failing_since, endpoint.rests_until, endpoint.trouble = 0, None, None, ""
        return ""
    _postpone(message, reply, now, jitter)
    return _fails(endpoint, reply, now)


def _postpone(message: WebhookMessage, reply: Reply, now: datetime, jitter: float) -> None:
    delay = retry.delay(message.attempts, jitter)
    if delay is None:
        message.state, message.settled_at = MessageState.GIVEN_UP, now
    else:
        message.due_at = now + max(delay, _asked(reply))


def _fails(endpoint: WebhookEndpoint, reply: Reply, now: datetime) -> str:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.rests_until = now + max(retry.rest(endpoint.failures), _asked(reply))
    endpoint.trouble = reply.words
    if reply.is_gone:
        endpoint.disabled_at = now
        return "It answered 410 Gone, which asks us to stop."
    if now - endpoint.failing_since >= retry.GIVE_UP_ENDPOINT_AFTER:
        endpoint.disabled_at = now
        return f"It has failed for {retry.GIVE_UP_ENDPOINT_AFTER.days} days. {reply.words}"
    return ""


def _asked(reply: Reply) -> timedelta:
    """Return how long the endpoint asked us to wait, within reason."""
    return min(reply.wait or timedelta(0), retry.LONGEST_WISH)
