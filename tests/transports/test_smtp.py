"""SMTP against a real server that behaves, and misbehaves."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.domain.delivery import Batch, IssueRefused, Outcome, Transport, TransportDown, Verdict
from newsletter.settings import TransportSettings
from newsletter.transports.smtp import SmtpTransport
from tests.letters import batch, envelope, small_letter
from tests.smtp_server import Deed, SmtpServer, smtp_server
from tests.transports.conformance import OtherSide, TransportConformance

CERTIFICATE = Path(__file__).parent / "localhost.pem"
PLAIN = TransportSettings(
    kind="smtp", host="127.0.0.1", security="none", timeout=timedelta(seconds=10), local_hostname="sender.example"
)

Open = Callable[..., SmtpTransport]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def open_to() -> Iterator[Open]:
    """Opens a transport to a server; keyword arguments change its settings."""
    opened = []

    def open_(server: SmtpServer, tls: ssl.SSLContext | None = None, **changes: object) -> SmtpTransport:
        opened.append(SmtpTransport(replace(PLAIN, port=server.port, **changes), tls))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for transport in opened:
        transport.close()


@pytest.fixture
def transport(server: SmtpServer, open_to: Open) -> SmtpTransport:
    return open_to(server)


def certified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def attempt(transport: Transport, sent: Batch) -> tuple[dict[int, Verdict], Exception | None]:
    """Return the verdicts and what was raised after them."""
    outcomes: list[Outcome] = []
    trouble: Exception | None = None
    try:
        outcomes.extend(transport.deliver(sent))  # what came before an exception stays in the list
    except (TransportDown, IssueRefused) as raised:
        trouble = raised
    return {outcome.key: outcome.verdict for outcome in outcomes}, trouble


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


def test_one_connection_carries_batch_after_batch_without_a_wasted_command(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    for keys in [(1, 2), (3,)]:
        list(transport.deliver(batch(*keys)))
    assert server.connections == 1
    assert server.commands == ["CONNECT", "EHLO", *["MAIL", "RCPT", "DATA", "DOT"] * 3]


def test_the_outcome_has_status_words_and_queue_id(transport: SmtpTransport) -> None:
    (outcome,) = transport.deliver(batch(1))
    assert outcome == Outcome(1, Verdict.ACCEPTED, "2.0.0", "250 2.0.0 Ok: queued as Q00000", "Q00000")


def test_close_says_quit(server: SmtpServer, transport: SmtpTransport) -> None:
    list(transport.deliver(batch(1)))
    transport.close()
    server.wait_for_command("QUIT")


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("RCPT", "550 5.1.1 no such mailbox", "rejected 5.1.1"),
        ("RCPT", "550 no such user", "rejected 5.0.0"),
        ("RCPT", "452 4.2.2 mailbox full", "deferred 4.2.2"),
        ("RCPT", "450-4.2.0 greylisted\r\n450 4.2.0 try later", "deferred 4.2.0"),
        ("DATA", "451 4.3.0 busy", "deferred 4.3.0"),
        ("DOT", "451 4.7.1 later", "deferred 4.7.1"),
        ("DOT", "550 5.7.1 looks like spam", "rejected 5.7.1"),
    ],
)
def test_a_refused_recipient_holds_up_nobody(
    server: SmtpServer, transport: SmtpTransport, stage: str, reply: str, expected: str
) -> None:
    server.plan(stage, Deed(reply=reply))
    outcomes = {outcome.key: outcome for outcome in transport.deliver(batch(1, 2, 3))}
    assert f"{outcomes[1].verdict} {outcomes[1].status}" == expected
    assert outcomes[1].reply.startswith(reply[:3])
    assert outcomes[2].verdict is outcomes[3].verdict is Verdict.ACCEPTED
    assert server.recipients == ["reader2@reader.example", "reader3@reader.example"]


@pytest.mark.parametrize(("stage", "resets"), [("RCPT", 1), ("DATA", 1), ("DOT", 0)])
def test_reset_is_sent_only_where_a_transaction_stays_open(
    server: SmtpServer, transport: SmtpTransport, stage: str, resets: int
) -> None:
    server.plan(stage, Deed(reply="451 4.0.0 no"))
    list(transport.deliver(batch(1, 2)))
    assert server.commands.count("RSET") == resets
    assert server.connections == 1


def test_the_line_cut_after_the_dot_leaves_one_in_doubt(server: SmtpServer, transport: SmtpTransport) -> None:
    server.plan("DOT", Deed(hang_up=True, keep=True))
    verdicts, trouble = attempt(transport, batch(1, 2))
    assert verdicts == {1: Verdict.IN_DOUBT}
    assert isinstance(trouble, TransportDown)


def test_an_answer_that_is_none_leaves_one_in_doubt(server: SmtpServer, transport: SmtpTransport) -> None:
    for nonsense in ("perhaps", "354 go on", "9"):
        server.plan("DOT", Deed(reply=nonsense))
        verdicts, trouble = attempt(transport, batch(1, 2))
        assert verdicts == {1: Verdict.IN_DOUBT}
        assert isinstance(trouble, TransportDown)


def test_silence_after_the_dot_leaves_one_in_doubt(server: SmtpServer, open_to: Open) -> None:
    release = threading.Event()
    server.plan("DOT", Deed(hold=release))
    verdicts, trouble = attempt(open_to(server, timeout=timedelta(milliseconds=200)), batch(1, 2))
    release.set()
    assert verdicts == {1: Verdict.IN_DOUBT}
    assert "timed out" in str(trouble)


def test_the_line_cut_in_mid_message_is_no_doubt(server: SmtpServer, transport: SmtpTransport) -> None:
    server.plan("DATA", Deed(reply="354 go on", hang_up=True))
    large = small_letter(b"x" * 70 + b"\r\n" + (b"y" * 76 + b"\r\n") * 200_000)
    verdicts, trouble = attempt(transport, batch(1, 2, letter=large))
    assert verdicts == {1: Verdict.DEFERRED}
    assert isinstance(trouble, TransportDown)
    assert server.accepted == []


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL"])
@pytest.mark.parametrize("deed", [Deed(reply="421 4.3.2 shutting down", hang_up=True), Deed(hang_up=True)])
def test_a_server_that_goes_away_before_a_name_is_said_leaves_all_owed(
    server: SmtpServer, transport: SmtpTransport, stage: str, deed: Deed
) -> None:
    server.plan(stage, deed, deed)
    verdicts, trouble = attempt(transport, batch(1, 2))
    assert verdicts == {}
    assert isinstance(trouble, TransportDown)


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
@pytest.mark.parametrize("deed", [Deed(reply="421 4.3.2 shutting down", hang_up=True), Deed(hang_up=True)])
def test_who_was_named_when_the_line_broke_is_put_off(
    server: SmtpServer, transport: SmtpTransport, stage: str, deed: Deed
) -> None:
    server.plan(stage, deed, deed)
    verdicts, trouble = attempt(transport, batch(1, 2))
    assert verdicts == {1: Verdict.DEFERRED}
    assert isinstance(trouble, TransportDown)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("deed", [Deed(reply="421 4.4.5 enough for one line", hang_up=True), Deed(hang_up=True)])
def test_a_line_that_has_carried_enough_is_opened_anew(
    server: SmtpServer, transport: SmtpTransport, stage: str, deed: Deed
) -> None:
    list(transport.deliver(batch(1)))
    server.plan(stage, deed)
    assert attempt(transport, batch(2, 3)) == ({2: Verdict.ACCEPTED, 3: Verdict.ACCEPTED}, None)
    assert server.connections == 2
    assert len(server.accepted) == 3


def test_a_goodbye_while_idle_is_noticed(server: SmtpServer, transport: SmtpTransport) -> None:
    server.plan("DOT", Deed(reply="250 2.0.0 ok\r\n421 4.4.2 idle for too long", hang_up=True, keep=True))
    assert attempt(transport, batch(1, 2)) == ({1: Verdict.ACCEPTED, 2: Verdict.ACCEPTED}, None)
    assert server.recipients == ["reader1@reader.example", "reader2@reader.example"]


def test_more_replies_than_asked_put_nothing_at_the_wrong_door(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    server.plan("DOT", Deed(reply="250 2.0.0 ok\r\n250 2.0.0 ok", keep=True))
    assert attempt(transport, batch(1, 2)) == ({1: Verdict.ACCEPTED, 2: Verdict.ACCEPTED}, None)
    assert server.recipients == ["reader1@reader.example", "reader2@reader.example"]


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("CONNECT", "554 5.7.1 your network is blocked"),
        ("MAIL", "550 5.1.8 sender's domain unknown"),
        ("MAIL", "530 5.7.0 authentication required"),
        ("RCPT", "550 5.7.26 neither SPF nor DKIM"),
        ("DOT", "550 5.7.515 bulk mail must be signed"),
    ],
)
def test_a_refusal_of_ours_blames_no_reader(
    server: SmtpServer, transport: SmtpTransport, stage: str, reply: str
) -> None:
    server.plan(stage, Deed(reply=reply))
    verdicts, trouble = attempt(transport, batch(1, 2))
    assert verdicts == {}
    assert isinstance(trouble, IssueRefused)
    assert reply in str(trouble)


@pytest.mark.parametrize(
    ("stage", "reply"), [("DOT", "554 5.7.1 content rejected"), ("RCPT", "550 relay not permitted")]
)
def test_three_refusals_in_a_row_mean_the_issue(
    server: SmtpServer, transport: SmtpTransport, stage: str, reply: str
) -> None:
    server.plan(stage, *[Deed(reply=reply)] * 3)
    verdicts, trouble = attempt(transport, batch(1, 2, 3, 4))
    assert verdicts == {}
    assert isinstance(trouble, IssueRefused)
    assert reply in str(trouble)


def test_refusals_are_counted_over_batches_and_forgiven_by_an_acceptance(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    no, yes = Deed(reply="554 5.7.1 no"), Deed()
    server.plan("DOT", no, no, yes, no, no, no)
    assert attempt(transport, batch(1, 2)) == ({1: Verdict.DEFERRED, 2: Verdict.DEFERRED}, None)
    assert attempt(transport, batch(3, 4)) == ({3: Verdict.ACCEPTED, 4: Verdict.DEFERRED}, None)
    assert isinstance(attempt(transport, batch(5, 6))[1], IssueRefused)


def test_one_reader_refused_again_and_again_does_not_stop_the_issue(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    server.rule = lambda command, argument: Deed(reply="554 5.6.0 no") if command == "DOT" else None
    for _ in range(5):
        assert attempt(transport, batch(1)) == ({1: Verdict.DEFERRED}, None)


def test_starttls_encrypts_and_signs_in(open_to: Open) -> None:
    with smtp_server(SmtpServer(tls=certified(), credentials=("desk", "pass word"))) as server:
        transport = open_to(server, trusting(), security="starttls", username="desk", password="pass word")
        assert attempt(transport, batch(1))[1] is None
        transport.close()
    assert [(each.is_encrypted, each.user) for each in server.accepted] == [(True, "desk")]


def test_tls_from_the_first_octet(open_to: Open) -> None:
    with smtp_server(SmtpServer(tls=certified(), is_wrapped=True)) as server:
        transport = open_to(server, trusting(), security="tls")
        assert attempt(transport, batch(1, 2))[1] is None
        transport.close()
    assert all(each.is_encrypted for each in server.accepted)


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_a_certificate_nobody_vouches_for_gets_nothing(open_to: Open, is_wrapped: bool) -> None:
    with smtp_server(SmtpServer(tls=certified(), is_wrapped=is_wrapped)) as server:
        verdicts, trouble = attempt(open_to(server, security="tls" if is_wrapped else "starttls"), batch(1))
    assert (verdicts, server.accepted) == ({}, [])
    assert "certificate verify failed" in str(trouble)


@pytest.mark.parametrize("refusal", [None, Deed(reply="454 4.7.0 TLS not available"), Deed(reply="502 no")])
def test_without_tls_nothing_is_sent_in_clear(open_to: Open, refusal: Deed | None) -> None:
    with smtp_server(SmtpServer(tls=certified() if refusal else None)) as server:
        server.plan("STARTTLS", *[refusal] if refusal else [])
        verdicts, trouble = attempt(open_to(server, security="starttls"), batch(1))
    assert verdicts == {}
    assert isinstance(trouble, TransportDown)
    assert "MAIL" not in server.commands


def test_wrong_credentials_are_no_reader_s_fault(open_to: Open) -> None:
    with smtp_server(SmtpServer(credentials=("desk", "right"))) as server:
        _, trouble = attempt(open_to(server, username="desk", password="wrong"), batch(1))
    assert isinstance(trouble, IssueRefused)
    assert "535" in str(trouble)
    assert "wrong" not in str(trouble)


def test_credentials_for_a_server_without_sign_in_are_no_reader_s_fault(server: SmtpServer, open_to: Open) -> None:
    assert isinstance(attempt(open_to(server, username="desk", password="x"), batch(1))[1], IssueRefused)


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
    list(transport.deliver(Batch(small_letter(), (envelope(1, recipient),))))
    (accepted,) = server.accepted
    assert accepted.parameters == parameters.format(len(accepted.message))
    assert accepted.recipient == recipient


def test_an_address_beyond_the_server_s_letters_is_rejected_with_a_sentence(open_to: Open) -> None:
    with smtp_server(SmtpServer(extensions=())) as server:
        transport = open_to(server)
        sent = Batch(small_letter(), (envelope(1, "åsa@reader.example"), envelope(2)))
        first, second = transport.deliver(sent)
        transport.close()
    assert (first.verdict, first.status) == (Verdict.REJECTED, "5.6.7")
    assert "SMTPUTF8" in first.reply
    assert (second.verdict, server.accepted[0].parameters) == (Verdict.ACCEPTED, "")


def test_a_message_too_large_for_the_server_stops_the_issue(open_to: Open) -> None:
    with smtp_server(SmtpServer(extensions=("SIZE 100",))) as server:
        _, trouble = attempt(open_to(server), batch(1))
    assert isinstance(trouble, IssueRefused)
    assert "DATA" not in server.commands


@pytest.mark.parametrize("address", ["a@b\r\nRCPT TO:<c@d>", "a@b> SIZE=1", "nobody", "", "a b@c.example"])
def test_an_address_that_is_none_reaches_no_command_line(
    server: SmtpServer, transport: SmtpTransport, address: str
) -> None:
    broken = replace(envelope(1), recipient=address)
    (outcome,) = transport.deliver(Batch(small_letter(), (broken,)))
    assert (outcome.verdict, outcome.status) == (Verdict.REJECTED, "5.1.3")
    assert "RCPT" not in server.commands


def test_nobody_listens(open_to: Open) -> None:
    server = SmtpServer()
    server.stop()
    _, trouble = attempt(open_to(server), batch(1))
    assert "can't be reached" in str(trouble)
