"""The daemon tells other systems, and stops when it is told to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.app import App, compose
from newsletter.clock import SetChance, SetClock
from newsletter.daemon import Daemon
from newsletter.settings import OutgoingWebhookSettings, Settings
from subscribers.database import Database
from tests.webhooks.conftest import Newsroom, Shop


@pytest.fixture
def app(settings: Settings, database: Database, clock: SetClock, chance: SetChance) -> App:
    allowed = OutgoingWebhookSettings(allow_hosts=frozenset({"127.0.0.1"}), keep=timedelta(days=1))
    return replace(compose(replace(settings, webhooks=allowed), clock, chance), database=database)


def test_the_daemon_sends_and_forgets(app: App, clock: SetClock, shop: Shop) -> None:
    newsroom, daemon = Newsroom(app.database, app.tokens, clock, app.webhooks()), Daemon(app)
    newsroom.add(shop.url)
    newsroom.sign_up()
    daemon.tell_others()
    assert len(shop.received) == 1
    clock.moment += timedelta(days=2)
    daemon.forget_webhooks()
    assert newsroom.messages() == []


def test_nothing_more_is_sent_once_it_is_to_stop(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    newsroom.sign_up()
    assert newsroom.webhooks.work_off(lambda: True) == 0
    assert shop.received == []
