"""A real HTTP server on a port of its own, which answers as it is told and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass(frozen=True)
class Answer:
    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: bool = False  # until the test is over
    drip: bool = False  # a header that goes on, a byte at a time, until the test is over


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    method: str = "GET"


@dataclass
class Site:
    base: str
    answers: dict[str, Answer | Callable[[Asked], Answer]] = field(default_factory=dict)
    fallback: Answer | Callable[[Asked], Answer] = field(default_factory=lambda: Answer("missing", 404))
    asked: list[Asked] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def show(self, path: str, answer: Answer | Callable[[Asked], Answer]) -> str:
        self.answers[path] = answer
        return self.base + path

    def html(self, path: str, body: str) -> str:
        return self.show(path, Answer(body, headers={"Content-Type": "text/html; charset=utf-8"}))

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        found = self.answers.get(asked.path, self.fallback)
        return found(asked) if callable(found) else found


@contextmanager
def serving() -> Iterator[Site]:
    site = Site("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = site.answer(Asked(self.path, headers, self.command))
            if answer.wait:
                site.over.wait(30)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            try:
                if answer.drip:
                    self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
                while answer.drip and not site.over.wait(0.02):
                    self.wfile.write(b"x")
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)
            except OSError:
                return  # whoever asked has hung up

        do_HEAD = do_GET  # noqa: N815 - the name of the base class

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.base = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
