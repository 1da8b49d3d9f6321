"""A daemon that is started, stopped and looks at the clock whenever it likes: one issue an evening all the same.

The simulated daemon does on each tick what the real one does: it builds the evening at hand unless the database
has it, sends what is due and not late, and holds what is late. The set of dates stands for the unique key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.issues.schedule import Evening, current, evening, is_late, upcoming
from newsletter.settings import NewsletterSettings
from tests.issues.stories import PLAIN

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
DAY = timedelta(days=1)
MINUTES = st.integers(0, 24 * 60 - 1)


@dataclass
class Daemon:
    """Keeps what it built, in order, and what became of it."""

    newsletter: NewsletterSettings
    zone: ZoneInfo
    built: list[Evening] = field(default_factory=list)
    sent: dict[date, datetime] = field(default_factory=dict)
    held: set[date] = field(default_factory=set)

    def tick(self, now: datetime) -> None:
        found = current(self.newsletter, self.zone, now)
        if found is not None and found.date not in {each.date for each in self.built[-2:]}:
            self.built.append(found)
        for each in self.built[-2:]:
            self.finish(each, now)

    def finish(self, each: Evening, now: datetime) -> None:
        if now < each.send_at or each.date in self.sent or each.date in self.held:
            return
        if is_late(each, now):
            self.held.add(each.date)
        else:
            self.sent[each.date] = now

    def run(self, ticks: Iterable[datetime]) -> None:
        for now in ticks:
            self.tick(now)


def local(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@st.composite
def newsletters(draw: st.DrawFn) -> NewsletterSettings:
    return replace(
        PLAIN,
        build_at=local(draw(MINUTES)),
        send_at=local(draw(MINUTES)),
        days=draw(st.one_of(st.just(frozenset(range(7))), st.frozensets(st.integers(0, 6), min_size=1))),
        late_after=timedelta(minutes=draw(st.integers(0, 600))),
    )


zones = st.sampled_from(ZONES).map(ZoneInfo)
minutes_from_2005 = st.integers(0, 25 * 365 * 24 * 60)
starts = minutes_from_2005.map(lambda number: datetime(2005, 1, 1, tzinfo=UTC) + timedelta(minutes=number))


def expected(newsletter: NewsletterSettings, zone: ZoneInfo, start: datetime, end: datetime) -> list[Evening]:
    """Return the evenings whose build time is in the span, day by local day."""
    first = start.astimezone(zone).date() - DAY
    days = (first + number * DAY for number in range((end - start).days + 4))
    found = (evening(newsletter, zone, day) for day in days)
    return [each for each in found if each is not None and start <= each.build_at < end]


@settings(max_examples=25, deadline=None)
@given(newsletters(), zones, starts, st.integers(240, 720))
def test_one_issue_a_local_day_over_400_days(
    newsletter: NewsletterSettings, zone: ZoneInfo, start: datetime, minutes: int
) -> None:
    ticks = [start + timedelta(minutes=number * minutes) for number in range(400 * 24 * 60 // minutes)]
    daemon = Daemon(newsletter, zone)
    daemon.run(ticks)
    wanted = expected(newsletter, zone, start, ticks[-1])
    assert [each for each in daemon.built if each.build_at >= start][: len(wanted)] == wanted
    dates = [each.date for each in daemon.built]
    assert dates == sorted(set(dates))


@settings(max_examples=60, deadline=None)
@given(newsletters(), zones, starts, st.lists(st.integers(1, 20_000), min_size=1, max_size=80))
def test_however_long_it_was_down(
    newsletter: NewsletterSettings, zone: ZoneInfo, start: datetime, gaps: list[int]
) -> None:
    daemon, now, ticks = Daemon(newsletter, zone), start, []
    for gap in gaps:
        now += timedelta(minutes=gap)
        ticks.append(now)
    daemon.run(ticks)
    dates = [each.date for each in daemon.built]
    assert dates == sorted(set(dates))
    for each in expected(newsletter, zone, start, now):
        following = upcoming(newsletter, zone, each.build_at).build_at
        assert (each.date in dates) == any(each.build_at <= tick < following for tick in ticks)


@settings(max_examples=60, deadline=None)
@given(newsletters(), zones, starts, st.lists(st.integers(1, 2_000), min_size=1, max_size=80))
def test_sent_at_its_time_or_within_its_grace_or_not_at_all(
    newsletter: NewsletterSettings, zone: ZoneInfo, start: datetime, gaps: list[int]
) -> None:
    daemon, now = Daemon(newsletter, zone), start
    for gap in gaps:
        now += timedelta(minutes=gap)
        daemon.tick(now)
    for each in daemon.built:
        assert each.build_at <= each.send_at <= each.late_at
        if each.date in daemon.sent:
            assert each.send_at <= daemon.sent[each.date] <= each.late_at
    assert not daemon.held & set(daemon.sent)


@settings(max_examples=150, deadline=None)
@given(newsletters(), zones, starts)
def test_each_moment_lies_between_the_evening_at_hand_and_the_next(
    newsletter: NewsletterSettings, zone: ZoneInfo, now: datetime
) -> None:
    found, coming = current(newsletter, zone, now), upcoming(newsletter, zone, now)
    assert found is not None
    assert found.build_at <= now < coming.build_at
    assert current(newsletter, zone, coming.build_at) == coming
    assert upcoming(newsletter, zone, found.build_at) == coming
    assert found.date < coming.date


@settings(max_examples=150, deadline=None)
@given(newsletters(), zones, starts)
def test_local_times_are_met_wherever_they_exist(
    newsletter: NewsletterSettings, zone: ZoneInfo, now: datetime
) -> None:
    coming = upcoming(newsletter, zone, now)
    wanted = datetime.combine(coming.date, newsletter.build_at, tzinfo=zone)
    found = coming.build_at.astimezone(zone)
    a_second_before = (coming.build_at - timedelta(seconds=1)).astimezone(zone)
    assert found.date() == coming.date or newsletter.build_at > time(22)
    if wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        assert found.replace(tzinfo=None) == wanted.replace(tzinfo=None)
        assert found.fold == 0
    else:
        assert a_second_before.replace(tzinfo=None) < wanted.replace(tzinfo=None) < found.replace(tzinfo=None)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Tehran"])
def test_started_anew_at_every_minute_of_two_days_of_change(zone: str) -> None:
    changes = {"Pacific/Apia": "2011-12-29", "Asia/Tehran": "2022-03-20", "Australia/Lord_Howe": "2026-04-04"}
    start = datetime.fromisoformat(changes.get(zone, "2026-10-24")).replace(tzinfo=UTC)
    newsletter = replace(PLAIN, build_at=time(1, 45), send_at=time(2, 15))
    ticks = [start + timedelta(minutes=number) for number in range(3 * 24 * 60)]
    daemon = Daemon(newsletter, ZoneInfo(zone))
    daemon.run(ticks)
    wanted = expected(newsletter, ZoneInfo(zone), start, ticks[-1])
    assert [each for each in daemon.built if each.build_at >= start] == wanted
    assert all(daemon.sent[each.date] == each.send_at for each in wanted if each.send_at <= ticks[-1])
