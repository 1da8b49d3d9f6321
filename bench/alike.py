"""Whether the time of an answer tells that an address is known: `python -m bench.alike [--postgres]`.

Signs up addresses of every kind in turn through `newsletter serve`, on one connection, and prints the median time
of each kind in milliseconds; the last line is JSON. `apart_ms` is how far the medians lie from one another.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from bench.newsroom import SECRET
from newsletter.clock import SystemClock
from newsletter.migrations.upgrading import upgrade
from subscribers.database import open_database
from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.models import SuppressionReason
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.suppression import suppress
from subscribers.tokens import Tokens
from tests.postgres import postgres

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKENS = Tokens(SECRET)
EVIDENCE = Evidence("form")
CONFIG = """
[site]
name = "Bench"
base_url = "http://127.0.0.1:{port}"
time_zone = "UTC"
postal_address = "nowhere"
[database]
url = "{url}"
[transport]
kind = "directory"
[web]
port = {port}
[signup]
minimum_time = 0
check_dns = false
per_network = "1000000 per hour"
per_address = "1000000 per hour"
[[newsletters]]
slug = "evening"
title = "The Evening"
from_address = "evening@bench.example"
build_at = "17:30"
send_at = "18:00"
[[sources]]
name = "none"
kind = "folder"
path = "stories"
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with _url(on_postgres=options.postgres) as url:
        _prepare(url, options.rounds)
        with _served(url) as port:
            medians = _measure(port, options.rounds)
    for kind, milliseconds in medians.items():
        print(f"{kind:10} {milliseconds:7.3f} ms")
    apart = round(max(medians.values()) - min(medians.values()), 3)
    print(json.dumps({"bench": "alike", "rounds": options.rounds, "medians_ms": medians, "apart_ms": apart}))


def _nothing(session: Session, email: str, now: datetime) -> None:
    """Leave the address unknown."""


def _pending(session: Session, email: str, now: datetime) -> int:
    return sign_up(session, TOKENS, SignUp(email, "evening"), EVIDENCE, now, mails_per_day=3).id


def _active(session: Session, email: str, now: datetime) -> int:
    return confirm(session, _pending(session, email, now), EVIDENCE, now).id


def _left(session: Session, email: str, now: datetime) -> None:
    unsubscribe(session, _active(session, email, now), EVIDENCE, now)


def _barred(session: Session, email: str, now: datetime) -> None:
    suppress(session, TOKENS, email, SuppressionReason.COMPLAINED, now)


def _bounced(session: Session, email: str, now: datetime) -> None:
    _active(session, email, now)
    suppress(session, TOKENS, email, SuppressionReason.BOUNCED, now)


KINDS: dict[str, Callable[[Session, str, datetime], object]] = {
    "new": _nothing,
    "pending": _pending,
    "active": _active,
    "left": _left,
    "barred": _barred,
    "bounced": _bounced,
}


def _prepare(url: str, rounds: int) -> None:
    """Make an address of each kind for each round."""
    upgrade(url)
    database, now = open_database(url), SystemClock().now()
    with database.writing() as session:
        for number in range(rounds):
            for kind, happened in KINDS.items():
                happened(session, f"{kind}{number}@reader.example", now)
    database.dispose()


def _measure(port: int, rounds: int) -> dict[str, float]:
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        for number in range(rounds):
            kinds = list(KINDS)
            for kind in kinds[number % len(kinds) :] + kinds[: number % len(kinds)]:
                took[kind].append(_post(line, f"{kind}{number}@reader.example"))
    return {kind: round(median(each) * 1000, 3) for kind, each in took.items()}


def _post(line: HTTPConnection, email: str) -> float:
    before = time.perf_counter()
    line.request("POST", "/subscribe/evening", urlencode({"email": email}), FORM)
    answer = line.getresponse()
    answer.read()
    after = time.perf_counter()
    if answer.status != 200:
        sys.exit(f"the server answered {answer.status}")
    return after - before


@contextmanager
def _url(*, on_postgres: bool) -> Iterator[str]:
    if on_postgres:
        with postgres() as server:
            server.execute("CREATE DATABASE bench")
            yield server.url("bench")
        return
    with tempfile.TemporaryDirectory(prefix="bench-alike-") as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"


@contextmanager
def _served(url: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="bench-alike-") as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG.format(port=port, url=url))
        command = [sys.executable, "-m", "newsletter", "--config", str(config), "serve"]
        server = subprocess.Popen(command, env=os.environ | {"NEWSLETTER_SECRET": SECRET})
        try:
            _wait_for(port)
            yield port
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            SystemClock().sleep(0.1)
        else:
            return
    sys.exit("the server did not come up")


if __name__ == "__main__":
    main()
