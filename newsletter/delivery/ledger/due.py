"""What is due: the statements by which a claim finds the deliveries it may take."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from newsletter.delivery.ledger.statements import Statement
from newsletter.delivery.ledger.tables import IS_WAITING, DeliveryRow
from newsletter.delivery.retry import MOST_DOUBTS
from newsletter.delivery.states import DeliveryState
from newsletter.settings import InDoubt
from subscribers.models import Subscriber, Subscription
from subscribers.states import State
from subscribers.suppression import vetoed

DELIVERIES = cast("Table", DeliveryRow.__table__)

_ROW = DELIVERIES.c

# Subscription, letter, address, name, attempts, first due time, slot, whether still a reader, due time; both times
# as the driver has them.
Due = tuple[int, int, str, str, int, Any, int, bool, Any]


def claimable(in_doubt: InDoubt) -> tuple[DeliveryState, ...]:
    """Return the states from which a delivery may be tried, in the order of their turn."""
    doubtful = (DeliveryState.IN_DOUBT,) if in_doubt is InDoubt.RESEND else ()
    return DeliveryState.OWED, DeliveryState.DEFERRED, *doubtful


def may_be_tried() -> ColumnElement[bool]:
    """Return the condition that a delivery in doubt may be sent again by itself: not too often, nor if left so."""
    is_sent_again = and_(DeliveryRow.doubts < MOST_DOUBTS, DeliveryRow.left_at.is_(None))
    return or_(DeliveryRow.state != DeliveryState.IN_DOUBT, is_sent_again)


@cache
def due(state: DeliveryState, in_span: bool) -> Statement:  # noqa: FBT001 - which of two statements
    """Return the statement of what is due in a state, and of whether each reader may still be mailed.

    The state stands in the text, as without it neither database could tell that an index of some states holds it.
    What is locked is chosen first and joined then, whatever PostgreSQL may think of tables it has not counted.
    """
    chosen = _of_span(state) if in_span else _in_turn(state)
    first = (
        chosen.limit(bindparam("limit")).with_for_update(skip_locked=True).cte("due").prefix_with("MATERIALIZED")
    )
    is_awake = or_(Subscription.paused_until.is_(None), Subscription.paused_until <= _moment("now"))
    is_reader = and_(Subscription.state == State.ACTIVE, is_awake, ~vetoed()).label("is_reader")
    joined = (
        select(
            first.c.subscription_id,
            first.c.letter_id,
            Subscriber.email,
            Subscriber.name,
            first.c.attempts,
            first.c.first_due_at,
            first.c.slot,
            is_reader,
            first.c.due_at,
        )
        .join(Subscription, Subscription.id == first.c.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .order_by(*([] if in_span else [first.c.due_at]), first.c.subscription_id)
    )
    return Statement(lambda _: joined)


def _chosen(state: DeliveryState) -> Select[*tuple[Any, ...]]:
    columns = (
        _ROW.subscription_id, _ROW.letter_id, _ROW.attempts, _ROW.first_due_at, _ROW.slot, _ROW.due_at,
    )  # fmt: skip
    wanted = select(*columns).where(_ROW.issue_id == bindparam("issue_id"), _ROW.due_at <= _moment("now"))
    return wanted.where(may_be_tried()) if state is DeliveryState.IN_DOUBT else wanted


def _in_turn(state: DeliveryState) -> Select[*tuple[Any, ...]]:
    """Those due longest first: a range of the index of what waits."""
    place = tuple_(_ROW.due_at, _ROW.subscription_id) > tuple_(_moment("after_due"), bindparam("after"))
    return (
        _chosen(state)
        .where(text(IS_WAITING), _ROW.state == literal_column(f"'{state}'"), place)
        .order_by(_ROW.due_at, _ROW.subscription_id)
    )


def _of_span(state: DeliveryState) -> Select[*tuple[Any, ...]]:
    """A range of the primary key. The state is dressed up, lest the index of what waits be taken for narrower."""
    return (
        _chosen(state)
        .where(_ROW.subscription_id > bindparam("after"), _ROW.subscription_id <= bindparam("last"))
        .where((_ROW.state + literal_column("''")) == literal_column(f"'{state}'"))
        .order_by(_ROW.subscription_id)
    )


def _moment(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=_ROW.due_at.type)
