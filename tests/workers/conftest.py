"""A crowd that is owed an issue on PostgreSQL, and workers in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.app import App, compose
from newsletter.clock import SetChance, SetClock
from newsletter.settings import Settings
from newsletter.workers.queue import Queue
from subscribers.database import Database
from subscribers.tokens import Tokens
from tests.delivery import run_sender
from tests.delivery.conftest import House
from tests.smtp_server import SmtpServer, smtp_server

ROOT = Path(__file__).parents[2]
LONG_AGO = datetime(2026, 3, 10, 16, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server(SmtpServer(extensions=("PIPELINING", "CHUNKING"))) as server:
        yield server


@pytest.fixture
def house(  # noqa: PLR0917 - pytest hands fixtures over by name
    postgresql: Database,
    settings: Settings,
    tokens: Tokens,
    clock: SetClock,
    chance: SetChance,
    server: SmtpServer,
) -> House:
    """Nobody yet; its clock is long behind the workers', so everything is due."""
    url = postgresql.engine.url.render_as_string(hide_password=False)
    configured = run_sender.settings(url, server.port, connections=6)
    return House(configured, postgresql, tokens, clock, chance)


@pytest.fixture
def app(house: House) -> Iterator[App]:
    app = replace(compose(house.settings), clock=house.clock)
    yield app
    app.database.dispose()


@pytest.fixture
def jobs(house: House) -> Iterator[Queue]:
    jobs = Queue(house.settings.database_url)
    yield jobs
    jobs.close()


def start_worker(house: House, server: SmtpServer, name: str) -> subprocess.Popen[bytes]:
    """Start a worker that beats twice a second and is dead after two seconds of silence."""
    arguments = [house.settings.database_url, str(server.port), name]
    return subprocess.Popen([sys.executable, "-m", "tests.workers.run_worker", *arguments], cwd=ROOT)
