"""The register's tables."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from subscribers.database import Base, UtcDateTime


class Subscriber(Base):
    """A person's address. `address` is unique in its normalised, case-folded form; `email` is as to be written."""

    __tablename__ = "subscribers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    address: Mapped[str] = mapped_column(String(320), unique=True)
    address_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    subscriptions: Mapped[list[Subscription]] = relationship(back_populates="subscriber")


class Subscription(Base):
    """Subscriber × newsletter. `sections` is the chosen ones, sorted and joined by commas; empty means all."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "newsletter"),
        Index(None, "newsletter", "state", "id"),
        CheckConstraint("state IN ('pending', 'active', 'unsubscribed')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    newsletter: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    sections: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")
    events: Mapped[list[SubscriptionEvent]] = relationship(
        back_populates="subscription", order_by="SubscriptionEvent.id"
    )


class SubscriptionEvent(Base):
    """One thing that happened to a subscription, appended and never changed: the consent's evidence.

    `source` is by what way (`form`, `link`, `one_click`, `desk`, `cli`, `import`, `mail_server`);
    `source_page` the page on which the form stood; `consent_text` the words shown. `detail` holds what the event
    changed, or what a mail server said.
    """

    __tablename__ = "subscription_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(16))
    source_page: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(String(320), default="")
    network_address: Mapped[str] = mapped_column(String(45), default="")
    consent_text: Mapped[str] = mapped_column(Text, default="")
    consent_version: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    subscription: Mapped[Subscription] = relationship(back_populates="events")


class SuppressionReason(StrEnum):
    """Why an address must not be mailed, whatever its subscriptions say."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"
    BY_HAND = "by_hand"


class Suppression(Base):
    """An address-level veto. Kept as a keyed hash, so that it survives the erasure of the address."""

    __tablename__ = "suppressions"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(64), unique=True)
    reason: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeKind(StrEnum):
    """A mail about the subscription itself."""

    CONFIRMATION = "confirmation"
    ALREADY_SUBSCRIBED = "already_subscribed"


class NoticeState(StrEnum):
    """What became of a notice."""

    OWED = "owed"  # -> claimed
    CLAIMED = "claimed"  # -> accepted, rejected, owed (deferred), in_doubt
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"  # never sent again by itself: the reader can ask once more


class Notice(Base):
    """A mail that a reader is owed. Written with the change that causes it; `newsletter.delivery` sends it."""

    __tablename__ = "notices"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(12), default=NoticeState.OWED)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply: Mapped[str] = mapped_column(Text, default="")

    subscription: Mapped[Subscription] = relationship()
