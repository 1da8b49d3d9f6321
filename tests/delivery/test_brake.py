"""The brake: answers to sign-ups leave no faster than they may, in turns, and hold nothing else up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from newsletter.clock import SetClock
from newsletter.delivery.brake import waiting
from newsletter.delivery.notices import send_notices
from newsletter.rendering.templates import Templates
from newsletter.settings import Limit, Settings
from newsletter.transports.queued import Queued
from subscribers.answering import forget_origins
from subscribers.asking import ask_for_link
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.signup import SignUp, sign_up
from subscribers.tokens import Tokens
from tests.delivery.conftest import Script

FORM = Evidence("form")


class Office:
    """Signs up, and sends what may leave; notes whose mail left at which moment."""

    def __init__(self, database: Database, settings: Settings, tokens: Tokens, clock: SetClock) -> None:
        self.database, self.settings, self.tokens, self.clock = database, settings, tokens, clock
        self.left: list[tuple[datetime, str]] = []

    def sign_up(self, email: str, origin: str = "") -> None:
        wish, now = SignUp(email, "evening"), self.clock.now()
        with self.database.writing() as session:
            sign_up(session, self.tokens, wish, FORM, now, mails_per_day=3, origin=origin)

    def ask_for_link(self, email: str) -> None:
        with self.database.writing() as session:
            ask_for_link(session, email, self.clock.now(), mails_per_day=3)

    def tick(self, seconds: float = 2) -> list[str]:
        """Send what may leave now, then let the time pass."""
        transport = Script()
        send_notices(
            settings=self.settings,
            database=self.database,
            tokens=self.tokens,
            templates=Templates(),
            clock=self.clock,
            transport=Queued(transport, 1),
            stop=lambda: False,
        )
        gone = [recipient for recipient, _ in transport.sent]
        self.left += [(self.clock.now(), recipient) for recipient in gone]
        self.clock.moment += timedelta(seconds=seconds)
        return gone

    def per_minute(self) -> Counter[datetime]:
        return Counter(moment.replace(second=0) for moment, _ in self.left)


Open = Callable[..., Office]


@pytest.fixture
def opened(any_database: Database, settings: Settings, tokens: Tokens, clock: SetClock) -> Open:
    def open_with(**signup: Any) -> Office:
        return Office(any_database, replace(settings, signup=replace(settings.signup, **signup)), tokens, clock)

    return open_with


@pytest.mark.parametrize("number", [1, 7, 24])
def test_no_more_leave_in_a_minute_than_may_and_no_fewer(opened: Open, number: int) -> None:
    office = opened(confirmations_per_minute=number, per_domain=None)
    for each in range(2 * number + 5):
        office.sign_up(f"r{each}@d{each}.example")
    for _ in range(24):
        office.tick(5)
    assert list(office.per_minute().values()) == [number, number]


def test_without_a_brake_everything_leaves_at_once(opened: Open) -> None:
    office = opened(confirmations_per_minute=0, per_domain=None)
    for each in range(9):
        office.sign_up(f"r{each}@reader.example")
    assert len(office.tick()) == 9


def test_who_comes_from_elsewhere_does_not_wait_behind_a_flood(opened: Open) -> None:
    office = opened(confirmations_per_minute=12, per_domain=None)
    for each in range(40):
        office.sign_up(f"r{each}@reader.example", origin="one network")
    office.tick()
    office.sign_up("ada@reader.example", origin="another")
    assert office.tick(5) == []
    assert office.tick() == ["ada@reader.example"]


def test_a_network_that_was_served_lately_comes_after_one_that_was_not(opened: Open) -> None:
    office = opened(confirmations_per_minute=12, per_domain=None)
    for each in range(3):
        office.sign_up(f"r{each}@reader.example", origin="one network")
    office.sign_up("ada@reader.example", origin="another")
    assert [office.tick(5) for _ in range(4)] == [[f"{who}@reader.example"] for who in ("r0", "ada", "r1", "r2")]


def test_links_that_were_asked_for_do_not_wait(opened: Open) -> None:
    office = opened(confirmations_per_minute=1)
    office.sign_up("ada@reader.example")
    office.tick()
    office.sign_up("bob@reader.example")
    office.ask_for_link("ada@reader.example")
    assert office.tick() == ["ada@reader.example"]


def test_a_domain_s_mails_wait_and_nobody_else_s(opened: Open) -> None:
    office = opened(confirmations_per_minute=0, per_domain=Limit(2, timedelta(minutes=10)))
    for each in range(5):
        office.sign_up(f"r{each}@small.example")
        office.sign_up(f"r{each}@gmail.com")
    gone = Counter(recipient.partition("@")[2] for recipient in office.tick(600))
    assert gone == {"small.example": 2, "gmail.com": 5}
    assert [len(office.tick(600)) for _ in range(3)] == [2, 1, 0]


def test_a_domain_that_is_not_written_in_ascii_waits_too(opened: Open) -> None:
    office = opened(confirmations_per_minute=0, per_domain=Limit(1, timedelta(minutes=10)))
    for who in ("jörg", "ada", "zoë"):
        office.sign_up(f"{who}@müller.example")
    assert [len(office.tick(600)) for _ in range(4)] == [1, 1, 1, 0]


def test_domains_may_be_said_to_be_shared(opened: Open) -> None:
    limit = Limit(1, timedelta(minutes=10))
    office = opened(per_domain=limit, shared_domains=frozenset({"campus.example"}))
    for each in range(3):
        office.sign_up(f"r{each}@campus.example")
        office.sign_up(f"r{each}@other.campus.example")
    gone = Counter(recipient.partition("@")[2] for recipient in office.tick())
    assert gone == {"campus.example": 3, "other.campus.example": 1}


def test_a_confirmation_that_waited_longer_than_its_link_works_is_dropped(opened: Open) -> None:
    office = opened(confirmations_per_minute=1, per_domain=None)
    for who in ("ada", "bob"):
        office.sign_up(f"{who}@reader.example")
    assert office.tick() == ["ada@reader.example"]
    office.clock.moment += timedelta(days=8)
    assert office.tick() == []


def test_whoever_operates_it_is_told_once_a_minute(opened: Open) -> None:
    structlog.reset_defaults()
    office = opened(confirmations_per_minute=1, per_domain=None)
    for each in range(9):
        office.sign_up(f"r{each}@reader.example")
    with capture_logs() as log:
        for _ in range(18):
            office.tick(10)
    told = [line for line in log if line["event"] == "confirmation mails wait"]
    assert [line["waiting"] for line in told] == [7, 6]
    assert {(line["since"], line["per_minute"], line["log_level"]) for line in told} == {
        ("2026-03-10 16:00 UTC", 1, "warning")
    }


def test_what_waits_for_long_is_counted(opened: Open) -> None:
    office = opened(confirmations_per_minute=0)
    office.sign_up("ada@reader.example")
    since = office.clock.now()
    for later, number in ((59, 0), (60, 1)):
        with office.database.reading() as session:
            found = waiting(session, since + timedelta(seconds=later))
        assert (found.number, found.since) == (number, since if number else None)


def test_where_a_mail_was_asked_for_is_forgotten_after_a_day(opened: Open) -> None:
    office = opened(confirmations_per_minute=1)
    office.sign_up("ada@reader.example", origin="a network")
    for later, left in ((24, 1), (25, 0)):
        forget_origins(office.database, office.clock.now() + timedelta(hours=later))
        with office.database.reading() as session:
            kept = session.connection().exec_driver_sql("SELECT count(*) FROM notices WHERE origin != ''").scalar()
        assert kept == left
