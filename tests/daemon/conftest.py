"""A newsroom with two stories and one reader, and the product set up around them; letters land in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from newsletter.app import App
from newsletter.articles import store
from newsletter.clock import SetChance, SetClock
from newsletter.domain.article import Article
from newsletter.domain.delivery import Batch, BatchTransport, Outcome, Transport, Verdict
from newsletter.issues.tables import IssueRow
from newsletter.rendering.templates import Templates
from newsletter.settings import Settings
from newsletter.transports.queued import Queued
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.tokens import Tokens

BUILD = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)  # 17:30 in Berlin
SEND = BUILD + timedelta(minutes=30)


@dataclass
class Recorder:
    """A transport that accepts everything and writes down each message handed to it."""

    sent: list[bytes] = field(default_factory=list)

    def deliver(self, batch: Batch) -> Iterator[Outcome]:
        for envelope in batch.envelopes:
            self.sent.append(batch.letter.stamp(envelope.values))
            yield Outcome(envelope.key, Verdict.ACCEPTED, "2.0.0", "taken")

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class AppWith(App):
    """The product with a transport of the test's own."""

    transport: BatchTransport | None = None

    @classmethod
    def of(cls, app: App, transport: BatchTransport) -> AppWith:
        return cls(**{each.name: getattr(app, each.name) for each in fields(app)}, transport=transport)

    def open_transport(self, connections: int = 1) -> Transport:
        assert self.transport is not None
        return Queued(self.transport, 100)


@dataclass(frozen=True)
class Newsroom:
    """The product and what is around it."""

    app: App
    clock: SetClock
    outbox: Path

    def publish(self, *titles: str, at: datetime) -> None:
        """Have stories of the city section published at a moment."""
        with self.app.database.writing() as session:
            store.upsert(session, [_story(title, at) for title in titles], at)

    def subscribe(self, email: str, newsletter: str = "evening") -> int:
        """Add a confirmed reader; return the subscription's number."""
        now, evidence = self.clock.now(), Evidence("cli")
        with self.app.database.writing() as session:
            row = sign_up(session, self.app.tokens, SignUp(email, newsletter), evidence, now, mails_per_day=3)
            return confirm(session, row.id, evidence, now).id

    def issues(self) -> list[IssueRow]:
        """Return every issue, the oldest first."""
        with self.app.database.reading() as session:
            return sorted(session.query(IssueRow), key=lambda issue: issue.date)

    def letters(self) -> list[EmailMessage]:
        """Return what has been sent."""
        files = sorted(self.outbox.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=SMTP) for file in files]


@pytest.fixture
def newsroom(settings: Settings, database: Database, tokens: Tokens, clock: SetClock) -> Newsroom:
    """The evening of 10 March 2026, a quarter of an hour before the build."""
    return _newsroom(settings, database, tokens, clock)


@pytest.fixture
def any_newsroom(settings: Settings, any_database: Database, tokens: Tokens, clock: SetClock) -> Newsroom:
    """The same on SQLite and on PostgreSQL."""
    return _newsroom(settings, any_database, tokens, clock)


def _newsroom(settings: Settings, database: Database, tokens: Tokens, clock: SetClock) -> Newsroom:
    # No source: articles are put in by hand, and a build that collects first asks nobody.
    settings = replace(settings, sources=())
    clock.moment = BUILD - timedelta(minutes=15)
    app = App(settings, database, tokens, Templates(None), clock, SetChance())
    newsroom = Newsroom(app, clock, settings.transport.path)
    newsroom.publish("Ferry runs late into the night", "Tram four returns", at=BUILD - timedelta(hours=3))
    newsroom.subscribe("ada@reader.example")
    return newsroom


def _story(title: str, at: datetime) -> Article:
    slug = title.lower().replace(" ", "-")
    return Article(
        source="ledger",
        guid=slug,
        url=f"https://ledger.example/city/{slug}",
        title=title,
        published=at,
        section="city",
        standfirst=f"{title}: what is known so far.",
    )
