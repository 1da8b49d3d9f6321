"""Settling: what came of claims, and what becomes of those that were given back or that nobody holds any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain

from sqlalchemy import ColumnElement, Connection, and_, select, text, tuple_, update
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.due import DELIVERIES
from newsletter.delivery.ledger.statements import stored
from newsletter.delivery.ledger.tables import IS_CLAIMED, IS_WAITING
from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow

_ROW = DELIVERIES.c


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep put right: claims nobody holds any more, and what a cancelled issue still owed."""

    in_doubt: int
    withdrawn: int


def settle(session: Session, issue_id: int, owner: str, now: datetime, settlements: Sequence[Settlement]) -> int:
    """Write what came of our claims; return how many there were to write it to.

    A claim that was swept meanwhile is no longer ours, and stays as whoever took it over has it.
    """
    connection = session.connection()
    dialect = connection.dialect
    accepted = [
        (each.key, each.status[:16], each.reply, each.remote_id)
        for each in settlements
        if each.state is DeliveryState.ACCEPTED
    ]
    others = [
        (each.key, each.status[:16], each.reply, each.remote_id, each.state.value,
         each.due_at and stored(dialect, each.due_at), int(each.state is DeliveryState.IN_DOUBT))
        for each in settlements
        if each.state is not DeliveryState.ACCEPTED
    ]  # fmt: skip
    write = _write_sqlite if dialect.name == "sqlite" else _write_postgresql
    ours = _Ours(issue_id, owner, stored(dialect, now))
    return write(connection, ours, _ACCEPT, accepted) + write(connection, ours, _SETTLE, others)


def release(session: Session, issue_id: int, owner: str) -> int:
    """Give back every claim of ours that was not begun, as if it had not been tried; return how many."""
    statement = (
        update(DELIVERIES)
        .where(_is_held_by(issue_id, owner))
        .values(state=DeliveryState.OWED, owner="", lease_until=None, attempts=_ROW.attempts - 1)
    )
    return session.connection().execute(statement).rowcount


def extend(session: Session, issue_id: int, owner: str, until: datetime) -> int:
    """Hold our claims for longer; return how many are still ours."""
    statement = update(DELIVERIES).where(_is_held_by(issue_id, owner)).values(lease_until=until)
    return session.connection().execute(statement).rowcount


def sweep(session: Session, now: datetime) -> Swept:
    """Put in doubt what a sender claimed and never settled, and withdraw what cancelled issues still owe.

    What follows a doubt is the policy's matter: see `claim` and `doubts`.
    """
    # A late sender may be settling the same rows at this moment; those are left to it, not waited for.
    abandoned = (
        select(_ROW.issue_id, _ROW.subscription_id)
        .where(text(IS_CLAIMED), _ROW.lease_until < now)
        .with_for_update(skip_locked=True)
    )
    lapsed = (
        update(DELIVERIES)
        .where(tuple_(_ROW.issue_id, _ROW.subscription_id).in_(abandoned), _ROW.state == DeliveryState.CLAIMED)
        .values(
            state=DeliveryState.IN_DOUBT,
            doubts=_ROW.doubts + 1,
            due_at=now,
            settled_at=now,
            status="",
            reply="the sender stopped before it could say what became of it",
        )
    )
    cancelled = select(IssueRow.id).where(IssueRow.state == IssueState.CANCELLED, IssueRow.locked_at.is_not(None))
    called_off = (
        update(DELIVERIES)
        .where(_ROW.issue_id.in_(cancelled), text(IS_WAITING), _ROW.state != DeliveryState.IN_DOUBT)
        .values(state=DeliveryState.WITHDRAWN, settled_at=now, reply="the issue was cancelled")
    )
    connection = session.connection()
    return Swept(connection.execute(lapsed).rowcount, connection.execute(called_off).rowcount)


def _is_held_by(issue_id: int, owner: str) -> ColumnElement[bool]:
    return and_(_ROW.issue_id == issue_id, text(IS_CLAIMED), _ROW.owner == owner)


@dataclass(frozen=True, slots=True)
class _Ours:
    """Whose claims are settled, and when (as the driver takes it)."""

    issue_id: int
    owner: str
    now: object


@dataclass(frozen=True, slots=True)
class _Change:
    """What is written, and the type of each value a row of it is told by: column1, column2, and so on."""

    values: str
    types: tuple[str, ...]
    nobody: tuple[object, ...]


_ACCEPT = _Change(
    "state = 'accepted', status = told.column2, reply = told.column3, remote_id = told.column4",
    ("int", "text", "text", "text"),
    (-1, "", "", ""),
)
_SETTLE = _Change(
    "state = told.column5, due_at = coalesce(told.column6, deliveries.due_at), doubts = doubts + told.column7, "
    "status = told.column2, reply = told.column3, remote_id = told.column4",
    (*_ACCEPT.types, "text", "timestamptz", "int"),
    (*_ACCEPT.nobody, "", None, 0),
)
_LENGTHS = (8, 32, 128)  # at 7 values a row well below the 32,766 that a statement may have

_Rows = Sequence[tuple[object, ...]]


def _write_sqlite(connection: Connection, ours: _Ours, change: _Change, told: _Rows) -> int:
    """Write many rows with one statement: starting one costs SQLite more than a row does.

    Its length is one of a few, so that the driver has it prepared; rows of nobody make up the number.
    """
    written = 0
    for start in range(0, len(told), _LENGTHS[-1]):
        rows = told[start : start + _LENGTHS[-1]]
        length = next(length for length in _LENGTHS if length >= len(rows))
        filled = chain(chain.from_iterable(rows), change.nobody * (length - len(rows)))
        values = (ours.now, *filled, ours.issue_id, ours.owner)
        written += connection.exec_driver_sql(_sqlite_text(change, length), values).rowcount
    return written


def _write_postgresql(connection: Connection, ours: _Ours, change: _Change, told: _Rows) -> int:
    if not told:
        return 0
    columns = [list(column) for column in zip(*told, strict=True)]
    values = (ours.now, *columns, [ours.issue_id] * len(told), ours.owner)
    return connection.exec_driver_sql(_postgresql_text(change), values).rowcount


@cache
def _sqlite_text(change: _Change, length: int) -> str:
    row = ", ".join("?" * len(change.types))
    rows = ", ".join([f"({row})"] * length)
    return _text(change, f"(VALUES {rows}) AS told", "?", "?")


@cache
def _postgresql_text(change: _Change) -> str:
    """PostgreSQL counts the rows of a new issue later: told the issue row by row, it can't begin with all."""
    columns = ", ".join(f"%s::{each}[]" for each in (*change.types, "int"))
    names = ", ".join(f"column{number}" for number in range(1, len(change.types) + 1))
    return _text(change, f"unnest({columns}) AS told ({names}, issue)", "told.issue", "%s")


def _text(change: _Change, told: str, issue: str, mark: str) -> str:
    """Return the statement. The state is dressed up lest a planner begin with everything that is claimed."""
    return (
        f"UPDATE deliveries SET settled_at = {mark}, {change.values} FROM {told} "  # noqa: S608 - our own words
        f"WHERE issue_id = {issue} AND subscription_id = told.column1 "
        f"AND (deliveries.state || '') = 'claimed' AND owner = {mark}"
    )
