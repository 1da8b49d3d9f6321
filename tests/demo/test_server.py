"""Pages from a thread, on the port one would like or on another."""

from __future__ import annotations

from urllib.request import urlopen

from flask import Flask

from newsletter.demo.server import Server


def hello() -> Flask:
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "good evening")
    return app


def test_pages_are_served_until_they_are_stopped() -> None:
    with Server() as server:
        server.start(hello())
        with urlopen(server.url) as response:
            assert response.read() == b"good evening"
    with Server(server.port) as again:
        assert again.port == server.port


def test_a_taken_port_gives_way_to_a_free_one() -> None:
    with Server() as first, Server(first.port) as second:
        assert second.port not in {0, first.port}
