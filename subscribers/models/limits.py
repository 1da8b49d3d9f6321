"""What sign-ups are counted by, so that limits survive a restart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class LimitCount(Base):
    """How often something was asked for within a window of time.

    `key` is a keyed hash of what is counted (a network, an address, a domain), so that nobody can be found by it.
    """

    __tablename__ = "limit_counts"
    __table_args__ = (Index(None, "window_ends_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_ends_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class SpentStamp(Base):
    """A form's stamp or a challenge's answer that was used: it is good once. Kept until it would expire."""

    __tablename__ = "spent_stamps"
    __table_args__ = (Index(None, "expires_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
