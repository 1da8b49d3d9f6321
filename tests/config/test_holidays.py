"""`holidays` of a newsletter."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.config import values
from newsletter.issues import schedule
from newsletter.settings import NewsletterSettings

BERLIN = ZoneInfo("Europe/Berlin")


def test_days_and_ranges_are_read_and_put_in_order() -> None:
    written = [date(2027, 1, 1), "2026-12-24 .. 2026-12-26", "2026-11-02"]
    assert values.holidays(written) == (
        (date(2026, 11, 2), date(2026, 11, 2)),
        (date(2026, 12, 24), date(2026, 12, 26)),
        (date(2027, 1, 1), date(2027, 1, 1)),
    )


BAD = ["2026-12-24", ["christmas"], ["2026-12-26..2026-12-24"], ["2026-02-30"], ["2026-01-01..2030-01-01"]]


@pytest.mark.parametrize("written", BAD)
def test_what_is_no_day_is_refused(written: object) -> None:
    with pytest.raises(values.Expected, match="a list of days and ranges"):
        values.holidays(written)


def test_nothing_comes_on_a_holiday_and_the_next_evening_is_the_one_after() -> None:
    rest = (date(2026, 12, 24), date(2027, 1, 10))  # longer than a fortnight
    evening = NewsletterSettings("evening", "Evening", "a@b.example", time(17), time(18), holidays=(rest,))
    assert schedule.evening(evening, BERLIN, date(2026, 12, 26)) is None
    before = datetime(2026, 12, 23, 20, tzinfo=BERLIN)
    assert schedule.upcoming(evening, BERLIN, before).date == date(2027, 1, 11)
    later = schedule.current(evening, BERLIN, before + timedelta(days=17))
    assert later is not None
    assert later.date == date(2026, 12, 23)
