"""Claiming a part of an issue, past a gate, in lanes, and many at a time, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.delivery import ledger
from newsletter.delivery.ledger import Claimed, Place, Span
from newsletter.delivery.ledger.admission import Candidate, Gate, Later, OpenGate
from newsletter.delivery.ledger.enqueueing import Lanes
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.domain.delivery import Outcome
from newsletter.settings import InDoubt
from subscribers.audience import readers
from tests.delivery.conftest import House

OPEN = OpenGate()


@dataclass
class Doorkeeper:
    """A gate that admits a number in all, and puts off whoever is named by their address."""

    later: Later
    put_off: frozenset[str] = frozenset()
    allowed: int = 1000
    asked: list[Candidate] = field(default_factory=list)

    def allowance(self, session: Session, now: datetime, wanted: int) -> int:
        return min(wanted, self.allowed)

    def admit(self, session: Session, now: datetime, candidates: Sequence[Candidate]) -> Sequence[Later | None]:
        self.asked += candidates
        return [self.later if each.email in self.put_off else None for each in candidates]

    def settled(self, session: Session, now: datetime, outcomes: Sequence[tuple[str, Outcome]]) -> None: ...


def claim(
    house: House,
    limit: int = 50,
    *,
    gate: Gate = OPEN,
    span: Span | None = None,
    place: Place | None = None,
    owner: str = "a",
) -> Claimed:
    with house.database.writing() as session:
        return ledger.claim(
            session,
            house.issue_id,
            owner,
            house.clock.now(),
            lease=timedelta(minutes=10),
            limit=limit,
            in_doubt=InDoubt.RESEND,
            gate=gate,
            span=span,
            place=place,
        )


def keys(claimed: Claimed) -> list[int]:
    return [each.subscription_id for each in claimed.claims]


def emails(*numbers: int) -> frozenset[str]:
    return frozenset(f"reader{number}@reader.example" for number in numbers)


def row(house: House, number: int) -> DeliveryRow:
    with house.database.reading() as session:
        return session.get_one(DeliveryRow, (house.issue_id, number))


def settle(house: House, *settlements: Settlement) -> int:
    with house.database.writing() as session:
        return ledger.settle(session, house.issue_id, "a", house.clock.now(), settlements)


def test_a_claim_tells_what_a_sender_must_know(house: House) -> None:
    due = house.clock.now()
    (first,) = claim(house, 1).claims
    assert (first.email, first.name, first.attempts) == ("reader1@reader.example", "Reader 1", 1)
    assert first.first_due_at == due
    assert first.first_due_at.utcoffset() == timedelta(0)


def test_a_span_is_claimed_and_nothing_beyond(house: House) -> None:
    assert keys(claim(house, 2, span=Span(4, 7))) == [4, 5]
    assert keys(claim(house, 9, span=Span(4, 7))) == [6, 7]
    assert keys(claim(house, 9, span=Span(4, 7))) == []
    assert keys(claim(house)) == [1, 2, 3, 8, 9, 10]


def test_within_a_span_too_only_what_is_due_is_claimed_and_doubt_last(house: House) -> None:
    claim(house, 3)
    soon = house.clock.now() + timedelta(minutes=2)
    settle(house, Settlement(1, DeliveryState.IN_DOUBT, soon), Settlement(2, DeliveryState.DEFERRED, soon))
    assert keys(claim(house, span=Span(1, 4))) == [4]
    house.later(minutes=2)
    assert keys(claim(house, 1, span=Span(1, 4))) == [2]
    assert keys(claim(house, span=Span(1, 4))) == [1]


@pytest.mark.parametrize("span", [None, Span(1, 10)])
def test_a_place_leads_on_and_misses_nothing_that_was_given_back(house: House, span: Span | None) -> None:
    first = claim(house, 3, span=span)
    with house.database.writing() as session:
        ledger.release(session, house.issue_id, "a")
    second = claim(house, 4, span=span, place=first.place, owner="b")
    assert keys(second) == [4, 5, 6, 7]
    rest = claim(house, 50, span=span, place=second.place, owner="b")
    given_back = claim(house, 50, span=span, place=rest.place, owner="b")
    assert (keys(rest), keys(given_back)) == ([8, 9, 10], [1, 2, 3])
    assert keys(claim(house, 50, span=span, place=given_back.place, owner="b")) == []


def test_whom_the_gate_puts_off_keeps_its_state_and_gets_a_time_of_its_own(house: House) -> None:
    later = Later(house.clock.now() + timedelta(seconds=30), slot=7)
    gate = Doorkeeper(later, emails(2, 3))
    claimed = claim(house, 4, gate=gate)
    assert (keys(claimed), claimed.postponed, claimed.is_cut_short) == ([1, 4, 5, 6], 2, False)
    put_off = row(house, 2)
    assert (put_off.state, put_off.due_at, put_off.slot, put_off.attempts) == ("owed", later.due_at, 7, 0)
    assert house.books() == {"owed": 6, "claimed": 4}
    house.later(seconds=30)
    again = Doorkeeper(later)
    assert keys(claim(house, gate=again)) == [7, 8, 9, 10, 2, 3]
    assert [each.slot for each in again.asked] == [0, 0, 0, 0, 7, 7]
    assert (row(house, 2).slot, row(house, 2).first_due_at) == (0, put_off.first_due_at)


def test_a_gate_that_allows_none_leaves_everything_as_it_was(house: House) -> None:
    gate = Doorkeeper(Later(house.clock.now(), 0), allowed=0)
    assert claim(house, gate=gate) == Claimed()
    assert gate.asked == []
    assert house.books() == {"owed": 10}


def test_a_gate_allows_fewer_than_wanted(house: House) -> None:
    assert keys(claim(house, 5, gate=Doorkeeper(Later(house.clock.now(), 0), allowed=2))) == [1, 2]


def test_a_gate_that_puts_off_too_many_is_not_asked_for_ever(house: House) -> None:
    gate = Doorkeeper(Later(house.clock.now() + timedelta(minutes=1), 1), emails(*range(1, 11)))
    claimed = claim(house, 1, gate=gate)
    assert (claimed.claims, claimed.is_cut_short) == ((), True)
    assert 0 < claimed.postponed < 10
    assert house.row.begun_at is None
    assert claim(house, 10, gate=gate).postponed == 10 - claimed.postponed


def test_who_left_is_not_shown_to_the_gate(house: House) -> None:
    house.leave(1)
    gate = Doorkeeper(Later(house.clock.now(), 1))
    assert keys(claim(house, 2, gate=gate)) == [2, 3]
    assert {each.email for each in gate.asked} == emails(2, 3)


@pytest.mark.parametrize("number", [1, 9, 140, 300])
def test_many_are_settled_at_once_and_each_with_its_own_words(house: House, number: int) -> None:
    for each in range(11, 311):
        house.reader(each)
    issue_id = house.issue(day=11)
    assert len(claim(house, 310).claims) == 310
    due = house.clock.now() + timedelta(minutes=2)
    told = [
        Settlement(key, DeliveryState.DEFERRED, due, "4.2.0", f"450 {key}")
        if key % 7 == 0
        else Settlement(key, DeliveryState.ACCEPTED, None, "2.0.0", f"250 {key}", f"Q{key}")
        for key in range(1, number + 1)
    ]
    assert settle(house, *told) == number
    with house.database.reading() as session:
        lines = ledger.deliveries_of(session, issue_id=issue_id)
        assert ledger.balance(session, issue_id)[DeliveryState.CLAIMED] == 310 - number
    assert [(each.state, each.reply, each.remote_id) for each in lines[:number]] == [
        (each.state, each.reply, each.remote_id) for each in told
    ]


def test_readers_are_spread_evenly_and_first_due_when_their_lane_is(house: House) -> None:
    start = house.clock.now()
    with house.database.writing() as session:
        session.execute(DeliveryRow.__table__.delete())  # type: ignore[attr-defined]
        letter = session.scalars(select(LetterRow)).one()
        spread = timedelta(seconds=25)
        letter.enqueued = ledger.enqueue(session, letter, readers("evening"), Lanes(start, spread=spread))
    with house.database.reading() as session:
        lanes = session.execute(
            select(DeliveryRow.due_at, func.count()).group_by(DeliveryRow.due_at).order_by(DeliveryRow.due_at)
        ).all()
        differing = select(func.count()).where(DeliveryRow.due_at != DeliveryRow.first_due_at)
        assert session.scalar(differing) == 0
    assert [tuple(each) for each in lanes] == [(start + timedelta(seconds=5 * lane), 2) for lane in range(5)]
    assert keys(claim(house)) == [5, 10]
    house.later(seconds=5)
    assert keys(claim(house)) == [1, 6]


def test_a_long_spread_has_a_bounded_number_of_lanes(house: House) -> None:
    for each in range(11, 311):
        house.reader(each)
    start = house.clock.now()
    with house.database.writing() as session:
        letter = session.scalars(select(LetterRow)).one()
        assert ledger.enqueue(session, letter, readers("evening"), Lanes(start, spread=timedelta(hours=2))) == 300
        moments = list(session.scalars(select(DeliveryRow.due_at).where(DeliveryRow.subscription_id > 10)))
    assert len(set(moments)) == 240
    assert start <= min(moments)
    assert max(moments) == start + timedelta(hours=2) * 239 / 240


def test_among_many_readers_neighbours_share_a_lane(house: House) -> None:
    for each in (7680, 7743, 7744):
        house.reader(each)
    start = house.clock.now()
    with house.database.writing() as session:
        letter = session.scalars(select(LetterRow)).one()
        assert ledger.enqueue(session, letter, readers("evening"), Lanes(start, spread=timedelta(seconds=25))) == 3
    first, neighbour, next_one = (row(house, each).due_at for each in (7680, 7743, 7744))
    assert (first, neighbour, next_one) == (start, start, start + timedelta(seconds=5))
