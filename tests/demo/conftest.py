"""The newsroom at a moment that stands still, and a mailbox that listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.clock import SetClock
from newsletter.demo.edition import Story, open_edition
from newsletter.demo.mailbox import Mailbox
from newsletter.demo.newsroom import create_newsroom
from newsletter.settings import SignupSettings

ZONE = ZoneInfo("Europe/Berlin")


@pytest.fixture
def stories(clock: SetClock) -> tuple[Story, ...]:
    return open_edition(clock.now())


@pytest.fixture
def newsroom(stories: tuple[Story, ...], clock: SetClock) -> Flask:
    return create_newsroom(
        stories,
        base_url="http://127.0.0.1:8080",
        subscribe_url="http://127.0.0.1:8000/subscribe/evening",
        signup=SignupSettings("Send me the evening letter.", "2026-01"),
        now=clock.now(),
        zone=ZONE,
    )


@pytest.fixture
def client(newsroom: Flask) -> FlaskClient:
    return newsroom.test_client()


@pytest.fixture
def mailbox(tmp_path: Path, clock: SetClock) -> Iterator[Mailbox]:
    with Mailbox(tmp_path / "mailbox", clock=clock) as mailbox:
        yield mailbox
