"""Opening a connection: smtplib connects, greets, secures and signs in; then the socket is taken over."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

from newsletter.domain.delivery import IssueRefused, TransportDown
from newsletter.settings import TransportSettings
from newsletter.transports.smtp.line import PATIENCE
from newsletter.transports.smtp.replies import Reply, Scope, Stage, judge

_BUFFER = 1 << 20  # octets the kernel may hold for a connection: a few dozen letters


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection that is greeted and signed in. `offers` are the extensions' names in lower case.

    `size_limit` is the largest message the other side takes, in octets (RFC 1870); 0 when it does not say.
    """

    sock: socket.socket
    offers: frozenset[str]
    size_limit: int


def open_connection(settings: TransportSettings, tls: ssl.SSLContext) -> Opened:
    """Connect, greet, secure and sign in; blocks until then. Raises TransportDown or IssueRefused.

    Where STARTTLS is asked for and not offered nothing is sent in clear.
    """
    where = f"{settings.host}:{settings.port}"
    client = _connected(settings, tls, where)
    try:
        _greeted(client, where)
        if settings.security == "starttls":
            _secured(client, tls, where)
        if settings.username:
            _signed_in(client, settings, where)
        return _taken_over(client, where)
    except BaseException:
        client.close()
        raise


def _taken_over(client: smtplib.SMTP, where: str) -> Opened:
    """Take the socket, which nothing may be read from yet: a server that talks unasked is out of step."""
    sock = client.sock
    if sock is None or client.file is None:
        raise TransportDown(f"{where} closed the connection")
    sock.settimeout(0.0)
    with suppress(BlockingIOError, ssl.SSLWantReadError):
        if unasked := client.file.peek(1):
            raise TransportDown(f"{where} said {bytes(unasked[:80])!r} without being asked")
    client.file = None
    client.sock = None
    size = client.esmtp_features.get("size", "")
    limit = int(size) if size.isascii() and size.isdigit() else 0
    for option, value in ((socket.SO_SNDBUF, _BUFFER), (socket.SO_KEEPALIVE, 1)):
        sock.setsockopt(socket.SOL_SOCKET, option, value)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Opened(sock, frozenset(name.lower() for name in client.esmtp_features), limit)


def _connected(settings: TransportSettings, tls: ssl.SSLContext, where: str) -> smtplib.SMTP:
    timeout = (settings.timeout or PATIENCE[Stage.CONNECT]).total_seconds()
    name = settings.local_hostname or None
    try:
        if settings.security == "tls":
            return smtplib.SMTP_SSL(settings.host, settings.port, name, timeout=timeout, context=tls)
        return smtplib.SMTP(settings.host, settings.port, name, timeout=timeout)
    except smtplib.SMTPResponseException as error:
        raise _refusal(Stage.CONNECT, error, where) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TransportDown(f"{where} can't be reached: {error}") from error


def _greeted(client: smtplib.SMTP, where: str) -> None:
    try:
        code, words = client.ehlo()
        if code // 100 == 5:  # it speaks no ESMTP (RFC 5321 section 3.2)
            code, words = client.helo()
        if code // 100 != 2:
            raise smtplib.SMTPHeloError(code, words)
    except smtplib.SMTPResponseException as error:
        raise _refusal(Stage.HELLO, error, where) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TransportDown(f"{where} did not answer EHLO: {error}") from error


def _secured(client: smtplib.SMTP, tls: ssl.SSLContext, where: str) -> None:
    try:
        client.starttls(context=tls)
    except smtplib.SMTPNotSupportedError as error:
        raise TransportDown(f"{where} offers no STARTTLS, and nothing is sent in clear") from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(Stage.STARTTLS, error, where) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TransportDown(f"{where} can't be spoken to securely: {error}") from error
    _greeted(client, where)


def _signed_in(client: smtplib.SMTP, settings: TransportSettings, where: str) -> None:
    try:
        client.login(settings.username, settings.password)
    except smtplib.SMTPResponseException as error:
        raise _refusal(Stage.AUTH, error, where) from error
    except smtplib.SMTPServerDisconnected as error:
        raise TransportDown(f"{where} hung up on signing in: {error}") from error
    except smtplib.SMTPException as error:
        raise IssueRefused(f"{where} offers no way of signing in that is known here: {error}") from error
    except OSError as error:
        raise TransportDown(f"{where} can't be reached: {error}") from error


def _refusal(stage: Stage, error: smtplib.SMTPResponseException, where: str) -> Exception:
    reply = Reply.read(error.smtp_code, error.smtp_error)
    sentence = f"{where} answered {stage}: {reply}"
    if judge(stage, reply).scope is Scope.ISSUE:
        return IssueRefused(sentence)
    return TransportDown(sentence, str(reply))
