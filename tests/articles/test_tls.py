"""Over https the connection goes to the checked address, and the certificate must still be the host's."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from newsletter.articles.fetch import Fetcher, FetchError
from newsletter.clock import SystemClock
from newsletter.settings import CollectSettings

CERTIFICATE = Path(__file__).parent.parent / "transports" / "localhost.pem"
HOSTS = frozenset({"localhost", "elsewhere.test"})


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"hello {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """An https server whose certificate is for localhost; `elsewhere.test` resolves to it too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hello)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    resolve = socket.getaddrinfo

    def here(host: str, *args: object, **more: object) -> object:
        return resolve("127.0.0.1", *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", here)
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(url: str) -> bytes:
    return Fetcher(CollectSettings(allow_hosts=HOSTS), SystemClock()).get(url).body


def test_a_certificate_nobody_vouches_for_is_refused(port: int) -> None:
    with pytest.raises(FetchError, match="no certificate that can be trusted"):
        fetch(f"https://localhost:{port}/")


def test_the_hosts_name_is_asked_for_and_checked(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(CERTIFICATE))
    assert fetch(f"https://localhost:{port}/") == f"hello localhost:{port}".encode()
    with pytest.raises(FetchError, match="no certificate that can be trusted"):
        fetch(f"https://elsewhere.test:{port}/")
