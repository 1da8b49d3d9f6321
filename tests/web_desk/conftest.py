"""The desk as an editor meets it: pages fetched, forms filled in and sent with all the fields they carry."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter.app import App, compose
from newsletter.articles.tables import ArticleRow
from newsletter.clock import SetChance, SetClock
from newsletter.delivery.ledger.tables import Heartbeat
from newsletter.editors import accounts, passwords
from newsletter.issues import store
from newsletter.settings import DeskSettings, NewsletterSettings, Settings
from newsletter.web.app import create_web
from subscribers.database import Database
from subscribers.models import Subscriber, Subscription

SITE = "https://news.ledger.example"
EMAIL, PASSWORD = "ines@ledger.example", "a quiet harbour at dusk"
A_LONG_TIME = timedelta(days=4000)  # so that tests may move the clock and stay signed in
SECTIONS = ("city", "culture", "sport")


@dataclass
class DeskClient:
    """A browser without scripts. Remembers the page it is on."""

    http: FlaskClient
    page: TestResponse | None = None

    def get(self, path: str) -> TestResponse:
        self.page = self.http.get(path, base_url=SITE)
        return self.page

    def post(self, path: str, **fields: str) -> TestResponse:
        self.page = self.http.post(path, data=fields, base_url=SITE, headers={"Origin": SITE})
        return self.page

    def press(self, words: str, **fields: str) -> TestResponse:
        """Send the form on this page whose button has these words."""
        assert self.page is not None
        button = self.soup.find("button", string=words)
        assert isinstance(button, Tag), f"no button {words!r}"
        form = button.find_parent("form")
        assert isinstance(form, Tag)
        carried = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}
        to = button.get("formaction") or form.get("action") or self.page.request.full_path
        return self.post(str(to), **carried | fields)

    def follow(self) -> TestResponse:
        """Go where the answer leads."""
        assert self.page is not None
        assert self.page.status_code == 303, self.page.text
        return self.get(self.page.location)

    @property
    def soup(self) -> BeautifulSoup:
        assert self.page is not None
        return BeautifulSoup(self.page.text, "html.parser")

    @property
    def words(self) -> str:
        """What the page says, as one line."""
        return " ".join(self.soup.get_text(" ").split())


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


@pytest.fixture(autouse=True)
def folder_for_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def app(settings: Settings, database: Database, clock: SetClock, chance: SetChance) -> Iterator[App]:
    patient = replace(settings, desk=DeskSettings(session_idle=A_LONG_TIME, session_lasts=A_LONG_TIME))
    composed = compose(patient, clock, chance)
    yield replace(composed, database=database)
    composed.database.dispose()


@pytest.fixture
def web(app: App) -> Flask:
    return create_web(app)


@pytest.fixture
def stranger(web: Flask) -> DeskClient:
    return DeskClient(web.test_client())


@pytest.fixture
def desk(app: App, web: Flask) -> DeskClient:
    """An editor's browser, signed in."""
    return signed_in(app, web)


def signed_in(app: App, web: Flask) -> DeskClient:
    with app.database.writing() as rows:
        accounts.add_editor(rows, EMAIL, "Ines Brandt", PASSWORD, app.clock.now())
    browser = DeskClient(web.test_client())
    browser.get("/desk/sign-in")
    browser.press("Sign in", email=EMAIL, password=PASSWORD)
    return browser


@pytest.fixture
def articles(app: App) -> Callable[[int], None]:
    def write(count: int) -> None:
        with app.database.writing() as rows:
            rows.add_all(_article(number, app.clock.now()) for number in range(count))

    return write


@pytest.fixture
def readers(app: App) -> Callable[[int], None]:
    def subscribe(count: int) -> None:
        with app.database.writing() as rows:
            rows.add_all(_subscription(app, number) for number in range(count))

    return subscribe


@pytest.fixture
def heartbeat(app: App) -> Callable[[], None]:
    def beat() -> None:
        with app.database.writing() as rows:
            rows.merge(Heartbeat(name="daemon", at=app.clock.now(), next_action="collects at 17:10"))

    return beat


@pytest.fixture
def issue_id(app: App, evening: NewsletterSettings, articles: Callable[[int], None]) -> int:
    """Tonight's issue of five stories, built."""
    articles(5)
    now = app.clock.now()
    with app.database.writing() as rows:
        return store.build(rows, app.settings, evening, now.date(), now, actor="daemon").id


def _article(number: int, now: datetime) -> ArticleRow:
    image = {"url": f"https://ledger.example/{number}.jpg", "alt": "A ferry at the quay", "credit": "L. Aho"}
    return ArticleRow(
        source="ledger",
        guid=f"story-{number}",
        url=f"https://ledger.example/story-{number}",
        title=f"Story number {number} of the day",
        section=SECTIONS[number % 3],
        authors=["Mara Lindt"],
        published_at=now - timedelta(minutes=30 + number),
        standfirst=f"What happened in story {number}.",
        image=image,
        first_seen_at=now - timedelta(minutes=20),
        last_seen_at=now,
    )


def _subscription(app: App, number: int) -> Subscription:
    email, now = f"reader{number}@home.example", app.clock.now()
    subscriber = Subscriber(
        email=email, address=email, address_hash=app.tokens.address_hash(email), created_at=now
    )
    return Subscription(
        subscriber=subscriber, newsletter="evening", state="active", created_at=now, changed_at=now
    )
