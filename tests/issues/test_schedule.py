"""When evenings are due, on ordinary days and on the days that have none or two of an hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.issues.schedule import appointments, current, evening, is_late, upcoming
from newsletter.settings import NewsletterSettings
from tests.issues.stories import PLAIN

BERLIN, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
TUESDAY = date(2026, 3, 10)


def at(build: str, send: str, **changes: object) -> NewsletterSettings:
    times = {"build_at": time.fromisoformat(build), "send_at": time.fromisoformat(send)}
    return replace(PLAIN, **times, **changes)  # type: ignore[arg-type]  # the changes are of various types


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_ordinary_evening() -> None:
    found = evening(PLAIN, BERLIN, TUESDAY)
    assert found is not None
    assert (found.date, found.build_at, found.send_at) == (
        TUESDAY,
        utc("2026-03-10T16:30"),
        utc("2026-03-10T17:00"),
    )
    assert found.late_at == utc("2026-03-10T20:00")


@pytest.mark.parametrize(
    ("zone", "day", "local", "moment"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00"),  # skipped: 03:00 is the first there is
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),  # comes twice: the first
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),  # half an hour comes twice
        ("America/Santiago", "2026-09-06", "00:15", "2026-09-06T04:00"),  # the day begins at 01:00
        ("Asia/Kathmandu", "2026-03-10", "18:00", "2026-03-10T12:15"),
        ("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:00"),
        ("Pacific/Kiritimati", "2026-03-10", "18:00", "2026-03-10T04:00"),
    ],
)
def test_local_times_that_are_odd(zone: str, day: str, local: str, moment: str) -> None:
    found = appointments(at(local, "23:59"), ZoneInfo(zone), date.fromisoformat(day))
    assert found.build_at == utc(moment)


def test_a_send_time_before_the_build_time_is_meant_for_the_next_day() -> None:
    found = appointments(at("23:30", "00:15"), BERLIN, TUESDAY)
    assert (found.date, found.build_at, found.send_at) == (
        TUESDAY,
        utc("2026-03-10T22:30"),
        utc("2026-03-10T23:15"),
    )


def test_equal_times_are_a_day_apart() -> None:
    found = appointments(at("18:00", "18:00"), BERLIN, TUESDAY)
    assert found.send_at - found.build_at == timedelta(days=1)


def test_in_an_hour_that_is_skipped_both_times_meet_at_its_end() -> None:
    found = appointments(at("02:10", "02:40"), BERLIN, date(2026, 3, 29))
    assert found.build_at == found.send_at == utc("2026-03-29T01:00")


def test_the_date_that_samoa_jumped_over_has_no_evening() -> None:
    assert evening(PLAIN, APIA, date(2011, 12, 30)) is None
    before = evening(PLAIN, APIA, date(2011, 12, 29))
    assert before is not None
    assert upcoming(PLAIN, APIA, before.build_at).date == date(2011, 12, 31)


def test_after_midnight_of_a_date_that_is_jumped_over_means_the_next_there_is() -> None:
    found = appointments(at("23:30", "00:15"), APIA, date(2011, 12, 29))
    assert found.send_at == utc("2011-12-30T10:00")
    assert found.send_at.astimezone(APIA).isoformat() == "2011-12-31T00:00:00+14:00"


def test_only_its_days_have_evenings() -> None:
    weekdays = replace(PLAIN, days=frozenset(range(5)))
    assert evening(weekdays, BERLIN, date(2026, 3, 14)) is None
    saturday = utc("2026-03-14T20:00")
    assert current(weekdays, BERLIN, saturday) == evening(weekdays, BERLIN, date(2026, 3, 13))
    assert upcoming(weekdays, BERLIN, saturday) == evening(weekdays, BERLIN, date(2026, 3, 16))


@pytest.mark.parametrize(
    ("now", "is_now", "is_next"),
    [
        ("2026-03-10T16:29:59", date(2026, 3, 9), date(2026, 3, 10)),
        ("2026-03-10T16:30", date(2026, 3, 10), date(2026, 3, 11)),
        ("2026-03-10T23:30", date(2026, 3, 10), date(2026, 3, 11)),  # already the 11th in Berlin
        ("2026-03-11T16:29", date(2026, 3, 10), date(2026, 3, 11)),  # late, and still the one to account for
    ],
)
def test_the_evening_at_hand_and_the_next(now: str, is_now: date, is_next: date) -> None:
    found = current(PLAIN, BERLIN, utc(now))
    assert found is not None
    assert (found.date, upcoming(PLAIN, BERLIN, utc(now)).date) == (is_now, is_next)


@pytest.mark.parametrize(("now", "late"), [("20:00", False), ("20:00:01", True)])
def test_an_evening_is_late_after_its_grace(now: str, late: bool) -> None:
    assert is_late(appointments(PLAIN, BERLIN, TUESDAY), utc(f"2026-03-10T{now}")) is late


def test_a_weekly_newsletter_whose_day_was_jumped_over_goes_on_the_week_after() -> None:
    fridays = replace(PLAIN, days=frozenset({4}))
    assert upcoming(fridays, APIA, utc("2011-12-24T12:00")).date == date(2012, 1, 6)
    week_before = current(fridays, APIA, utc("2012-01-05T12:00"))
    assert week_before is not None
    assert week_before.date == date(2011, 12, 23)


def test_a_newsletter_without_days_has_no_evening() -> None:
    never = replace(PLAIN, days=frozenset())
    assert current(never, BERLIN, utc("2026-03-10T16:30")) is None
    with pytest.raises(ValueError, match="has no days"):
        upcoming(never, BERLIN, utc("2026-03-10T16:30"))
