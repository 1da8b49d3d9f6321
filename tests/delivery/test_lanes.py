"""Each reader's own evening, on whatever side of whatever line they live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.lanes import Evening

BERLIN = ZoneInfo("Europe/Berlin")
SIX = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)  # 18:00 in Berlin
GRACE = timedelta(hours=3)


def evening(send_at: datetime = SIX, late: timedelta = timedelta(seconds=2)) -> Evening:
    return Evening(send_at, send_at + late, BERLIN, GRACE)


@pytest.mark.parametrize(
    ("zone", "hour", "there"),
    [
        ("Europe/London", None, "2026-03-10 18:00"),
        ("America/New_York", None, "2026-03-10 18:00"),
        ("Asia/Tokyo", None, "2026-03-11 18:00"),
        ("Pacific/Kiritimati", None, "2026-03-11 18:00"),  # a day ahead of its neighbours
        ("Pacific/Niue", None, "2026-03-10 18:00"),
        ("Asia/Kathmandu", None, "2026-03-11 18:00"),
        ("Europe/Berlin", 20, "2026-03-10 20:00"),
        ("Europe/Berlin", 7, "2026-03-11 07:00"),
        ("America/New_York", 21, "2026-03-10 21:00"),
        ("", 20, "2026-03-10 20:00"),  # in the newsroom's zone
    ],
)
def test_it_leaves_at_the_reader_s_own_hour(zone: str, hour: int | None, there: str) -> None:
    due = evening().of(zone, hour)
    assert f"{due.astimezone(ZoneInfo(zone or 'Europe/Berlin')):%Y-%m-%d %H:%M}" == there


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("", None),
        ("Europe/Berlin", None),
        ("Europe/Paris", None),
        ("Europe/Kyiv", None),  # 19:00 there: their 18:00 has just gone by
        ("Europe/Berlin", 18),
        ("Europe/Berlin", 16),
        ("Mars/Olympus", None),
        ("../../etc/passwd", None),
        ("Europe", None),
        ("nowhere\0", None),
    ],
)
def test_it_leaves_at_once(zone: str, hour: int | None) -> None:
    assert evening().of(zone, hour) == SIX + timedelta(seconds=2)


def test_an_hour_that_the_clocks_leave_out_moves_to_the_first_moment_after() -> None:
    night = datetime(2026, 3, 28, 17, 0, tzinfo=UTC)  # Berlin goes from 02:00 to 03:00 before the morning
    assert evening(night).of("Europe/Berlin", 2) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_means_the_first() -> None:
    night = datetime(2026, 10, 24, 16, 0, tzinfo=UTC)
    assert evening(night).of("Europe/Berlin", 2) == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)


def test_a_zone_that_left_out_a_date_gets_the_next_evening() -> None:
    """Samoa jumped over 30 December 2011."""
    night = datetime(2011, 12, 29, 22, 0, tzinfo=UTC)
    due = evening(night).of("Pacific/Apia", 8)
    assert due.astimezone(ZoneInfo("Pacific/Apia")).replace(tzinfo=None) == datetime(2011, 12, 31, 8, 0)  # noqa: DTZ001


def test_an_issue_that_is_late_is_not_later_for_those_whose_hour_is_over() -> None:
    late = evening(late=timedelta(hours=2))
    assert late.of("Europe/Berlin", 19) == SIX + timedelta(hours=2)
    assert late.of("Europe/Berlin", 21) == SIX + timedelta(hours=3)


@given(
    st.sampled_from(sorted(available_timezones())),
    st.none() | st.integers(0, 23),
    st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_every_evening_comes_within_a_day(zone: str, hour: int | None, send_at: datetime) -> None:
    due = evening(send_at).of(zone, hour)
    assert timedelta(seconds=2) <= due - send_at <= timedelta(hours=26)
