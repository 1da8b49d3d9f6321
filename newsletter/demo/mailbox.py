"""The demo's mailbox: an SMTP server that keeps every message it accepts as an `.eml` file, one a recipient.

As a mailbox provider does at delivery (RFC 5321 section 4.4), it writes the return path and the recipient at the
head of each message. It never sends anything anywhere.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import SMTP as MAIL
from email.policy import compat32
from itertools import count, islice
from pathlib import Path
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.clock import Clock, SystemClock
from newsletter.demo.server import listen

MAXIMUM = 10_000_000  # octets a message, announced as SIZE (RFC 1870)
_LISTED = 300
_STAMP = "%Y%m%dT%H%M%S.%f"
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}-\d{5}-[a-z0-9._+-]*")


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of the mailbox. `name` is its file's without `.eml`; `received` is aware UTC."""

    name: str
    received: datetime
    raw: bytes

    @property
    def recipient(self) -> str:
        """The envelope's recipient."""
        return self.header("Delivered-To")

    @property
    def subject(self) -> str:
        """The subject on one line."""
        return self.header("Subject") or "(no subject)"

    def header(self, name: str) -> str:
        """Return a header decoded on one line, or nothing."""
        written = next((value for key, value in self.headers() if key.lower() == name.lower()), "")
        try:
            return " ".join(str(make_header(decode_header(written))).split())
        except (LookupError, ValueError, HeaderParseError):  # an encoded word of no known charset, or cut
            return " ".join(written.split())

    def headers(self) -> list[tuple[str, str]]:
        """Return every header as it is written. Octets above ASCII are UTF-8, as RFC 6532 has it."""
        head = self.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        return [(name, str(value)) for name, value in HeaderParser(policy=compat32).parsestr(head).items()]

    def text(self, kind: str) -> str:
        """Return the body of that kind (`html` or `plain`), or nothing when the mail has none."""
        message = message_from_bytes(self.raw, _class=EmailMessage, policy=MAIL)
        part = message.get_body((kind,))
        if part is None:
            return ""
        try:
            return str(part.get_content())
        except (LookupError, ValueError):  # a charset nobody knows, or an encoding that does not decode
            payload = part.get_payload(decode=True)
            return payload.decode("latin-1") if isinstance(payload, bytes) else ""


class Mailbox:
    """Listens on 127.0.0.1 from `start` to `stop` and keeps what comes in `folder`."""

    def __init__(self, folder: Path, *, port: int = 0, clock: Clock | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._clock = clock or SystemClock()
        self._listener = listen(port)
        self.port: int = self._listener.getsockname()[1]
        self._numbers = count(1)
        self._news = threading.Condition()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)

    def start(self) -> None:
        """Accept messages; they are accepted when this returns."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Accept no more and free the port. May be called twice, or before `start`."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        elif not self._loop.is_closed():
            self._loop.close()
            self._listener.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def mails(self, recipient: str = "", limit: int = _LISTED) -> list[Mail]:
        """Return the newest mails first, of one recipient or of all."""
        found = (mail for mail in self._read() if not recipient or mail.recipient == recipient)
        return list(islice(found, limit))

    def mail(self, name: str) -> Mail:
        """Return one mail. Raises KeyError."""
        path = self.folder / f"{name}.eml"
        if not _NAME.fullmatch(name) or not path.is_file():
            raise KeyError(name)
        return _mail(path)

    def recipients(self) -> list[str]:
        """Return everyone who has mail, in alphabetical order."""
        return sorted({mail.recipient for mail in self._read()})

    def wait_for(self, condition: Callable[[list[Mail]], bool], seconds: float) -> bool:
        """Wait until the mails fulfil a condition, at most so many seconds. Return whether they do."""
        with self._news:
            return self._news.wait_for(lambda: condition(self.mails()), seconds)

    def keep(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Store a message once for each recipient; a reader of the folder never sees half a file."""
        for recipient in recipients:
            head = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode()
            readable = re.sub(r"[^a-z0-9._+-]", "_", recipient.lower())[:80]
            name = f"{self._clock.now():{_STAMP}}-{next(self._numbers):05d}-{readable}"
            draft = self.folder / f".{name}.part"
            draft.write_bytes(head + content)
            draft.replace(self.folder / f"{name}.eml")
        with self._news:
            self._news.notify_all()

    def _read(self) -> Iterator[Mail]:
        return (
            _mail(path) for path in sorted(self.folder.glob("*.eml"), reverse=True) if _NAME.fullmatch(path.stem)
        )

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._session, sock=self._listener))
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _session(self) -> SMTP:
        return SMTP(
            _Door(self),
            hostname="mailbox.ledger.example",
            ident="The demo's mailbox",
            data_size_limit=MAXIMUM,
            enable_SMTPUTF8=True,
            loop=self._loop,
        )


class _Door:
    """What the SMTP server asks when a message has come in whole."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd's own signature
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self._mailbox.keep(envelope.mail_from or "", envelope.rcpt_tos, content)
        return "250 2.0.0 Kept"


def _mail(path: Path) -> Mail:
    raw = path.read_bytes()
    received = datetime.strptime(path.stem[:22], _STAMP).replace(tzinfo=UTC)
    return Mail(path.stem, received, raw)
