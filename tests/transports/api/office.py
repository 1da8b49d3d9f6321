"""A provider's mail API on a port of its own: it checks what it is asked, keeps letters, and fails when told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.transports.conformance import OtherSide


@dataclass(frozen=True)
class Asked:
    """One request as it came; the names of `headers` are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    raw_query: str = ""


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    body: str = "{}"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with a request: an answer instead of the usual one, or none.

    `takes` is whether its letters are taken all the same.
    """

    told: Told | None = None  # None hangs up
    takes: bool = False


class Office(OtherSide):
    """A provider. A subclass says in `answer` what it makes of a request, and keeps letters by `keep`."""

    LIMIT: ClassVar[int] = 1_000

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.kept: list[Callable[[], EmailMessage]] = []
        self.troubles: list[Trouble] = []
        self.lock = threading.Lock()
        self.base = ""
        self.server: ThreadingHTTPServer | None = None

    def answer(self, asked: Asked) -> Told:
        raise NotImplementedError

    def keep(self, letter: Callable[[], EmailMessage]) -> None:
        """Keep a letter; it is put together when somebody looks at it."""
        self.kept.append(cache(letter))

    @property
    def letters(self) -> list[EmailMessage]:
        """Return the letters as readers get them, in order."""
        return [letter() for letter in self.kept]

    def received(self) -> list[bytes]:
        return [letter.as_bytes(policy=SMTP.clone(max_line_length=998, utf8=True)) for letter in self.letters]

    def essence(self, message: bytes) -> object:
        """Return to whom it goes, what it says, and by which link one leaves."""
        read = message_from_bytes(message, policy=default)
        parts = [read.get_body((kind,)) for kind in ("plain", "html")]
        said = ["" if part is None else part.get_content().replace("\r\n", "\n").rstrip("\n") for part in parts]
        fields = ("From", "To", "Subject", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id")
        return [str(read[name]) for name in fields], said

    def break_down(self) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def handle(self, asked: Asked) -> Told | None:
        with self.lock:
            self.asked.append(asked)
            if not self.troubles or asked.method != "POST":
                return self.answer(asked)
            trouble = self.troubles.pop(0)
            if trouble.takes:
                self.answer(asked)
            return trouble.told


def message(
    *, sender: str, to: str, subject: str, headers: Mapping[str, str], text: str, html: str
) -> EmailMessage:
    """Make a letter of its parts, as a provider does."""
    letter = EmailMessage(policy=SMTP.clone(max_line_length=998))
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    for name, words in headers.items():
        letter[name] = words
    letter.set_content(text, cte="8bit")
    if html:
        letter.add_alternative(html, subtype="html", cte="quoted-printable")
    return letter


@contextmanager
def open_office(office: Office) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): text for name, text in self.headers.items()}
            told = office.handle(
                Asked(self.command, parts.path, parse_qs(parts.query), headers, body, parts.query)
            )
            if told is None:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, text in {"Content-Length": str(len(told.body.encode())), **told.headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(told.body.encode())

        do_GET = do_PUT = do_POST  # noqa: N815 - the names of the base class

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    office.server, office.base = server, f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        if office.server is not None:
            office.break_down()
        thread.join()
