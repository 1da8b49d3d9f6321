"""The mail that answers a sign-up: which one, whether it may be owed, and whose turn it is.

Mails of different origins take turns, as a fair queue has it: an origin's next mail stands `SPACING` behind its
last one. Where mails leave at once nobody notices; where they have to wait, a flood waits behind everybody else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Exists, and_, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from subscribers.database import Database, UtcDateTime
from subscribers.models import Notice, NoticeKind, NoticeState, Subscriber, Subscription, Suppression
from subscribers.states import State
from subscribers.suppression import MAY_COME_BACK, find

SPACING = timedelta(minutes=10)  # so many networks a minute can be kept waiting as ten minutes have mails
REMEMBERED = timedelta(days=1)  # how long an origin is kept
_DAY = timedelta(days=1)


def owe_answer(
    session: Session,
    subscriber: Subscriber,
    subscription: Subscription,
    now: datetime,
    *,
    mails_per_day: int,
    origin: str = "",
) -> None:
    """Owe the mail, unless one is on its way, enough were owed within a day, or none may be sent at all."""
    is_barred = find(session, subscriber.address_hash) is not None
    is_known = subscription.state == State.ACTIVE and not is_barred
    kind = NoticeKind.ALREADY_SUBSCRIBED if is_known else NoticeKind.CONFIRMATION
    values: dict[str, ColumnElement[Any]] = {
        "subscription_id": literal(subscription.id),
        "kind": literal(str(kind)),
        "state": literal(str(NoticeState.OWED)),
        "created_at": literal(now, UtcDateTime()),
        "due_at": literal(now, UtcDateTime()),
        "origin": literal(origin),
        "turn_at": literal(_turn(session, origin, now), UtcDateTime()),
    }
    wanted = select(*values.values()).where(
        ~_is_barred_for_ever(subscriber),
        ~_is_on_its_way(subscriber, subscription, kind, now),
        _mails_since(subscriber, now - _DAY) < mails_per_day,
    )
    session.execute(insert(Notice).from_select(list(values), wanted))


def forget_origins(database: Database, now: datetime) -> None:
    """Forget where mails were asked for, once that is a day ago."""
    old = Notice.origin != "", Notice.created_at < now - REMEMBERED
    with database.writing() as session:
        session.execute(update(Notice).where(*old).values(origin=""))


def _turn(session: Session, origin: str, now: datetime) -> datetime:
    last = session.scalar(select(func.max(Notice.turn_at)).where(Notice.origin == origin, Notice.origin != ""))
    return max(now, last + SPACING) if last else now


def _is_barred_for_ever(subscriber: Subscriber) -> Exists:
    mine = Suppression.address_hash == subscriber.address_hash
    return exists().where(mine, Suppression.reason.not_in(MAY_COME_BACK))


def _is_on_its_way(subscriber: Subscriber, subscription: Subscription, kind: NoticeKind, now: datetime) -> Exists:
    """Tell whether such a mail has yet to leave: for this subscription, or a confirmation made in this act."""
    same_act = and_(Notice.kind == NoticeKind.CONFIRMATION, Notice.created_at == now)
    return exists().where(
        Notice.subscription_id == Subscription.id,
        Subscription.subscriber_id == subscriber.id,
        Notice.kind == kind,
        Notice.state == NoticeState.OWED,
        or_(Notice.subscription_id == subscription.id, same_act),
    )


def _mails_since(subscriber: Subscriber, since: datetime) -> ColumnElement[int]:
    counted = select(func.count(Notice.id)).join(Subscription, Subscription.id == Notice.subscription_id)
    mine = Subscription.subscriber_id == subscriber.id, Notice.created_at > since
    return counted.where(*mine).scalar_subquery()
