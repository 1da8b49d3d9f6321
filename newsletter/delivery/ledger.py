"""The ledger: what is owed to whom, what was tried, and what came of it. Works alike on SQLite and PostgreSQL.

    enqueue -> owed | claim -> claimed | settle -> accepted, deferred, rejected, in_doubt | sweep -> in_doubt

Every function works inside the caller's transaction, in which nobody may wait on the network. What protects
readers is the order: a claim is committed before a message's first byte, so whatever may have left is either
settled or in doubt by name. `now` is aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from newsletter.delivery.claiming import DELIVERIES, UNDER_WAY, Claim, Claimed, claim, claimable, may_be_tried
from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.delivery.tables import DeliveryRow, LetterRow
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import InDoubt
from subscribers.addresses import normalise
from subscribers.audience import readers
from subscribers.inserting import insert_missing
from subscribers.models import Subscriber, Subscription

__all__ = [
    "UNDER_WAY", "Claim", "Claimed", "Line", "Swept", "balance", "claim", "claimable", "deliveries_of",
    "due_issues", "enqueue", "enqueued", "extend", "is_finished", "next_due", "release", "resend_in_doubt",
    "settle", "sweep",
]  # fmt: skip

_ROW = DELIVERIES.c


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep put right: claims nobody holds any more, and what a cancelled issue still owed."""

    in_doubt: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery as the books tell it. `doubts` above 0 means that more than one copy may have arrived."""

    issue_id: int
    newsletter: str
    date: date
    subscription_id: int
    email: str
    state: DeliveryState
    due_at: datetime
    attempts: int
    doubts: int
    settled_at: datetime | None
    status: str
    reply: str
    remote_id: str


def enqueue(
    session: Session, letter: LetterRow, newsletter: str, choices: Iterable[tuple[str, str]], due_at: datetime
) -> int:
    """Owe a letter to every reader of these choices (sections as written, language); return how many are new.

    A reader who is owed this issue already, by whatever letter, stays as they are.
    """
    chosen = [and_(Subscription.sections == sections, Subscriber.language == tag) for sections, tag in choices]
    values = {
        "issue_id": literal(letter.issue_id),
        "subscription_id": Subscription.id,
        "letter_id": literal(letter.id),
        "state": literal(str(DeliveryState.OWED)),
        "due_at": literal(due_at, _ROW.due_at.type),
        "first_due_at": literal(due_at, _ROW.first_due_at.type),
    }
    wanted = readers(newsletter).with_only_columns(*values.values()).where(or_(*chosen))
    statement = insert_missing(session, DeliveryRow, ["issue_id", "subscription_id"])
    counted = statement.from_select(list(values), wanted).execution_options(preserve_rowcount=True)
    return session.connection().execute(counted).rowcount


def settle(session: Session, issue_id: int, owner: str, now: datetime, settlements: Sequence[Settlement]) -> int:
    """Write what came of our claims; return how many there were to write it to.

    A claim that was swept meanwhile is no longer ours, and stays as whoever took it over has it.
    """
    if not settlements:
        return 0
    statement = (
        update(DELIVERIES)
        .where(
            _ROW.issue_id == issue_id,
            _ROW.subscription_id == bindparam("key"),
            _ROW.state == DeliveryState.CLAIMED,
            _ROW.owner == owner,
        )
        .values(
            state=bindparam("new_state"),
            due_at=func.coalesce(bindparam("next_try", type_=_ROW.due_at.type), _ROW.due_at),
            doubts=_ROW.doubts + bindparam("doubt"),
            settled_at=now,
            status=bindparam("new_status"),
            reply=bindparam("new_reply"),
            remote_id=bindparam("new_remote_id"),
        )
    )
    return session.connection().execute(statement, [_parameters(each) for each in settlements]).rowcount


def release(session: Session, issue_id: int, owner: str) -> int:
    """Give back every claim of ours that was not begun, as if it had not been tried; return how many."""
    statement = (
        update(DELIVERIES)
        .where(*_held_by(issue_id, owner))
        .values(state=DeliveryState.OWED, owner="", lease_until=None, attempts=_ROW.attempts - 1)
    )
    return session.connection().execute(statement).rowcount


def extend(session: Session, issue_id: int, owner: str, until: datetime) -> int:
    """Hold our claims for longer; return how many are still ours."""
    statement = update(DELIVERIES).where(*_held_by(issue_id, owner)).values(lease_until=until)
    return session.connection().execute(statement).rowcount


def sweep(session: Session, now: datetime) -> Swept:
    """Put in doubt what a sender claimed and never settled, and withdraw what cancelled issues still owe.

    What follows a doubt is the policy's matter: see `claim` and `resend_in_doubt`.
    """
    # A late sender may be settling the same rows at this moment; those are left to it, not waited for.
    abandoned = (
        select(_ROW.issue_id, _ROW.subscription_id)
        .where(_ROW.state == DeliveryState.CLAIMED, _ROW.lease_until < now)
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
        .where(_ROW.issue_id.in_(cancelled), _ROW.state.in_([DeliveryState.OWED, DeliveryState.DEFERRED]))
        .values(state=DeliveryState.WITHDRAWN, settled_at=now, reply="the issue was cancelled")
    )
    connection = session.connection()
    return Swept(connection.execute(lapsed).rowcount, connection.execute(called_off).rowcount)


def resend_in_doubt(session: Session, issue_id: int, now: datetime) -> int:
    """Have every copy in doubt sent again, whatever the policy: an operator's decision. Return how many."""
    statement = (
        update(DELIVERIES)
        .where(_ROW.issue_id == issue_id, _ROW.state == DeliveryState.IN_DOUBT)
        .values(state=DeliveryState.OWED, due_at=now, owner="", lease_until=None)
    )
    return session.connection().execute(statement).rowcount


