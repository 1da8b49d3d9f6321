"""Tidying: deliveries of issues that ended long ago are summed up and dropped. The letters stay, to be viewed.

A chunk's sums and its deletion are one transaction, so whatever happens in between the counts add up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import delete, exists, func, select, tuple_
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import DeliveryRow, SummaryRow
from newsletter.delivery.states import DeliveryState
from newsletter.issues.states import IssueEvent, IssueState
from newsletter.issues.tables import IssueHistory, IssueRow
from subscribers.database import Database
from subscribers.inserting import insert_missing

CHUNK = 10_000  # rows of one transaction, so that a sender waits for a moment only
_OPEN = (DeliveryState.OWED, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
_SETTLED = tuple(state for state in DeliveryState if state not in _OPEN)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How much was summed up and dropped."""

    issues: int = 0
    deliveries: int = 0


def tidy(
    database: Database,
    now: datetime,
    keep: timedelta,
    *,
    stop: Callable[[], bool] = lambda: False,
    chunk: int = CHUNK,
) -> Tidied:
    """Sum up and drop what belongs to issues that ended longer than `keep` ago; it may be broken off."""
    with database.reading() as session:
        ended = _ended(session, now - keep)
    gone = [_drop_all(database, issue_id, stop, chunk) for issue_id in ended]
    return Tidied(sum(1 for deliveries in gone if deliveries), sum(gone))


class _Gone(NamedTuple):
    letter_id: int
    state: str
    status: str
    doubts: int
    settled_at: datetime | None


def _ended(session: Session, before: datetime) -> list[int]:
    """Return issues with deliveries that were finished or cancelled before that moment and owe nothing."""
    cancelled_at = (
        select(func.max(IssueHistory.at))
        .where(IssueHistory.issue_id == IssueRow.id, IssueHistory.event == IssueEvent.CANCELLED)
        .scalar_subquery()
    )
    of_issue = DeliveryRow.issue_id == IssueRow.id
    wanted = select(IssueRow.id).where(
        IssueRow.state.in_([IssueState.SENT, IssueState.CANCELLED]),
        func.coalesce(IssueRow.finished_at, cancelled_at) < before,
        exists().where(of_issue),
        ~exists().where(of_issue, DeliveryRow.state.in_(_OPEN)),
    )
    return list(session.scalars(wanted.order_by(IssueRow.id)))


def _drop_all(database: Database, issue_id: int, stop: Callable[[], bool], chunk: int) -> int:
    total = 0
    while not stop():
        with database.writing() as session:
            gone = _drop(session, issue_id, chunk)
        total += gone
        if gone < chunk:
            break
    return total


def _drop(session: Session, issue_id: int, chunk: int) -> int:
    """Drop the next deliveries of an issue, and add them to its sums."""
    first = (
        select(DeliveryRow.issue_id, DeliveryRow.subscription_id)
        .where(DeliveryRow.issue_id == issue_id, DeliveryRow.state.in_(_SETTLED))
        .order_by(DeliveryRow.subscription_id)
        .limit(chunk)
    )
    dropped = (
        delete(DeliveryRow)
        .where(
            tuple_(DeliveryRow.issue_id, DeliveryRow.subscription_id).in_(first), DeliveryRow.state.in_(_SETTLED)
        )
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    )
    gone = sorted((_Gone(*row) for row in session.execute(dropped)), key=_group)
    for key, rows in groupby(gone, _group):
        _add(session, issue_id, key, list(rows))
    return len(gone)


def _add(session: Session, issue_id: int, key: tuple[int, str, str], gone: list[_Gone]) -> None:
    primary = dict(zip(("issue_id", "letter_id", "state", "status"), (issue_id, *key), strict=True))
    insert = insert_missing(session, SummaryRow, list(primary))
    session.execute(insert.values(**primary, deliveries=0, doubts=0))
    row = session.get_one(SummaryRow, primary, with_for_update=True, populate_existing=True)
    row.deliveries += len(gone)
    row.doubts += sum(one.doubts for one in gone)
    moments = [one.settled_at for one in gone if one.settled_at]
    row.first_settled_at = min([*moments, *filter(None, [row.first_settled_at])], default=None)
    row.last_settled_at = max([*moments, *filter(None, [row.last_settled_at])], default=None)
    session.flush()


def _group(gone: _Gone) -> tuple[int, str, str]:
    return gone.letter_id, gone.state, gone.status


_COLUMNS = (
    DeliveryRow.letter_id,
    DeliveryRow.state,
    DeliveryRow.status,
    DeliveryRow.doubts,
    DeliveryRow.settled_at,
)
