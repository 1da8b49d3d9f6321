"""SMTP: refusals, and whom they are about."""

from __future__ import annotations

import pytest

from newsletter.domain.delivery import IssueRefused, Verdict, deliver
from newsletter.transports.smtp import SmtpTransport
from tests.letters import batch
from tests.smtp_server import Deed, Rule, SmtpServer, smtp_server
from tests.transports.conftest import Open, Way, attempt, on_each_way

ACCEPTED, DEFERRED = Verdict.ACCEPTED, Verdict.DEFERRED


def always(stage: str, reply: str) -> Rule:
    return lambda command, argument: Deed(reply=reply) if command == stage else None


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
    server.rule = always(stage, reply)
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
    server.rule = always(stage, reply)
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
    server.rule = always("DOT", "554 5.6.0 no")
    for _ in range(5):
        assert attempt(transport, batch(1)) == ({1: Verdict.DEFERRED}, None)


@on_each_way(
    "stage,reply,expected",
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
    outcomes = {outcome.key: outcome for outcome in deliver(transport, batch(1, 2, 3))}
    assert f"{outcomes[1].verdict} {outcomes[1].status}" == expected
    assert outcomes[1].reply.startswith(reply[:3])
    assert outcomes[2].verdict is outcomes[3].verdict is Verdict.ACCEPTED
    assert server.recipients == ["reader2@reader.example", "reader3@reader.example"]


@on_each_way("stage,needed", [("RCPT", True), ("DATA", True), ("DOT", False)])
def test_reset_is_said_only_where_a_transaction_stays_open(
    way: Way, server: SmtpServer, transport: SmtpTransport, stage: str, needed: bool
) -> None:
    """A message by BDAT LAST ends its transaction, whatever was refused before it."""
    server.plan(stage, Deed(reply="451 4.0.0 no"))
    assert attempt(transport, batch(1, 2, 3))[0] == {1: DEFERRED, 2: ACCEPTED, 3: ACCEPTED}
    assert server.commands.count("RSET") == (needed and way is not Way.CHUNKING)
    assert server.connections == 1


def test_a_server_that_keeps_the_transaction_of_a_refused_reader_open_gets_the_rest(
    open_to: Open,
) -> None:
    server = SmtpServer(extensions=Way.CHUNKING.extensions, stays_open=True)
    server.plan("RCPT", Deed(reply="550 5.1.1 unknown"))
    with smtp_server(server):
        verdicts, trouble = attempt(open_to(server), batch(1, 2, 3))
    assert trouble is None
    assert verdicts == {1: Verdict.REJECTED, 2: ACCEPTED, 3: ACCEPTED}
    assert server.recipients == ["reader2@reader.example", "reader3@reader.example"]
