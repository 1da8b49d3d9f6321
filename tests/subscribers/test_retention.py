"""Network addresses are kept for a time only; the words of consent are kept by their version."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text

from subscribers import consents
from subscribers.retention import forget_network_addresses
from tests.subscribers.conftest import CONSENT, Register

DAY = timedelta(days=1)


@pytest.fixture
def month(any_register: Register) -> Register:
    """Five sign-ups, a day between each."""
    for number in range(5):
        any_register.sign_up(f"reader{number}@reader.example")
        any_register.clock.sleep(DAY.total_seconds())
    return any_register


def addresses(register: Register) -> list[str]:
    return [register.events(number)[0].network_address for number in range(1, 6)]


def test_network_addresses_are_forgotten_after_a_time(month: Register) -> None:
    assert forget_network_addresses(month.database, month.now - 3 * DAY, chunk=1) == 2
    assert addresses(month) == ["", "", "192.0.2.7", "192.0.2.7", "192.0.2.7"]
    assert forget_network_addresses(month.database, month.now - 3 * DAY) == 0


def test_forgetting_may_be_broken_off_and_goes_on_where_it_was(month: Register) -> None:
    turns = count()
    assert forget_network_addresses(month.database, month.now, stop=lambda: next(turns) == 2, chunk=1) == 2
    assert addresses(month) == ["", "", "192.0.2.7", "192.0.2.7", "192.0.2.7"]


def test_only_events_that_hold_one_are_looked_at(register: Register) -> None:
    wanted = "SELECT id FROM subscription_events WHERE network_address != '' AND at < '2026' ORDER BY at LIMIT 9"
    with register.database.reading() as session:
        plan = str(session.execute(text(f"EXPLAIN QUERY PLAN {wanted}")).all())
    assert "ix_subscription_events_network_address" in plan


def test_the_words_of_a_version_stay_as_they_were_first_shown(any_register: Register) -> None:
    any_register.sign_up()
    with any_register.database.writing() as session:
        consents.remember(session, "2026-01", "Other words.", any_register.now)
        assert consents.words(session, ["2026-01", "2019"]) == {"2026-01": CONSENT}
