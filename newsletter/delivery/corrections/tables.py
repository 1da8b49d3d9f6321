"""What was corrected of issues whose letters were frozen, and the mails written to those who got the mistake."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class CorrectionRow(Base):
    """A further version of an issue's letters, and what it was made for.

    `notice` tells readers what was wrong. `on_web` says that the browser shows this version, with the notice;
    `remainder` is how many deliveries got it in place of an earlier one.
    """

    __tablename__ = "corrections"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(320))
    notice: Mapped[str] = mapped_column(Text)
    on_web: Mapped[bool]
    remainder: Mapped[int]


class CorrectionMailRow(Base):
    """A mail to the readers who got an issue in version `faulty` or an earlier one.

    `tested_at` is when these very words were sent to an editor; changing them forgets it. `sent_as` is the issue
    (with a part of its own) whose deliveries it became: it becomes one once.
    """

    __tablename__ = "correction_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), index=True)
    faulty: Mapped[int]
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(320))
    tested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_as: Mapped[int | None] = mapped_column(ForeignKey("issues.id"), unique=True)
