"""One SMTP connection: smtplib opens it, then the transaction is driven here, step by step.

smtplib raises the same exception before the message, in its middle and after its final dot. Here each failure
says how far things had come, because after the dot nobody knows (RFC 1047), and before it a new try is safe.
"""

from __future__ import annotations

import re
import selectors
import smtplib
import ssl
from contextlib import suppress

from newsletter.domain.delivery import IssueRefused, TransportDown
from newsletter.settings import TransportSettings
from newsletter.transports.replies import Reply, Scope, Stage, judge

_LEADING_DOT = re.compile(rb"(?m)^\.")
_PATIENCE_FOR_QUIT = 5.0  # seconds


class LineLost(Exception):
    """The line broke, or what came back was no reply; `stage` is how far things had come."""

    def __init__(self, stage: Stage, reason: str) -> None:
        super().__init__(f"{reason} ({stage})")
        self.stage = stage


class Connection:
    """An open connection, signed in, one transaction after the other. `used` tells whether it has had one."""

    def __init__(self, client: smtplib.SMTP) -> None:
        self._client = client
        self._transaction_is_open = False
        self.used = False

    def offers(self, extension: str) -> bool:
        """Tell whether EHLO named the extension, in lower case."""
        return self._client.has_extn(extension)

    @property
    def size_limit(self) -> int:
        """The largest message the other side takes, in octets (RFC 1870); 0 when it does not say."""
        text = self._client.esmtp_features.get("size", "")
        return int(text) if text.isascii() and text.isdigit() else 0

    def is_disturbed(self) -> bool:
        """Tell whether something came while nothing was asked: a goodbye, or the end of the line."""
        if self._client.sock is None:
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._client.sock, selectors.EVENT_READ)
            return bool(selector.select(0))

    def transact(self, sender: str, recipient: str, parameters: str, message: bytes) -> tuple[Stage, Reply]:
        """Send one message to one recipient; return the last reply and what it was a reply to.

        `message` has CRLF line ends. Raises LineLost.
        """
        if self._transaction_is_open and self._command(Stage.MAIL, "RSET").code != 250:
            raise LineLost(Stage.MAIL, "RSET was refused")
        self._transaction_is_open = False
        self.used = True
        reply = self._command(Stage.MAIL, f"MAIL FROM:<{sender}>{parameters}")
        if reply.code // 100 != 2:
            return Stage.MAIL, reply
        self._transaction_is_open = True
        reply = self._command(Stage.RCPT, f"RCPT TO:<{recipient}>")
        if reply.code // 100 != 2:
            return Stage.RCPT, reply
        reply = self._command(Stage.DATA, "DATA")
        if reply.code != 354:
            return Stage.DATA, reply
        self._write(message)
        self._transaction_is_open = False
        return Stage.DOT, self._last_reply()

    def close(self, *, politely: bool = True) -> None:
        """Say QUIT and close; only close when the other side would not listen."""
        with suppress(smtplib.SMTPException, OSError):
            if politely and self._client.sock is not None:
                self._client.sock.settimeout(_PATIENCE_FOR_QUIT)
                self._client.quit()
        self._client.close()

    def _command(self, stage: Stage, command: str) -> Reply:
        try:
            self._client.putcmd(command)
        except (smtplib.SMTPException, OSError) as error:
            raise LineLost(stage, str(error)) from error
        return self._reply(stage)

    def _write(self, message: bytes) -> None:
        """Hand the message and its final dot to the kernel. Whatever fails here, the dot did not leave."""
        stuffed = _LEADING_DOT.sub(b"..", message)
        try:
            if self._client.sock is None:
                raise LineLost(Stage.BODY, "the connection is closed")
            self._client.sock.sendall(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"))
        except OSError as error:
            raise LineLost(Stage.BODY, str(error)) from error

    def _last_reply(self) -> Reply:
        reply = self._reply(Stage.DOT)
        if reply.code // 100 == 3:
            raise LineLost(Stage.DOT, f"{reply} is no answer")
        return reply

    def _reply(self, stage: Stage) -> Reply:
        try:
            code, text = self._client.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise LineLost(stage, str(error)) from error
        if not 200 <= code <= 599:
            raise LineLost(stage, f"the reply {text[:80]!r} has no code")
        return Reply.read(code, text)


def open_connection(settings: TransportSettings, tls: ssl.SSLContext) -> Connection:
    """Connect, greet, secure and sign in. Raises TransportDown or IssueRefused.

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
    except BaseException:
        client.close()
        raise
    client.command_encoding = "utf-8"
    return Connection(client)


def _connected(settings: TransportSettings, tls: ssl.SSLContext, where: str) -> smtplib.SMTP:
    timeout, name = (
        settings.timeout.total_seconds() if settings.timeout else 300.0,
        settings.local_hostname or None,
    )
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
        client.ehlo_or_helo_if_needed()
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
    return IssueRefused(sentence) if judge(stage, reply).scope is Scope.ISSUE else TransportDown(sentence)
