"""Why does this person get mail from us? In sentences that can be read out, from the evidence alone."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from subscribers.bouncing import Bounce, bounced
from subscribers.erasing import erase
from subscribers.evidence import Evidence
from subscribers.leaving import give_reason, unsubscribe
from subscribers.models import Subscription
from subscribers.signup import SignUp, sign_up
from subscribers.why import Why, in_words, why, why_reader
from tests.subscribers.conftest import Register

ADA = "ada@reader.example"
BERLIN = ZoneInfo("Europe/Berlin")


def asked(register: Register, email: str = ADA) -> Why:
    with register.database.reading() as session:
        return why(session, register.tokens, email)


def said(register: Register, email: str = ADA) -> list[str]:
    return in_words(asked(register, email), BERLIN, {"evening": "The Evening Ledger"}, register.now)


def test_who_signed_up_and_confirmed(any_register: Register) -> None:
    number = any_register.sign_up(name="Ada")
    any_register.clock.sleep(180)
    any_register.confirm(number)
    [sentence] = said(any_register)
    assert sentence == (
        "Ada signed up for The Evening Ledger on 10 March 2026 at 17:00 on https://ledger.example/tide-gauge, "
        "agreeing to “Send me the evening mail.” (version 2026-01), confirmed on 10 March 2026 at 17:03 by the "
        "link in a mail, and has been active since 10 March 2026 at 17:03."
    )


def test_the_evidence_is_there_in_order(any_register: Register) -> None:
    any_register.confirm(any_register.sign_up())
    [standing] = asked(any_register).subscriptions
    signed_up, confirmed = standing.events
    assert (signed_up.event, signed_up.source, signed_up.network_address) == ("signed_up", "form", "192.0.2.7")
    assert (confirmed.event, confirmed.changed, standing.since) == ("confirmed", True, confirmed.at)
    assert [mail.kind for mail in asked(any_register).mails] == []  # the owed confirmation was taken back


def test_who_has_not_confirmed(any_register: Register) -> None:
    any_register.sign_up()
    assert said(any_register)[0].endswith("and has not confirmed, so no issue is sent.")
    assert [mail.kind for mail in asked(any_register).mails] == ["confirmation"]


def test_a_form_copied_long_ago_is_shown_with_the_words_of_its_version(any_register: Register) -> None:
    any_register.sign_up("bob@reader.example")  # by when the version's words are known
    for version in ("2026-01", "2019"):
        proof = Evidence("form", consent_version=version)
        with any_register.database.writing() as session:
            wish = SignUp(f"r{version}@reader.example", "evening")
            sign_up(session, any_register.tokens, wish, proof, any_register.now, mails_per_day=3)
    assert (
        "agreeing to “Send me the evening mail.” (version 2026-01)"
        in said(any_register, "r2026-01@reader.example")[0]
    )
    assert "words of which only the version is known: 2019" in said(any_register, "r2019@reader.example")[0]


def test_who_was_brought_in(any_register: Register) -> None:
    any_register.bring_in(ADA)
    [sentence] = said(any_register)
    assert sentence == (
        "ada@reader.example was brought into The Evening Ledger by import 1 (cli) on 10 March 2026 at 17:00, "
        "agreeing to “agreed on paper” (version fair-2025), and has been active since 10 March 2026 at 17:00."
    )


def test_who_left_with_a_reason(any_register: Register) -> None:
    any_register.confirm(number := any_register.sign_up())
    with any_register.database.writing() as session:
        unsubscribe(session, number, Evidence("one_click"), any_register.now, reason="Too many mails")
    assert said(any_register)[0].endswith(
        "and unsubscribed on 10 March 2026 at 17:00 by the mail program's unsubscribe button, with the reason "
        "“Too many mails”; no issue is sent."
    )


def test_who_gave_a_reason_afterwards_and_who_was_erased(any_register: Register) -> None:
    any_register.confirm(number := any_register.sign_up())
    any_register.leave(number)
    with any_register.database.writing() as session:
        give_reason(session, number, "too_many", Evidence("link"), any_register.now)
    assert ", with the reason “too many”; no issue is sent." in said(any_register)[0]
    with any_register.database.writing() as session:
        erase(session, any_register.tokens, number, Evidence("link"), any_register.now)
    assert said(any_register)[0].startswith(
        f"{ADA} is not in the register. Only a keyed hash of it is kept: its owner"
    )
    with any_register.database.reading() as session:
        told = why_reader(session, 1)
    assert told is not None
    assert (told.email, told.subscriptions[0].events[-1].event) == ("", "erased")
    assert "https://" not in str(told)


def test_who_came_back_is_told_by_the_present_stay(any_register: Register) -> None:
    number = any_register.sign_up()
    any_register.leave(number)
    any_register.clock.sleep(86_400)
    any_register.sign_up()
    any_register.confirm(number)
    [sentence] = said(any_register)
    assert "10 March" not in sentence
    assert "signed up for The Evening Ledger on 11 March 2026" in sentence


def test_whose_address_bounced(any_register: Register) -> None:
    any_register.confirm(number := any_register.sign_up())
    with any_register.database.writing() as session:
        bounced(session, [Bounce(number, ADA, "5.1.1", "550 no such user")], any_register.now)
    assert said(any_register)[1] == (
        "The address gets no issue all the same: mail to it came back (550 no such user), "
        "on 10 March 2026 at 17:00."
    )


def test_who_pauses(any_register: Register) -> None:
    any_register.confirm(number := any_register.sign_up())
    with any_register.database.writing() as session:
        session.get_one(Subscription, number).paused_until = any_register.now + timedelta(days=7)
    assert said(any_register)[0].endswith(", but wants no issue until 17 March 2026 at 17:00.")
    any_register.clock.sleep(8 * 86_400)
    assert "wants no issue" not in said(any_register)[0]


def test_an_address_known_by_its_hash_alone_and_one_that_is_not(any_register: Register) -> None:
    any_register.suppress("gone@reader.example")
    assert asked(any_register, "GONE@reader.example").is_known
    assert said(any_register, "gone@reader.example")[0].startswith(
        "gone@reader.example is not in the register. Only a"
    )
    assert not asked(any_register, "who@reader.example").is_known
    assert said(any_register, "who@reader.example") == [
        "Nobody with the address who@reader.example has ever signed up; it gets no mail from us."
    ]


@pytest.mark.parametrize("number", [0, 2**31 - 1])
def test_no_such_reader(any_register: Register, number: int) -> None:
    with any_register.database.reading() as session:
        assert why_reader(session, number) is None
