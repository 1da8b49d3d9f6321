"""Who works at the desk, from where, by which links, and what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, Table, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from newsletter.editors import append_only
from newsletter.editors.roles import Role
from subscribers.database import Base, UtcDateTime


def _words(kinds: type[StrEnum]) -> str:
    return ", ".join(f"'{word}'" for word in kinds)


class Editor(Base):
    """Someone who may sign in at the desk.

    `password_hash` is argon2id, None for those who come by links alone. `accepted_at` is when the invitation was.
    The second factor's secret is derived from `totp_salt` and never kept (see `second_factor`); `totp_step` is the
    last one whose code was used.
    """

    __tablename__ = "editors"
    __table_args__ = (CheckConstraint(f"role IN ({_words(Role)})", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_salt: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int | None] = mapped_column()


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once. Kept as a keyed hash."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("editor_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    editor_id: Mapped[int] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeskSession(Base):
    """Somebody signed in with some browser. The cookie has the key, the row its hash.

    `proven_at` is when they showed last who they are. `ended_by` is who ended it, empty where it lapsed.
    """

    __tablename__ = "desk_sessions"
    __table_args__ = (Index(None, "editor_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    editor_id: Mapped[int] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proven_at: Mapped[datetime] = mapped_column(UtcDateTime)
    way: Mapped[str] = mapped_column(String(16))  # "password" | "link" | "invitation"
    network_address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(300))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String(320), default="")

    editor: Mapped[Editor] = relationship()


class LinkKind(StrEnum):
    """What a link that was mailed is for."""

    INVITATION = "invitation"
    SIGN_IN = "sign_in"


class LinkState(StrEnum):
    """What became of a link's mail."""

    OWED = "owed"  # -> claimed
    CLAIMED = "claimed"  # -> accepted, rejected, in_doubt, owed
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    NOBODY = "nobody"  # asked for with an address that nobody here has: nothing is sent


class WindowKind(StrEnum):
    """Why editors are written to about tonight's issue."""

    DRAFT = "draft"  # it was built
    REMINDER = "reminder"  # it will not leave by itself
    HELD = "held"  # it was not sent, because nobody acted


class WindowMail(Base):
    """A mail to an editor about an issue that waits, owed once. `due_at` is when it is tried next."""

    __tablename__ = "window_mails"
    __table_args__ = (
        UniqueConstraint("issue_id", "editor_id", "kind"),
        CheckConstraint(f"kind IN ({_words(WindowKind)})", name="kind"),
        CheckConstraint(f"state IN ({_words(LinkState)})", name="state"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    editor_id: Mapped[int] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16), default=LinkState.OWED)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply: Mapped[str] = mapped_column(Text, default="")


class DeskLink(Base):
    """A link that is mailed to somebody at the desk and works once. The row is the mail's outbox too."""

    __tablename__ = "desk_links"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_words(LinkKind)})", name="kind"),
        CheckConstraint(f"state IN ({_words(LinkState)})", name="state"),
        Index(None, "state", "due_at"),
        Index(None, "editor_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str] = mapped_column(String(320), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16), default=LinkState.OWED)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply: Mapped[str] = mapped_column(Text, default="")


class LogEntry(Base):
    """One deed: when, by whom (an editor's address, `cli`, `daemon`, a key's name), what, and to what.

    `about` is the kind of thing (`account`, `key`, `webhook`, `reader`, `newsletter` …) and `subject` which one.
    Appended and never changed: the database refuses it. Dropped when it is older than the configuration keeps it.
    """

    __tablename__ = "desk_log"
    __table_args__ = (Index(None, "at"), Index(None, "actor", "at"), Index(None, "issue_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(320))
    deed: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(320), default="")
    issue_id: Mapped[int | None] = mapped_column()
    detail: Mapped[str] = mapped_column(Text, default="")


@event.listens_for(LogEntry.__table__, "after_create")
def _made(table: Table, connection: Connection, **more: Any) -> None:  # noqa: ARG001 - the shape of the event
    append_only.keep(connection)
