"""What every test may ask for: a clock that stands still, an empty database, a secret, settings of a newsroom."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import structlog

from newsletter.articles import tables as articles
from newsletter.clock import SetChance, SetClock
from newsletter.delivery.ledger import tables as delivery
from newsletter.doctor import tables as doctor
from newsletter.editors import tables as editors
from newsletter.issues import tables as issues
from newsletter.issues.shaping import tables as shaping
from newsletter.settings import (
    NewsletterSettings,
    SectionSettings,
    Settings,
    SignupSettings,
    SiteSettings,
    SourceSettings,
    TransportSettings,
)
from newsletter.tracking import tables as tracking
from newsletter.web.api import tables as api
from newsletter.webhooks import tables as webhooks
from newsletter.workers import tables as workers
from newsletter.workers.queue import create_schema
from subscribers import models as register
from subscribers.database import Base, Database, open_database
from subscribers.tokens import Tokens
from tests.postgres import NoBinaries, Postgres, postgres

# The same examples every time, so that a run fails for what was changed; EXPLORE=1 looks for new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
if not os.environ.get("EXPLORE"):
    hypothesis.settings.load_profile("steady")

# Importing them fills Base.metadata.
TABLES = (
    api,
    articles,
    delivery,
    issues,
    shaping,
    tracking,
    editors,
    webhooks,
    workers,
    register,
    doctor,
)
_NUMBERS = count(1)
SECRET = "a secret for tests that is long enough"


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """A command run within a test sets the log up for its whole process; the next test must not notice."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 3, 10, 16, 0, tzinfo=UTC))


@pytest.fixture
def chance() -> SetChance:
    return SetChance()


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SECRET)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'newsletter.db'}")
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def template() -> Iterator[tuple[Postgres, str]]:
    """A PostgreSQL started by the first test that asks for it, and a database there with empty tables to clone."""
    try:
        with postgres() as server:
            server.execute("CREATE DATABASE template_of_tests")
            database = open_database(server.url("template_of_tests"))
            Base.metadata.create_all(database.engine)
            with database.engine.begin() as connection:
                create_schema(connection)
            database.dispose()
            yield server, "template_of_tests"
    except NoBinaries as reason:
        pytest.skip(str(reason))


@pytest.fixture
def postgresql(template: tuple[Postgres, str]) -> Iterator[Database]:
    """An empty database of one's own on a real PostgreSQL."""
    server, origin = template
    name = f"test_{next(_NUMBERS)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {origin}")
    database = open_database(server.url(name))
    yield database
    database.dispose()
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["database", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest) -> Database:
    """The test runs twice: on SQLite, and on PostgreSQL."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def evening() -> NewsletterSettings:
    return NewsletterSettings(
        slug="evening",
        title="The Evening Ledger",
        from_address="evening@ledger.example",
        from_name="The Harbour Ledger",
        reply_to="desk@ledger.example",
        build_at=time(17, 30),
        send_at=time(18, 0),
        minimum_articles=2,
        sections=(
            SectionSettings("city", "City", maximum=3),
            SectionSettings("culture", "Culture", maximum=3),
            SectionSettings("sport", "Sport", maximum=3),
        ),
        late_after=timedelta(hours=3),
    )


@pytest.fixture
def settings(tmp_path: Path, evening: NewsletterSettings) -> Settings:
    return Settings(
        site=SiteSettings(
            name="The Harbour Ledger",
            base_url="https://news.ledger.example",
            time_zone=ZoneInfo("Europe/Berlin"),
            postal_address="The Harbour Ledger, 4 Quay Street, Port Ansel",
            url="https://ledger.example",
        ),
        database_url=f"sqlite:///{tmp_path / 'newsletter.db'}",
        secret=SECRET,
        transport=TransportSettings(kind="directory", path=tmp_path / "outbox"),
        signup=SignupSettings(
            consent_text="Send me the evening newsletter. I can leave at any time.",
            consent_version="2026-01",
            per_network=None,
            per_address=None,
            minimum_time=timedelta(0),
        ),
        newsletters=(evening,),
        sources=(SourceSettings(name="ledger", kind="feed", url="http://127.0.0.1:1/feed.xml"),),
    )
