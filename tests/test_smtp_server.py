"""The programmable SMTP server notices what a client may never do, so that a test which forbids it can fail."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.smtp_server import SmtpServer

HELLO = b"EHLO c.example\r\n"
ENVELOPE = b"MAIL FROM:<a@c.example>\r\nRCPT TO:<b@d.example>\r\n"
BDAT = b"BDAT 6 LAST\r\nhello\n"


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    server = SmtpServer(extensions=("PIPELINING", "CHUNKING"))
    server.start()
    yield server
    server.stop()


def talk(server: SmtpServer, *groups: bytes) -> bytes:
    """Say each group once the last line of the answer to the one before has come; return the last answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        reader = connection.makefile("rb")
        answer = reader.readline()
        for group in groups:
            connection.sendall(group)
            answer = reader.readline()
            while answer[3:4] == b"-":
                answer = reader.readline()
        connection.sendall(b"")
        rest = b""
        connection.shutdown(socket.SHUT_WR)
        while line := reader.readline():
            rest = line
        reader.close()
    return rest or answer


def test_a_whole_message_may_be_said_at_once(server: SmtpServer) -> None:
    assert talk(server, HELLO, ENVELOPE + BDAT).startswith(b"250 2.0.0 Ok: queued")
    assert server.violations == []
    assert [each.message for each in server.accepted] == [b"hello\n"]


@pytest.mark.parametrize(
    ("extensions", "groups", "violation"),
    [
        ((), (HELLO, ENVELOPE), "MAIL was not waited for"),
        (("CHUNKING",), (HELLO, ENVELOPE), "MAIL was not waited for"),
        (("PIPELINING",), (HELLO + ENVELOPE,), "EHLO was not waited for"),
        (("PIPELINING",), (HELLO, ENVELOPE + b"DATA\r\nx\r\n.\r\n"), "DATA was not waited for"),
        (("PIPELINING",), (HELLO, ENVELOPE + BDAT), "BDAT without CHUNKING"),
    ],
)
def test_talking_ahead_without_leave_is_a_violation(
    server: SmtpServer, extensions: tuple[str, ...], groups: tuple[bytes, ...], violation: str
) -> None:
    server.extensions = extensions
    talk(server, *groups)
    assert violation in server.violations


def test_a_second_mail_within_a_transaction_is_refused(server: SmtpServer) -> None:
    assert talk(server, HELLO, ENVELOPE, ENVELOPE[:25]).startswith(b"503 5.5.1 nested MAIL")


def test_a_chunk_for_nobody_is_read_and_refused(server: SmtpServer) -> None:
    assert talk(server, HELLO, b"MAIL FROM:<a@c.example>\r\n", BDAT).startswith(b"503 5.5.1 no valid recipients")
    assert talk(server, HELLO, BDAT + ENVELOPE + BDAT).startswith(b"250 2.0.0 Ok: queued")
