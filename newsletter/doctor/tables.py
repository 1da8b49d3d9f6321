"""What examinations found, for the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class ExaminationRow(Base):
    """One examination with all checks. `found` are its diagnoses, `senders` the state of the bulk-sender rules."""

    __tablename__ = "examinations"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    found: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    senders: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
