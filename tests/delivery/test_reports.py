"""Refusals as reports to the register: which end a reader's mail, and what is written then."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import select, update

from newsletter.delivery.reports import is_permanent, report
from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.delivery.wording import alike
from subscribers import suppression
from subscribers.audience import readers
from subscribers.models import Subscriber, SubscriptionEvent, SuppressionReason
from tests.delivery.conftest import House

GONE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
EVERY_CODE = [f"{first}.{subject}.{detail}" for first, subject, detail in product((2, 4, 5), range(8), range(31))]


def test_every_code_with_words_that_say_nothing() -> None:
    assert {code for code in [*EVERY_CODE, ""] if is_permanent(code, "550 refused")} == GONE


@pytest.mark.parametrize("status", ["", "5.0.0", "5.1.0"])
@pytest.mark.parametrize(
    "words",
    [
        "550 User unknown",
        "550 <ada@reader.example>: Recipient address rejected: User unknown in virtual mailbox table",
        "550 No such user here",
        "550 no such mailbox",
        "550 Requested action not taken: no such recipient (ada@reader.example)",
        "550 unknown user account",
        "550 ada@reader.example does not exist",
        "550 This mailbox is no longer in use",
        "550 Invalid recipient",
        "550 mailbox <ada@reader.example> not found",
    ],
)
def test_words_decide_where_the_code_says_nothing(status: str, words: str) -> None:
    assert is_permanent(status, words)


@pytest.mark.parametrize("words", ["550 go away", "550 mailbox unavailable", "554 transaction failed", ""])
def test_words_that_do_not_say_it_bar_nobody(words: str) -> None:
    assert not is_permanent("5.0.0", words)


@pytest.mark.parametrize(
    "words",
    [
        "552 mailbox full, user unknown",
        "550 5.1.1 over quota",
        "550 blocked using a block list: no such user",
        "550 relaying denied: unknown recipient",
        "550 5.1.1 rejected for policy reasons",
    ],
)
def test_what_may_pass_bars_nobody_whatever_its_code(words: str) -> None:
    assert not is_permanent("5.1.1", words)
    assert not is_permanent("5.0.0", words)


def test_an_address_or_a_link_is_not_mistaken_for_words() -> None:
    assert is_permanent("5.1.1", "550 <spam.policy@full.example> see https://mail.example/policy?full")
    assert not is_permanent("5.0.0", "550 <no.such.user.unknown@reader.example> refused")


def test_alike_takes_out_what_differs_and_keeps_the_codes() -> None:
    said = "550 5.1.1 <ada@reader.example> unknown in 10.0.0.17 after 3 tries (4Q1X7h3yzz) https://m.example/?a=1"
    assert alike(said) == "550 5.1.1 (address) unknown in (IP) after # tries ((id)) (link)"
    assert alike(said.replace("ada", "ben").replace("7h3", "8h4")) == alike(said)


def test_a_permanent_refusal_bars_the_address_and_is_told_in_the_history(house: House) -> None:
    assert _report(house, _refused(3, "5.1.1", "550 5.1.1 no such user"), _refused(4, "5.2.2", "552 full")) == 1
    with house.database.reading() as session:
        barred = suppression.find(session, house.tokens.address_hash("reader3@reader.example"))
        assert barred is not None
        assert (barred.reason, barred.note) == (SuppressionReason.BOUNCED, "550 5.1.1 no such user")
        [event] = session.scalars(select(SubscriptionEvent))
        assert (event.subscription_id, event.event, event.source) == (3, "bounced", "mail_server")
        assert event.detail == {"status": "5.1.1", "reply": "550 5.1.1 no such user"}
        assert set(session.scalars(readers("evening"))) == set(range(1, 11)) - {3}


def test_only_what_was_refused_for_good_is_reported(house: House) -> None:
    accepted = ("reader1@reader.example", 1, Settlement(1, DeliveryState.ACCEPTED, status="5.1.1"))
    deferred = ("reader2@reader.example", 2, Settlement(2, DeliveryState.DEFERRED, status="5.1.1"))
    assert _report(house, accepted, deferred) == 0


def test_many_at_once_and_again_bar_each_once(house: House) -> None:
    refused = [_refused(number, "5.1.1", "550 5.1.1 gone") for number in range(10, 0, -1)]
    assert _report(house, *refused) == 10
    assert _report(house, *refused) == 10
    with house.database.reading() as session:
        assert list(session.scalars(readers("evening"))) == []


def test_a_graver_veto_stays_and_who_has_another_address_by_now_is_not_barred(house: House) -> None:
    house.suppress(1)
    with house.database.writing() as session:
        session.execute(update(Subscriber).where(Subscriber.id == 2).values(email="new@reader.example"))
    assert _report(house, _refused(1, "5.1.1", "gone"), _refused(2, "5.1.1", "gone")) == 1
    with house.database.reading() as session:
        complained = suppression.find(session, house.tokens.address_hash("reader1@reader.example"))
        assert complained is not None
        assert complained.reason == SuppressionReason.COMPLAINED
        assert suppression.find(session, house.tokens.address_hash("reader2@reader.example")) is None


def _refused(number: int, status: str, reply: str) -> tuple[str, int, Settlement]:
    settlement = Settlement(number, DeliveryState.REJECTED, status=status, reply=reply)
    return f"reader{number}@reader.example", number, settlement


def _report(house: House, *refused: tuple[str, int, Settlement]) -> int:
    with house.database.writing() as session:
        return report(session, house.clock.now(), refused)
