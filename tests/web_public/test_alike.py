"""An address that is known and one that is not: the same words, the same status, the same work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from newsletter.app import App, compose
from newsletter.clock import SetChance, SetClock
from newsletter.settings import Limit, Settings
from newsletter.web.app import create_web
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.models import Notice, NoticeState, SuppressionReason
from subscribers.suppression import suppress
from tests.web_public.conftest import Reader


@pytest.fixture
def reader(any_database: Database, settings: Settings, clock: SetClock) -> Iterator[Reader]:
    """The pages with every limit in force, on SQLite and on PostgreSQL."""
    url = any_database.engine.url.render_as_string(hide_password=False)
    limit = Limit(900, timedelta(hours=1))
    signup = replace(settings.signup, per_network=limit, per_address=limit)
    app = compose(replace(settings, database_url=url, signup=signup), clock, SetChance())
    yield Reader(app, create_web(app).test_client(use_cookies=False))
    app.database.dispose()


@contextmanager
def listening(app: App) -> Iterator[list[str]]:
    """Hear the statements that are executed."""
    heard: list[str] = []

    def hear(*told: object) -> None:
        heard.append(str(told[2]))

    event.listen(app.database.engine, "before_cursor_execute", hear)
    yield heard
    event.remove(app.database.engine, "before_cursor_execute", hear)


def stories() -> dict[str, Callable[[Reader, str], object]]:
    """Return what may have happened to an address before, by name."""

    def left(reader: Reader, email: str) -> None:
        number = reader.subscribed(email)
        with reader.app.database.writing() as session:
            unsubscribe(session, number, Evidence("link"), reader.app.clock.now())

    def barred(reader: Reader, email: str) -> None:
        with reader.app.database.writing() as session:
            now = reader.app.clock.now()
            suppress(session, reader.app.tokens, email, SuppressionReason.COMPLAINED, now)

    def often(reader: Reader, email: str) -> None:
        for _ in range(3):
            reader.pending(email)
            reader.app.clock.sleep(1)
            with reader.app.database.writing() as session:
                session.execute(update(Notice).values(state=NoticeState.ACCEPTED))

    return {
        "new": lambda reader, email: None,
        "pending": lambda reader, email: reader.pending(email),
        "active": lambda reader, email: reader.subscribed(email),
        "elsewhere": lambda reader, email: reader.subscribed(email, "weekend"),
        "left": left,
        "barred": barred,
        "often": often,
    }


@pytest.mark.parametrize("path", ["/subscribe/evening", "/preferences"])
def test_every_address_takes_the_same_statements_and_gets_the_same_answer(reader: Reader, path: str) -> None:
    reader.post(path, email="first@reader.example")  # remembers the words of consent, once
    heard, answers = {}, set()
    for name, happened in stories().items():
        email = f"{name}@reader.example"
        happened(reader, email)
        with listening(reader.app) as statements:
            page = reader.post(path, email=email)
        heard[name] = statements
        answers.add((page.status_code, page.text.replace(email, "X"), tuple(page.headers.keys())))
    assert len(answers) == 1
    assert {name for name in heard if heard[name] != heard["new"]} == set()
    assert any("INSERT INTO notices" in statement for statement in heard["new"])
