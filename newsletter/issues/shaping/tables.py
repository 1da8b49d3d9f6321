"""The tables of what editors change of an issue, and of who has it open."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class EditRow(Base):
    """One thing an editor did, appended and never changed.

    Without `issue_id` it holds in every issue of the newsletter: a pin, a sponsor. `changes` are fields with their
    values before and after (`shaping.shape`). `undoes` is the edit that an undo or a redo is about.
    """

    __tablename__ = "issue_edits"
    __table_args__ = (Index(None, "newsletter", "issue_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter: Mapped[str] = mapped_column(String(64))
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(320))
    deed: Mapped[str] = mapped_column(String(16))
    undoes: Mapped[int | None]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class PresenceRow(Base):
    """An editor who has an issue's page open, as of `seen_at`; short-lived."""

    __tablename__ = "issue_presence"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    actor: Mapped[str] = mapped_column(String(320), primary_key=True)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
