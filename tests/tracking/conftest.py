"""An evening whose readers are counted: letters as they arrive, and the pages that their links lead to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email import message_from_bytes
from email.policy import default

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from newsletter.app import App, compose
from newsletter.clock import SetChance, SetClock
from newsletter.settings import Settings, TrackingSettings
from newsletter.tracking.figures import IssueFigures, figures
from newsletter.tracking.tables import Hit
from newsletter.web.app import create_web
from subscribers.database import Database
from subscribers.models import Subscriber
from subscribers.tokens import Tokens
from tests.delivery.conftest import House, Script
from tests.delivery.drafts import drafted, freeze

BASE = "https://news.ledger.example"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BOTH = TrackingSettings(opens=True, clicks=True)


@dataclass
class Mail:
    """A letter as it arrived."""

    raw: bytes

    def part(self, kind: str) -> str:
        body = message_from_bytes(self.raw, policy=default).get_body((kind,))
        assert body is not None
        return str(body.get_content())

    @property
    def links(self) -> list[str]:
        """The addresses of the HTML part's links, in order."""
        return [str(link["href"]) for link in self._soup("a")]

    def story(self, title: str) -> str:
        """Return where a headline leads."""
        return next(str(link["href"]) for link in self._soup("a") if title in link.get_text())

    @property
    def hidden(self) -> str:
        return next(path(link) for link in self.links if "/0/" in link)

    @property
    def picture(self) -> str:
        return next(path(str(each["src"])) for each in self._soup("img") if "/o/" in str(each["src"]))

    def _soup(self, name: str) -> list[Tag]:
        return list(BeautifulSoup(self.part("html"), "html.parser").find_all(name))


def path(url: str) -> str:
    assert url.startswith(BASE)
    return url.removeprefix(BASE)


@dataclass
class Evening:
    """A house with a web server."""

    house: House

    def __post_init__(self) -> None:
        app = compose(self.house.settings, self.house.clock, self.house.chance)
        app.database.dispose()
        self.app: App = replace(app, database=self.house.database)
        self.http: FlaskClient = create_web(self.app).test_client(use_cookies=False)

    def sent(self) -> dict[int, Mail]:
        """Lock and send the issue; return each reader's mail. A minute later they begin to read."""
        freeze(self.house)
        transport = Script()
        self.house.send(transport)
        self.house.later(minutes=1)
        return {int(who.partition("@")[0].removeprefix("reader")): Mail(raw) for who, raw in transport.sent}

    def get(self, address: str, agent: str = BROWSER, **more: str) -> TestResponse:
        fields = {name.replace("_", "-"): value for name, value in more.items()}
        return self.http.get(address, headers={"User-Agent": agent} | fields)

    def hits(self) -> list[tuple[int, str, int, str]]:
        """Return reader, kind, link and reason of each hit."""
        with self.house.database.reading() as session:
            rows = session.scalars(select(Hit).order_by(Hit.id))
            return [(row.subscription_id, row.kind, row.link, row.reason) for row in rows]

    def figures(self) -> IssueFigures:
        with self.house.database.reading() as session:
            return figures(session, self.house.issue_id)

    def wants_no_tracking(self, number: int) -> None:
        with self.house.database.writing() as session:
            session.execute(update(Subscriber).where(Subscriber.id == number).values(tracking=False))


def count_here(house: House, tracking: TrackingSettings) -> House:
    """Let the house count."""
    newsletter = replace(house.settings.newsletter("evening"), tracking=tracking)
    house.settings = replace(house.settings, newsletters=(newsletter,), tracking=tracking)
    return house


def _house(database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance) -> House:
    house = House(settings, database, tokens, clock, chance)
    for number in range(1, 4):
        house.reader(number)
    house.issue()
    return drafted(house)


@pytest.fixture
def plain(any_database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance) -> House:
    """Three readers and a draft. The test runs on SQLite and on PostgreSQL."""
    return _house(any_database, settings, tokens, clock, chance)


@pytest.fixture
def evening_on_sqlite(
    database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance
) -> Evening:
    return Evening(count_here(_house(database, settings, tokens, clock, chance), BOTH))


@pytest.fixture
def counted(plain: House) -> Evening:
    """Three readers and a draft of a newsletter that counts opens and clicks."""
    return Evening(count_here(plain, BOTH))
