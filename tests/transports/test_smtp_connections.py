"""SMTP over several connections: the window, opening side by side, and what the loss of one costs."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from newsletter.domain.delivery import TransportDown, Verdict, deliver
from newsletter.transports.smtp import SmtpTransport
from tests.letters import batch
from tests.smtp_server import PATIENCE, Deed, SmtpServer, smtp_server
from tests.transports.conformance import gather
from tests.transports.conftest import Open, Way, attempt

ACCEPTED, DEFERRED, IN_DOUBT = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.IN_DOUBT
GOODBYE = Deed(reply="421 4.3.2 going down", hang_up=True)
# What may be under way on one connection with a window of four: of messages wholly said, and begun.
WHOLE = {Way.LOCK_STEP: 1, Way.PIPELINING: 1, Way.CHUNKING: 4}
BEGUN = {Way.LOCK_STEP: 1, Way.PIPELINING: 2, Way.CHUNKING: 4}


def corked(command: str, argument: str) -> Deed | None:
    """Answer no message, but read on."""
    return Deed(cork=True) if command == "DOT" else None


def greet_together(server: SmtpServer, number: int) -> None:
    """Greet nobody before so many are there."""
    everybody = threading.Barrier(number)

    def rule(command: str, argument: str) -> Deed | None:
        if command == "CONNECT" and server.connections <= number:
            everybody.wait(PATIENCE)
        return None

    server.rule = rule


def drive(transport: SmtpTransport, server: SmtpServer, command: str, number: int) -> None:
    """Let the transport work until the server heard so many commands, and a little more."""
    for _ in range(200):
        assert list(transport.receive(0.02)) == []
        if server.commands.count(command) >= number:
            break
    server.wait_for_command(command, number)
    for _ in range(3):
        assert list(transport.receive(0.02)) == []


def test_capacity_is_window_times_connections(server: SmtpServer, open_to: Open) -> None:
    transport = open_to(server, window=4, connections=3)
    assert (transport.capacity, transport.room) == (12, 12)


def test_the_window_is_respected(way: Way, open_to: Open) -> None:
    """Once the server has read all that was said: no connection carried more than its window."""
    server = SmtpServer(extensions=way.extensions, rule=corked)
    with smtp_server(server):
        transport = open_to(server, window=4, connections=3)
        transport.send(batch(*range(1, 13)))
        drive(transport, server, "DOT", 3 * WHOLE[way])
        transport.close()
    assert server.connections == 3
    for number in (1, 2, 3):
        said = Counter(server.commands_on[number])
        assert (said["DOT"], said["MAIL"]) == (WHOLE[way], BEGUN[way])


def test_late_answers_free_the_window(way: Way, server: SmtpServer, open_to: Open) -> None:
    server.rule = corked
    transport = open_to(server, window=4, connections=2)
    transport.send(batch(*range(1, 9)))
    drive(transport, server, "DOT", 2 * WHOLE[way])
    server.rule = lambda command, argument: None
    server.uncork()
    assert {outcome.verdict for outcome in gather(transport, 8)} == {ACCEPTED}
    assert len(set(server.recipients)) == len(server.accepted) == 8


def test_connections_are_opened_side_by_side(server: SmtpServer, open_to: Open) -> None:
    """None is greeted before all are there."""
    welcome = threading.Event()
    server.rule = lambda command, argument: Deed(hold=welcome) if command == "CONNECT" else None
    transport = open_to(server, window=2, connections=4)
    transport.send(batch(*range(1, 9)))
    assert list(transport.receive(0.01)) == []
    server.wait_for_command("CONNECT", 4)
    welcome.set()
    gather(transport, 8)
    assert server.connections == 4


def test_no_more_are_opened_than_there_is_work_for(server: SmtpServer, open_to: Open) -> None:
    list(deliver(open_to(server, window=8, connections=4), batch(1)))
    assert server.connections == 1


def test_a_connection_refused_at_once_is_noticed(open_to: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even before the transport begins to wait for it."""
    server = SmtpServer()
    server.stop()
    monkeypatch.setattr("threading.Thread.start", lambda thread: thread.run())
    _, trouble = attempt(open_to(server), batch(1))
    assert isinstance(trouble, TransportDown)


