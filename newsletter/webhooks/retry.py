"""When a message that was not taken is tried again. Pure."""

from __future__ import annotations

from datetime import timedelta

GIVE_UP_ENDPOINT_AFTER = timedelta(days=3)
LONGEST_REST = timedelta(minutes=10)
LONGEST_WISH = timedelta(hours=1)  # of an endpoint that asks us to wait (Retry-After)
JITTER = 0.1  # of the delay, either way
_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=22),
)  # a little more than three days in all


def delay(attempts: int, jitter: float) -> timedelta | None:
    """Return the wait after so many failed attempts at one message; None when that was the last.

    `jitter` lies between -0.1 and 0.1 and is a part of the delay.
    """
    if attempts > len(_DELAYS):
        return None
    return _DELAYS[attempts - 1] * (1 + jitter)


def rest(failures: int) -> timedelta:
    """Return how long an endpoint is left alone after so many failures in a row, whatever the message."""
    return min(timedelta(seconds=5 << min(failures - 1, 10)), LONGEST_REST)
