"""An IMAP mailbox (RFC 3501), looked at now and then."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from newsletter.feedback.mailboxes.mailbox import MailboxDown, Take
from newsletter.settings import MailboxSettings

_TIMEOUT = 60.0  # seconds for each answer
_TROUBLE = (imaplib.IMAP4.error, OSError)


@dataclass(frozen=True, slots=True)
class Imap:
    """The Mailbox behind an IMAP server."""

    settings: MailboxSettings

    def empty(self, take: Take, stop: Callable[[], bool]) -> int:
        """Take the mails of the folder; each is deleted and expunged by itself."""
        try:
            with self._connected() as server:
                return self._empty(server, take, stop)
        except _TROUBLE as trouble:
            where = self.settings
            raise MailboxDown(
                f"the mailbox of {where.username} at {where.host}:{where.port} can't be read: {_words(trouble)}; "
                "see [feedback.mailbox]."
            ) from trouble

    @contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4]:
        """Open a line for the block, signed in; whatever happens it is closed."""
        where = self.settings
        context = ssl.create_default_context()
        if where.security == "tls":
            server = _secured(where, context)
        else:
            server = imaplib.IMAP4(where.host, where.port, timeout=_TIMEOUT)
        try:
            if where.security == "starttls":
                server.starttls(context)
            server.login(where.username, where.password)
            yield server
        finally:
            with suppress(*_TROUBLE):
                server.logout()
            with suppress(*_TROUBLE):
                server.shutdown()  # where the server no longer answers

    def _empty(self, server: imaplib.IMAP4, take: Take, stop: Callable[[], bool]) -> int:
        _ok(server.select(_quoted(self.settings.folder)))
        (found,) = _ok(server.uid("SEARCH", "UNDELETED"))
        taken = 0
        for number in (found or b"").split():
            if stop():
                break
            raw = _body(_ok(server.uid("FETCH", number.decode(), "(BODY.PEEK[])")))
            if raw is None:
                continue  # gone meanwhile
            take(raw)
            _ok(server.uid("STORE", number.decode(), "+FLAGS.SILENT", r"(\Deleted)"))
            _ok(server.expunge())
            taken += 1
        return taken


def _secured(where: MailboxSettings, context: ssl.SSLContext) -> imaplib.IMAP4:
    return imaplib.IMAP4_SSL(where.host, where.port, ssl_context=context, timeout=_TIMEOUT)


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status} {data}")
    return data


def _body(data: list[Any]) -> bytes | None:
    return next((each[1] for each in data if isinstance(each, tuple) and isinstance(each[1], bytes)), None)


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(trouble: Exception) -> str:
    said = trouble.args[0] if trouble.args else trouble
    return " ".join((said.decode(errors="replace") if isinstance(said, bytes) else str(said)).split())
