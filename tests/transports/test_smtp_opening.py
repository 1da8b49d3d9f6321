"""SMTP: greeting, STARTTLS, TLS and signing in, with servers that fail at each."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.domain.delivery import IssueRefused, TransportDown, Verdict
from tests.letters import batch
from tests.smtp_server import Deed, SmtpServer, smtp_server
from tests.transports.conftest import Open, attempt

CERTIFICATE = Path(__file__).parent / "localhost.pem"

SHORT = timedelta(milliseconds=500)


def certified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


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


@pytest.mark.parametrize(
    "deed",
    [
        Deed(raw=b"220 go on\r\n250 in clear\r\n"),
        Deed(raw=b"220 go on\r\n"),
        Deed(raw=b"220 go on\r\n", hang_up=True),
        Deed(raw=b"22"),
        Deed(raw=b"\xff\r\n"),
        Deed(reply="421 4.3.2 going down", hang_up=True),
        Deed(hang_up=True),
    ],
)
def test_starttls_that_fails_lets_nothing_out_in_clear(open_to: Open, deed: Deed) -> None:
    with smtp_server(SmtpServer(tls=certified(), credentials=("desk", "right"))) as server:
        server.plan("STARTTLS", deed)
        transport = open_to(
            server, trusting(), security="starttls", username="desk", password="right", timeout=SHORT
        )
        verdicts, trouble = attempt(transport, batch(1, 2))
        assert not {"AUTH", "MAIL"} & set(server.commands)
        assert attempt(transport, batch(1))[0] == {1: Verdict.ACCEPTED}
        transport.close()
        server.violations.clear()  # to a server that goes on in clear, the beginning of TLS is no command
    assert verdicts == {}
    assert isinstance(trouble, TransportDown)
    assert all(each.is_encrypted for each in server.accepted)


def test_what_is_slipped_in_before_tls_is_not_believed(open_to: Open) -> None:
    """Whether it is dropped or ends the attempt: no extension of it is used, and nothing goes in clear."""
    with smtp_server(SmtpServer(tls=certified(), extensions=())) as server:
        server.plan(
            "STARTTLS", Deed(reply="220 go on", extra=("250-slipped in", "250-PIPELINING", "250 CHUNKING"))
        )
        transport = open_to(server, trusting(), security="starttls", timeout=SHORT)
        attempt(transport, batch(1))
        assert attempt(transport, batch(2, 3))[1] is None
        transport.close()
    assert {2, 3} <= {int(each.recipient[6]) for each in server.accepted}
    assert all(each.is_encrypted for each in server.accepted)


def test_wrong_credentials_are_no_reader_s_fault(open_to: Open) -> None:
    with smtp_server(SmtpServer(credentials=("desk", "right"))) as server:
        _, trouble = attempt(open_to(server, username="desk", password="wrong"), batch(1))
    assert isinstance(trouble, IssueRefused)
    assert "535" in str(trouble)
    assert "wrong" not in str(trouble)


def test_credentials_for_a_server_without_sign_in_are_no_reader_s_fault(server: SmtpServer, open_to: Open) -> None:
    assert isinstance(attempt(open_to(server, username="desk", password="x"), batch(1))[1], IssueRefused)
