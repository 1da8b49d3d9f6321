"""Where the limits live that hold over all processes: a row each, moved on by one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import PaceRow
from newsletter.delivery.pace.buckets import Pace

_PACES = cast("Table", PaceRow.__table__)
_ROW = _PACES.c
_LOCK = 0x50414345  # any number of our own


def one_at_a_time(session: Session) -> None:
    """Keep every other process from the limits until this transaction ends.

    On SQLite it is alone already. On PostgreSQL locking the wanted rows would not do: a sender's transaction comes
    here three times, each time for other keys, so that two of them could wait for each other. It may be asked for
    again within a transaction; nobody who holds it waits for a row that another sender holds.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def known(session: Session) -> frozenset[str]:
    """Return the keys that have a row. Takes no lock."""
    return frozenset(session.scalars(select(_ROW.key)))


def load(session: Session, keys: Iterable[str] | None = None) -> dict[str, Pace]:
    """Return what is known under these keys, or all of it."""
    wanted = select(_ROW.key, _ROW.rate, _ROW.next_at, _ROW.changed_at, _ROW.epoch, _ROW.reason)
    if keys is not None:
        wanted = wanted.where(_ROW.key.in_(sorted(keys)))
    return {key: Pace(*columns) for key, *columns in session.execute(wanted)}


def save(session: Session, before: Mapping[str, Pace], after: Mapping[str, Pace]) -> None:
    """Write what is new or has changed since `before`, which was loaded under `one_at_a_time`."""
    changed = {key: pace for key, pace in after.items() if pace != before.get(key)}
    fresh = [_values(key, pace) for key, pace in changed.items() if key not in before]
    moved = [_values(key, pace) | {"row": key} for key, pace in changed.items() if key in before]
    if fresh:
        session.execute(insert(_PACES), fresh)
    if moved:
        session.connection().execute(update(_PACES).where(_ROW.key == bindparam("row")), moved)


def forget(session: Session, keys: Iterable[str]) -> int:
    """Drop what is known under these keys; return how many there were."""
    wanted = sorted(keys)
    if not wanted:
        return 0
    one_at_a_time(session)
    return session.connection().execute(delete(_PACES).where(_ROW.key.in_(wanted))).rowcount


def _values(key: str, pace: Pace) -> dict[str, object]:
    return {
        "key": key,
        "rate": pace.rate,
        "next_at": pace.next_at,
        "changed_at": pace.changed_at,
        "epoch": pace.epoch,
        "reason": pace.reason,
    }
