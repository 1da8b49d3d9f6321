"""Buckets, places and learned limits, whatever is asked of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.delivery.pace import buckets
from newsletter.delivery.pace.buckets import GRAIN, HORIZON, LATE, Bucket, Meter, Pace

START = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
RATES = st.floats(0.1, 20_000)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def most_in_excess(let_go: list[tuple[datetime, int]], rate: float) -> float:
    """Return by how many messages the busiest interval exceeds its `rate * t`."""
    worst = 0.0
    for first in range(len(let_go)):
        count = 0
        for at, messages in let_go[first:]:
            count += messages
            worst = max(worst, count - rate * (at - let_go[first][0]).total_seconds())
    return worst


@given(
    rate=RATES,
    behind=st.floats(0, 1000),
    asked=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 500)), max_size=40),
)
def test_no_interval_gets_more_than_its_rate_and_a_burst(
    rate: float, behind: float, asked: list[tuple[float, int]]
) -> None:
    bucket, now = Bucket(rate, after(-behind)), START
    let_go = []
    for pause, wanted in asked:
        now += timedelta(seconds=pause)
        count = buckets.allot(bucket, now, wanted)
        assert 0 <= count <= wanted
        bucket = buckets.spent(bucket, now, count)
        let_go.append((now, count))
    assert most_in_excess(let_go, rate) <= bucket.burst + 0.1


@given(rate=RATES, wanted=st.integers(1, 2000))
def test_who_waits_until_it_opens_gets_something(rate: float, wanted: int) -> None:
    bucket = buckets.spent(Bucket(rate, START), START, Bucket(rate, START).burst)
    opens = buckets.open_at(bucket, START)
    assert opens > START
    assert buckets.allot(bucket, opens, wanted) > 0
    assert opens - START <= timedelta(seconds=max(1 / rate, GRAIN) + 0.001)


def test_less_than_a_grain_is_not_given_out_to_who_wants_more() -> None:
    bucket = buckets.spent(Bucket(100, START), START, 95)
    assert buckets.allot(bucket, START, 50) == 0
    assert buckets.allot(bucket, START, 5) == 5
    assert buckets.allot(bucket, after(0.05), 50) == 10


def test_no_rate_is_no_limit() -> None:
    bucket = Bucket(0, after(99))
    assert buckets.allot(bucket, START, 70_000) == 70_000
    assert buckets.spent(bucket, START, 5) is bucket
    assert buckets.open_at(bucket, START) == START
    assert buckets.places(bucket, START, 2) == ([START, START], bucket)


@given(rate=st.floats(0.1, 50), wanted=st.integers(1, 400), spent=st.integers(0, 100))
def test_places_keep_the_rate_and_the_horizon(rate: float, wanted: int, spent: int) -> None:
    fresh = Bucket(rate, START)
    taken = min(spent, fresh.burst)
    bucket = buckets.spent(fresh, START, taken)
    given_out, left = buckets.places(bucket, START, wanted)
    assert given_out == sorted(given_out)
    assert all(START <= at <= START + HORIZON + timedelta(seconds=GRAIN) for at in given_out)
    # A grain's rounding may bring together what leaves within it.
    slack = fresh.burst + rate * GRAIN + 0.1
    assert most_in_excess([(START, taken), *((at, 1) for at in given_out)], rate) <= slack
    if len(given_out) < wanted:
        assert left.next_at > START + HORIZON
        assert len(given_out) >= int(rate * (HORIZON.total_seconds() - 1)) - taken


@settings(max_examples=30, deadline=None)
@given(rate=st.floats(0.5, 30), readers=st.integers(1, 250), batch=st.integers(1, 200), step=st.floats(0.05, 1.0))
def test_everyone_goes_at_last_and_the_limit_never_waits(
    rate: float, readers: int, batch: int, step: float
) -> None:
    """The life of a slow domain's readers: due, asked in batches, placed, gone."""
    bucket, now = Bucket(rate, START), START
    due = [(START, 0)] * readers
    let_go: list[tuple[datetime, int]] = []
    asked = 0
    while due:
        asking = sorted(each for each in due if each[0] <= now)[:batch]
        if not asking:
            now = max(min(due)[0], now + timedelta(seconds=step))
            continue
        asked += len(asking)
        ready, placed = buckets.ready(bucket, 1, now, [slot for _, slot in asking])
        bucket = buckets.spent(bucket, now, len(ready) - placed)
        put_off, bucket = buckets.put_off(bucket, 1, now, len(asking) - len(ready))
        left = Counter(due)
        left.subtract(asking)
        due = [*left.elements(), *put_off]
        let_go.append((now, len(ready)))
    lasted = (now - START).total_seconds()
    assert sum(count for _, count in let_go) == readers
    ideal = max(readers - Bucket(rate, START).burst, 0) / rate
    assert lasted <= ideal * 1.02 + 2 * step + 1
    assert lasted >= ideal - 0.1
    assert most_in_excess(let_go, rate) <= max(1, rate) + rate * (step + GRAIN) + 1
    assert asked <= readers * (3 + lasted / 30)


