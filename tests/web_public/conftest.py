"""The readers' pages as a reader meets them, and the register behind them as it really is afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from newsletter.app import App, compose
from newsletter.clock import SetChance, SetClock
from newsletter.settings import NewsletterSettings, Settings
from newsletter.web.app import create_web
from subscribers.database import Base, Database
from subscribers.models import Notice, NoticeState, Subscriber, Subscription, SubscriptionEvent
from subscribers.signup import Evidence, SignUp, confirm, sign_up
from subscribers.tokens import Purpose

EMAIL = "ada@reader.example"


@dataclass
class Reader:
    """A reader with a browser that keeps no cookies, and an eye on the register."""

    app: App
    http: FlaskClient

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.http.get(path, **more)

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.http.post(path, data=fields)

    def subscribed(self, email: str = EMAIL, newsletter: str = "evening", **more: Any) -> int:
        """Sign somebody up and confirm, by the register's own doors."""
        number = self.pending(email, newsletter, **more)
        with self.app.database.writing() as session:
            return confirm(session, number, Evidence("link"), self.app.clock.now()).id

    def pending(self, email: str = EMAIL, newsletter: str = "evening", **more: Any) -> int:
        """Sign somebody up, by the register's own door."""
        wish, now = SignUp(email, newsletter, **more), self.app.clock.now()
        with self.app.database.writing() as session:
            return sign_up(session, self.app.tokens, wish, Evidence("form"), now, mails_per_day=3).id

    def link(self, purpose: Purpose, row: int, page: str = "", age: timedelta = timedelta()) -> str:
        """Return the path of a link, made `age` ago."""
        return f"/{page or purpose}/{self.app.tokens.sign(purpose, row, self.app.clock.now() - age)}"

    def state(self, subscription: int) -> str:
        with self.app.database.reading() as session:
            return session.get_one(Subscription, subscription).state

    def subscription(self, subscription: int) -> tuple[str, str, str]:
        """Return sections, name and language."""
        with self.app.database.reading() as session:
            found = session.get_one(Subscription, subscription)
            return found.sections, found.subscriber.name, found.subscriber.language

    def last_event(self) -> SubscriptionEvent:
        newest = select(SubscriptionEvent).order_by(SubscriptionEvent.id.desc()).limit(1)
        with self.app.database.reading() as session:
            return session.scalars(newest).one()

    def people(self) -> list[str]:
        with self.app.database.reading() as session:
            return list(session.scalars(select(Subscriber.email).order_by(Subscriber.id)))

    def send_all(self) -> None:
        """Have every mail leave that is owed."""
        with self.app.database.writing() as session:
            session.execute(update(Notice).values(state=NoticeState.ACCEPTED))

    def owed(self) -> list[str]:
        with self.app.database.reading() as session:
            return list(session.scalars(select(Notice.kind).order_by(Notice.id)))


def words(page: TestResponse) -> str:
    """Return what a page says, as one line."""
    return " ".join(BeautifulSoup(page.text, "html.parser").get_text(" ").split())


def address_of(page: TestResponse, label: str) -> str:
    """Return where the link with these words leads."""
    link = soup(page).find("a", string=label)
    assert isinstance(link, Tag), f"no link {label!r}"
    return str(link["href"])


def soup(page: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(page.text, "html.parser")


def dump(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that is in the database."""
    with database.reading() as session:
        return {
            table.name: [
                tuple(row) for row in session.execute(text(f'SELECT * FROM "{table.name}" ORDER BY 1, 2'))
            ]
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture
def app(settings: Settings, database: Database, clock: SetClock, chance: SetChance) -> Iterator[App]:
    app = compose(settings, clock, chance)
    app.database.dispose()
    yield replace(app, database=database)


@pytest.fixture
def web(app: App) -> Flask:
    web = create_web(app)
    web.testing = True
    return web


@pytest.fixture
def reader(app: App, web: Flask) -> Reader:
    return Reader(app, web.test_client(use_cookies=False))


@pytest.fixture
def weekend(evening: NewsletterSettings) -> NewsletterSettings:
    return replace(evening, slug="weekend", title="The Weekend Ledger", days=frozenset({5}), sections=())


@pytest.fixture
def both(app: App, weekend: NewsletterSettings) -> Reader:
    """A reader of a newsroom that has two newsletters."""
    settings = replace(app.settings, newsletters=(*app.settings.newsletters, weekend))
    app = replace(app, settings=settings)
    web = create_web(app)
    return Reader(app, web.test_client(use_cookies=False))
