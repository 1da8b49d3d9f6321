"""The promise against a real SMTP server: whatever happens, what it accepted and what the books say agree."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.clock import SetChance, SetClock
from newsletter.delivery.sending.report import Ending
from newsletter.settings import DeliverySettings, Settings
from newsletter.transports.smtp import SmtpTransport
from subscribers.database import Database
from subscribers.tokens import Tokens
from tests.delivery.conftest import House
from tests.delivery.nights import audit, transport_to, work_off
from tests.smtp_server import Deed, SmtpServer, smtp_server
from tests.transports.conftest import Way
from tests.transports.test_smtp_opening import certified, trusting
from tests.transports.test_smtp_trouble import DEEDS, is_possible

READERS = 40


@pytest.fixture(params=list(Way))
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def server(way: Way) -> Iterator[SmtpServer]:
    with smtp_server(SmtpServer(extensions=way.extensions)) as server:
        yield server


@pytest.fixture
def crowd(any_database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance) -> House:
    house = House(replace(settings, delivery=DeliverySettings(window=8)), any_database, tokens, clock, chance)
    for number in range(1, READERS + 1):
        house.reader(number)
    house.issue()
    return house


@pytest.fixture
def impatient(server: SmtpServer) -> Iterator[SmtpTransport]:
    with closing(transport_to(server, timeout=timedelta(milliseconds=300))) as transport:
        yield transport


@pytest.fixture
def transport(server: SmtpServer) -> Iterator[SmtpTransport]:
    transport = transport_to(server)
    yield transport
    transport.close()


def test_a_night_without_trouble(crowd: House, server: SmtpServer, transport: SmtpTransport) -> None:
    assert work_off(crowd, transport) == [Ending.FINISHED]
    assert audit(crowd, server) == set()
    assert len(server.accepted) == READERS
    assert server.connections == 1


@pytest.mark.parametrize("command", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_after_a_421_at_any_command_nobody_is_lost_and_nobody_gets_two(
    crowd: House, server: SmtpServer, transport: SmtpTransport, command: str
) -> None:
    usual, going = [Deed()] * 11, Deed(reply="421 4.3.2 going down", hang_up=True)
    server.plan(command, *(usual if command not in {"CONNECT", "EHLO"} else []), going, going, going)
    work_off(crowd, transport)
    assert audit(crowd, server) == set()
    assert crowd.books() == {"accepted": READERS}


def test_after_lost_replies_only_those_in_doubt_get_two(
    crowd: House, server: SmtpServer, transport: SmtpTransport
) -> None:
    server.plan("DOT", *[Deed()] * 5, Deed(hang_up=True, keep=True), *[Deed()] * 9, Deed(hang_up=True))
    work_off(crowd, transport)
    assert len(audit(crowd, server)) == 1
    assert crowd.books() == {"accepted": READERS}


def test_a_line_cut_right_behind_a_reply_doubles_nothing(
    crowd: House, server: SmtpServer, transport: SmtpTransport
) -> None:
    server.plan("DOT", *[Deed()] * 5, Deed(reply="250 2.0.0 ok", hang_up=True, keep=True))
    work_off(crowd, transport)
    assert audit(crowd, server) == set()
    assert len(server.accepted) == READERS


@pytest.mark.parametrize(
    ("command", "deed"),
    [(command, deed) for command in ("MAIL", "BODY", "DOT") for deed in DEEDS if is_possible(command, deed)],
)
def test_the_books_balance_whatever_the_server_does(
    crowd: House, server: SmtpServer, impatient: SmtpTransport, command: str, deed: str
) -> None:
    """Twice in a night, amid the window."""
    server.plan(command, *[Deed()] * 11, DEEDS[deed], *[Deed()] * 9, DEEDS[deed])
    work_off(crowd, impatient)
    audit(crowd, server)
    assert crowd.books() == {"accepted": READERS}


@pytest.mark.parametrize("command", ["MAIL", "BODY", "DOT"])
def test_a_server_that_falls_silent_is_left_and_the_books_balance(
    crowd: House, server: SmtpServer, impatient: SmtpTransport, command: str
) -> None:
    release = threading.Event()
    server.plan(command, *[Deed()] * 11, Deed(hold=release, hang_up=True))
    work_off(crowd, impatient)
    release.set()
    assert audit(crowd, server) == set()
    assert crowd.books() == {"accepted": READERS}


def test_a_server_that_fails_starttls_gets_nothing_until_it_can(crowd: House, server: SmtpServer) -> None:
    server.tls = certified()
    server.plan("STARTTLS", Deed(reply="454 4.7.0 not now"), Deed(raw=b"220 go on\r\n", hang_up=True))
    with closing(transport_to(server, security="starttls", tls=trusting())) as transport:
        assert work_off(crowd, transport) == [Ending.LINE_DOWN, Ending.LINE_DOWN, Ending.FINISHED]
    assert audit(crowd, server) == set()
    assert {each.is_encrypted for each in server.accepted} == {True}


def test_mixed_answers_add_up(crowd: House, server: SmtpServer, transport: SmtpTransport) -> None:
    greylisted: set[str] = set()

    def rule(command: str, argument: str) -> Deed | None:
        number = int(re.findall(r"reader(\d+)@", argument)[0]) if command == "RCPT" else 1
        if number % 7 == 0:
            return Deed(reply="550 5.1.1 unknown")
        if number % 5 == 0 and argument not in greylisted:
            greylisted.add(argument)
            return Deed(reply="450 4.2.0 greylisted")
        return None

    server.rule = rule
    work_off(crowd, transport)
    assert audit(crowd, server) == set()
    assert crowd.books() == {"accepted": 35, "rejected": 5}


def test_two_senders_on_two_connections_send_nothing_twice(crowd: House, server: SmtpServer) -> None:
    transports = [transport_to(server), transport_to(server)]
    threads = [threading.Thread(target=crowd.send, args=(transport,)) for transport in transports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for transport in transports:
        transport.close()
    assert audit(crowd, server) == set()
    assert len(server.accepted) == READERS
    assert crowd.row.state == "sent"
