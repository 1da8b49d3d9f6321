"""The best sender that waits for every reply: a letter with holes, stamped per reader, over bare sockets.

Four round trips a message (MAIL, RCPT, DATA, the body) and no RSET, which most libraries add.
"""

from __future__ import annotations

import smtplib
import time
from concurrent.futures import ThreadPoolExecutor

from bench.clocks import processor
from bench.newsroom import Stationery, stationery
from bench.senders.raw import SENDER, Line, opened, stuffed


def send(*, port: int, messages_: int, connections: int = 1) -> dict[str, float]:
    """Send so many messages over so many connections, a thread for each."""
    paper = stationery()
    before, cpu = time.perf_counter(), processor()
    with ThreadPoolExecutor(connections) as threads:
        shares = [range(1 + each, 1 + messages_, connections) for each in range(connections)]
        for done in [threads.submit(_work, port, share, paper) for share in shares]:
            done.result()
    return {"seconds": time.perf_counter() - before, "cpu": processor() - cpu, "sent": messages_}


def send_by_smtplib(*, port: int, messages_: int) -> dict[str, float]:
    """Send the same over one connection of the standard library's client."""
    paper = stationery()
    before, cpu = time.perf_counter(), processor()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="sender.example") as client:
        for number in range(1, 1 + messages_):
            recipient, message = paper.stamped(number)
            client.sendmail(SENDER, [recipient], message)
    return {"seconds": time.perf_counter() - before, "cpu": processor() - cpu, "sent": messages_}


def _work(port: int, readers: range, paper: Stationery) -> None:
    with opened(port) as connection:
        line = Line(connection)
        for number in readers:
            recipient, message = paper.stamped(number)
            line.ask(f"MAIL FROM:<{SENDER}>\r\n".encode(), b"250")
            line.ask(f"RCPT TO:<{recipient}>\r\n".encode(), b"250")
            line.ask(b"DATA\r\n", b"354")
            line.ask(stuffed(message), b"250")
        line.ask(b"QUIT\r\n", b"221")
