"""`INSERT … ON CONFLICT`, which SQLite and PostgreSQL spell alike and SQLAlchemy does not."""

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
    return insert(session, table).on_conflict_do_nothing(index_elements=list(unique))


def insert(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return the insert of the session's database, which can be told what to do `on_conflict`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
