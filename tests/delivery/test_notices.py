"""Confirmation mails: what the register owes is sent once, and asked for again when it is in doubt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.clock import SetClock
from newsletter.delivery.notices import send_notices
from newsletter.domain.delivery import BatchTransport, Envelope, Verdict
from newsletter.rendering.templates import Templates
from newsletter.settings import Settings
from newsletter.transports.queued import Queued
from subscribers import moving
from subscribers.asking import ask_for_link
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.models import Notice, SuppressionReason
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.suppression import suppress
from subscribers.tokens import Purpose, Tokens
from tests.delivery.conftest import DOWN, REFUSED, Script, answering, raising

LINK = Evidence("link")


class Register:
    """Signs up, and sends what that owes."""

    def __init__(self, database: Database, settings: Settings, tokens: Tokens, clock: SetClock) -> None:
        self.database, self.settings, self.tokens, self.clock = database, settings, tokens, clock

    def sign_up(self, email: str = "ada@reader.example", name: str = "Ada", language: str = "") -> int:
        wish = SignUp(email, "evening", name, language=language)
        with self.database.writing() as session:
            return sign_up(session, self.tokens, wish, LINK, self.clock.now(), mails_per_day=9).id

    def send(self, transport: BatchTransport) -> int:
        return send_notices(
            settings=self.settings,
            database=self.database,
            tokens=self.tokens,
            templates=Templates(),
            clock=self.clock,
            transport=Queued(transport, 1),
            stop=lambda: False,
        )

    def notices(self) -> list[Notice]:
        with self.database.reading() as session:
            return list(session.scalars(select(Notice).order_by(Notice.id)))

    @property
    def states(self) -> list[str]:
        return [notice.state for notice in self.notices()]


@pytest.fixture
def register(any_database: Database, settings: Settings, tokens: Tokens, clock: SetClock) -> Register:
    return Register(any_database, settings, tokens, clock)


def test_a_confirmation_is_sent_once_with_a_link_that_works(register: Register) -> None:
    subscription, transport = register.sign_up(), Script()
    assert register.send(transport) == 1
    assert register.send(transport) == 0
    ((recipient, message),) = transport.sent
    token = register.tokens.sign(Purpose.CONFIRM, subscription, register.clock.now())
    assert recipient == "ada@reader.example"
    assert token in message.decode().replace("=\r\n", "")
    assert b"Auto-Submitted: auto-generated" in message
    assert register.states == ["accepted"]


def test_it_speaks_the_reader_s_language(register: Register) -> None:
    register.sign_up(name="Jule", language="de")
    transport = Script()
    register.send(transport)
    assert b"Guten Abend, Jule" in transport.sent[0][1]


def test_a_line_that_is_down_keeps_them_owed(register: Register) -> None:
    for number in (1, 2):
        register.sign_up(f"reader{number}@reader.example")
    first, second = (notice.id for notice in register.notices())
    for trouble, at in ((DOWN, first), (REFUSED, second)):
        assert register.send(Script(raising(trouble, at=at))) == 0
    register.clock.moment += timedelta(seconds=30)
    assert register.states == ["owed", "owed"]
    assert register.send(Script()) == 2


def test_a_refusal_for_now_is_tried_again_for_a_day(register: Register) -> None:
    register.sign_up()
    start, transport = register.clock.now(), Script(answering(Verdict.DEFERRED, register.notices()[0].id))
    while register.states == ["owed"]:
        register.clock.moment = register.notices()[0].due_at
        register.send(transport)
    assert register.states == ["rejected"]
    assert timedelta(hours=22) < register.clock.now() - start <= timedelta(hours=24)
    assert register.notices()[0].reply == "words"


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.IN_DOUBT])
def test_what_is_refused_or_in_doubt_is_not_sent_again(register: Register, verdict: Verdict) -> None:
    register.sign_up()
    register.send(Script(answering(verdict, register.notices()[0].id)))
    register.clock.moment += timedelta(days=1)
    assert register.send(Script()) == 0
    assert register.states == [verdict]


def test_a_crash_leaves_one_in_doubt(register: Register) -> None:
    def crash(envelope: Envelope) -> None:
        raise KeyboardInterrupt

    register.sign_up()
    with pytest.raises(KeyboardInterrupt):
        register.send(Script(crash))
    assert register.states == ["claimed"]
    register.clock.moment += timedelta(minutes=11)
    assert register.send(Script()) == 0
    assert register.states == ["in_doubt"]


def test_who_confirmed_by_an_earlier_mail_or_left_gets_none(register: Register) -> None:
    first, second = (register.sign_up(f"reader{number}@reader.example") for number in (1, 2))
    ids = [notice.id for notice in register.notices()]
    register.send(Script(answering(Verdict.DEFERRED, *ids)))
    with register.database.writing() as session:
        confirm(session, first, LINK, register.clock.now())
        unsubscribe(session, second, LINK, register.clock.now())
    register.clock.moment += timedelta(hours=1)
    assert register.send(Script()) == 0
    assert register.states == []


def test_who_complained_after_signing_up_gets_none(register: Register) -> None:
    register.sign_up()
    with register.database.writing() as session:
        suppress(
            session, register.tokens, "ada@reader.example", SuppressionReason.COMPLAINED, register.clock.now()
        )
    assert register.send(Script()) == 0
    assert register.states == []


def test_notices_of_a_newsletter_that_was_given_up_hold_up_nobody(register: Register) -> None:
    with register.database.writing() as session:
        wish = SignUp("ada@reader.example", "morning")
        sign_up(session, register.tokens, wish, LINK, register.clock.now(), mails_per_day=9)
    register.sign_up("bo@reader.example")
    assert register.send(Script()) == 1


def test_message_ids_of_notices_and_letters_never_meet(register: Register) -> None:
    register.sign_up()
    transport = Script()
    register.send(transport)
    letter_s = register.tokens.message_id(register.notices()[0].id, 1)
    assert letter_s.encode() not in transport.sent[0][1]


def ask_to_move(register: Register, number: int, email: str) -> None:
    with register.database.writing() as session:
        moving.ask(session, register.tokens, number, email, register.clock.now(), mails_per_day=9)


def confirmed(register: Register, number: int) -> None:
    with register.database.writing() as session:
        confirm(session, number, LINK, register.clock.now())


def test_a_change_of_address_is_asked_of_the_new_one_and_told_to_the_old(register: Register) -> None:
    number, transport = register.sign_up(), Script()
    register.send(transport)
    confirmed(register, number)
    ask_to_move(register, number, "ada@elsewhere.example")
    register.send(transport)
    with register.database.writing() as session:
        moving.confirm(session, register.tokens, 1, LINK, register.clock.now())
    register.send(transport)
    assert transport.recipients == ["ada@reader.example", "ada@elsewhere.example", "ada@reader.example"]
    token = register.tokens.sign(Purpose.ADDRESS, 1, register.clock.now())
    assert f"/address/{token}" in transport.sent[1][1].decode().replace("=\r\n", "")


def test_a_link_that_was_asked_for_is_sent(register: Register) -> None:
    number, transport = register.sign_up(language="de"), Script()
    register.send(transport)
    confirmed(register, number)
    with register.database.writing() as session:
        ask_for_link(session, "Ada@Reader.example", register.clock.now(), mails_per_day=3)
    assert register.send(transport) == 1
    token = register.tokens.sign(Purpose.PREFERENCES, number, register.clock.now())
    assert f"/preferences/{token}" in transport.sent[1][1].decode().replace("=\r\n", "")
