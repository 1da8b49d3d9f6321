"""What the register knows of the staged entries: as it is, or as a dry run foresees that it would be by now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, aliased

from subscribers.importing.judging import Known
from subscribers.importing.staging import STAGED
from subscribers.models import Subscriber, Subscription, SubscriptionEvent, Suppression
from subscribers.states import Event, State

# How a dry run's earlier batches would have left somebody: a file may speak of them again.
FORESEEN = Table(
    "foreseen_readers",
    MetaData(),
    Column("address", Text, primary_key=True),
    Column("state", String),
    Column("bars", String),
    prefixes=["TEMPORARY"],
)
_FORESEE = text(f"""
    INSERT INTO {FORESEEN.name} SELECT address, state, bars FROM {STAGED.name} WHERE true
    ON CONFLICT (address) DO UPDATE SET
    state = coalesce(excluded.state, {FORESEEN.name}.state), bars = coalesce(excluded.bars, {FORESEEN.name}.bars)
""")  # noqa: S608 - our own words
_NOT_BY_THEMSELVES = (Event.IMPORTED, Event.IMPORT_UNDONE, Event.BOUNCED)


def known(session: Session, newsletter: str) -> list[tuple[int, Known]]:
    """Return what the register knows of the staged entries, for those of whom it knows anything that matters."""
    told = (Subscription.id.expression, Subscription.state.expression, Suppression.reason.expression)
    return _read(session, _asked(newsletter, *told))


def foreknown(session: Session, newsletter: str) -> list[tuple[int, Known]]:
    """Return what the register would know by now, had the dry run written all that it has foreseen."""
    number = func.coalesce(Subscription.id, case((FORESEEN.c.state.is_not(None), 0)))
    state = func.coalesce(FORESEEN.c.state, Subscription.state)
    barred = func.coalesce(Suppression.reason, FORESEEN.c.bars)
    asked = _asked(newsletter, number, state, barred)
    return _read(session, asked.outerjoin(FORESEEN, FORESEEN.c.address == STAGED.c.address))


def foresee(session: Session) -> None:
    """Keep how the staged entries, which are those that change something, would leave their readers."""
    session.execute(_FORESEE)


def _asked(
    newsletter: str, number: ColumnElement[Any], state: ColumnElement[Any], barred: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    acted = and_(STAGED.c.event.is_distinct_from(Event.IMPORTED), _has_acted())
    mine = and_(Subscription.subscriber_id == Subscriber.id, Subscription.newsletter == newsletter)
    return (
        select(STAGED.c.number, number, state, barred, acted)
        .select_from(STAGED)
        .outerjoin(Suppression, Suppression.address_hash == STAGED.c.address_hash)
        .outerjoin(Subscriber, Subscriber.address == STAGED.c.address)
        .outerjoin(Subscription, mine)
        .where(or_(barred.is_not(None), number.is_not(None), acted))
    )


def _has_acted() -> ColumnElement[bool]:
    theirs = aliased(Subscription)
    return (
        exists()
        .where(theirs.subscriber_id == Subscriber.id, theirs.state.in_((State.ACTIVE, State.PENDING)))
        .where(SubscriptionEvent.subscription_id == theirs.id, SubscriptionEvent.source != "import")
        .where(SubscriptionEvent.event.not_in(_NOT_BY_THEMSELVES))
        .correlate(Subscriber)
    )


def _read(session: Session, asked: Select[*tuple[Any, ...]]) -> list[tuple[int, Known]]:
    return [
        (at, Known(number, State(state) if state else None, barred, bool(acted)))
        for at, number, state, barred, acted in session.execute(asked)
    ]
