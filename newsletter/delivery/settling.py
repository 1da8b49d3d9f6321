"""Settling: what came of claims, and what becomes of those that were given back or that nobody holds any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain

from sqlalchemy import ColumnElement, Connection, and_, literal_column, select, text, tuple_, update
from sqlalchemy.orm import Session

from newsletter.delivery.claiming import DELIVERIES
from newsletter.delivery.retry import Settlement
from newsletter.delivery.statements import stored
from newsletter.delivery.states import DeliveryState
from newsletter.delivery.tables import IS_CLAIMED, IS_WAITING
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
    if not settlements:
        return 0
    connection = session.connection()
    dialect = connection.dialect
    told = [
        (each.key, each.state.value, each.due_at and stored(dialect, each.due_at),
         int(each.state is DeliveryState.IN_DOUBT), each.status[:16], each.reply, each.remote_id)
        for each in settlements
    ]  # fmt: skip
    write = _settle_sqlite if dialect.name == "sqlite" else _settle_postgresql
    return write(connection, issue_id, owner, stored(dialect, now), told)


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

    What follows a doubt is the policy's matter: see `claim` and `resend_in_doubt`.
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


def resend_in_doubt(session: Session, issue_id: int, now: datetime) -> int:
    """Have every copy in doubt sent again, whatever the policy: an operator's decision. Return how many."""
    statement = (
        update(DELIVERIES)
        .where(
            _ROW.issue_id == issue_id,
            text(IS_WAITING),
            _ROW.state == literal_column(f"'{DeliveryState.IN_DOUBT}'"),
        )
        .values(state=DeliveryState.OWED, due_at=now, owner="", lease_until=None)
    )
    return session.connection().execute(statement).rowcount


def _is_held_by(issue_id: int, owner: str) -> ColumnElement[bool]:
    return and_(_ROW.issue_id == issue_id, text(IS_CLAIMED), _ROW.owner == owner)


def _settle_sqlite(connection: Connection, issue_id: int, owner: str, now: object, told: list[_Told]) -> int:
    """Write many rows with one statement: starting one costs SQLite more than a row does.

    Its length is one of a few, so that the driver has it prepared; rows of nobody make up the number.
    """
    settled = 0
    for start in range(0, len(told), _LENGTHS[-1]):
        rows = told[start : start + _LENGTHS[-1]]
        length = next(length for length in _LENGTHS if length >= len(rows))
        rows += [_NOBODY] * (length - len(rows))
        values = (now, *chain.from_iterable(rows), issue_id, owner)
        settled += connection.exec_driver_sql(_of_length(length), values).rowcount
    return settled


def _settle_postgresql(connection: Connection, issue_id: int, owner: str, now: object, told: list[_Told]) -> int:
    columns = [list(column) for column in zip(*told, strict=True)]
    return connection.exec_driver_sql(_UNNESTED, (now, *columns, issue_id, owner)).rowcount


_Told = tuple[int, str, object, int, str, str, str]  # key, state, due time, doubt, status, reply, remote id
_NOBODY: _Told = (-1, "", None, 0, "", "", "")
_LENGTHS = (8, 32, 128)  # at 7 values a row well below the 32,766 that a statement may have

# The plus keeps SQLite from walking through all claims for each row, as it would otherwise think better.
_SETTLE = (
    "UPDATE deliveries SET state = told.{cols[1]}, due_at = coalesce(told.{cols[2]}, deliveries.due_at), "
    "doubts = doubts + told.{cols[3]}, settled_at = {mark}, status = told.{cols[4]}, reply = told.{cols[5]}, "
    "remote_id = told.{cols[6]} FROM {told} "
    "WHERE issue_id = {mark} AND {plus}deliveries.state = 'claimed' AND owner = {mark} "
    "AND subscription_id = told.{cols[0]}"
)
_COLUMNS = [f"column{number}" for number in range(1, 8)]  # as both databases name those of VALUES
_UNNESTED = _SETTLE.format(
    mark="%s",
    plus="",
    cols=_COLUMNS,
    told="unnest(%s::int[], %s::text[], %s::timestamptz[], %s::int[], %s::text[], %s::text[], %s::text[]) "
    f"AS told ({', '.join(_COLUMNS)})",
)


@cache
def _of_length(length: int) -> str:
    rows = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * length)
    return _SETTLE.format(mark="?", plus="+", cols=_COLUMNS, told=f"(VALUES {rows}) AS told")
