"""Deliveries in doubt that wait for somebody's decision, under each policy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.delivery.ledger import doubts
from newsletter.delivery.ledger.answers import answers
from newsletter.delivery.ledger.doubts import Decision
from newsletter.delivery.sending.report import Ending
from newsletter.domain.delivery import Verdict
from newsletter.issues.states import IssueState, NoSuchTransition
from newsletter.issues.tables import IssueHistory
from newsletter.settings import InDoubt
from tests.delivery.conftest import House, Script, answering


@pytest.fixture
def doubtful(house: House) -> House:
    """The issue is sent; readers 3 and 4 are in doubt, and the policy is to ask."""
    house.policy(in_doubt=InDoubt.ASK)
    house.send(Script(answering(Verdict.IN_DOUBT, 3, 4, reply="the line was cut")))
    assert house.books() == {"accepted": 8, "in_doubt": 2}
    return house


def test_all_wait_where_the_policy_is_to_ask_and_none_where_it_is_to_skip(doubtful: House) -> None:
    assert _waiting(doubtful) == [3, 4]
    assert _waiting(doubtful, InDoubt.SKIP) == []
    assert _waiting(doubtful, InDoubt.RESEND) == []


def test_under_resend_those_wait_that_were_in_doubt_too_often(house: House) -> None:
    again = Script(answering(Verdict.IN_DOUBT, 3))
    for _ in range(4):
        house.send(again)
        house.later(hours=2)
    assert again.recipients.count("reader3@reader.example") == 3
    assert _waiting(house, InDoubt.RESEND) == [3]
    assert _decide(house, Decision.LEAVE) == 1
    assert _waiting(house, InDoubt.RESEND) == []


def test_sent_again_is_the_same_letter_under_the_same_message_id(doubtful: House) -> None:
    assert _decide(doubtful, Decision.RESEND, only=3) == 1
    again = Script()
    assert doubtful.send(again).stopped_because is Ending.FINISHED
    assert again.recipients == ["reader3@reader.example"]
    assert doubtful.books() == {"accepted": 9, "in_doubt": 1}
    assert _waiting(doubtful) == [4]
    assert doubtful.line(3).doubts == 1


def test_all_are_sent_again_and_a_second_press_finds_nothing(doubtful: House) -> None:
    assert _decide(doubtful, Decision.RESEND) == 2
    assert _decide(doubtful, Decision.RESEND) == 0
    assert doubtful.send(Script()).accepted == 2


@pytest.mark.parametrize("later_policy", list(InDoubt))
def test_what_is_left_stays_in_doubt_and_is_never_sent_again_by_itself(
    doubtful: House, later_policy: InDoubt
) -> None:
    assert _decide(doubtful, Decision.LEAVE) == 2
    assert _waiting(doubtful) == []
    doubtful.policy(in_doubt=later_policy)
    doubtful.later(hours=5)
    report = doubtful.send(Script())
    assert (report.accepted, report.stopped_because) == (0, Ending.FINISHED)
    assert doubtful.books() == {"accepted": 8, "in_doubt": 2}


def test_what_was_left_is_sent_again_only_when_it_is_named(doubtful: House) -> None:
    _decide(doubtful, Decision.LEAVE)
    assert _decide(doubtful, Decision.RESEND) == 0
    assert _decide(doubtful, Decision.RESEND, only=4) == 1
    assert doubtful.send(Script()).accepted == 1
    with doubtful.database.reading() as session:
        assert [line.left_at for line in answers(session, email="reader4@reader.example")] == [None]


def test_what_came_into_doubt_after_one_looked_is_not_decided_on(doubtful: House) -> None:
    seen_at = doubtful.clock.now() - timedelta(seconds=1)
    now = doubtful.clock.now()
    with doubtful.database.writing() as session:
        decided = doubts.decide(
            session, doubtful.issue_id, Decision.RESEND, now, actor="ed@ledger.example", seen_at=seen_at
        )
    assert decided == 0


def test_who_decided_stands_in_the_history(doubtful: House) -> None:
    _decide(doubtful, Decision.LEAVE, only=3)
    _decide(doubtful, Decision.RESEND)
    _decide(doubtful, Decision.RESEND)
    with doubtful.database.reading() as session:
        told = session.scalars(select(IssueHistory).where(IssueHistory.actor == "ed@ledger.example")).all()
    assert [(line.event, line.detail) for line in told] == [
        ("left in doubt", "1 delivery in doubt"),
        ("sent again", "1 delivery in doubt"),
    ]


def test_nothing_of_a_cancelled_issue_is_sent_again(doubtful: House) -> None:
    doubtful.set_issue(state=IssueState.CANCELLED)
    with pytest.raises(NoSuchTransition, match=r"10 March 2026 is cancelled; nothing of it is sent again"):
        _decide(doubtful, Decision.RESEND)
    assert _decide(doubtful, Decision.LEAVE) == 2


def _waiting(house: House, policy: InDoubt = InDoubt.ASK) -> list[int]:
    with house.database.reading() as session:
        found = [each.subscription_id for each in doubts.waiting(session, house.issue_id, policy, 10)]
        assert doubts.count(session, house.issue_id, policy) == len(found)
    return found


def _decide(house: House, decision: Decision, only: int | None = None) -> int:
    now = house.clock.now()
    with house.database.writing() as session:
        return doubts.decide(
            session, house.issue_id, decision, now, actor="ed@ledger.example", subscription_id=only
        )
