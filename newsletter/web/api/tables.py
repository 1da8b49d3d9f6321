"""Keys of the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.database import Base, UtcDateTime


class ApiKey(Base):
    """A key that another system of the newsroom signs in with. Its name is the actor in readers' histories.

    `prefix` is the part of the key that everybody may see; of the whole only `key_hash` (SHA-256, in hexadecimal)
    is kept. `last_used_at` is coarse: see `keys.USED_IS_KEPT_TO`.
    """

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(320))
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
