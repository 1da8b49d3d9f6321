"""Who got it, what servers said, and what remains of deliveries that were dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.delivery.ledger.answers import Refusals, answers, dropped, refusals
from newsletter.delivery.ledger.tables import SummaryRow
from newsletter.delivery.ledger.tidying import Tidied, tidy
from newsletter.delivery.states import DeliveryState
from newsletter.domain.delivery import Envelope, Outcome, Verdict
from newsletter.issues.states import IssueState
from newsletter.settings import InDoubt
from tests.delivery.conftest import House, Script, answering

KEEP = timedelta(days=30)


def _refuse(envelope: Envelope) -> Outcome | None:
    words = f"550 5.1.1 <{envelope.recipient}> unknown, id {envelope.key}aa11bb22"
    if envelope.key <= 3:
        return Outcome(envelope.key, Verdict.REJECTED, "5.1.1", words)
    return Outcome(envelope.key, Verdict.DEFERRED, "4.2.2", "452 full") if envelope.key == 4 else None


@pytest.fixture
def sent(house: House) -> House:
    """Three refused, one put off and then accepted, reader 5 in doubt, and the issue sent."""
    house.policy(in_doubt=InDoubt.SKIP)
    house.send(Script(_refuse))
    house.later(hours=1)
    house.send(Script(answering(Verdict.IN_DOUBT, 4)))
    assert house.books() == {"accepted": 6, "rejected": 3, "in_doubt": 1}
    return house


def test_answers_of_an_issue_by_state_and_at_most_so_many(sent: House) -> None:
    with sent.database.reading() as session:
        every = [answer.subscription_id for answer in answers(session, issue_id=sent.issue_id)]
        refused = answers(session, issue_id=sent.issue_id, state=DeliveryState.REJECTED, limit=2)
        assert [(one.subscription_id, one.status) for one in refused] == [(1, "5.1.1"), (2, "5.1.1")]
    assert every == list(range(1, 11))


def test_answers_of_an_address_the_latest_issue_first(sent: House) -> None:
    first = sent.issue_id
    second = sent.issue(day=11)
    with sent.database.reading() as session:
        told = list(answers(session, email="Reader4@Reader.example"))
    assert [(one.issue_id, one.state, one.doubts) for one in told] == [
        (second, DeliveryState.OWED, 0),
        (first, DeliveryState.IN_DOUBT, 1),
    ]


FIRST_REFUSAL = "550 5.1.1 <reader1@reader.example> unknown, id 1aa11bb22"


def test_refusals_are_grouped_by_the_servers_words(house: House) -> None:
    house.send(Script(_refuse))
    with house.database.reading() as session:
        assert refusals(session, house.issue_id) == [
            Refusals(DeliveryState.REJECTED, "550 5.1.1 (address) unknown, id (id)", 3, FIRST_REFUSAL),
            Refusals(DeliveryState.DEFERRED, "452 full", 1, "452 full"),
        ]


@pytest.mark.parametrize("chunk", [1, 3, 10, 1000])
def test_tidying_keeps_the_counts_and_the_books_balance(sent: House, chunk: int) -> None:
    before = sent.books()
    sent.later(days=31)
    assert tidy(sent.database, sent.clock.now(), KEEP, chunk=chunk) == Tidied(1, 10)
    assert sent.books() == before
    with sent.database.reading() as session:
        assert list(answers(session, issue_id=sent.issue_id)) == []
        [gone] = dropped(session, sent.issue_id)
        assert (gone.deliveries, dropped(session)) == (10, [gone])
        sums = {(row.state, row.status): row for row in session.scalars(select(SummaryRow))}
    assert {key: (row.deliveries, row.doubts) for key, row in sums.items()} == {
        ("accepted", "2.0.0"): (6, 0),
        ("in_doubt", ""): (1, 1),
        ("rejected", "5.1.1"): (3, 0),
    }
    row = sums["rejected", "5.1.1"]
    assert row.first_settled_at == row.last_settled_at == sent.clock.now() - timedelta(days=31, hours=1)
    assert tidy(sent.database, sent.clock.now(), KEEP) == Tidied()


def test_tidying_broken_off_goes_on_where_it_was(sent: House) -> None:
    before = sent.books()
    sent.later(days=31)
    turns = iter([False, False, True])
    assert tidy(sent.database, sent.clock.now(), KEEP, stop=lambda: next(turns), chunk=3) == Tidied(1, 6)
    assert sent.books() == before
    assert tidy(sent.database, sent.clock.now(), KEEP, chunk=3) == Tidied(1, 4)
    assert sent.books() == before


def test_what_is_younger_or_not_ended_or_owes_something_is_kept(sent: House) -> None:
    sent.later(days=29)
    assert tidy(sent.database, sent.clock.now(), KEEP) == Tidied()
    sent.issue(day=11)
    sent.later(days=60)
    assert tidy(sent.database, sent.clock.now(), KEEP) == Tidied(1, 10)
    sent.set_issue(state=IssueState.SENT, finished_at=sent.clock.now() - timedelta(days=50))
    assert tidy(sent.database, sent.clock.now(), KEEP) == Tidied()
