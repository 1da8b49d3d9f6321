"""A whole issue past the pace, claimed and settled as a sender does it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import update

from newsletter.delivery import ledger
from newsletter.delivery.pace.gate import Pacing
from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.domain.delivery import Outcome, Verdict
from newsletter.settings import DomainPace, InDoubt, PaceSettings
from subscribers.models import Subscriber
from tests.delivery.conftest import House

POLICY = InDoubt.RESEND


def readers(house: House, count: int, domain: str) -> None:
    """Add readers, and make the last `count` of them live at a domain."""
    for number in range(11, 11 + count):
        house.reader(number)
    with house.database.writing() as session:
        session.execute(
            update(Subscriber)
            .where(Subscriber.id > 10)
            .values(email=Subscriber.name.concat(f"@{domain}"), address=Subscriber.name.concat(f"@{domain}"))
        )
    house.issue(day=11)


def work(house: House, gate: Pacing, owner: str) -> list[str]:
    """Claim what there is now, settle it as accepted, and return who it was."""
    now = house.clock.now()
    with house.database.writing() as session:
        claimed = ledger.claim(
            session,
            house.issue_id,
            owner,
            now,
            lease=timedelta(minutes=10),
            limit=16,
            in_doubt=POLICY,
            gate=gate,
        )
    outcomes = [(each.email, Outcome(each.subscription_id, Verdict.ACCEPTED)) for each in claimed.claims]
    with house.database.writing() as session:
        settled = [Settlement(outcome.key, DeliveryState.ACCEPTED) for _, outcome in outcomes]
        ledger.settle(session, house.issue_id, owner, now, settled)
        gate.settled(session, now, outcomes)
    return [email for email, _ in outcomes]


def send(house: House, settings: PaceSettings) -> dict[str, datetime]:
    """Send the issue from two processes in turn; return when each letter left."""
    gates = [Pacing(settings, name) for name in "ab"]
    left: dict[str, datetime] = {}
    for _ in range(5000):
        sent = [email for gate in gates for email in work(house, gate, gate.owner)]
        assert not left.keys() & set(sent)
        left |= dict.fromkeys(sent, house.clock.now())
        with house.database.reading() as session:
            due = ledger.next_due(session, house.issue_id, POLICY)
            opens = gates[0].open_at(session, house.clock.now())
        if due is None:
            return left
        if not sent:
            house.clock.moment = max(due, opens, house.clock.now())
    raise AssertionError(f"the issue never ends: {house.books()}")


def test_a_slow_domain_holds_up_nobody_and_is_served_in_its_time(house: House) -> None:
    readers(house, 190, "slow.example")
    start = house.clock.now()
    left = send(house, PaceSettings(domains={"slow.example": DomainPace(messages_per_second=2)}))
    assert house.books() == {"accepted": 200}
    assert {at for email, at in left.items() if not email.endswith("@slow.example")} == {start}
    slow = Counter((at - start) // timedelta(seconds=10) for email, at in left.items() if "@slow" in email)
    assert max(slow.values()) <= 22
    assert timedelta(seconds=93) <= max(left.values()) - start <= timedelta(seconds=97)


def test_the_transports_pace_is_that_of_the_whole_issue(house: House) -> None:
    readers(house, 90, "else.example")
    start = house.clock.now()
    left = send(house, PaceSettings(messages_per_second=5))
    assert len(left) == 100
    assert timedelta(seconds=18.9) <= max(left.values()) - start <= timedelta(seconds=20)


def test_a_domain_with_few_seats_is_served_wholly(house: House) -> None:
    readers(house, 60, "narrow.example")
    left = send(house, PaceSettings(domains={"narrow.example": DomainPace(concurrent=2)}))
    assert len(left) == 70
    with house.database.reading() as session:
        assert ledger.is_finished(session, house.issue_id, POLICY)
