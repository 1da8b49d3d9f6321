"""The tables of issues, the stories they carry, and what was done to them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from newsletter.issues.states import IssueState
from subscribers.database import Base, UtcDateTime


class IssueRow(Base):
    """One dated instance of a newsletter. The unique (newsletter, date, part) makes an evening happen once.

    `send_at` is when it is due, in UTC (an editor's "send now" moves it). `reason` says why it is held, paused,
    skipped or cancelled. `locked_at` is when letters were frozen; `begun_at` when the first delivery was claimed:
    from then on its stories count as used. `version` grows with each change, so that two people cannot
    overwrite each other unseen. `part` is 0; above it are mails that correct the evening's issue.
    """

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("newsletter", "date", "part"),
        CheckConstraint(
            "state IN ({})".format(", ".join(f"'{state}'" for state in IssueState)),
            name="state",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter: Mapped[str] = mapped_column(String(64))
    date: Mapped[dt.date]
    state: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(Text, default="")
    preheader: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    window_start: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    window_end: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    send_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    locked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    begun_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    part: Mapped[int] = mapped_column(default=0, server_default="0")

    stories: Mapped[list[IssueStory]] = relationship(
        back_populates="issue", order_by="IssueStory.position", cascade="all, delete-orphan"
    )
    history: Mapped[list[IssueHistory]] = relationship(back_populates="issue", order_by="IssueHistory.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class IssueStory(Base):
    """A story's place in an issue. `role` is `lead`, `section`, `also` or `archive`.

    `identities` are the names by which the story will be known again (guid, URL, hashes of its text), one a
    line, frozen with the selection so that later edits at the source cannot let it in a second time.
    """

    __tablename__ = "issue_stories"
    __table_args__ = (UniqueConstraint("issue_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(8))
    section: Mapped[str] = mapped_column(String(200), default="")
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True)
    identities: Mapped[str] = mapped_column(Text, default="")

    issue: Mapped[IssueRow] = relationship(back_populates="stories")


class IssueHistory(Base):
    """One thing done to an issue: when, by whom (`daemon`, `cli`, or an editor's address) and why."""

    __tablename__ = "issue_history"
    __table_args__ = (Index(None, "issue_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(320))
    detail: Mapped[str] = mapped_column(Text, default="")

    issue: Mapped[IssueRow] = relationship(back_populates="history")
