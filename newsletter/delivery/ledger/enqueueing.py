"""Enqueueing: from here on a letter is owed to its readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Insert,
    Integer,
    Select,
    String,
    and_,
    case,
    column,
    func,
    literal,
    select,
    values,
)
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.due import DELIVERIES
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.delivery.states import DeliveryState
from subscribers.inserting import insert_missing
from subscribers.models import Subscriber, Subscription

MOST_STEPS = 240  # into which a span of time is divided
MOST_NEIGHBOURS = 64  # subscriptions in a row that share a step
SHORTEST_STEP = timedelta(seconds=5)

_ROUNDS = 16  # in which the steps are dealt out at least, so that each gets about as many
_NO_HOUR = -1

_ROW = DELIVERIES.c


@dataclass(frozen=True, slots=True)
class Lanes:
    """When letters fall due (aware UTC): readers of a zone and hour at their own moment, the others at `at`.

    From its moment on a lane leaves evenly over `spread`.
    """

    at: datetime
    own: Mapping[tuple[str, int | None], datetime] = field(default_factory=dict)
    spread: timedelta = timedelta(0)


def enqueue(session: Session, letter: LetterRow, readers: Select[*tuple[Any, ...]], lanes: Lanes) -> int:
    """Owe a letter to `readers`, a statement of Subscription and Subscriber; return how many are new.

    Each reader is always in the same step of a spread. A reader who is owed this issue already, by whatever
    letter, stays as they are.
    """
    falls_due = _FallsDue.of(session, lanes)
    due_at = falls_due.moment()
    columns = {
        "issue_id": literal(letter.issue_id),
        "subscription_id": Subscription.id,
        "letter_id": literal(letter.id),
        "state": literal(str(DeliveryState.OWED)),
        "due_at": due_at.label("due_at"),
        "first_due_at": due_at.label("first_due_at"),
    }
    wanted = falls_due.joined(readers.with_only_columns(*columns.values()))
    statement = insert_missing(session, DeliveryRow, ["issue_id", "subscription_id"])
    return _inserted(session.connection(), statement.from_select(list(columns), wanted))


def _inserted(connection: Connection, statement: Insert) -> int:
    """Execute it; return how many rows it wrote. SQLite's driver counts only what begins with INSERT."""
    result = connection.execute(statement.execution_options(preserve_rowcount=True))
    if connection.dialect.name == "sqlite":
        return int(connection.exec_driver_sql("SELECT changes()").scalar_one())
    return result.rowcount


@dataclass(frozen=True, slots=True)
class _FallsDue:
    """Each reader's moment as an expression. `places` says which of the moments a zone and hour has."""

    moments: Sequence[datetime]
    places: CTE | None
    spread: timedelta
    steps: int
    neighbours: int

    @classmethod
    def of(cls, session: Session, lanes: Lanes) -> _FallsDue:
        """Deal the moments out."""
        moments = sorted({lanes.at, *lanes.own.values()}, key=lambda moment: (moment != lanes.at, moment))
        own = [
            (zone, _NO_HOUR if hour is None else hour, moments.index(moment))
            for (zone, hour), moment in lanes.own.items()
            if moment != lanes.at
        ]
        steps = min(max(lanes.spread // SHORTEST_STEP, 1), max(MOST_STEPS // len(moments), 1))
        latest = session.scalar(select(func.max(Subscription.id))) or 0
        neighbours = min(max(latest // (steps * _ROUNDS), 1), MOST_NEIGHBOURS)
        return cls(moments, _table(own) if own else None, lanes.spread, steps, neighbours)

    def joined(self, readers: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """Return the readers beside the place of their lane."""
        if self.places is None:
            return readers
        hour = func.coalesce(Subscription.hour, _NO_HOUR)
        mine = and_(self.places.c.time_zone == Subscriber.time_zone, self.places.c.hour == hour)
        return readers.outerjoin(self.places, mine)

    def moment(self) -> ColumnElement[datetime]:
        """Return the moment of each reader's lane and step."""
        if self.places is None:
            return self._within(self.moments[0])
        place = func.coalesce(self.places.c.place, 0)
        return _one_of(place, [self._within(moment) for moment in self.moments])

    def _within(self, moment: datetime) -> ColumnElement[datetime]:
        """Return the moment of a lane's step.

        Neighbours share a step, as far as it stays even: they lie on the same pages, which cost more than rows do.
        """
        step = Subscription.id // self.neighbours % self.steps
        later = (moment + self.spread * number / self.steps for number in range(self.steps))
        return _one_of(step, [literal(each, _ROW.due_at.type) for each in later])


def _table(own: Sequence[tuple[str, int, int]]) -> CTE:
    columns = column("time_zone", String), column("hour", Integer), column("place", Integer)
    return values(*columns, name="own").data(own).cte("lanes")


def _one_of(
    number: ColumnElement[int], moments: Sequence[ColumnElement[datetime]], first: int = 0
) -> ColumnElement[datetime]:
    """Return the moment of that number, found by halves: 8 comparisons instead of 240 for each of a million."""
    if len(moments) == 1:
        return moments[0]
    half = len(moments) // 2
    later = _one_of(number, moments[half:], first + half)
    return case((number < first + half, _one_of(number, moments[:half], first)), else_=later)
