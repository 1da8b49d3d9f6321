"""Erasure in the outbox: that something was told stays; what was answered may name the reader, and does not."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.webhooks.tables import WebhookMessage
from subscribers.models import SubscriptionEvent


def forget(session: Session, subscription_ids: Collection[int]) -> None:
    """Empty what endpoints answered to messages about these subscriptions."""
    theirs = select(SubscriptionEvent.id).where(SubscriptionEvent.subscription_id.in_(subscription_ids))
    session.execute(update(WebhookMessage).where(WebhookMessage.event_id.in_(theirs)).values(reply=""))
