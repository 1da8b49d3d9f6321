"""When to try again: for any outcome, any number of tries and any moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.retry import (
    FEWEST_TRIES,
    FIRST_DELAY,
    JITTER,
    LONGEST_DELAY,
    LONGEST_LINE_DELAY,
    Settlement,
    Tried,
    delay,
    line_delay,
    settlement,
)
from newsletter.delivery.states import DeliveryState
from newsletter.domain.delivery import Outcome, Verdict

START = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
LIMIT = timedelta(hours=12)

attempts = st.integers(1, 10_000)
jitters = st.floats(*JITTER)
moments = st.timedeltas(timedelta(0), timedelta(days=30)).map(lambda since: START + since)
outcomes = st.builds(Outcome, st.integers(1), st.sampled_from(Verdict), st.text(max_size=9), st.text(), st.text())


def after(outcome: Outcome, tries: int, now: datetime, jitter: float = 1) -> Settlement:
    return settlement(outcome, Tried(tries, START), now, LIMIT, jitter)


@given(outcomes, attempts, moments, jitters)
def test_what_was_said_is_kept_and_the_next_try_is_ahead(
    outcome: Outcome, tries: int, now: datetime, jitter: float
) -> None:
    found = after(outcome, tries, now, jitter)
    assert (found.key, found.status, found.reply) == (outcome.key, outcome.status, outcome.reply)
    assert (found.due_at is None) == (found.state in {DeliveryState.ACCEPTED, DeliveryState.REJECTED})
    assert found.due_at is None or now < found.due_at <= now + LONGEST_DELAY * JITTER[1]


@given(outcomes, attempts, moments, jitters)
def test_nothing_but_patience_turns_a_verdict(outcome: Outcome, tries: int, now: datetime, jitter: float) -> None:
    found = after(outcome, tries, now, jitter).state
    if outcome.verdict is Verdict.DEFERRED:
        assert found in {DeliveryState.DEFERRED, DeliveryState.REJECTED}
    else:
        assert str(found) == str(outcome.verdict)


@given(attempts, moments, jitters)
def test_given_up_only_late_and_after_several_tries(tries: int, now: datetime, jitter: float) -> None:
    found = after(Outcome(1, Verdict.DEFERRED), tries, now, jitter)
    is_late = now + delay(tries, jitter) > START + LIMIT
    assert (found.state is DeliveryState.REJECTED) == (is_late and tries >= FEWEST_TRIES)


@given(attempts, jitters)
def test_delays_grow_up_to_their_bound(tries: int, jitter: float) -> None:
    assert delay(tries, jitter) <= delay(tries + 1, jitter) <= LONGEST_DELAY * jitter
    assert delay(tries, jitter) >= FIRST_DELAY * JITTER[0]
    assert line_delay(tries, jitter) <= line_delay(tries + 1, jitter) <= LONGEST_LINE_DELAY * jitter


def test_the_first_delays() -> None:
    assert [delay(tries, 1) / timedelta(minutes=1) for tries in range(1, 8)] == [2, 4, 8, 16, 32, 60, 60]
