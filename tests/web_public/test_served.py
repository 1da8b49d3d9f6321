"""The pages behind a real server, spoken to over a socket."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Thread
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def port(web: Flask) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, web, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.port
    server.shutdown()
    thread.join()
    server.server_close()


def _ask(port: int, method: str, path: str, **fields: str) -> tuple[int, dict[str, str], str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, urlencode(fields) if fields else None, _FORM if fields else {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


def test_the_way_in_and_out(reader: Reader, port: int) -> None:
    assert _ask(port, "POST", "/subscribe/evening", email=EMAIL)[0] == 200
    assert _ask(port, "POST", reader.link(Purpose.CONFIRM, 1))[0] == 200
    assert reader.state(1) == "active"
    status, headers, text = _ask(
        port, "POST", reader.link(Purpose.UNSUBSCRIBE, 1), **{"List-Unsubscribe": "One-Click"}
    )
    assert (status, text) == (200, "Unsubscribed.\n")
    assert "Set-Cookie" not in headers
    assert reader.state(1) == "unsubscribed"


def test_a_head_has_headers_and_no_body(reader: Reader, port: int) -> None:
    status, headers, text = _ask(port, "HEAD", reader.link(Purpose.UNSUBSCRIBE, reader.subscribed()))
    assert (status, text) == (200, "")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert reader.state(1) == "active"


def test_many_press_the_same_buttons_at_once(reader: Reader, port: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(lambda _: _ask(port, "POST", "/subscribe/evening", email=EMAIL)[0], range(16)))
        confirm = reader.link(Purpose.CONFIRM, 1)
        confirmed = list(pool.map(lambda _: _ask(port, "POST", confirm)[0], range(8)))
    assert set(signed + confirmed) == {200}
    assert (reader.people(), reader.state(1), reader.owed()) == ([EMAIL], "active", [])
    assert reader.last_event().event == "confirmed"
