"""Webhooks against a real HTTP server, whose owner verifies them with the Standard Webhooks library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from newsletter.clock import SetChance, SetClock
from newsletter.settings import OutgoingWebhookSettings
from newsletter.webhooks import endpoints
from newsletter.webhooks.sending import Courier
from newsletter.webhooks.signing import Secrets
from newsletter.webhooks.tables import WebhookEndpoint, WebhookMessage
from newsletter.webhooks.working import Webhooks
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.signup import SignUp, sign_up
from subscribers.tokens import Tokens
from tests.conftest import SECRET

SIGNED_UP, LEFT = "subscription.signed_up", "subscription.unsubscribed"


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified_by(self, secret: str) -> Any:
        """Return what it says, if the library signs it alike: verifying, it looks at the machine's clock."""
        moment = self.headers["webhook-timestamp"]
        signatures = self.headers["webhook-signature"].split(" ")
        data = self.body.decode()
        expected = Webhook(secret).sign(self.id, datetime.fromtimestamp(int(moment), UTC), data)
        assert expected in signatures
        return json.loads(data)


@dataclass
class Shop:
    """Another system that takes webhooks, as it is told to: `answers` are statuses, the last one for ever."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    received: list[Received] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    came: Condition = field(default_factory=Condition)

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    def arrival(self, number: int) -> bool:
        """Wait until so many messages have come."""
        with self.came:
            return self.came.wait_for(lambda: len(self.received) >= number, 30)

    def answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with _open() as shop:
        yield shop


@pytest.fixture
def other_shop() -> Iterator[Shop]:
    with _open() as shop:
        yield shop


@contextmanager
def _open() -> Iterator[Shop]:
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with shop.came:
                shop.received.append(Received({name.lower(): text for name, text in self.headers.items()}, body))
                shop.came.notify_all()
            if shop.hangs:
                shop.over.wait(30)
            self.send_response(shop.answer())
            for name, text in shop.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"well")

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    shop.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield shop
    shop.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Newsroom:
    """The register and what tells others of it."""

    database: Database
    tokens: Tokens
    clock: SetClock
    webhooks: Webhooks

    def add(self, url: str, *events: str) -> tuple[int, str]:
        """Add an endpoint; return its number and its secret."""
        settings = self.webhooks.courier.settings
        with self.database.writing() as session:
            made = endpoints.add(
                session,
                self.webhooks.chance,
                url,
                events or [SIGNED_UP],
                self.clock.now(),
                actor="cli",
                allow_hosts=settings.allow_hosts,
            )
            return made.id, self.webhooks.secrets.of(made)

    def sign_up(self, email: str = "ada@reader.example") -> int:
        with self.database.writing() as session:
            wish, now = SignUp(email, "evening"), self.clock.now()
            return sign_up(session, self.tokens, wish, Evidence("api", actor="shop"), now, mails_per_day=3).id

    def leave(self, subscription: int) -> None:
        with self.database.writing() as session:
            unsubscribe(session, subscription, Evidence("link"), self.clock.now())

    def work(self, after: timedelta = timedelta(0)) -> int:
        self.clock.moment += after
        return self.webhooks.work_off(lambda: False)

    def endpoint(self, number: int = 1) -> WebhookEndpoint:
        with self.database.reading() as session:
            return session.get_one(WebhookEndpoint, number)

    def messages(self) -> list[WebhookMessage]:
        with self.database.reading() as session:
            return list(session.scalars(select(WebhookMessage).order_by(WebhookMessage.event_id)))


def newsroom_of(database: Database, tokens: Tokens, clock: SetClock, chance: SetChance) -> Newsroom:
    settings = OutgoingWebhookSettings(timeout=timedelta(seconds=5), allow_hosts=frozenset({"127.0.0.1"}))
    webhooks = Webhooks(database, Secrets(SECRET), Courier(settings, clock), clock, chance)
    return Newsroom(database, tokens, clock, webhooks)


def patient(newsroom: Newsroom, seconds: float) -> None:
    """Let the newsroom wait so long for an answer."""
    settings = replace(newsroom.webhooks.courier.settings, timeout=timedelta(seconds=seconds))
    newsroom.webhooks = replace(newsroom.webhooks, courier=Courier(settings, newsroom.clock))


@pytest.fixture
def newsroom(any_database: Database, tokens: Tokens, clock: SetClock, chance: SetChance) -> Newsroom:
    """The test runs twice: on SQLite, and on PostgreSQL."""
    return newsroom_of(any_database, tokens, clock, chance)
