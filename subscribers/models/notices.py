"""Mails that readers are owed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from subscribers.database import Base, UtcDateTime
from subscribers.models.people import AddressChange, Subscription

_HAS_ORIGIN = "origin != ''"


class NoticeKind(StrEnum):
    """A mail about the subscription itself."""

    CONFIRMATION = "confirmation"
    ALREADY_SUBSCRIBED = "already_subscribed"
    PREFERENCES_LINK = "preferences_link"  # asked for by address
    ADDRESS_CHANGE = "address_change"  # to the new address: confirm it
    ADDRESS_CHANGED = "address_changed"  # to the old address: it is done


class NoticeState(StrEnum):
    """What became of a notice."""

    OWED = "owed"  # -> claimed
    CLAIMED = "claimed"  # -> accepted, rejected, owed (deferred), in_doubt
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"  # never sent again by itself: the reader can ask once more


class Notice(Base):
    """A mail that a reader is owed. Written with the change that causes it; `newsletter.delivery` sends it.

    It goes to the subscriber's address, or to `email` where that is another one. `origin` is a keyed hash of the
    network that asked for it, forgotten after a day. Mails that have to wait leave in the order of `turn_at`.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "origin", "turn_at", sqlite_where=text(_HAS_ORIGIN), postgresql_where=text(_HAS_ORIGIN)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    email: Mapped[str] = mapped_column(String(320), default="", server_default=text("''"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("address_changes.id"))
    state: Mapped[str] = mapped_column(String(12), default=NoticeState.OWED)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    turn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    subscription: Mapped[Subscription] = relationship()
    change: Mapped[AddressChange | None] = relationship()
