"""How moments are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.web.desk import moments

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("away", "told"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(seconds=45), "in 45 s"),
        (timedelta(minutes=-3), "3 min ago"),
        (timedelta(minutes=59, seconds=59), "in 1 h"),
        (timedelta(hours=1, minutes=12), "in 1 h 12 min"),
        (timedelta(hours=2), "in 2 h"),
        (timedelta(days=-1), "1 day ago"),
        (timedelta(days=2, hours=4, minutes=50), "in 2 days 4 h"),
    ],
)
def test_relative(away: timedelta, told: str) -> None:
    assert moments.relative(NOW + away, NOW) == told


@pytest.mark.parametrize(
    ("away", "told"),
    [
        (timedelta(hours=1), "today 18:00 CET"),
        (timedelta(hours=7), "tomorrow 00:00 CET"),
        (timedelta(days=-1), "yesterday 17:00 CET"),
        (timedelta(days=20), "Mon 30 Mar, 18:00 CEST"),
    ],
)
def test_absolute_in_the_newsrooms_zone(away: timedelta, told: str) -> None:
    assert moments.absolute(NOW + away, BERLIN, NOW) == told


def test_days() -> None:
    assert moments.day(date(2026, 3, 1)) == "Sunday 1 March 2026"
    assert moments.short_day(date(2026, 3, 1)) == "Sun 1 Mar"
