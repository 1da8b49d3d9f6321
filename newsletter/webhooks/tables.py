"""Where webhooks go, and what each is owed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from subscribers.database import Base, UtcDateTime
from subscribers.models import SubscriptionEvent


class WebhookEndpoint(Base):
    """An address of another system's that is told of events. Its secret is derived, never kept: see `signing`.

    For a day after `rotated_at` every generation from `signs_from` on signs, else the newest alone.

    `events` are the types it wants. `seen_event` is the last event that was looked at for it. While it fails,
    `failing_since` says since when and `rests_until` when it is tried again; `trouble` is what happened last, or
    why it was disabled.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(JSON)
    salt: Mapped[str] = mapped_column(String(64))
    generation: Mapped[int] = mapped_column(default=1)
    signs_from: Mapped[int] = mapped_column(default=1)
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(320))
    seen_event: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rests_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trouble: Mapped[str] = mapped_column(Text, default="")


class MessageState(StrEnum):
    """What became of a message."""

    OWED = "owed"  # -> delivered, given_up; or owed again, later
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class WebhookMessage(Base):
    """One event that one endpoint is to be told of. Its words are written when it is sent, from what is left.

    While `lease_until` is ahead somebody is sending it. `reply` is what the endpoint said last.
    """

    __tablename__ = "webhook_messages"
    __table_args__ = (
        Index(None, "state", "endpoint_id", "due_at"),
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in MessageState)), name="state"),
    )

    endpoint_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), primary_key=True
    )
    event_id: Mapped[int] = mapped_column(ForeignKey("subscription_events.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default=MessageState.OWED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply: Mapped[str] = mapped_column(Text, default="")

    event: Mapped[SubscriptionEvent] = relationship()
