"""The ledger's tables: frozen letters, one delivery per issue and subscription, and the daemon's pulse."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class DeliveryState(StrEnum):
    """Where a delivery stands. The books balance: the sum over all states is what was enqueued."""

    OWED = "owed"  # -> claimed, withdrawn
    CLAIMED = "claimed"  # -> accepted, deferred, rejected, in_doubt, owed (not begun)
    DEFERRED = "deferred"  # refused for now -> claimed when due, rejected when given up, withdrawn
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"  # -> claimed again where the policy is to resend
    WITHDRAWN = "withdrawn"  # consent ended, or the issue was cancelled, before it was sent


class LetterRow(Base):
    """A frozen letter: what is sent for this issue and variant, whatever is edited afterwards."""

    __tablename__ = "letters"
    __table_args__ = (UniqueConstraint("issue_id", "variant"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"))
    variant: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeliveryRow(Base):
    """Issue × subscription. Keyed so, an issue cannot owe the same reader twice."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "issue_id", "state", "due_at"),
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in DeliveryState)), name="state"),
        {"sqlite_with_rowid": False},
    )

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"), primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16), default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    remote_id: Mapped[str] = mapped_column(Text, default="")


class Heartbeat(Base):
    """When a daemon last drew breath and what it will do next, for the desk and `newsletter config check`."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_action: Mapped[str] = mapped_column(Text, default="")
