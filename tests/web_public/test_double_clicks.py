"""Every link pressed by several at once, as impatient people and scanners do: one effect, one event, no error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.app import compose
from newsletter.clock import SetChance, SetClock
from newsletter.settings import Settings
from newsletter.web.app import create_web
from subscribers.database import Database
from subscribers.models import Subscription, SubscriptionEvent
from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader

AT_ONCE = 4


@pytest.fixture
def crowd(any_database: Database, settings: Settings, clock: SetClock) -> Iterator[Reader]:
    url = any_database.engine.url.render_as_string(hide_password=False)
    app = compose(replace(settings, database_url=url), clock, SetChance())
    web = create_web(app)
    yield Reader(app, web.test_client())
    app.database.dispose()


def press(reader: Reader, path: str, **fields: str) -> set[int]:
    """POST from several threads at once, each with a client of its own; return the status codes."""
    web = reader.http.application

    def once(_: int) -> int:
        return web.test_client().post(path, data=fields).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return set(pool.map(once, range(AT_ONCE)))


def events(reader: Reader, number: int) -> Counter[str]:
    with reader.app.database.reading() as session:
        told = select(SubscriptionEvent.event).where(SubscriptionEvent.subscription_id == number)
        return Counter(session.scalars(told))


def state(reader: Reader, number: int) -> str:
    with reader.app.database.reading() as session:
        return session.get_one(Subscription, number).state


def test_confirming(crowd: Reader) -> None:
    number = crowd.pending()
    assert press(crowd, crowd.link(Purpose.CONFIRM, number)) == {200}
    assert (state(crowd, number), events(crowd, number)["confirmed"]) == ("active", 1)


def test_leaving_and_coming_back(crowd: Reader) -> None:
    number = crowd.subscribed()
    assert press(crowd, crowd.link(Purpose.UNSUBSCRIBE, number)) == {200}
    assert press(crowd, crowd.link(Purpose.RETURN, number)) == {200}
    told = events(crowd, number)
    assert (state(crowd, number), told["unsubscribed"], told["returned"]) == ("active", 1, 1)


def test_choosing(crowd: Reader) -> None:
    number = crowd.subscribed()
    link = crowd.link(Purpose.PREFERENCES, number)
    assert press(crowd, link, frequency="weekly") == {200}
    until = (crowd.app.clock.now() + timedelta(days=9)).date().isoformat()
    assert press(crowd, f"{link}/pause", until=until) == {303}
    told = events(crowd, number)
    assert (told["preferences_changed"], told["paused"]) == (1, 1)


def test_moving(crowd: Reader) -> None:
    number = crowd.subscribed()
    crowd.post(f"{crowd.link(Purpose.PREFERENCES, number)}/address", email="ada@elsewhere.example")
    assert press(crowd, crowd.link(Purpose.ADDRESS, 1)) == {200}
    assert events(crowd, number)["address_changed"] == 1


def test_being_forgotten(crowd: Reader) -> None:
    number = crowd.subscribed()
    assert press(crowd, f"{crowd.link(Purpose.PREFERENCES, number)}/erase") == {200}
    assert (state(crowd, number), events(crowd, number)["erased"]) == ("unsubscribed", 1)


def test_everything_at_once_ends_in_a_state_that_the_events_explain(crowd: Reader) -> None:
    number = crowd.pending()
    paths = [
        crowd.link(Purpose.CONFIRM, number),
        crowd.link(Purpose.UNSUBSCRIBE, number),
        f"{crowd.link(Purpose.PREFERENCES, number)}/erase",
        crowd.link(Purpose.RETURN, number),
        "/subscribe/evening",
        crowd.link(Purpose.PREFERENCES, number),
    ]
    web = crowd.http.application
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = pool.map(lambda path: web.test_client().post(path, data={"email": EMAIL}).status_code, paths)
    assert all(answer < 500 for answer in answers)
    assert events(crowd, number)["erased"] == 1
    assert state(crowd, number) == "unsubscribed"
