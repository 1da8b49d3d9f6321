"""The words that readers agreed to, by their version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class ConsentText(Base):
    """What a version says. Forms that were copied long ago name only the version that they show."""

    __tablename__ = "consent_texts"

    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
