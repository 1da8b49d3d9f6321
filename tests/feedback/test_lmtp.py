"""Mail by LMTP (RFC 2033): answered once its effect is committed."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator

import pytest

from newsletter.feedback.mailboxes.lmtp import LmtpServer


class Desk:
    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.is_full = False

    def take(self, raw: bytes) -> None:
        if self.is_full:
            raise OSError("the disk is full")
        self.taken.append(raw)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def server(desk: Desk) -> Iterator[LmtpServer]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    server = LmtpServer(desk.take, "127.0.0.1", port)
    server.start()
    yield server
    server.stop()


def deliver(server: LmtpServer) -> None:
    with smtplib.LMTP("127.0.0.1", server.port) as client:
        client.sendmail("", ["bounces+1.2.abc@ledger.example"], b"Subject: failed\r\n\r\nno such user\r\n")


def test_a_mail_is_taken_with_the_return_path_it_came_to(server: LmtpServer, desk: Desk) -> None:
    deliver(server)
    (raw,) = desk.taken
    assert raw.startswith(
        b"Return-Path: <>\r\nX-Original-To: bounces+1.2.abc@ledger.example\r\nSubject: failed\r\n"
    )


def test_what_is_not_committed_is_not_taken(server: LmtpServer, desk: Desk) -> None:
    desk.is_full = True
    with pytest.raises(smtplib.SMTPDataError) as refused:
        deliver(server)
    assert refused.value.smtp_code == 451