def test_a_connection_carries_as_many_as_it_may(way: Way, server: SmtpServer, open_to: Open) -> None:
    transport = open_to(server, window=4, messages_per_connection=2)
    assert attempt(transport, batch(1, 2, 3, 4, 5)) == (dict.fromkeys(range(1, 6), ACCEPTED), None)
    transport.close()
    assert [server.commands_on[number].count("DOT") for number in (1, 2, 3)] == [2, 2, 1]
    assert [server.commands_on[number][-1] for number in (1, 2, 3)] == ["QUIT"] * 3
    assert server.connections == 3


def test_an_idle_connection_that_died_is_replaced_without_doubt(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    list(deliver(transport, batch(1)))
    server.cut()
    assert attempt(transport, batch(2, 3)) == ({2: ACCEPTED, 3: ACCEPTED}, None)
    assert server.connections == 2
    assert len(server.accepted) == 3


@pytest.mark.parametrize("farewell", [("421 4.4.2 idle for too long",), ("421-4.4.2 idle", "421 4.4.2 bye")])
def test_a_goodbye_while_idle_is_noticed(
    server: SmtpServer, transport: SmtpTransport, farewell: tuple[str, ...]
) -> None:
    server.plan("DOT", Deed(reply="250 2.0.0 ok", extra=farewell, hang_up=True, keep=True))
    assert attempt(transport, batch(1)) == ({1: ACCEPTED}, None)
    assert attempt(transport, batch(2)) == ({2: ACCEPTED}, None)
    assert server.recipients == ["reader1@reader.example", "reader2@reader.example"]


def test_a_goodbye_on_one_of_several_costs_only_that_one(server: SmtpServer, open_to: Open) -> None:
    transport = open_to(server, window=4, connections=2)
    greet_together(server, 2)
    server.plan("MAIL", Deed(), Deed(), GOODBYE, on=1)
    verdicts, trouble = attempt(transport, batch(*range(1, 61)))
    assert trouble is None
    assert verdicts == dict.fromkeys(range(1, 61), ACCEPTED)
    assert len(set(server.recipients)) == len(server.accepted) == 60


def test_what_is_unanswered_behind_a_goodbye_is_sent_elsewhere(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    """Only the message that was told so is put off; nobody is in doubt."""
    server.plan("DOT", Deed(), GOODBYE)
    verdicts, trouble = attempt(transport, batch(*range(1, 9)))
    assert trouble is None
    assert verdicts == {key: DEFERRED if key == 2 else ACCEPTED for key in range(1, 9)}
    assert len(set(server.recipients)) == len(server.accepted) == 7


@pytest.mark.parametrize("is_kept", [False, True])
def test_in_doubt_is_exactly_what_was_wholly_said_and_not_answered(
    way: Way, server: SmtpServer, transport: SmtpTransport, is_kept: bool
) -> None:
    server.plan("DOT", Deed(), Deed(), Deed(hang_up=True, keep=is_kept))
    verdicts, _ = attempt(transport, batch(*range(1, 9)))
    behind = range(4, 9) if way is Way.CHUNKING else ()
    assert verdicts == {1: ACCEPTED, 2: ACCEPTED, 3: IN_DOUBT, **dict.fromkeys(behind, IN_DOUBT)}
    assert len(server.accepted) == 2 + is_kept


def test_the_others_go_on_when_one_is_cut(way: Way, server: SmtpServer, open_to: Open) -> None:
    """Each message is accepted once, or was in doubt on the connection that was lost."""
    transport = open_to(server, window=4, connections=3)
    greet_together(server, 3)
    server.plan("DOT", Deed(), Deed(), Deed(hang_up=True), on=2)
    verdicts, trouble = attempt(transport, batch(*range(1, 121)))
    doubts = [key for key, verdict in verdicts.items() if verdict is IN_DOUBT]
    assert trouble is None
    assert 1 <= len(doubts) <= WHOLE[way]
    assert len(verdicts) == 120
    assert len(set(server.recipients)) == len(server.accepted) == 120 - len(doubts)
