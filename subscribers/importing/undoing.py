"""Taking an import back: whoever it brought and who did nothing since is removed, all others stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.models import Import, Subscriber, Subscription, SubscriptionEvent
from subscribers.states import Event, State, follow

BATCH = 2000


@dataclass(slots=True)
class UndoReport:
    """What became of those whom an import had brought.

    `kept` did something themselves since, such as choosing sections, or were brought by a later import again;
    `left` have left by now; `removed_before` were taken back already.
    """

    removed: int = 0
    kept: int = 0
    left: int = 0
    removed_before: int = 0

    @property
    def seen(self) -> int:
        """How many were looked at."""
        return self.removed + self.kept + self.left + self.removed_before


def undo(
    database: Database,
    number: int,
    evidence: Evidence,
    clock: Callable[[], datetime],
    progress: Callable[[int], None] = lambda seen: None,  # noqa: ARG005
) -> UndoReport:
    """Remove whom an import brought, in batches; an import of the same file brings them back.

    Whom it took over as unsubscribed or suppressed stays so. Cut off, it is simply run again. Raises LookupError
    when there is no such import.
    """
    with database.reading() as session:
        if session.get(Import, number) is None:
            raise LookupError(f"there is no import {number}")
    report, last = UndoReport(), 0
    while True:
        with database.writing() as session:
            brought = _brought(session, number, last)
            _undo(brought, session, number, evidence, clock(), report)
        if not brought:
            break
        last = brought[-1][0]
        progress(report.seen)
    with database.writing() as session:
        session.get_one(Import, number).undone_at = clock()
    return report


def _undo(  # noqa: PLR0917
    brought: Sequence[tuple[int, int]],
    session: Session,
    number: int,
    evidence: Evidence,
    now: datetime,
    report: UndoReport,
) -> None:
    """Remove those of some subscriptions to which nothing has happened since, and count them all."""
    ids = [subscription for _, subscription in brought]
    owners = select(Subscription.subscriber_id).where(Subscription.id.in_(ids)).scalar_subquery()
    session.execute(
        select(Subscriber.id).where(Subscriber.id.in_(owners)).order_by(Subscriber.id).with_for_update()
    )
    untouched = list(session.scalars(_untouched([event for event, _ in brought])))
    _count(session, ids, len(untouched), report)
    _remove(session, untouched, number, evidence, now)


def _brought(session: Session, number: int, last: int) -> list[tuple[int, int]]:
    """Return the next of an import's events, with their subscriptions."""
    event = SubscriptionEvent
    wanted = select(event.id, event.subscription_id).where(event.import_id == number, event.id > last)
    found = session.execute(wanted.where(event.event == Event.IMPORTED).order_by(event.id).limit(BATCH))
    return [(at, subscription) for at, subscription in found]


def _untouched(brought: Sequence[int]) -> Select[int]:
    """Return the subscriptions of these events to which nothing has happened since.

    By the events' own numbers: whoever looks for the import's goes through all of its events each time.
    """
    event, later = SubscriptionEvent, aliased(SubscriptionEvent)
    since = exists().where(
        later.subscription_id == event.subscription_id, later.id > event.id, later.event != Event.BOUNCED
    )
    return (
        select(Subscription.id)
        .join(event, event.subscription_id == Subscription.id)
        .where(event.id.in_(brought), Subscription.state == State.ACTIVE, ~since)
        .order_by(Subscription.id)
    )


def _count(session: Session, ids: Sequence[int], removed: int, report: UndoReport) -> None:
    states = [
        State(state) for state in session.scalars(select(Subscription.state).where(Subscription.id.in_(ids)))
    ]
    report.removed += removed
    report.left += states.count(State.UNSUBSCRIBED)
    report.removed_before += states.count(State.REMOVED)
    report.kept += states.count(State.ACTIVE) + states.count(State.PENDING) - removed


def _remove(session: Session, ids: Sequence[int], number: int, evidence: Evidence, now: datetime) -> None:
    if not ids:
        return
    gone = {"state": follow(State.ACTIVE, Event.IMPORT_UNDONE), "changed_at": now}
    session.execute(update(Subscription).where(Subscription.id.in_(ids)).values(gone))
    told = {"at": now, "event": Event.IMPORT_UNDONE, "import_id": number, "detail": {}, **evidence.columns()}
    session.execute(insert(SubscriptionEvent), [{"subscription_id": one, **told} for one in ids])
