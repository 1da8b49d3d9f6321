"""The sender under a pace, on both databases: nothing leaves early, nobody is held up without need."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from newsletter.delivery.sending.report import Ending
from newsletter.domain.delivery import Envelope, Outcome, Verdict
from newsletter.settings import DomainPace, PaceSettings
from subscribers.models import Subscriber
from tests.delivery.conftest import House, Script


def paced(house: House, pace: PaceSettings) -> None:
    house.settings = replace(house.settings, pace=pace)


def at_slow(house: House, *numbers: int) -> None:
    """Have these readers be at slow.example."""
    with house.database.writing() as session:
        for number in numbers:
            email = f"reader{number}@slow.example"
            session.execute(update(Subscriber).where(Subscriber.id == number).values(email=email, address=email))


def times(house: House) -> tuple[Script, list[tuple[str, datetime]]]:
    """Return a transport that notes when each message left."""
    seen: list[tuple[str, datetime]] = []

    def act(envelope: Envelope) -> None:
        seen.append((envelope.recipient, house.clock.now()))

    return Script(act), seen


def test_everything_leaves_at_the_rate_of_the_transport(house: House) -> None:
    paced(house, PaceSettings(messages_per_second=2))
    transport, seen = times(house)
    start = house.clock.now()
    assert house.send(transport).stopped_because is Ending.FINISHED
    assert len(seen) == 10
    for number, (_, at) in enumerate(seen):
        assert number <= 2 * ((at - start).total_seconds() + 1)  # the rate, and one second's worth at once
    assert seen[-1][1] - start <= timedelta(seconds=6)


def test_a_slow_domain_holds_up_nobody_else(house: House) -> None:
    at_slow(house, 1, 2, 3, 4, 5, 6)
    paced(house, PaceSettings(domains={"slow.example": DomainPace(messages_per_second=1)}))
    transport, seen = times(house)
    start = house.clock.now()
    assert house.send(transport).stopped_because is Ending.FINISHED
    others = [at for recipient, at in seen if recipient.endswith("@reader.example")]
    slow = sorted(at for recipient, at in seen if recipient.endswith("@slow.example"))
    assert (len(others), len(slow)) == (4, 6)
    assert max(others) - start < timedelta(seconds=1)
    assert timedelta(seconds=4) <= slow[-1] - start <= timedelta(seconds=8)


def test_a_rate_below_one_message_in_two_seconds_ends_the_run_and_says_when_to_come_again(house: House) -> None:
    paced(house, PaceSettings(messages_per_second=0.1))
    transport, seen = times(house)
    report = house.send(transport)
    assert (len(seen), report.stopped_because) == (1, Ending.NOTHING_DUE)
    assert report.try_again_at is not None
    assert report.try_again_at - house.clock.now() >= timedelta(seconds=9)


@pytest.mark.parametrize("reply", ["421 4.7.0 too many messages, slow down", "450 4.7.28 rate limited"])
def test_who_says_slow_down_is_served_more_slowly_and_everybody_in_the_end(house: House, reply: str) -> None:
    at_slow(house, 1, 2, 3)
    refused: set[int] = set()

    def act(envelope: Envelope) -> Outcome | None:
        if envelope.key > 3 or envelope.key in refused:
            return None
        refused.add(envelope.key)
        return Outcome(envelope.key, Verdict.DEFERRED, reply.split()[1], reply)

    transport = Script(act)
    report = house.send(transport)
    while report.stopped_because is not Ending.FINISHED:
        assert report.try_again_at is not None
        house.clock.moment = max(house.clock.now(), report.try_again_at)
        report = house.send(transport)
    assert refused
    assert house.books() == {"accepted": 10}
