"""A bare SMTP line: opened, greeted, and asked one thing at a time."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

SENDER = "evening@ledger.example"


def stuffed(body: bytes) -> bytes:
    """Return a body as DATA takes it: dots doubled at line starts, the lone dot behind."""
    if body.startswith(b"."):
        body = b"." + body
    return body.replace(b"\r\n.", b"\r\n..") + b".\r\n"


@dataclass(slots=True)
class Line:
    """One connection in lock-step."""

    socket: socket.socket
    _held: bytes = field(default=b"")

    def ask(self, words: bytes, code: bytes) -> None:
        """Say something and wait for the answer. Raises RuntimeError unless it begins with that code."""
        self.socket.sendall(words)
        self.hear(code)

    def hear(self, code: bytes) -> None:
        """Wait for one whole reply of any number of lines."""
        while True:
            while b"\n" not in self._held:
                more = self.socket.recv(65536)
                if not more:
                    raise RuntimeError("the sink hung up")
                self._held += more
            reply, _, self._held = self._held.partition(b"\n")
            if reply[3:4] != b"-":
                break
        if not reply.startswith(code):
            raise RuntimeError(reply.decode(errors="replace"))


def opened(port: int) -> socket.socket:
    """Return a connection that has been greeted."""
    line = Line(socket.create_connection(("127.0.0.1", port), timeout=120))
    line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.hear(b"220")
    line.ask(b"EHLO sender.example\r\n", b"250")
    return line.socket
