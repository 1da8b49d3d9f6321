"""SMTP against a real server that behaves, over each of the three ways of talking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.domain.delivery import Batch, IssueRefused, Outcome, Transport, Verdict, deliver
from newsletter.transports.smtp import SmtpTransport
from tests.letters import batch, envelope, small_letter
from tests.smtp_server import Manner, SmtpServer, smtp_server
from tests.transports.conformance import OtherSide, TransportConformance
from tests.transports.conftest import Open, Way, attempt


class Server(OtherSide):
    def __init__(self, server: SmtpServer) -> None:
        self.server = server

    def received(self) -> list[bytes]:
        return [each.message for each in self.server.accepted]

    def break_down(self) -> None:
        self.server.stop()


class TestConformance(TransportConformance):
    @pytest.fixture
    def other_side(self, server: SmtpServer) -> Server:
        return Server(server)

    @pytest.fixture
    def transport(self, server: SmtpServer, open_to: Open) -> Transport:
        return open_to(server)


@pytest.mark.parametrize("manner", list(Manner))
def test_however_replies_come_they_are_understood(
    server: SmtpServer, transport: SmtpTransport, manner: Manner
) -> None:
    server.manner = manner
    outcomes = list(deliver(transport, batch(*range(1, 21))))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 20
    assert len(set(server.recipients)) == len(server.accepted) == 20


def test_one_connection_carries_batch_after_batch_without_a_wasted_command(
    way: Way, server: SmtpServer, transport: SmtpTransport
) -> None:
    for keys in [(1,), (2,), (3,)]:
        list(deliver(transport, batch(*keys)))
    assert server.connections == 1
    assert server.commands == ["CONNECT", "EHLO", *way.commands * 3]


@pytest.mark.parametrize("extensions", [(), ("8BITMIME",), ("CHUNKING",), ("SIZE", "STARTTLS")])
def test_a_server_that_did_not_offer_it_is_never_talked_ahead_to(
    open_to: Open, extensions: tuple[str, ...]
) -> None:
    with smtp_server(SmtpServer(extensions=extensions)) as server:
        transport = open_to(server)
        assert attempt(transport, batch(1, 2, 3)) == (dict.fromkeys((1, 2, 3), Verdict.ACCEPTED), None)
        transport.close()
    assert server.violations == []
    assert server.commands == ["CONNECT", "EHLO", *Way.LOCK_STEP.commands * 3, "QUIT"]


def test_the_outcome_has_status_words_and_queue_id(transport: SmtpTransport) -> None:
    (outcome,) = deliver(transport, batch(1))
    assert outcome == Outcome(1, Verdict.ACCEPTED, "2.0.0", "250 2.0.0 Ok: queued as Q00000", "Q00000")


def test_close_says_quit(server: SmtpServer, transport: SmtpTransport) -> None:
    list(deliver(transport, batch(1)))
    transport.close()
    server.wait_for_command("QUIT")


@pytest.mark.parametrize(
    ("recipient", "parameters"),
    [
        ("ada@reader.example", "SIZE={}"),
        ("åsa@reader.example", "SIZE={} BODY=8BITMIME SMTPUTF8"),
    ],
)
def test_parameters_by_what_the_server_offers(
    server: SmtpServer, transport: SmtpTransport, recipient: str, parameters: str
) -> None:
    list(deliver(transport, Batch(small_letter(), (envelope(1, recipient),))))
    (accepted,) = server.accepted
    assert accepted.parameters == parameters.format(len(accepted.message))
    assert accepted.recipient == recipient


@pytest.mark.parametrize("extra", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
def test_an_address_beyond_the_server_s_letters_is_rejected_with_a_sentence(
    open_to: Open, extra: tuple[str, ...]
) -> None:
    with smtp_server(SmtpServer(extensions=extra)) as server:
        transport = open_to(server)
        sent = Batch(small_letter(), (envelope(1, "åsa@reader.example"), envelope(2)))
        first, second = deliver(transport, sent)
        transport.close()
    assert (first.verdict, first.status) == (Verdict.REJECTED, "5.6.7")
    assert "SMTPUTF8" in first.reply
    assert (second.verdict, server.accepted[0].parameters) == (Verdict.ACCEPTED, "")


@pytest.mark.parametrize("extra", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
def test_a_message_too_large_for_the_server_stops_the_issue(open_to: Open, extra: tuple[str, ...]) -> None:
    with smtp_server(SmtpServer(extensions=(*extra, "SIZE 100"))) as server:
        verdicts, trouble = attempt(open_to(server), batch(1, 2))
    assert verdicts == {}
    assert isinstance(trouble, IssueRefused)
    assert "the server takes 100" in str(trouble)
    assert "MAIL" not in server.commands


@pytest.mark.parametrize("address", ["a@b\r\nRCPT TO:<c@d>", "a@b> SIZE=1", "nobody", "", "a b@c.example"])
def test_an_address_that_is_none_reaches_no_command_line(
    server: SmtpServer, transport: SmtpTransport, address: str
) -> None:
    broken = replace(envelope(1), recipient=address)
    (outcome,) = deliver(transport, Batch(small_letter(), (broken,)))
    assert (outcome.verdict, outcome.status) == (Verdict.REJECTED, "5.1.3")
    assert "RCPT" not in server.commands


def test_nobody_listens(open_to: Open) -> None:
    server = SmtpServer()
    server.stop()
    _, trouble = attempt(open_to(server), batch(1))
    assert "can't be reached" in str(trouble)
