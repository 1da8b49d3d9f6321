"""What workers leave behind: who did what, and which issues are left alone for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class RunRow(Base):
    """One job as a worker did it: the span of subscriptions, and what became of its deliveries."""

    __tablename__ = "runs"
    __table_args__ = (Index(None, "issue_id", "worker"), Index(None, "ended_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"))
    worker: Mapped[str] = mapped_column(String(128))
    first: Mapped[int]
    last: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted: Mapped[int]
    deferred: Mapped[int]
    rejected: Mapped[int]
    in_doubt: Mapped[int]
    withdrawn: Mapped[int]
    ending: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(Text, default="")


class WaitRow(Base):
    """An issue whose line was down: not to be tried before `not_before`. `failures` counts the times in a row."""

    __tablename__ = "waits"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
