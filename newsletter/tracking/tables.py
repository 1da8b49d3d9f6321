"""The tables of what readers did: an issue's numbered links, hits, and what is left of them as sums."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.tracking.judging import Kind, Reason, Who
from subscribers.database import Base, UtcDateTime


class TrackedLink(Base):
    """Where a letter's link leads. Links name an issue and a number, so that nobody can make one lead elsewhere.

    `title` is the story's headline as it was printed.
    """

    __tablename__ = "tracked_links"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)


class Hit(Base):
    """One opening or click of a reader. `link` is the link's number, 0 for what is no story's.

    `agent` is the machine that it said to be; `reason` why it is a machine's, empty for a person's.
    """

    __tablename__ = "hits"
    __table_args__ = (
        Index(None, "issue_id", "subscription_id"),
        CheckConstraint("kind IN ({})".format(", ".join(f"'{kind}'" for kind in Kind)), name="kind"),
        CheckConstraint("reason IN ({})".format(", ".join(f"'{reason}'" for reason in Reason)), name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    link: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    agent: Mapped[str] = mapped_column(String(32), default="")
    reason: Mapped[str] = mapped_column(String(8), default="")


class HitSum(Base):
    """What is left of an issue's hits: how many there were, and by how many readers.

    Of clicks `link` 0 is the issue as a whole: a reader who clicked three of its stories is one of its readers.
    """

    __tablename__ = "hit_sums"
    __table_args__ = (
        CheckConstraint("kind IN ({})".format(", ".join(f"'{kind}'" for kind in Kind)), name="kind"),
        CheckConstraint("who IN ({})".format(", ".join(f"'{who}'" for who in Who)), name="who"),
    )

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    link: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    who: Mapped[str] = mapped_column(String(8), primary_key=True)
    hits: Mapped[int]
    readers: Mapped[int]
