"""Days that are over, counted once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class DayCount(Base):
    """How many events of a kind a newsletter had from `starts_at` until before `ends_at`, a day of the newsroom.

    A day that was counted has a row without newsletter and event, which says that it is complete. In another time
    zone a day begins at another moment, so a newsroom that moves has its days counted anew.
    """

    __tablename__ = "day_counts"

    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    newsletter: Mapped[str] = mapped_column(String(64), primary_key=True)
    event: Mapped[str] = mapped_column(String(32), primary_key=True)
    was_active: Mapped[bool] = mapped_column(primary_key=True)
    events: Mapped[int]
    readers: Mapped[int]