def balance(session: Session, issue_id: int) -> dict[DeliveryState, int]:
    """Return how many deliveries stand where; every state is named, and the sum is what was enqueued."""
    counted = (
        select(DeliveryRow.state, func.count()).where(DeliveryRow.issue_id == issue_id).group_by(DeliveryRow.state)
    )
    return dict.fromkeys(DeliveryState, 0) | {DeliveryState(state): n for state, n in session.execute(counted)}


def enqueued(session: Session, issue_id: int) -> int:
    """Return how many deliveries were written when the issue was locked, as noted then."""
    return session.scalar(select(func.sum(LetterRow.enqueued)).where(LetterRow.issue_id == issue_id)) or 0


def is_finished(session: Session, issue_id: int, in_doubt: InDoubt) -> bool:
    """Tell whether nothing will be tried any more unless an operator wants it."""
    waiting = (*claimable(in_doubt), DeliveryState.CLAIMED)
    is_open = exists().where(
        DeliveryRow.issue_id == issue_id,
        DeliveryRow.state.in_(waiting),
        may_be_tried(),
    )
    return not session.scalar(select(is_open))


def next_due(session: Session, issue_id: int, in_doubt: InDoubt) -> datetime | None:
    """Return when the next delivery of an issue may be tried, or a claim runs out; None when nothing waits."""
    at = case((DeliveryRow.state == DeliveryState.CLAIMED, DeliveryRow.lease_until), else_=DeliveryRow.due_at)
    waiting = DeliveryRow.state.in_((*claimable(in_doubt), DeliveryState.CLAIMED))
    wanted = select(func.min(at, type_=_ROW.due_at.type)).where(DeliveryRow.issue_id == issue_id)
    moment: datetime | None = session.scalar(wanted.where(waiting, may_be_tried()))
    return moment


def due_issues(session: Session, now: datetime) -> list[int]:
    """Return the issues a sender should look at, the longest due first.

    Those being sent, to go on or to be finished; and those sent of which something is owed again.
    """
    again = exists().where(
        DeliveryRow.issue_id == IssueRow.id,
        DeliveryRow.state.in_([DeliveryState.OWED, DeliveryState.DEFERRED]),
        DeliveryRow.due_at <= now,
    )
    wanted = or_(IssueRow.state == IssueState.SENDING, and_(IssueRow.state == IssueState.SENT, again))
    return list(session.scalars(select(IssueRow.id).where(wanted).order_by(IssueRow.send_at, IssueRow.id)))


def deliveries_of(session: Session, email: str | None = None, issue_id: int | None = None) -> list[Line]:
    """Answer "did she get it?": the deliveries of an address, of an issue, or of both; the latest issue first.

    Raises InvalidAddress.
    """
    wanted = _lines().order_by(IssueRow.date.desc(), IssueRow.id.desc(), DeliveryRow.subscription_id)
    if email is not None:
        wanted = wanted.where(Subscriber.address == normalise(email).key)
    if issue_id is not None:
        wanted = wanted.where(DeliveryRow.issue_id == issue_id)
    return [
        Line(
            issue_id=issue.id,
            newsletter=issue.newsletter,
            date=issue.date,
            subscription_id=row.subscription_id,
            email=address,
            state=DeliveryState(row.state),
            due_at=row.due_at,
            attempts=row.attempts,
            doubts=row.doubts,
            settled_at=row.settled_at,
            status=row.status,
            reply=row.reply,
            remote_id=row.remote_id,
        )
        for row, issue, address in session.execute(wanted)
    ]


def _lines() -> Select[DeliveryRow, IssueRow, str]:
    return (
        select(DeliveryRow, IssueRow, Subscriber.email)
        .join(IssueRow, IssueRow.id == DeliveryRow.issue_id)
        .join(Subscription, Subscription.id == DeliveryRow.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    )


def _held_by(issue_id: int, owner: str) -> tuple[ColumnElement[bool], ...]:
    return _ROW.issue_id == issue_id, _ROW.state == DeliveryState.CLAIMED, _ROW.owner == owner


def _parameters(each: Settlement) -> dict[str, object]:
    return {
        "key": each.key,
        "new_state": each.state,
        "next_try": each.due_at,
        "doubt": int(each.state is DeliveryState.IN_DOUBT),
        "new_status": each.status[:16],
        "new_reply": each.reply,
        "new_remote_id": each.remote_id,
    }
