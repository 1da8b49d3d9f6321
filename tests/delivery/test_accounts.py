"""The promise against a real SMTP server: after whatever happens, what it accepted and what the books say agree.

No reader is lost; none gets two unless the first was in doubt; a second copy has the first one's Message-ID.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.clock import SetChance, SetClock
from newsletter.delivery import ledger
from newsletter.delivery.report import Ending
from newsletter.settings import DeliverySettings, Settings
from newsletter.transports.smtp import SmtpTransport
from subscribers.database import Database
from subscribers.tokens import Tokens
from tests.delivery import run_sender
from tests.delivery.conftest import House
from tests.smtp_server import Deed, SmtpServer, smtp_server

READERS = 40
OPEN = {"owed", "claimed", "deferred"}


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def crowd(any_database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance) -> House:
    house = House(replace(settings, delivery=DeliverySettings(window=8)), any_database, tokens, clock, chance)
    for number in range(1, READERS + 1):
        house.reader(number)
    house.issue()
    return house


@pytest.fixture
def transport(server: SmtpServer) -> Iterator[SmtpTransport]:
    transport = SmtpTransport(run_sender.settings("sqlite://", server.port).transport)
    yield transport
    transport.close()


def work_off(house: House, transport: SmtpTransport) -> list[Ending]:
    """Run the sender again and again, as the daemon does, until the issue is finished."""
    endings: list[Ending] = []
    while Ending.FINISHED not in endings:
        assert len(endings) < 50, endings
        house.sweep()
        report = house.send(transport)
        endings.append(report.stopped_because)
        house.clock.moment = max(report.try_again_at or house.clock.now(), house.clock.now()) + timedelta(
            seconds=1
        )
    return endings


def audit(house: House, server: SmtpServer) -> set[str]:
    """Compare the server's record with the ledger; return who got two."""
    with house.database.reading() as session:
        lines = {line.email: line for line in ledger.deliveries_of(session, issue_id=house.issue_id)}
    got = Counter(server.recipients)
    for email, line in lines.items():
        assert line.state not in OPEN, line
        assert line.state != "accepted" or got[email] >= 1, f"{email} is lost"
        assert got[email] <= 1 + line.doubts, f"{email} got {got[email]} with {line.doubts} doubts"
        assert got[email] == 0 or line.state == "accepted" or line.doubts, line
    house.books()
    copies: dict[str, set[bytes]] = {}
    for each in server.accepted:
        copies.setdefault(each.recipient, set()).add(each.message)
    assert all(len(messages) == 1 for messages in copies.values())
    assert len({_message_id(messages.pop()) for messages in copies.values()}) == len(got)
    return {email for email, count in got.items() if count > 1}


def _message_id(message: bytes) -> bytes:
    found = re.search(rb"^Message-ID: <(.+)>", message, re.MULTILINE)
    assert found
    return found[1]


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
    assert work_off(crowd, transport).count(Ending.LINE_DOWN) == 2
    assert len(audit(crowd, server)) == 1
    assert crowd.books() == {"accepted": READERS}


def test_after_the_line_is_cut_behind_the_last_reply_nothing_is_in_doubt(
    crowd: House, server: SmtpServer, transport: SmtpTransport
) -> None:
    server.plan("DOT", *[Deed()] * 5, Deed(reply="250 2.0.0 ok", hang_up=True, keep=True))
    assert work_off(crowd, transport) == [Ending.FINISHED]
    assert audit(crowd, server) == set()
    assert len(server.accepted) == READERS


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
    settings = run_sender.settings("sqlite://", server.port).transport
    transports = [SmtpTransport(settings), SmtpTransport(settings)]
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


@pytest.fixture
def sqlite_crowd(
    database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance
) -> House:
    """Three hundred readers for a sender in its own process; its clock is ahead of ours, so everything is due."""
    house = House(settings, database, tokens, clock, chance)
    for number in range(1, 301):
        house.reader(number)
    house.issue()
    return house


def start(house: House, server: SmtpServer) -> subprocess.Popen[bytes]:
    arguments = [house.database.engine.url.render_as_string(), str(server.port), str(house.issue_id)]
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-m", "tests.delivery.run_sender", *arguments], cwd=root)


def test_killed_in_the_middle_again_and_again_the_books_balance(sqlite_crowd: House, server: SmtpServer) -> None:
    """Three senders are killed while the server holds back a reply: each leaves at most one window in doubt."""
    kills = (37, 110, 222)
    never = threading.Event()
    for kill in kills:
        plan = [Deed()] * (kill - len(server.accepted))
        server.forget("DOT")
        server.plan("DOT", *plan, Deed(keep=True, hold=never, hang_up=True))
        sender = start(sqlite_crowd, server)
        server.wait_for(kill + 1)
        sender.send_signal(signal.SIGKILL)
        assert sender.wait(30) == -signal.SIGKILL
        _wake_after_the_lease(sqlite_crowd)
        assert 1 <= sqlite_crowd.sweep().in_doubt <= run_sender.WINDOW
        assert sum(sqlite_crowd.books().values()) == 300
    never.set()
    server.forget("DOT")
    transport = SmtpTransport(run_sender.settings("sqlite://", server.port).transport)
    work_off(sqlite_crowd, transport)
    transport.close()
    doubled = audit(sqlite_crowd, server)
    assert set(server.recipients) == {f"reader{number}@reader.example" for number in range(1, 301)}
    assert 1 <= len(doubled) <= run_sender.WINDOW * len(kills)


def test_sigterm_drains_the_window(sqlite_crowd: House, server: SmtpServer, tmp_path: Path) -> None:
    go_on = threading.Event()
    server.plan("DOT", *[Deed()] * 24, Deed(hold=go_on))
    sender = start(sqlite_crowd, server)
    server.wait_for_command("DOT", 25)
    sender.send_signal(signal.SIGTERM)
    go_on.set()
    assert sender.wait(30) == 0
    assert (tmp_path / "newsletter.db.ended").read_text() == Ending.STOPPED
    assert sqlite_crowd.books() == {"accepted": 30, "owed": 270}


def _wake_after_the_lease(house: House) -> None:
    """Set the clock of the house to after the real lease that the killed process wrote."""
    with house.database.reading() as session:
        lease = session.connection().exec_driver_sql("SELECT max(lease_until) FROM deliveries").scalar_one()
    house.clock.moment = house.clock.moment.fromisoformat(lease).replace(tzinfo=house.clock.moment.tzinfo)
    house.later(seconds=1)
