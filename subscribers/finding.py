"""Finding readers by how their address or name begins. By index alone, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CompoundSelect, and_, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from subscribers.models import Subscriber

_LAST = "\U0010ffff"  # no text comes after it


@dataclass(frozen=True, slots=True)
class Found:
    """A reader, and where each subscription stands: newsletter and state."""

    id: int
    email: str
    name: str
    subscriptions: Sequence[tuple[str, str]]


def find_readers(session: Session, typed: str, *, after: int = 0, limit: int = 25) -> list[Found]:
    """Return readers whose address or name begins so, by address, at most `limit`, after the one of that number.

    A name is found as typed, in small, capital or initial letters. Who was erased is not found.
    """
    beginning = typed.strip()
    if not beginning:
        return []
    last = select(Subscriber.address).where(Subscriber.id == after).scalar_subquery()
    wanted = (
        select(Subscriber)
        .where(Subscriber.id.in_(_matching(beginning)), Subscriber.erased_at.is_(None))
        .order_by(Subscriber.address)
        .limit(limit)
        .options(selectinload(Subscriber.subscriptions))
    )
    if after:
        wanted = wanted.where(Subscriber.address > last)
    return [_found(reader) for reader in session.scalars(wanted)]


def _matching(beginning: str) -> CompoundSelect[int]:
    address = _begins(Subscriber.address, beginning.lower())
    spellings = {beginning, beginning.lower(), beginning.upper(), beginning.capitalize(), beginning.title()}
    name = or_(*(_begins(Subscriber.name, spelling) for spelling in sorted(spellings)))
    named = select(Subscriber.id).where(text(Subscriber.HAS_NAME), name)
    return select(Subscriber.id).where(address).union(named)


def _begins(column: InstrumentedAttribute[str], beginning: str) -> ColumnElement[bool]:
    """Return the condition as a range, which an index in the order of code points answers."""
    return and_(column >= beginning, column < beginning + _LAST)


def _found(reader: Subscriber) -> Found:
    subscriptions = sorted((each.newsletter, each.state) for each in reader.subscriptions)
    return Found(reader.id, reader.email, reader.name, subscriptions)
