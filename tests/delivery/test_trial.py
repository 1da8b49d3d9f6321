"""Test mails: the issue as it is now, marked, with links that change nothing, and in no books."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest

from newsletter.delivery.trial import send_trial
from newsletter.domain.delivery import Outcome, Verdict
from newsletter.issues.states import IssueState
from newsletter.rendering.templates import Templates
from newsletter.transports.queued import Queued
from subscribers.tokens import Purpose
from tests.delivery.conftest import House, Script
from tests.delivery.drafts import drafted


@pytest.fixture
def draft(house: House) -> House:
    return drafted(house)


def send(house: House, transport: Script) -> str:
    outcome = send_trial(
        house.issue_id,
        "desk@ledger.example",
        settings=house.settings,
        database=house.database,
        tokens=house.tokens,
        templates=Templates(),
        clock=house.clock,
        chance=house.chance,
        transport=Queued(transport, 1),
    )
    return outcome.verdict


def test_an_editor_gets_the_issue_marked_as_a_test(draft: House) -> None:
    transport = Script()
    assert send(draft, transport) == Verdict.ACCEPTED
    ((recipient, message),) = transport.sent
    assert recipient == "desk@ledger.example"
    assert str(message_from_bytes(message, policy=default)["Subject"]).startswith("[Test] The night ferry")
    token = draft.tokens.sign(Purpose.TRIAL, draft.issue_id, draft.clock.now())
    assert message.decode().replace("=\r\n", "").count(token) >= 3
    assert draft.row.state == IssueState.DRAFT
    assert draft.books() == {}


def test_two_test_mails_are_two_messages(draft: House) -> None:
    transport = Script()
    for _ in range(2):
        send(draft, transport)
    first, second = (message.partition(b"Message-ID:")[2].partition(b"\r\n")[0] for _, message in transport.sent)
    assert first != second


def test_a_refusal_is_told(draft: House) -> None:
    refusing = Script(lambda envelope: Outcome(envelope.key, Verdict.REJECTED, "5.1.1", "550 unknown"))
    assert send(draft, refusing) == Verdict.REJECTED
