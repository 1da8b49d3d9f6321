"""Events stay as they were written: the database itself refuses everything but losing personal data."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import IntegrityError

from subscribers.database import Database
from subscribers.models import SubscriptionEvent
from tests.subscribers.conftest import Register

TOLD = {"reason": "too_many", "words": "Every evening is too much"}


@pytest.fixture
def left(any_register: Register) -> Register:
    """A register with a reader who signed up, confirmed, and left with a reason."""
    number = any_register.sign_up()
    any_register.confirm(number)
    with any_register.database.writing() as session:
        session.execute(insert(SubscriptionEvent), [_event(number, any_register)])
    return any_register


def _event(number: int, register: Register) -> dict[str, Any]:
    columns = {"subscription_id": number, "at": register.now, "event": "unsubscribed", "source": "link"}
    return columns | {"detail": TOLD, "network_address": "192.0.2.7"}


def change(database: Database, **values: Any) -> None:
    with database.writing() as session:
        session.execute(update(SubscriptionEvent).values(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"event": "confirmed"},
        {"subscription_id": 2},
        {"source": "desk"},
        {"consent_version": ""},
        {"network_address": "192.0.2.8"},
        {"actor": "somebody"},
        {"source_page": "https://elsewhere.example/"},
        {"consent_text": "Send me everything."},
        {"detail": {"reason": "other"}},
        {"detail": TOLD | {"more": "words"}},
    ],
)
def test_an_event_is_never_rewritten(left: Register, values: dict[str, Any]) -> None:
    before = [(row.at, row.event, row.network_address, row.detail) for row in left.events(1)]
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        change(left.database, **values)
    assert [(row.at, row.event, row.network_address, row.detail) for row in left.events(1)] == before


def test_nor_dated_otherwise(left: Register) -> None:
    left.clock.sleep(60)
    with pytest.raises(IntegrityError):
        change(left.database, at=left.now)


@pytest.mark.parametrize("where", [SubscriptionEvent.id == 1, SubscriptionEvent.id > 0])
def test_no_event_is_deleted(left: Register, where: Any) -> None:
    with pytest.raises(IntegrityError, match="never changed or deleted"), left.database.writing() as session:
        session.execute(delete(SubscriptionEvent).where(where))
    assert len(left.events(1)) == 3


def test_what_is_personal_may_be_taken_away(left: Register) -> None:
    change(left.database, network_address="", source_page="", actor="", consent_text="")
    with left.database.writing() as session:
        last = update(SubscriptionEvent).where(SubscriptionEvent.event == "unsubscribed")
        session.execute(last.values(detail={"reason": "too_many"}))
    assert left.events(1)[-1].detail == {"reason": "too_many"}
    change(left.database, detail={})
    assert {row.network_address for row in left.events(1)} == {""}
    assert left.happened(1) == ["signed_up", "confirmed", "unsubscribed"]


@pytest.mark.postgres
def test_nor_is_the_table_emptied(postgresql: Database) -> None:
    with pytest.raises(IntegrityError), postgresql.writing() as session:
        session.execute(text("TRUNCATE subscription_events CASCADE"))
