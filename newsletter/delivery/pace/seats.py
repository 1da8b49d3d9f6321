"""Seats: how much of a limit on concurrency each running sender holds, over all processes and machines.

Whoever dies gives nothing back; so seats run out unless they are renewed. `now` and `until` are aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import SeatRow
from newsletter.delivery.pace.limits import one_at_a_time

_SEATS = cast("Table", SeatRow.__table__)
_ROW = _SEATS.c


def take(
    session: Session, key: str, owner: str, *, wanted: int, limit: int, now: datetime, until: datetime
) -> int:
    """Take up to `wanted` more seats of a limit; return how many were free. All it has are held `until` then."""
    one_at_a_time(session)
    session.execute(delete(_SEATS).where(_ROW.key == key, _ROW.owner != owner, _ROW.held_until <= now))
    rows = session.execute(select(_ROW.owner, _ROW.seats).where(_ROW.key == key)).all()
    held = {row.owner: row.seats for row in rows}
    taken = max(min(wanted, limit - sum(held.values())), 0)
    values = {"seats": held.get(owner, 0) + taken, "held_until": until}
    if owner in held:
        session.execute(update(_SEATS).where(_ROW.key == key, _ROW.owner == owner).values(values))
    elif taken:
        session.execute(insert(_SEATS).values(key=key, owner=owner, **values))
    return int(taken)


def give_back(session: Session, key: str, owner: str, count: int) -> None:
    """Give back so many of the owner's seats; no more than it has."""
    one_at_a_time(session)
    mine = (_ROW.key == key, _ROW.owner == owner)
    session.execute(delete(_SEATS).where(*mine, _ROW.seats <= count))
    session.execute(update(_SEATS).where(*mine).values(seats=_ROW.seats - count))


def renew(session: Session, owner: str, keys: Iterable[str], until: datetime) -> None:
    """Hold the owner's seats of these limits until then."""
    one_at_a_time(session)
    session.execute(update(_SEATS).where(_ROW.owner == owner, _ROW.key.in_(sorted(keys))).values(held_until=until))


def leave(session: Session, owner: str, keys: Iterable[str]) -> None:
    """Give back all of the owner's seats of these limits."""
    one_at_a_time(session)
    session.execute(delete(_SEATS).where(_ROW.owner == owner, _ROW.key.in_(sorted(keys))))


def taken(session: Session, now: datetime) -> dict[str, int]:
    """Return how many seats of each limit are held now. Takes no lock."""
    counted = select(_ROW.key, func.sum(_ROW.seats)).where(_ROW.held_until > now).group_by(_ROW.key)
    return {key: int(seats) for key, seats in session.execute(counted)}
