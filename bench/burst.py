"""A burst of a provider's webhooks: `python -m bench.burst [--postgres] [--requests 10000]`.

Posts signed events, one a request as Mailgun does, to `newsletter serve` over several connections, then works them
off as the daemon does. Prints how many a second were stored and how many were worked off; the last line is JSON.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from bench.newsroom import SECRET
from bench.serving import database_url, served
from newsletter.clock import SystemClock
from newsletter.feedback.hooks.mailgun import MailgunHook
from newsletter.feedback.inbox import Inbox
from newsletter.feedback.tables import Incoming
from newsletter.migrations.upgrading import upgrade
from newsletter.settings import FeedbackSettings, WebhookSettings
from subscribers.database import Database, open_database
from subscribers.evidence import Evidence
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.tokens import Tokens

TOKENS = Tokens(SECRET)
KEY = "a-signing-key"
CONNECTIONS = 8
HEAD = b"POST /hooks/mailgun HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"
MORE = """
[[feedback.webhooks]]
provider = "mailgun"
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--workers", type=int, default=2, help="processes of the server")
    options = parser.parse_args()
    os.environ["NEWSLETTER_WEBHOOK_MAILGUN"] = KEY
    with database_url(on_postgres=options.postgres) as url:
        upgrade(url)
        database = open_database(url)
        stored, worked = _burst(database, url, options)
        database.dispose()
    told = {"stored_per_s": round(options.requests / stored), "worked_off_per_s": round(options.requests / worked)}
    asked = {"requests": options.requests, "workers": options.workers, "postgres": options.postgres}
    print(json.dumps({"bench": "burst", **asked, **told}))


def _burst(database: Database, url: str, options: argparse.Namespace) -> tuple[float, float]:
    """Return the seconds until all are stored, and those until all are worked off."""
    subscription, requests = _reader(database), options.requests
    bodies = [_event(number, subscription) for number in range(requests)]
    with served(url, MORE, options.workers) as port:
        stored = _timed(lambda: _post_all(port, bodies))
    with database.reading() as session:
        kept = session.scalar(select(func.count(Incoming.id)))
    if kept != requests:
        sys.exit(f"{requests} were answered with 200, but {kept} are kept")
    hook = MailgunHook(WebhookSettings("mailgun", KEY))
    inbox = Inbox(database, TOKENS, SystemClock(), FeedbackSettings(), {"mailgun": hook.reports})
    return stored, _timed(lambda: inbox.work_off(lambda: False))


def _reader(database: Database) -> int:
    now, evidence = SystemClock().now(), Evidence("form")
    with database.writing() as session:
        asked = sign_up(session, TOKENS, SignUp("ada@reader.example", "evening"), evidence, now, mails_per_day=3)
        return confirm(session, asked.id, evidence, now).id


def _event(number: int, subscription: int) -> bytes:
    """Return a delivery's event as Mailgun signs it."""
    now = SystemClock().now().timestamp()
    timestamp, token = str(int(now)), f"token{number}"
    signature = hmac.digest(KEY.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
    event = {
        "event": "delivered",
        "id": f"event{number}",
        "timestamp": now,
        "recipient": "ada@reader.example",
        "user-variables": {"reference": TOKENS.reference(1, subscription)},
    }
    signed = {"timestamp": timestamp, "token": token, "signature": signature}
    return json.dumps({"signature": signed, "event-data": event}).encode()


def _post_all(port: int, bodies: Sequence[bytes]) -> None:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(
            pool.map(lambda part: _post(port, part), [bodies[start::CONNECTIONS] for start in range(CONNECTIONS)])
        )


def _post(port: int, bodies: Sequence[bytes]) -> None:
    """Post over a bare socket: a client of http.client's cost would measure itself."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        for body in bodies:
            line.sendall(HEAD % len(body) + body)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += line.recv(4096)
            if not answer.startswith(b"HTTP/1.1 200"):
                sys.exit(f"the server answered {answer.splitlines()[0]!r}")


def _timed(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
