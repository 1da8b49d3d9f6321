"""A batch of entries in a temporary table, and what is done with it: a few statements, however many rows.

The table lives as long as the transaction and is seen by its connection alone. Rows go into the register by
`INSERT … SELECT … ON CONFLICT DO NOTHING`, sorted, so that two imports at once never wait for each other in a
ring, and whoever signs up meanwhile keeps their subscription as they made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    CursorResult,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    true,
)  # fmt: skip
from sqlalchemy.orm import Session

from subscribers.database import UtcDateTime
from subscribers.evidence import Evidence
from subscribers.importing.entries import Entry
from subscribers.importing.judging import Change
from subscribers.importing.products import Elsewhere
from subscribers.inserting import insert_missing
from subscribers.models import Subscriber, Subscription, SubscriptionEvent, Suppression, SuppressionReason
from subscribers.states import Event, State, follow

STAGED = Table(
    "staged_readers",
    MetaData(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("email", String),
    Column("address", String),
    Column("address_hash", String),
    Column("name", String),
    Column("sections", String),
    Column("language", String),
    Column("time_zone", String),
    Column("frequency", String),
    Column("hour", Integer),
    Column("network_address", String),
    Column("detail", JSON),
    Column("state", String),
    Column("event", String),
    Column("bars", String),
    prefixes=["TEMPORARY"],
)
_DROP = delete(STAGED).where(STAGED.c.number == bindparam("gone"))
_AT_ONCE = 1000
# A batch changes pages all over the register; where there is room for them, each is written but once. In KiB.
_CACHE = "PRAGMA cache_size = -65536"
# What a staged row says of each standing: state and event of a new subscription, or why the address is barred.
_COURSES: Mapping[Elsewhere, tuple[str | None, str | None, str | None]] = {
    Elsewhere.SUBSCRIBED: (str(follow(None, Event.IMPORTED)), str(Event.IMPORTED), None),
    Elsewhere.UNSUBSCRIBED: (str(follow(None, Event.UNSUBSCRIBED)), str(Event.UNSUBSCRIBED), None),
    Elsewhere.BOUNCED: (None, None, str(SuppressionReason.BOUNCED)),
    Elsewhere.COMPLAINED: (None, None, str(SuppressionReason.COMPLAINED)),
    Elsewhere.BARRED: (None, None, str(SuppressionReason.BY_HAND)),
}


@contextmanager
def staged(session: Session, entries: Sequence[Entry]) -> Iterator[None]:
    """Hold the entries in the table; each one's `number` is its place among them."""
    connection = session.connection()
    STAGED.create(connection)
    columns = [column.name for column in STAGED.columns]
    cursor = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        cursor.execute(_CACHE)
        marks = ", ".join("?" * len(columns))
        cursor.executemany(f"INSERT INTO {STAGED.name} VALUES ({marks})", list(_rows(entries)))  # noqa: S608 - ours
    else:
        with cursor.copy(f"COPY {STAGED.name} FROM STDIN") as copy:
            for row in _rows(entries):
                copy.write_row(row)
        cursor.execute(f"ANALYZE {STAGED.name}")
    yield
    STAGED.drop(connection)


def _rows(entries: Iterable[Entry]) -> Iterator[tuple[object, ...]]:
    for number, entry in enumerate(entries):
        yield number, *entry[1:-1], *_COURSES[entry.elsewhere]


def drop(session: Session, numbers: Sequence[int]) -> None:
    """Take entries out of the table."""
    if numbers:
        session.connection().execute(_DROP, [{"gone": number} for number in numbers])


def subscribe(session: Session, newsletter: str, evidence: Evidence, number: int, now: datetime) -> int:
    """Write readers, subscriptions and their first events; return how many had come by themselves meanwhile.

    Those have an event already: every subscription has one from its beginning.
    """
    wanted = select(func.count()).select_from(STAGED).where(STAGED.c.event.is_not(None))
    _insert_readers(session, now)
    _insert_subscriptions(session, newsletter, now)
    return session.scalars(wanted).one() - _insert_events(session, newsletter, evidence, number, now)


def count_anew(session: Session) -> None:
    """Have PostgreSQL look at the tables, which it would do by itself only later: until then it plans badly."""
    if session.get_bind().dialect.name == "postgresql":
        for table in (Subscriber, Subscription, SubscriptionEvent):
            session.execute(text(f"ANALYZE {table.__tablename__}"))


