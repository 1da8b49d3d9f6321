"""Who works at the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.editors.roles import Role
from subscribers.database import Base, UtcDateTime

_ROLES = ", ".join(f"'{role}'" for role in Role)


class Editor(Base):
    """Someone who may sign in at the desk. `password_hash` is argon2id."""

    __tablename__ = "editors"
    __table_args__ = (CheckConstraint(f"role IN ({_ROLES})", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
