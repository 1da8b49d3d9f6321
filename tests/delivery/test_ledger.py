"""The ledger on both databases: claiming, fencing, sweeping, and books that add up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.delivery import ledger
from newsletter.delivery.ledger.doubts import Decision, decide
from newsletter.delivery.ledger.enqueueing import Lanes
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.retry import MOST_DOUBTS, Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.issues.states import IssueState
from newsletter.settings import InDoubt
from subscribers.addresses import InvalidAddress
from subscribers.audience import readers
from subscribers.models import Subscriber
from tests.delivery.conftest import House


def settle(house: House, owner: str, *settlements: Settlement) -> int:
    with house.database.writing() as session:
        return ledger.settle(session, house.issue_id, owner, house.clock.now(), settlements)


def test_enqueueing_again_adds_nobody(house: House) -> None:
    with house.database.writing() as session:
        letter = session.query(LetterRow).one()
        assert ledger.enqueue(session, letter, readers("evening"), Lanes(house.clock.now())) == 0
    assert house.books() == {"owed": 10}


def test_enqueued_are_active_readers_of_that_choice(house: House) -> None:
    house.reader(11, sections="city")
    house.reader(12, language="de")
    house.reader(13, state="pending")
    house.reader(14, state="unsubscribed")
    house.reader(15)
    house.suppress(15)
    house.reader(16)
    with house.database.writing() as session:
        letter = session.query(LetterRow).one()
        everybody = readers("evening").where(Subscriber.language == "")
        assert ledger.enqueue(session, letter, everybody, Lanes(house.clock.now())) == 2
        letter.enqueued += 2
    assert house.books() == {"owed": 12}


def test_two_senders_never_claim_the_same(house: House) -> None:
    claims = [house.claim(owner, 4) for owner in ("a", "b", "a", "b")]
    assert sorted(key for claim in claims for key in claim) == list(range(1, 11))
    assert [len(claim) for claim in claims] == [4, 4, 2, 0]


def test_the_first_claim_begins_the_issue_and_outdates_nobody(house: House) -> None:
    version = house.row.version
    assert house.row.begun_at is None
    house.claim("a", 1)
    begun = house.row.begun_at
    house.later(minutes=1)
    house.claim("a", 1)
    assert (house.row.begun_at, house.row.version) == (begun, version)
    assert begun is not None


def test_withdrawing_everybody_begins_nothing(house: House) -> None:
    for number in range(1, 11):
        house.leave(number)
    assert house.claim("a") == ()
    assert house.row.begun_at is None
    assert house.books() == {"withdrawn": 10}


@pytest.mark.parametrize("state", sorted(set(IssueState) - {IssueState.SENDING, IssueState.SENT}))
def test_nothing_is_claimed_of_an_issue_that_is_not_being_sent(house: House, state: IssueState) -> None:
    house.set_issue(state=state)
    assert house.claim("a") == ()
    assert house.books() == {"owed": 10}


def test_who_left_or_was_suppressed_is_withdrawn_and_others_take_the_place(house: House) -> None:
    house.leave(1)
    house.suppress(3)
    assert house.claim("a", 4) == (2, 4, 5, 6)
    assert house.books() == {"owed": 4, "claimed": 4, "withdrawn": 2}


def test_settling_writes_everything_that_is_known(house: House) -> None:
    house.claim("a", 3)
    due = house.clock.now() + timedelta(minutes=2)
    settlements = (
        Settlement(1, DeliveryState.ACCEPTED, None, "2.0.0", "250 ok", "Q7"),
        Settlement(2, DeliveryState.DEFERRED, due, "4.2.0", "450 greylisted"),
        Settlement(3, DeliveryState.IN_DOUBT, due, "4.4.2", "hung up"),
    )
    assert settle(house, "a", *settlements) == 3
    assert house.books() == {"owed": 7, "accepted": 1, "deferred": 1, "in_doubt": 1}
    first, second, third = (house.line(number) for number in (1, 2, 3))
    assert (first.remote_id, first.reply, first.doubts, first.attempts) == ("Q7", "250 ok", 0, 1)
    assert (second.due_at, second.status, second.settled_at) == (due, "4.2.0", house.clock.now())
    assert third.doubts == 1


def test_a_deferred_one_is_claimed_when_due_and_not_before(house: House) -> None:
    house.claim("a", 1)
    settle(house, "a", Settlement(1, DeliveryState.DEFERRED, house.clock.now() + timedelta(minutes=2)))
    assert 1 not in house.claim("b")
    house.later(minutes=2)
    assert house.claim("c") == (1,)
    assert house.line(1).attempts == 2


def test_another_owner_s_settlement_changes_nothing(house: House) -> None:
    house.claim("a", 1)
    assert settle(house, "b", Settlement(1, DeliveryState.ACCEPTED)) == 0
    assert house.line(1).state is DeliveryState.CLAIMED


def test_who_wakes_up_late_overwrites_nothing(house: House) -> None:
    house.claim("a", 1)
    house.later(minutes=11)
    assert house.sweep() == ledger.Swept(in_doubt=1, withdrawn=0)
    assert settle(house, "a", Settlement(1, DeliveryState.REJECTED)) == 0
    assert 1 in house.claim("b", 10)
    assert settle(house, "a", Settlement(1, DeliveryState.REJECTED)) == 0
    assert settle(house, "b", Settlement(1, DeliveryState.ACCEPTED)) == 1
    assert (house.line(1).state, house.line(1).doubts, house.line(1).attempts) == ("accepted", 1, 2)


def test_a_lease_that_runs_is_left_alone(house: House) -> None:
    house.claim("a", 4)
    house.later(minutes=9)
    with house.database.writing() as session:
        until = house.clock.now() + timedelta(minutes=10)
        assert ledger.extend(session, house.issue_id, "a", until) == 4
    house.later(minutes=9)
    assert house.sweep() == ledger.Swept(0, 0)


def test_released_claims_count_no_try(house: House) -> None:
    house.claim("a", 4)
    with house.database.writing() as session:
        assert ledger.release(session, house.issue_id, "a") == 4
    assert (house.line(1).state, house.line(1).attempts) == ("owed", 0)


@pytest.mark.parametrize("policy", [InDoubt.SKIP, InDoubt.ASK])
def test_unless_told_to_resend_doubt_stays_until_an_operator_decides(house: House, policy: InDoubt) -> None:
    house.policy(in_doubt=policy)
    house.claim("a", 10)
    house.later(minutes=11)
    house.sweep()
    assert house.claim("b") == ()
    with house.database.writing() as session:
        assert ledger.is_finished(session, house.issue_id, policy)
        decided = decide(session, house.issue_id, Decision.RESEND, house.clock.now(), actor="desk")
        assert decided == 10
        assert ledger.due_issues(session, house.clock.now()) == [house.issue_id]
    house.set_issue(state=IssueState.SENT)
    assert len(house.claim("b")) == 10
    assert house.line(1).doubts == 1


def test_a_copy_in_doubt_again_and_again_waits_for_an_operator(house: House) -> None:
    for time in range(1, MOST_DOUBTS + 1):
        assert len(house.claim(f"sender {time}")) == 10
        house.later(minutes=11)
        house.sweep()
    assert house.claim("once more") == ()
    with house.database.reading() as session:
        assert ledger.is_finished(session, house.issue_id, InDoubt.RESEND)
        assert ledger.next_due(session, house.issue_id, InDoubt.RESEND) is None
    assert house.books() == {"in_doubt": 10}


def test_doubt_is_claimed_after_what_was_never_tried(house: House) -> None:
    house.claim("a", 2)
    house.later(minutes=11)
    house.sweep()
    assert house.claim("b", 8) == tuple(range(3, 11))
    assert set(house.claim("b", 8)) == {1, 2}


def test_a_cancelled_issue_owes_nothing_but_keeps_what_may_have_arrived(house: House) -> None:
    house.claim("a", 4)
    settle(house, "a", Settlement(1, DeliveryState.ACCEPTED), Settlement(2, DeliveryState.IN_DOUBT))
    house.set_issue(state=IssueState.CANCELLED)
    assert house.sweep().withdrawn == 6
    settle(house, "a", Settlement(3, DeliveryState.DEFERRED, house.clock.now()))
    house.later(minutes=11)
    assert house.sweep() == ledger.Swept(in_doubt=1, withdrawn=1)
    assert house.books() == {"accepted": 1, "in_doubt": 2, "withdrawn": 7}


def test_next_due_looks_at_tries_and_leases(house: House) -> None:
    now = house.clock.now()
    house.claim("a", 10)
    settle(house, "a", *(Settlement(key, DeliveryState.ACCEPTED) for key in range(1, 10)))
    with house.database.reading() as session:
        assert ledger.next_due(session, house.issue_id, InDoubt.RESEND) == now + timedelta(minutes=10)
    settle(house, "a", Settlement(10, DeliveryState.DEFERRED, now + timedelta(minutes=3)))
    with house.database.reading() as session:
        assert ledger.next_due(session, house.issue_id, InDoubt.RESEND) == now + timedelta(minutes=3)


def test_did_she_get_it(house: House) -> None:
    first = house.issue_id
    second = house.issue(day=11)
    with house.database.reading() as session:
        lines = ledger.deliveries_of(session, "Reader3@Reader.EXAMPLE")
        assert [line.issue_id for line in lines] == [second, first]
        assert len(ledger.deliveries_of(session, issue_id=first)) == 10
        assert ledger.deliveries_of(session, "nobody@reader.example") == []
        with pytest.raises(InvalidAddress):
            ledger.deliveries_of(session, "not an address")
