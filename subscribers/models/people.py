"""People, what they subscribed to, and what happened to that."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Table, Text, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from subscribers.database import Base, UtcDateTime
from subscribers.models import append_only

_HAS_NAME = "name != ''"
# SQLite takes an index of some of the rows only for a statement that has its condition in the same words.
_HOLDS_NETWORK_ADDRESS = "network_address != ''"


def _ordered(length: int) -> String:
    """Return text in the order of code points, as SQLite always has it: how a text begins is a range then."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Frequency(StrEnum):
    """How often a reader wants a newsletter."""

    DAILY = "daily"  # every issue
    WEEKDAYS = "weekdays"  # the issues of Monday to Friday
    WEEKLY = "weekly"  # one a week, with the best of the stories that the reader has not been sent


class Subscriber(Base):
    """A person's address. `address` is unique in its normalised, case-folded form; `email` is as to be written.

    `time_zone` is an IANA name, or empty where it is not known. `tracking` is whether opens and clicks may be
    counted, where the newsroom counts them at all. Of who was erased only the row stays, for the ledger's sake:
    `email` is empty then, and `address` and `address_hash` are fillers.
    """

    __tablename__ = "subscribers"
    __table_args__ = (Index(None, "name", sqlite_where=text(_HAS_NAME), postgresql_where=text(_HAS_NAME)),)
    HAS_NAME: ClassVar[str] = _HAS_NAME

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    address: Mapped[str] = mapped_column(_ordered(320), unique=True)
    address_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(_ordered(200), default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    tracking: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    subscriptions: Mapped[list[Subscription]] = relationship(back_populates="subscriber")


class Subscription(Base):
    """Subscriber × newsletter. `sections` is the chosen ones, sorted and joined by commas; empty means all.

    `hour` is the hour of the day, in the reader's own zone, at which issues are wanted; None is the newsletter's.
    Until `paused_until` no issue is enqueued.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "newsletter"),
        Index(None, "newsletter", "state", "id"),
        CheckConstraint("state IN ('pending', 'active', 'unsubscribed', 'removed')", name="state"),
        CheckConstraint("frequency IN ('daily', 'weekdays', 'weekly')", name="frequency"),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    newsletter: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    sections: Mapped[str] = mapped_column(Text, default="")
    frequency: Mapped[str] = mapped_column(String(8), default=Frequency.DAILY, server_default=text("'daily'"))
    hour: Mapped[int | None]
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")
    events: Mapped[list[SubscriptionEvent]] = relationship(
        back_populates="subscription", order_by="SubscriptionEvent.id"
    )


class SubscriptionEvent(Base):
    """One thing that happened to a subscription, appended and never changed: the consent's evidence.

    The database refuses to change or delete one: see `append_only`.

    `source` is by what way (`form`, `link`, `one_click`, `desk`, `cli`, `api`, `import`, `mail`, `mail_server`);
    `source_page` the page on which the form stood; `consent_text` the words shown. `detail` holds what the event
    changed, or what a mail server said. `import_id` is the import that it came with.
    """

    __tablename__ = "subscription_events"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "subscription_id", "id"),
        Index(
            "ix_subscription_events_network_address",
            "at",
            sqlite_where=text(_HOLDS_NETWORK_ADDRESS),
            postgresql_where=text(_HOLDS_NETWORK_ADDRESS),
        ),
    )
    HOLDS_NETWORK_ADDRESS: ClassVar[str] = _HOLDS_NETWORK_ADDRESS

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(16))
    source_page: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(String(320), default="")
    network_address: Mapped[str] = mapped_column(String(45), default="")
    consent_text: Mapped[str] = mapped_column(Text, default="")
    consent_version: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"), index=True)

    subscription: Mapped[Subscription] = relationship(back_populates="events")


if isinstance(SubscriptionEvent.__table__, Table):  # as it always is; the types don't know
    append_only.keep_when_made(SubscriptionEvent.__table__)


class AddressChange(Base):
    """A reader's wish to be written to at another address. It is done once the new address has confirmed it.

    From then on `former_email` and `former_address` are what `email` and `address` of the subscriber were.
    `taken_back_at` is when the former address objected.
    """

    __tablename__ = "address_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    former_email: Mapped[str] = mapped_column(String(320), default="", server_default=text("''"))
    former_address: Mapped[str] = mapped_column(String(320), default="", server_default=text("''"))
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    subscriber: Mapped[Subscriber] = relationship()
