"""What follows from an outcome: settled, or tried again and when. Pure; all times are aware UTC.

Exponential back-off with jitter, for one reader and for a whole issue whose line is down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.delivery.states import DeliveryState
from newsletter.domain.delivery import Outcome, Verdict

FIRST_DELAY = timedelta(minutes=2)
LONGEST_DELAY = timedelta(hours=1)
FIRST_LINE_DELAY = timedelta(seconds=30)
LONGEST_LINE_DELAY = timedelta(minutes=15)
JITTER = (0.8, 1.2)  # a delay is multiplied by a number between these

# After a night without a line everything is past its time; a greylisting server still deserves more than one try.
FEWEST_TRIES = 3

# A copy whose fate is unknown is sent again by itself until so many are; then it waits for an operator.
MOST_DOUBTS = 3

FINAL = {Verdict.ACCEPTED: DeliveryState.ACCEPTED, Verdict.REJECTED: DeliveryState.REJECTED}


@dataclass(frozen=True, slots=True)
class Tried:
    """What came before: the tries including this one, and when the delivery was first due."""

    attempts: int
    first_due_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the ledger writes for one delivery. `due_at` is None where no further try follows."""

    key: int
    state: DeliveryState
    due_at: datetime | None = None
    status: str = ""
    reply: str = ""
    remote_id: str = ""


def settlement(
    outcome: Outcome, tried: Tried, now: datetime, give_up_after: timedelta, jitter: float
) -> Settlement:
    """Return what becomes of a delivery. `jitter` is between the bounds of JITTER.

    A refusal for now becomes final when the next try would come later than `give_up_after` from the first due
    time, and the delivery has been tried FEWEST_TRIES times; the last reply is kept.
    """
    if outcome.verdict in FINAL:
        return final(outcome)
    next_try = now + delay(tried.attempts, jitter)
    if outcome.verdict is Verdict.IN_DOUBT:
        return _settled(outcome, DeliveryState.IN_DOUBT, next_try)
    if tried.attempts >= FEWEST_TRIES and next_try > tried.first_due_at + give_up_after:
        return _settled(outcome, DeliveryState.REJECTED, None)
    return _settled(outcome, DeliveryState.DEFERRED, next_try)


def final(outcome: Outcome) -> Settlement:
    """Return what becomes of a delivery whose verdict is one of FINAL."""
    return _settled(outcome, FINAL[outcome.verdict], None)


def delay(attempts: int, jitter: float) -> timedelta:
    """Return how long to wait after so many tries."""
    return _doubled(FIRST_DELAY, attempts, LONGEST_DELAY) * jitter


def line_delay(failures: int, jitter: float) -> timedelta:
    """Return how long to leave an issue alone after its line was down so many times in a row."""
    return _doubled(FIRST_LINE_DELAY, failures, LONGEST_LINE_DELAY) * jitter


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """Return `first`, doubled with each time after the first."""
    factor: int = 1 << min(max(times, 1) - 1, 30)  # beyond which every delay is at its longest
    return min(first * factor, longest)


def _settled(outcome: Outcome, state: DeliveryState, due_at: datetime | None) -> Settlement:
    return Settlement(outcome.key, state, due_at, outcome.status, outcome.reply, outcome.remote_id)
