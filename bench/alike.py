"""Whether the time of an answer tells that an address is known: `python -m bench.alike [--postgres] [--json]`.

Signs up addresses of every kind in turn through `newsletter serve`, on one connection, and prints the median time
of each kind in milliseconds; the last line is JSON. `apart_ms` is how far the medians lie from one another.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from bench.newsroom import SECRET
from bench.serving import database_url, served
from newsletter.clock import SystemClock
from newsletter.migrations.upgrading import upgrade
from subscribers.database import open_database
from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.models import SuppressionReason
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.suppression import suppress
from subscribers.tokens import Tokens

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKENS = Tokens(SECRET)
EVIDENCE = Evidence("form")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", action="store_true", help="by the JSON API instead of the form")
    options = parser.parse_args()
    with database_url(on_postgres=options.postgres) as url:
        _prepare(url, options.rounds)
        with served(url) as port:
            medians = _measure(port, options.rounds, _by_json if options.json else _by_form)
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


def _by_form(line: HTTPConnection, email: str) -> None:
    line.request("POST", "/subscribe/evening", urlencode({"email": email}), FORM)


def _by_json(line: HTTPConnection, email: str) -> None:
    line.request("POST", "/api/signup", json.dumps({"email": email}), {"Content-Type": "application/json"})


def _measure(port: int, rounds: int, ask: Callable[[HTTPConnection, str], None]) -> dict[str, float]:
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        for number in range(rounds):
            kinds = list(KINDS)
            for kind in kinds[number % len(kinds) :] + kinds[: number % len(kinds)]:
                took[kind].append(_timed(line, ask, f"{kind}{number}@reader.example"))
    return {kind: round(median(each) * 1000, 3) for kind, each in took.items()}


def _timed(line: HTTPConnection, ask: Callable[[HTTPConnection, str], None], email: str) -> float:
    before = time.perf_counter()
    ask(line, email)
    answer = line.getresponse()
    answer.read()
    after = time.perf_counter()
    if answer.status not in {200, 202}:
        sys.exit(f"the server answered {answer.status}")
    return after - before


if __name__ == "__main__":
    main()
