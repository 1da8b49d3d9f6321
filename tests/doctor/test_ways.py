"""The ways between us and others: real SMTP servers with and without TLS, a real web server before the pages."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from newsletter.app import compose
from newsletter.doctor.diagnosis import Health
from newsletter.settings import ApiSettings, TransportSettings
from newsletter.web.app import create_web
from tests.doctor.conftest import Practice
from tests.smtp_server import SmtpServer, smtp_server

CERTIFICATE = Path(__file__).parent.parent / "transports" / "localhost.pem"


def certified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def says_of(practice: Practice, server: SmtpServer, security: str, *, trust: bool = True) -> tuple[Health, str]:
    practice.set(transport=TransportSettings("smtp", host="localhost", port=server.port, security=security))
    tls = ssl.create_default_context(cafile=str(CERTIFICATE)) if trust else None
    practice.patient = replace(practice.patient, tls=tls)
    (said,) = practice.says("tls")
    return said.health, said.sentence


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_certificates_last_day_is_told(practice: Practice, security: str) -> None:
    with smtp_server(SmtpServer(tls=certified(), is_wrapped=security == "tls")) as server:
        health, sentence = says_of(practice, server, security)
    assert health is Health.FINE
    assert "speaks TLSv1.3; its certificate is valid for" in sentence


def test_a_certificate_nobody_vouches_for(practice: Practice) -> None:
    with smtp_server(SmtpServer(tls=certified())) as server:
        health, sentence = says_of(practice, server, "starttls", trust=False)
    assert (health, "certificate verify failed" in sentence) == (Health.STOP, True)


def test_no_starttls_and_the_clear(practice: Practice) -> None:
    with smtp_server(SmtpServer()) as server:
        assert "offers no STARTTLS" in says_of(practice, server, "starttls")[1]
        assert says_of(practice, server, "none")[0] is Health.NOTE
    practice.set(transport=TransportSettings("smtp", host="smtp.ledger.example", security="none"))
    assert practice.lines("tls") == [("stop", "Letters go to smtp.ledger.example:25 in the clear.")]


@dataclass
class Front:
    """A web server before the pages; `instead` answers a method with a status and a place of its own."""

    pages: Callable[[str, str, bytes], tuple[int, bytes]]
    instead: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    date: str = ""


@contextmanager
def standing_before(front: Front) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            front.asked.append(self.command)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, place = front.instead.get(self.command, (0, ""))
            said = b""
            if not status:
                status, said = front.pages(self.command, self.path, body)
            self.send_response_only(status)
            self.send_header("Content-Length", str(len(said)))
            if front.date:
                self.send_header("Date", front.date)
            if place:
                self.send_header("Location", place)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said)

        do_GET = do_POST = do_HEAD = handle_any  # noqa: N815 - the standard library's names

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def front(practice: Practice) -> Iterator[Front]:
    app = compose(practice.patient.settings, practice.patient.clock)
    client = create_web(app).test_client()

    def pages(method: str, path: str, body: bytes) -> tuple[int, bytes]:
        kind = "application/x-www-form-urlencoded" if body else None
        answer = client.open(path, method=method, data=body, content_type=kind)
        return answer.status_code, answer.data

    front = Front(pages)
    with standing_before(front) as address:
        practice.set(site=replace(practice.patient.settings.site, base_url=address, url=address))
        yield front
    app.database.dispose()


def test_the_button_works_and_opening_does_not_act(practice: Practice, front: Front) -> None:
    clear, looked, pressed = practice.says("unsubscribe")
    assert (clear.health, "https" in clear.sentence) == (Health.STOP, True)
    assert (looked.health, pressed.health) == (Health.FINE, Health.FINE), (looked, pressed)
    assert front.asked == ["GET", "POST"]


@pytest.mark.parametrize(
    ("status", "place", "why"),
    [(301, "https://www.ledger.example/", "is sent on to https://www.ledger.example/"), (403, "", "POST got 403")],
)
def test_a_button_that_does_not_work(practice: Practice, front: Front, status: int, place: str, why: str) -> None:
    front.instead["POST"] = status, place
    said = practice.says("unsubscribe")[-1]
    assert (said.health, why in said.sentence) == (Health.STOP, True), said


def test_others_pages_are_not_ours(practice: Practice, front: Front) -> None:
    front.pages = lambda method, path, body: (200, b"welcome to nginx")
    assert "Something else" in practice.says("unsubscribe")[-1].sentence


def test_nobody_there(practice: Practice) -> None:
    practice.set(site=replace(practice.patient.settings.site, base_url="http://127.0.0.1:1", url=""))
    assert "can't be reached" in practice.says("unsubscribe")[-1].sentence
    assert [each.health for each in practice.says("clock")] == [Health.UNKNOWN]


def test_a_host_that_the_world_does_not_find(practice: Practice) -> None:
    practice.server.zone["news.ledger.example"] = {"A": ["10.0.0.4"]}
    site = replace(practice.patient.settings.site, base_url="https://news.ledger.example:1")
    practice.set(site=site)
    assert "has only 10.0.0.4 in the DNS" in practice.says("unsubscribe")[0].sentence


@pytest.mark.parametrize(
    ("date", "health", "told"),
    [
        ("Tue, 10 Mar 2026 16:00:20 GMT", Health.FINE, "20 s behind"),
        ("Tue, 10 Mar 2026 15:58:00 GMT", Health.STOP, "120 s ahead of"),
        ("soon", Health.UNKNOWN, "tells no time"),
    ],
)
def test_the_clock(practice: Practice, front: Front, date: str, health: Health, told: str) -> None:
    front.date = date
    (said,) = practice.says("clock")
    assert (said.health, told in said.sentence) == (health, True), said


def provider(practice: Practice, kind: str) -> list[tuple[str, str]]:
    practice.set(transport=TransportSettings(kind, api=ApiSettings("key")))
    return [(str(each.health), " ".join(map(str, each.records))) for each in practice.says("provider")]


def test_providers_want_records_of_their_own(practice: Practice) -> None:
    assert provider(practice, "postmark") == [
        ("warning", "pm-bounces.ledger.example. IN CNAME pm.mtasv.net."),
    ]
    practice.server.zone["pm-bounces.ledger.example"] = {"CNAME": ["pm.mtasv.net."]}
    assert provider(practice, "postmark") == [("fine", "")]
    assert len(provider(practice, "brevo")) == 2
    assert provider(practice, "ses") == [("unknown", "")]
    assert [health for health, _ in provider(practice, "resend")] == ["warning"] * 3
    practice.server.zone["resend._domainkey.ledger.example"] = {"TXT": ['"p=MIGf"']}
    practice.server.zone["send.ledger.example"] = {
        "TXT": ['"v=spf1 include:amazonses.com ~all"'],
        "MX": ["10 feedback-smtp.eu-west-1.amazonses.com."],
    }
    assert provider(practice, "resend") == [("fine", "")]
