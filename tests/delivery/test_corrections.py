"""Corrections: a further version for what is still owed, and nobody lost or sent two on the way there."""

from __future__ import annotations

from contextlib import closing
from email import message_from_bytes
from email.policy import SMTP

import pytest
from sqlalchemy import select, update

from newsletter.delivery import ledger
from newsletter.delivery.corrections import mails
from newsletter.delivery.corrections.mails import Words
from newsletter.delivery.corrections.shown import shown
from newsletter.delivery.corrections.tables import CorrectionRow
from newsletter.delivery.corrections.versions import CannotCorrect, Corrected, Wish, correct
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.issues import changes, store
from newsletter.issues.shaping import deeds
from newsletter.issues.shaping import store as shaping
from newsletter.issues.tables import IssueRow
from newsletter.rendering.templates import Templates
from tests.delivery.conftest import House, Script
from tests.delivery.drafts import drafted, freeze
from tests.delivery.nights import transport_to, work_off
from tests.smtp_server import smtp_server

RIGHT = "The bridge stays open"
REMAINDER = Wish("The bridge is not closed.", remainder=True, on_web=False)
BOTH = Wish("The bridge is not closed.", remainder=True, on_web=True)


@pytest.fixture
def half_sent(house: House) -> House:
    """An issue that four readers got before somebody noticed, paused."""
    drafted(house)
    freeze(house)
    claimed = house.claim("first", limit=4)
    with house.database.writing() as session:
        told = [Settlement(key, DeliveryState.ACCEPTED, reply="250 ok") for key in claimed]
        assert ledger.settle(session, house.issue_id, "first", house.clock.now(), told) == 4
    pause(house)
    reword(house)
    return house


def pause(house: House) -> None:
    with house.database.writing() as session:
        changes.pause(session, house.issue_id, house.clock.now(), actor="ines@ledger.example")


def resume(house: House) -> None:
    with house.database.writing() as session:
        changes.resume(session, house.issue_id, house.clock.now(), actor="ines@ledger.example")


def reword(house: House, words: str = RIGHT) -> None:
    with house.database.writing() as session:
        issue = store.get(session, house.issue_id)
        now_shaped = shaping.shaped(session, house.settings, issue)
        wanted = deeds.said(now_shaped.shape, "subject", words)
        shaping.reword(session, issue, wanted, house.clock.now(), actor="ines", seen=now_shaped.last)


def put_right(house: House, wish: Wish = REMAINDER) -> Corrected:
    with house.database.writing() as session:
        return correct(
            session,
            house.issue_id,
            wish,
            house.clock.now(),
            settings=house.settings,
            tokens=house.tokens,
            templates=Templates(),
            actor="ines@ledger.example",
        )


def versions(house: House) -> dict[int, tuple[int, str]]:
    """Return by subscription the version of its letter and its state."""
    with house.database.reading() as session:
        found = session.execute(
            select(DeliveryRow.subscription_id, LetterRow.version, DeliveryRow.state)
            .join(LetterRow, LetterRow.id == DeliveryRow.letter_id)
            .where(DeliveryRow.issue_id == house.issue_id)
        )
        return {key: (version, state) for key, version, state in found}


def subjects(script: Script) -> dict[str, str]:
    return {to: str(message_from_bytes(message, policy=SMTP)["Subject"]) for to, message in script.sent}


def test_what_is_still_owed_gets_the_corrected_letter_and_each_reader_one(half_sent: House) -> None:
    assert put_right(half_sent) == Corrected(version=2, remainder=6, withdrawn=0)
    assert half_sent.books() == {"accepted": 4, "owed": 6}
    resume(half_sent)
    script = Script()
    half_sent.send(script)
    assert len(script.sent) == 6
    assert set(subjects(script).values()) == {RIGHT}
    assert half_sent.books() == {"accepted": 10}
    assert sorted(version for version, _ in versions(half_sent).values()) == [1] * 4 + [2] * 6
    assert events(half_sent)[-3:] == ["corrected", "resumed", "finished"]


def events(house: House) -> list[str]:
    with house.database.reading() as session:
        return [line.event for line in session.get_one(IssueRow, house.issue_id).history]


def test_what_may_have_arrived_keeps_its_letter_whatever_is_decided_on_it(half_sent: House) -> None:
    with half_sent.database.writing() as session:
        owed = select(DeliveryRow.subscription_id).where(
            DeliveryRow.issue_id == half_sent.issue_id, DeliveryRow.state == "owed"
        )
        first, second, *_ = session.scalars(owed.order_by(DeliveryRow.subscription_id))
        of_issue = update(DeliveryRow).where(DeliveryRow.issue_id == half_sent.issue_id)
        session.execute(of_issue.where(DeliveryRow.subscription_id == first).values(state="in_doubt", doubts=1))
        session.execute(of_issue.where(DeliveryRow.subscription_id == second).values(doubts=1))
    assert put_right(half_sent).remainder == 4
    assert [versions(half_sent)[key][0] for key in (first, second)] == [1, 1]


def test_nothing_is_corrected_while_letters_are_under_way(half_sent: House) -> None:
    resume(half_sent)
    claimed = half_sent.claim("a sender", limit=2)
    pause(half_sent)
    with pytest.raises(CannotCorrect, match="2 of its letters are still under way"):
        put_right(half_sent)
    assert {versions(half_sent)[key] for key in claimed} == {(1, "claimed")}
    with half_sent.database.writing() as session:
        ledger.release(session, half_sent.issue_id, "a sender")
    assert put_right(half_sent).remainder == 6


