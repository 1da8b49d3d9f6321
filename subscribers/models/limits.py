"""What sign-ups are counted by, so that limits survive a restart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class LimitCount(Base):
    """How often something was asked for within a window of time.

    `key` is a keyed hash of what is counted (a network, a mailbox, a domain, a form's stamp), so that nobody can
    be found by it. Dropped when the window is over.
    """

    __tablename__ = "limit_counts"
    __table_args__ = (Index(None, "window_ends_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_ends_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
