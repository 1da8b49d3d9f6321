"""How fast letters may leave: token buckets, the places they give out, and how a limit is learned and forgotten.

Pure; moments are aware UTC, rates are messages per second, and a rate of 0 is no limit.

A bucket is kept as one moment (the generic cell rate algorithm, known from ATM networks): `next_at` moves on by
`1 / rate` with every message, never lags behind now, and may lie ahead of now by a burst's worth. So in any
interval of t seconds at most `rate * t` and a burst are let through, however often and by whomever it is asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BURST = 1.0  # seconds' worth that may go at once; one message at least
GRAIN = 0.1  # seconds: the least worth giving out, so that nobody commits for every single message

# Places are given out so far ahead. A slow-down makes them void, and while they are waited for a recovering pace
# outgrows them a little: both are reasons not to look further.
HORIZON = timedelta(seconds=60)
LATE = timedelta(seconds=5)  # so long a place is kept for whoever comes late for it

FIRST_RATE = 10.0  # where an unlimited pace starts when it is slowed down
SLOWEST = 0.1
FASTEST = 1000.0  # a learned pace beyond this is no limit any more
GROWTH = 1.25  # times faster with each minute without trouble
IN_FLIGHT = timedelta(seconds=10)  # refusals so soon after a slow-down are of letters that left before it

METERED = timedelta(seconds=10)  # over how long our own speed is measured

_EPOCHS = 2047
_CYCLE = 1 << 20  # seconds, 12 days
_MOMENT = timedelta(microseconds=1)
_SLACK = 1e-6  # of a message, for floating point


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit in force. `next_at` may lie in the past: then a whole burst is there."""

    rate: float
    next_at: datetime

    @property
    def burst(self) -> int:
        """How many may go at once."""
        return max(1, int(self.rate * BURST))

    @property
    def grain(self) -> int:
        """How many are worth giving out."""
        return max(1, int(self.rate * GRAIN))


@dataclass(frozen=True, slots=True)
class Pace:
    """What all processes know of one limit. `rate` is that of `changed_at`; it was learned if there is a reason.

    `epoch` grows with every slow-down and makes the places given out before void.
    """

    rate: float
    next_at: datetime
    changed_at: datetime
    epoch: int = 1
    reason: str = ""


def allot(bucket: Bucket, now: datetime, wanted: int) -> int:
    """Return how many of `wanted` messages may go now; 0 while there is less than a grain and more is wanted."""
    if bucket.rate <= 0:
        return wanted
    ahead = max((bucket.next_at - now).total_seconds(), 0.0)
    there = max(math.floor(bucket.burst - ahead * bucket.rate + _SLACK), 0)
    return min(there, wanted) if there >= min(wanted, bucket.grain) else 0


def spent(bucket: Bucket, now: datetime, count: int) -> Bucket:
    """Return the bucket after so many messages were let go."""
    if bucket.rate <= 0 or not count:
        return bucket
    return replace(bucket, next_at=max(bucket.next_at, now) + _lasting(count, bucket.rate))


def open_at(bucket: Bucket, now: datetime) -> datetime:
    """Return when there is a grain, which may be now."""
    if bucket.rate <= 0:
        return now
    return max(now, bucket.next_at - _lasting(bucket.burst - bucket.grain, bucket.rate) + _MOMENT)


def places(bucket: Bucket, now: datetime, wanted: int) -> tuple[list[datetime], Bucket]:
    """Return a moment of its own for each message up to the horizon, and the bucket with them taken out.

    There may be fewer than `wanted`, or none. A moment is rounded up to a grain, so that those of one grain come
    together.
    """
    if bucket.rate <= 0:
        return [now] * wanted, bucket
    given: list[datetime] = []
    while len(given) < wanted:
        at = max(now, bucket.next_at - _lasting(bucket.burst - 1, bucket.rate))
        if at > now + HORIZON:
            break
        given.append(_rounded_up(at))
        bucket = spent(bucket, now, 1)
    return given, bucket


def ready(bucket: Bucket, epoch: int, now: datetime, slots: Sequence[int]) -> tuple[list[int], int]:
    """Return the positions of those who may go now, and how many of them, the first, have places that came up.

    `slots` is what each was given before, or 0. The others go as far as there are tokens for them.
    """
    placed = [n for n, mark in enumerate(slots) if mark and has_place(mark, epoch, now)]
    held = frozenset(placed)
    others = [n for n in range(len(slots)) if n not in held]
    return placed + others[: allot(bucket, now, len(others))], len(placed)