def test_only_a_paused_issue_s_remainder_is_corrected(half_sent: House) -> None:
    resume(half_sent)
    with pytest.raises(CannotCorrect, match="pause it first"):
        put_right(half_sent)


def test_the_browser_shows_the_corrected_letter_with_the_notice(half_sent: House) -> None:
    put_right(half_sent, BOTH)
    with half_sent.database.reading() as session:
        first = session.scalars(
            select(LetterRow).where(LetterRow.issue_id == half_sent.issue_id, LetterRow.version == 1)
        ).one()
        seen = shown(session, first)
        assert seen.letter is not None
        assert (seen.letter.version, [each.words for each in seen.notices]) == (2, ["The bridge is not closed."])
    put_right(half_sent, Wish("", remainder=True, on_web=False))  # a third for the rest alone changes no page
    with half_sent.database.reading() as session:
        seen = shown(session, session.get_one(LetterRow, first.id))
        assert seen.letter is not None
        assert seen.letter.version == 2


def test_a_sender_killed_before_and_after_a_correction_loses_nobody(half_sent: House) -> None:
    """Killed with claims open, corrected once they are swept, killed again, and worked off at a real server."""
    resume(half_sent)
    claimed = half_sent.claim("killed", limit=2)
    pause(half_sent)
    half_sent.later(hours=1)
    half_sent.sweep()
    assert put_right(half_sent).remainder == 4
    resume(half_sent)
    half_sent.claim("killed again", limit=1)
    half_sent.later(hours=1)
    with smtp_server() as server, closing(transport_to(server)) as transport:
        work_off(half_sent, transport)
    got = [str(message_from_bytes(mail.message, policy=SMTP)["Subject"]) for mail in server.accepted]
    assert (len(server.recipients), len(set(server.recipients)), got.count(RIGHT)) == (6, 6, 4)
    assert {versions(half_sent)[key] for key in claimed} == {(1, "accepted")}
    assert half_sent.books() == {"accepted": 10}


def test_a_correction_that_fails_changes_nothing(half_sent: House) -> None:
    before = versions(half_sent)
    with pytest.raises(RuntimeError), half_sent.database.writing() as session:
        correct(
            session, half_sent.issue_id, REMAINDER, half_sent.clock.now(),
            settings=half_sent.settings, tokens=half_sent.tokens, templates=Templates(), actor="ines",
        )  # fmt: skip
        raise RuntimeError("the machine stops here")
    assert versions(half_sent) == before
    with half_sent.database.reading() as session:
        assert session.scalars(select(CorrectionRow)).all() == []


WRONG_BRIDGE = Words("A correction: the bridge", "We wrote that the bridge is **closed**. It is open.", faulty=1)


def mailed(house: House, words: Words = WRONG_BRIDGE, *, is_tested: bool = True) -> IssueRow:
    """Write, test and send the mail; return the issue it became."""
    now = house.clock.now()
    with house.database.writing() as session:
        mail = mails.write(session, house.issue_id, words, now, actor="ines@ledger.example")
        if is_tested:
            mails.tested(session, house.issue_id, mails.stamp(mail), now)
        return mails.send(
            session, house.issue_id, mails.stamp(mail), now,
            settings=house.settings, templates=Templates(), actor="ines@ledger.example",
        )  # fmt: skip


def test_a_mail_reaches_those_who_got_the_mistake_each_once_and_nobody_else(half_sent: House) -> None:
    got = [key for key, (_, state) in versions(half_sent).items() if state == "accepted"]
    put_right(half_sent)
    half_sent.leave(got[0])
    resume(half_sent)
    half_sent.send(Script())
    original = half_sent.issue_id
    half_sent.issue_id = mailed(half_sent).id
    assert half_sent.books() == {"owed": 3}
    with smtp_server() as server, closing(transport_to(server)) as transport:
        work_off(half_sent, transport)
    assert sorted(server.recipients) == [f"reader{key}@reader.example" for key in sorted(got[1:])]
    mail = message_from_bytes(server.accepted[0].message, policy=SMTP)
    assert (mail["Subject"], mail["List-Unsubscribe-Post"]) == (WRONG_BRIDGE.subject, "List-Unsubscribe=One-Click")
    assert "<strong>closed</strong>" in str(mail.get_body(("html",)))
    half_sent.issue_id = original
    assert events(half_sent)[-1] == "corrected"


def test_a_mail_waits_for_its_test_and_for_letters_with_the_mistake(half_sent: House) -> None:
    with pytest.raises(CannotCorrect, match="6 letters with the mistake"):
        mailed(half_sent)
    put_right(half_sent)
    with pytest.raises(CannotCorrect, match="a test of these words first"):
        mailed(half_sent, is_tested=False)
    assert mailed(half_sent).part == 1


def test_a_mail_is_sent_once_and_the_evening_stays_the_evening(half_sent: House) -> None:
    put_right(half_sent)
    sent = mailed(half_sent)
    with half_sent.database.writing() as session, pytest.raises(CannotCorrect, match="sent already"):
        mails.send(
            session, half_sent.issue_id, "1@then", half_sent.clock.now(),
            settings=half_sent.settings, templates=Templates(), actor="ines",
        )  # fmt: skip
    with half_sent.database.reading() as session:
        found = store.find(session, "evening", sent.date)
        assert found is not None
        assert found.id == half_sent.issue_id
