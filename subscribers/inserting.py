"""`INSERT … ON CONFLICT DO NOTHING`, which SQLite and PostgreSQL spell alike and SQLAlchemy does not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from subscribers.database import Base


def insert_missing(session: Session, table: type[Base], unique: Sequence[str]) -> Insert:
    """Return an insert that leaves a row alone whose `unique` columns are there already.

    Two writers who insert the same row at once both succeed: the second waits for the first to commit, and then
    finds its row. So nothing has to be rolled back.
    """
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=list(unique))
    return postgresql.insert(table).on_conflict_do_nothing(index_elements=list(unique))