def put_off(bucket: Bucket, epoch: int, now: datetime, count: int) -> tuple[list[tuple[datetime, int]], Bucket]:
    """Return when each of so many who can't go is to come again, with its slot; and the bucket after it."""
    given, bucket = places(bucket, now, count)
    later = [max(at, now + timedelta(seconds=GRAIN)) for at in given]
    further = count - len(given)
    again = [(come_again(now, n, further), 0) for n in range(further)]
    return [(at, slot(epoch, at)) for at in later] + again, bucket


def come_again(now: datetime, position: int, count: int) -> datetime:
    """Return when the `position`th of `count` messages for which there is no place yet is to ask again.

    At half the horizon at the earliest, when half the places are free again, and well before the horizon, so that
    the limit never waits for messages. Not later for those far behind, though each then asks once in some 40
    seconds: nobody knows how many are waiting, and a pace that recovers would have to wait for who was sent far
    away. They are spread out in order that they do not all ask at once.
    """
    return now + HORIZON * (0.5 + 0.4 * position / max(count, 1))


def slot(epoch: int, at: datetime) -> int:
    """Return the number that marks a place: its epoch and its second. Above 0, and fits 31 bits."""
    return (epoch % _EPOCHS + 1) * _CYCLE + int(at.timestamp()) % _CYCLE


def has_place(marked: int, epoch: int, now: datetime) -> bool:
    """Tell whether a place that has come up is good: of this epoch, and not missed for long.

    Who was kept from sending for a while must not send all the places missed at once.
    """
    late = (int(now.timestamp()) - marked) % _CYCLE
    return marked // _CYCLE == epoch % _EPOCHS + 1 and late <= LATE.total_seconds()


def rate_at(pace: Pace, now: datetime, configured: float) -> float:
    """Return the rate in force: the configured one, or a learned one as far as it has recovered."""
    if not pace.reason:
        return configured
    minutes = max((now - pace.changed_at).total_seconds(), 0.0) / 60
    most = configured or FASTEST
    # Beyond this many minutes even the slowest pace has recovered, and a float would overflow some day.
    rate = pace.rate * GROWTH ** min(minutes, 60.0)
    return rate if rate < most else configured


def recovered(pace: Pace, now: datetime, configured: float) -> Pace:
    """Return the pace without what it had learned, once that is outgrown."""
    if not pace.reason or rate_at(pace, now, configured) != configured:
        return pace
    return replace(pace, rate=configured, changed_at=now, reason="")


def is_over(pace: Pace, now: datetime, configured: float) -> bool:
    """Tell whether there is nothing left to remember: no limit, and no place that may still come up."""
    return not pace.reason and configured <= 0 and pace.next_at + LATE <= now


def slowed(pace: Pace, now: datetime, configured: float, reason: str, observed: float = 0.0) -> Pace:
    """Return the pace at half its rate, for that reason; as it is when it was slowed down just now.

    An unlimited one starts at half the rate `observed`, or at FIRST_RATE. Every place given out before is void.
    """
    if pace.reason and now < pace.changed_at + IN_FLIGHT:
        return pace
    before = rate_at(pace, now, configured) or max(observed, 2 * FIRST_RATE)
    rate = max(before / 2, SLOWEST)
    return Pace(
        rate=rate,
        next_at=now + _lasting(Bucket(rate, now).burst, rate),
        changed_at=now,
        epoch=pace.epoch + 1,
        reason=reason or "the other side asked for it",
    )


@dataclass(frozen=True, slots=True)
class Meter:
    """How fast we are ourselves: messages since a moment, and messages per second before it."""

    since: datetime
    count: int = 0
    before: float = 0.0

    def counted(self, now: datetime, count: int) -> Meter:
        """Return the meter after so many more messages."""
        if now >= self.since + METERED:
            return Meter(now, count, self.speed(now))
        return replace(self, count=self.count + count)

    def speed(self, now: datetime) -> float:
        """Return messages per second of late."""
        passed = min(max((now - self.since) / METERED, 0.0), 1.0)
        return self.count / METERED.total_seconds() + self.before * (1 - passed)


def _lasting(count: int, rate: float) -> timedelta:
    """Return how long so many messages take, rounded up to what a moment can hold."""
    return timedelta(microseconds=math.ceil(count * 1_000_000 / rate))


def _rounded_up(at: datetime) -> datetime:
    behind = at.microsecond % int(GRAIN * 1_000_000)
    return at + timedelta(microseconds=int(GRAIN * 1_000_000) - behind) if behind else at
