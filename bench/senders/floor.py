"""The floor: the same bytes over and over, no logic, answers thrown away. Nothing sent from one core is faster."""

from __future__ import annotations

import selectors
import socket
import time

from bench.clocks import processor
from bench.newsroom import stationery
from bench.senders.raw import opened, stuffed

_BUFFER = 32  # messages in what is written over and over


def send(*, port: int, messages_: int, shape: str) -> dict[str, float]:
    """Write so many messages on one connection, shaped as "chunking" or "pipelining". Nobody waits for replies."""
    paper = stationery()
    buffer = b"".join(_shaped(*paper.stamped(number), shape) for number in range(_BUFFER))
    turns, asked = divmod(messages_, _BUFFER)
    line = opened(port)
    before, cpu = time.perf_counter(), processor()
    _pour(line, [buffer] * (turns + bool(asked)) + [b"QUIT\r\n"])
    return {
        "seconds": time.perf_counter() - before,
        "cpu": processor() - cpu,
        "sent": (turns + bool(asked)) * _BUFFER,
    }


def _shaped(recipient: str, body: bytes, shape: str) -> bytes:
    envelope = f"MAIL FROM:<evening@ledger.example>\r\nRCPT TO:<{recipient}>\r\n".encode()
    if shape == "chunking":
        return envelope + b"BDAT %d LAST\r\n" % len(body) + body
    return envelope + b"DATA\r\n" + stuffed(body)


def _pour(line: socket.socket, buffers: list[bytes]) -> None:
    """Write all and read all, until the other side has said its last word."""
    line.settimeout(0)
    selector = selectors.DefaultSelector()
    selector.register(line, selectors.EVENT_READ | selectors.EVENT_WRITE)
    waiting = iter(buffers)
    rest = memoryview(next(waiting))
    while True:
        for _, ready in selector.select():
            if ready & selectors.EVENT_READ and not line.recv(1 << 18):
                return
            if ready & selectors.EVENT_WRITE:
                rest = rest[line.send(rest) :]
                if not rest:
                    following = next(waiting, None)
                    if following is None:
                        selector.modify(line, selectors.EVENT_READ)
                    else:
                        rest = memoryview(following)