def test_a_place_is_good_at_its_time_a_little_later_and_never_again() -> None:
    at = after(30)
    marked = buckets.slot(7, at)
    assert 0 < marked < 2**31
    assert buckets.has_place(marked, 7, at)
    assert buckets.has_place(marked, 7, at + LATE)
    assert not buckets.has_place(marked, 7, at + LATE + timedelta(seconds=1))
    assert not buckets.has_place(marked, 7, at + timedelta(days=3))
    assert not buckets.has_place(marked, 8, at)


@given(epoch=st.integers(1, 2**31), moment=st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_every_slot_fits_its_column(epoch: int, moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    assert 0 < buckets.slot(epoch, at) < 2**31
    assert buckets.has_place(buckets.slot(epoch, at), epoch, at)


def test_who_has_a_place_goes_before_who_asks_anew() -> None:
    full = buckets.spent(Bucket(10, START), START, 100)
    slots = [0, buckets.slot(1, START), 0, buckets.slot(2, START), buckets.slot(1, after(-60))]
    assert buckets.ready(full, 1, START, slots) == ([1], 1)
    assert buckets.ready(Bucket(2, START), 1, START, slots) == ([1, 0, 2], 1)


LEARNED = Pace(8.0, START, START, 3, "421 too many")


def test_an_unlimited_pace_starts_slow_or_at_half_of_what_was_observed() -> None:
    fresh = Pace(0, START, START)
    assert buckets.slowed(fresh, START, 0, "421").rate == buckets.FIRST_RATE
    slow = buckets.slowed(fresh, START, 0, "421 slow down", observed=900.0)
    assert (slow.rate, slow.epoch, slow.reason, slow.changed_at) == (450.0, 2, "421 slow down", START)
    assert buckets.allot(Bucket(slow.rate, slow.next_at), START, 1) == 0
    assert buckets.allot(Bucket(slow.rate, slow.next_at), after(1), 1000) > 400


def test_replies_in_flight_slow_down_once() -> None:
    assert buckets.slowed(LEARNED, after(9), 0, "421 again") is LEARNED
    again = buckets.slowed(LEARNED, after(10), 0, "421 again")
    assert 4.0 < again.rate < 4.3
    assert (again.epoch, again.reason) == (4, "421 again")


def test_a_configured_limit_is_halved_and_comes_back_no_faster() -> None:
    slow = buckets.slowed(Pace(20, START, START), START, 20, "421")
    assert slow.rate == 10
    assert buckets.rate_at(slow, after(60), 20) == pytest.approx(12.5)
    assert buckets.rate_at(slow, after(600), 20) == 20
    assert buckets.recovered(slow, after(60), 20) is slow
    assert buckets.recovered(slow, after(600), 20) == replace(slow, rate=20, changed_at=after(600), reason="")


def test_there_is_a_slowest_pace() -> None:
    now, slow = START, LEARNED
    for _ in range(20):
        now += buckets.IN_FLIGHT
        slow = buckets.slowed(slow, now, 0, "421")
    assert slow.rate == buckets.SLOWEST


@given(rate=st.floats(buckets.SLOWEST, 900), configured=st.sampled_from([0.0, 5.0, 500.0]))
def test_it_recovers_gradually_and_wholly(rate: float, configured: float) -> None:
    slow = replace(LEARNED, rate=rate)
    rates = [buckets.rate_at(slow, after(60 * minute), configured) for minute in range(90)]
    limits = [each for each in rates if each != configured]
    assert limits == sorted(limits)
    assert all(later <= sooner * 1.2501 for sooner, later in pairwise(limits))
    assert rates[-1] == configured
    assert buckets.rate_at(slow, after(10**9), configured) == configured


def test_what_is_over_may_be_dropped_but_not_while_places_are_out() -> None:
    done = Pace(0, after(30), START, 4)
    assert not buckets.is_over(done, after(30), 0)
    assert buckets.is_over(done, after(30) + LATE, 0)
    assert not buckets.is_over(done, after(99), 5)
    assert not buckets.is_over(LEARNED, after(99), 0)


def test_the_meter_tells_our_speed_of_late() -> None:
    meter = Meter(START)
    for second in range(25):
        meter = meter.counted(after(second), 100)
    assert 80 <= meter.speed(after(25)) <= 120
    assert meter.speed(after(60)) <= 50
