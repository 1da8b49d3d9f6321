"""The feed of events: whoever follows it sees each event once and in order, also while others write."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from sqlalchemy import select

from subscribers import feed
from subscribers.database import Database
from subscribers.evidence import Evidence, append
from subscribers.models import Subscription, SubscriptionEvent
from subscribers.states import Event
from tests.subscribers.conftest import Register

NOW = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
API = Evidence("api", actor="shop")


def write(
    database: Database,
    subscription: int,
    drawn: threading.Event | None = None,
    late: threading.Event | None = None,
) -> None:
    """Append one event. Tell by `drawn` when it has its number, and commit once `late` is set."""
    with database.writing() as session:
        append(session, session.get_one(Subscription, subscription), Event.PREFERENCES_CHANGED, API, NOW)
        if drawn and late:
            drawn.set()
            late.wait(30)


def numbers(database: Database, after: int = 0, limit: int = 100) -> list[int]:
    return [event.id for event in feed.read(database, after, limit)]


def test_events_come_in_order_and_whole(any_register: Register) -> None:
    subscription = any_register.sign_up()
    any_register.confirm(subscription)
    first, second = feed.read(any_register.database, 0, 10)
    assert (first.event, second.event) == ("signed_up", "confirmed")
    assert second.subscription.subscriber.email == "ada@reader.example"
    assert numbers(any_register.database, first.id, 10) == [second.id]
    assert numbers(any_register.database, second.id) == []


@pytest.mark.postgres
def test_a_later_number_waits_for_an_earlier_one_that_is_not_committed(
    postgresql: Database, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_LOOKS", 2)
    register.database = postgresql
    slow, quick = register.sign_up(), register.sign_up("mia@reader.example")
    done = numbers(postgresql)[-1]
    late, drawn = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write, postgresql, slow, drawn, late)
        drawn.wait(30)
        write(postgresql, quick)
        assert numbers(postgresql, done) == []
        late.set()
        writing.result()
    assert numbers(postgresql, done) == [done + 1, done + 2]


@pytest.mark.postgres
def test_while_many_write_nothing_is_skipped_and_nothing_comes_twice(
    postgresql: Database, register: Register
) -> None:
    register.database = postgresql
    rows = [register.sign_up(f"reader{number}@home.example") for number in range(4)]
    seen: list[int] = []
    over = threading.Event()

    def follow() -> None:
        cursor, last = 0, False
        while not last:
            last = over.is_set()
            got = numbers(postgresql, cursor, 7)
            seen.extend(got)
            cursor, last = (got[-1] if got else cursor), last and not got

    with ThreadPoolExecutor(5) as pool:
        following = pool.submit(follow)
        for writing in [pool.submit(_write_many, postgresql, row) for row in rows]:
            writing.result()
        over.set()
        following.result()
    assert all(earlier < later for earlier, later in pairwise(seen))
    with postgresql.reading() as session:
        assert seen == list(session.scalars(select(SubscriptionEvent.id).order_by(SubscriptionEvent.id)))
    assert len(seen) == 4 + 4 * 60


def _write_many(database: Database, subscription: int) -> None:
    for _ in range(60):
        write(database, subscription)