def bar(session: Session, note: str, now: datetime) -> None:
    """Suppress the addresses of those who bounced, complained or were barred at the other product."""
    row = select(STAGED.c.address_hash, STAGED.c.bars, literal(note), literal(now, UtcDateTime))
    wanted = row.where(STAGED.c.bars.is_not(None)).order_by(STAGED.c.address_hash)
    columns = ["address_hash", "reason", "note", "at"]
    session.execute(insert_missing(session, Suppression, ["address_hash"]).from_select(columns, wanted))


def _insert_readers(session: Session, now: datetime) -> None:
    columns = ("email", "address", "address_hash", "name", "language", "time_zone")
    new = select(*(STAGED.c[column] for column in columns), literal(now, UtcDateTime), true())
    wanted = new.where(STAGED.c.event.is_not(None)).order_by(STAGED.c.address)
    missing = insert_missing(session, Subscriber, ["address"])
    session.execute(missing.from_select([*columns, "created_at", "tracking"], wanted))


def _insert_subscriptions(session: Session, newsletter: str, now: datetime) -> None:
    moment = literal(now, UtcDateTime)
    new = (
        select(
            Subscriber.id, literal(newsletter), STAGED.c.state, STAGED.c.sections, STAGED.c.frequency,
            STAGED.c.hour, moment, moment.label("changed_at"),
        )
        .join_from(STAGED, Subscriber, Subscriber.address == STAGED.c.address)
        .where(STAGED.c.event.is_not(None))
        .order_by(Subscriber.id)
    )  # fmt: skip
    columns = [
        "subscriber_id", "newsletter", "state", "sections", "frequency", "hour", "created_at", "changed_at"
    ]  # fmt: skip
    missing = insert_missing(session, Subscription, ["subscriber_id", "newsletter"])
    session.execute(missing.from_select(columns, new))


def _insert_events(session: Session, newsletter: str, evidence: Evidence, number: int, now: datetime) -> int:
    told: dict[str, ColumnElement[Any]] = {name: literal(text) for name, text in evidence.columns().items()}
    told |= {"network_address": STAGED.c.network_address, "event": STAGED.c.event, "detail": STAGED.c.detail}
    told |= {"at": literal(now, UtcDateTime), "import_id": literal(number)}
    has_none = ~exists().where(SubscriptionEvent.subscription_id == Subscription.id)
    new = (
        select(Subscription.id, *told.values())
        .join_from(STAGED, Subscriber, Subscriber.address == STAGED.c.address)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(STAGED.c.event.is_not(None), Subscription.newsletter == newsletter, has_none)
        .order_by(STAGED.c.number)  # so that no database begins with all the subscriptions there are
    )
    written = insert(SubscriptionEvent).from_select(["subscription_id", *told], new)
    done = session.execute(written.execution_options(preserve_rowcount=True))
    return cast("CursorResult[Any]", done).rowcount


def change(
    session: Session, changes: Mapping[int, Change], evidence: Evidence, number: int, now: datetime
) -> list[int]:
    """Let subscriptions that are here already follow an event; return the entries' numbers whose did.

    Readers' rows are locked first, in order, as by everybody who changes a subscription; who has moved on
    meanwhile is left as they are.
    """
    done = []
    by_id = {each.subscription_id: (at, each) for at, each in changes.items()}
    for row in _locked(session, sorted(by_id)):
        at, wanted = by_id[row.id]
        if row.state == wanted.before:
            row.state, row.changed_at = follow(State(row.state), wanted.event), now
            session.add(
                SubscriptionEvent(
                    subscription_id=row.id, at=now, event=wanted.event, import_id=number, detail={},
                    **evidence.columns(),
                )
            )  # fmt: skip
            done.append(at)
    session.flush()
    return done


def _locked(session: Session, ids: list[int]) -> Iterator[Subscription]:
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        owners = select(Subscription.subscriber_id).where(Subscription.id.in_(some)).scalar_subquery()
        session.execute(
            select(Subscriber.id).where(Subscriber.id.in_(owners)).order_by(Subscriber.id).with_for_update()
        )
        wanted = select(Subscription).where(Subscription.id.in_(some)).order_by(Subscription.id)
        yield from session.scalars(wanted.execution_options(populate_existing=True)).all()
