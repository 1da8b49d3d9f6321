"""What came in, as it came, and the reports that were read out of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class IncomingState(StrEnum):
    """Where a thing that came in stands."""

    WAITING = "waiting"  # kept, not read yet
    DONE = "done"  # read, and its consequences drawn
    NOT_UNDERSTOOD = "not_understood"  # kept for a person to look at


class Incoming(Base):
    """A mail or a webhook's request, kept before anything else is done with it.

    `source` is `mail` or a provider's name. `key` tells it from every other of its source: what comes twice is
    kept once. `note` says why it was not understood.
    """

    __tablename__ = "incoming"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index(None, "state", "id"),
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in IncomingState)), name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(128))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), default=IncomingState.WAITING)
    worked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")


class ReportRow(Base):
    """One report, appended and never changed. `issue_id` and `subscription_id` are None where nobody knows.

    `consequence` is what followed from it: see `rules.Consequence`.
    """

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index(None, "subscription_id", "kind", "at"),
        Index(None, "issue_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incoming_id: Mapped[int] = mapped_column(ForeignKey("incoming.id"))
    source: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issues.id"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id"))
    recipient: Mapped[str] = mapped_column(String(320), default="")
    status: Mapped[str] = mapped_column(String(16), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    remote_id: Mapped[str] = mapped_column(Text, default="")
    consequence: Mapped[str] = mapped_column(String(16), default="")
