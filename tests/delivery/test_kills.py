"""Senders in processes of their own that are killed, asked to end, or whose issue is stopped by somebody else."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator

import pytest

from newsletter.clock import SetChance, SetClock, SystemClock
from newsletter.delivery.sending.report import Ending
from newsletter.issues import changes
from newsletter.issues.tables import IssueRow
from newsletter.settings import Settings
from newsletter.transports.smtp import SmtpTransport
from subscribers.database import Database
from subscribers.tokens import Tokens
from tests.delivery import run_sender
from tests.delivery.conftest import House
from tests.delivery.nights import audit, ending_of, start, transport_to, wake_after_the_lease, work_off
from tests.smtp_server import Deed, SmtpServer, smtp_server
from tests.transports.conftest import Way

READERS = 300


@pytest.fixture(params=[Way.LOCK_STEP, Way.CHUNKING])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    with smtp_server(SmtpServer(extensions=request.param.extensions)) as server:
        yield server


@pytest.fixture
def crowd(database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance) -> House:
    """Three hundred readers for a sender in its own process; its clock is ahead of ours, so everything is due."""
    house = House(settings, database, tokens, clock, chance)
    for number in range(1, READERS + 1):
        house.reader(number)
    house.issue()
    return house


@pytest.fixture
def transport(server: SmtpServer) -> Iterator[SmtpTransport]:
    transport = transport_to(server)
    yield transport
    transport.close()


@pytest.fixture
def senders() -> Iterator[list[subprocess.Popen[str]]]:
    """Whoever is in it is gone by the end."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for sender in started:
        sender.kill()
        sender.communicate(timeout=30)


def test_killed_in_the_middle_again_and_again_the_books_balance(
    crowd: House, server: SmtpServer, transport: SmtpTransport
) -> None:
    """Three senders are killed while the server holds back a reply: each leaves at most one window in doubt."""
    kills = (37, 110, 222)
    never = threading.Event()
    for kill in kills:
        server.forget("DOT")
        server.plan("DOT", *[Deed()] * (kill - len(server.accepted)), Deed(keep=True, hold=never, hang_up=True))
        sender = start(crowd, server)
        server.wait_for(kill + 1)
        _kill(sender)
        wake_after_the_lease(crowd)
        assert 1 <= crowd.sweep().in_doubt <= run_sender.WINDOW
        assert sum(crowd.books().values()) == READERS
    never.set()
    server.forget("DOT")
    work_off(crowd, transport)
    doubled = audit(crowd, server)
    assert set(server.recipients) == {f"reader{number}@reader.example" for number in range(1, READERS + 1)}
    assert 1 <= len(doubled) <= run_sender.WINDOW * len(kills)


def test_of_two_senders_one_is_killed_and_the_other_goes_on(
    crowd: House, server: SmtpServer, transport: SmtpTransport, senders: list[subprocess.Popen[str]]
) -> None:
    server.plan("DOT", *[Deed()] * 5, Deed(cork=True), on=1)
    senders += [start(crowd, server, connections=1)]
    server.wait_for(5)
    senders += [start(crowd, server, connections=1)]
    server.wait_for(100)
    _kill(senders[0])
    assert ending_of(senders[1]) == Ending.NOTHING_DUE
    assert crowd.books()["claimed"] <= run_sender.WINDOW
    wake_after_the_lease(crowd)
    work_off(crowd, transport)
    assert len(audit(crowd, server)) <= run_sender.WINDOW
    assert crowd.books() == {"accepted": READERS}


def test_sigterm_waits_for_what_is_in_flight(crowd: House, server: SmtpServer) -> None:
    go_on = threading.Event()
    server.plan("DOT", *[Deed()] * 24, Deed(hold=go_on))
    sender = start(crowd, server)
    server.wait_for_command("DOT", 25)
    sender.send_signal(signal.SIGTERM)
    go_on.set()
    assert ending_of(sender) == Ending.STOPPED
    sent = len(server.accepted)
    assert 25 <= sent <= 25 + run_sender.WINDOW
    assert crowd.books() == {"accepted": sent, "owed": READERS - sent}


@pytest.mark.parametrize("change", [changes.pause, changes.cancel])
def test_stopped_by_somebody_else_it_ends_within_a_window(
    crowd: House, server: SmtpServer, change: Callable[..., IssueRow]
) -> None:
    sent = _send_until(crowd, server, change)
    assert 50 <= sent <= 50 + run_sender.WINDOW
    assert crowd.books() == {"accepted": sent, "owed": READERS - sent}


def test_resumed_it_goes_on_where_it_was(crowd: House, server: SmtpServer, transport: SmtpTransport) -> None:
    _send_until(crowd, server, changes.pause)
    with crowd.database.writing() as session:
        changes.resume(session, crowd.issue_id, crowd.clock.now(), actor="ada")
    wake = SystemClock().now()
    crowd.clock.moment = wake
    work_off(crowd, transport)
    assert audit(crowd, server) == set()
    assert crowd.books() == {"accepted": READERS}


def _send_until(house: House, server: SmtpServer, change: Callable[..., IssueRow]) -> int:
    """Change the issue while a sender waits for its fiftieth reply; return how many were sent in the end."""
    go_on = threading.Event()
    server.plan("DOT", *[Deed()] * 49, Deed(hold=go_on))
    sender = start(house, server)
    server.wait_for_command("DOT", 50)
    with house.database.writing() as session:
        change(session, house.issue_id, house.clock.now(), actor="ada")
    go_on.set()
    assert ending_of(sender) == Ending.NOT_SENDING
    return len(server.accepted)


def _kill(sender: subprocess.Popen[str]) -> None:
    sender.send_signal(signal.SIGKILL)
    sender.communicate(timeout=30)
    assert sender.returncode == -signal.SIGKILL
