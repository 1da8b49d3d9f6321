"""Counting within windows of time, so that limits hold over all processes and survive a restart.

What is counted is named by a keyed hash (`Tokens.limit_key`). A count is one statement, so two who count at once
both count. Windows follow one another without a gap; a limit of 40 may so be met twice around a window's end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from subscribers.database import Database
from subscribers.inserting import insert
from subscribers.models import LimitCount

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIQUE = ("key", "window_ends_at")


def window_end(per: timedelta, now: datetime) -> datetime:
    """Return when the window of that length ends in which `now` (aware UTC) is."""
    return now - (now - _EPOCH) % per + per


def count(session: Session, ends: Mapping[str, datetime]) -> dict[str, int]:
    """Count each key once in the window that ends then; return its number there, this one included.

    Rows are locked in the order of their keys, so that two who count the same things never wait for each other.
    """
    rows = [{"key": key, "window_ends_at": at, "number": 1} for key, at in sorted(ends.items())]
    counted = insert(session, LimitCount).values(rows)
    counted = counted.on_conflict_do_update(index_elements=_UNIQUE, set_={"number": LimitCount.number + 1})
    found = session.execute(counted.returning(LimitCount.key, LimitCount.number))
    return {row.key: row.number for row in found}


def take(session: Session, key: str, ends_at: datetime, most: int) -> bool:
    """Count a key once unless that would be more than `most` (at least 1) in its window; tell whether it was."""
    row = {"key": key, "window_ends_at": ends_at, "number": 1}
    taken = insert(session, LimitCount).values(row)
    taken = taken.on_conflict_do_update(
        index_elements=_UNIQUE, set_={"number": LimitCount.number + 1}, where=LimitCount.number < most
    )
    return session.scalars(taken.returning(LimitCount.number)).first() is not None


def give_back(session: Session, ends: Mapping[str, datetime]) -> None:
    """Take back one count of each key in the window that ends then."""
    for key, at in sorted(ends.items()):
        counted = LimitCount.key == key, LimitCount.window_ends_at == at, LimitCount.number > 0
        session.execute(update(LimitCount).where(*counted).values(number=LimitCount.number - 1))


def tidy(database: Database, now: datetime) -> None:
    """Drop the windows that are over."""
    with database.writing() as session:
        session.execute(delete(LimitCount).where(LimitCount.window_ends_at <= now))
