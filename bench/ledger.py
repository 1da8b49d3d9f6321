"""What the ledger costs a delivery: `python -m bench.ledger --readers 1000000 [--postgres]` prints a JSON line.

A made-up register, one issue, and the sender's turns without a network: settle the last 128 as accepted, claim the
next 128, one commit. `cpu_us` is this process's processor time a delivery, `wall_us` a wall clock's,
`first_us` and `last_us` are the wall's for the first and last fifth, which a cost that grows would tell apart.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from newsletter.delivery import ledger
from newsletter.delivery.ledger.enqueueing import Lanes
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.migrations.tables import METADATA
from newsletter.settings import InDoubt
from subscribers.audience import readers
from subscribers.database import Database, open_database
from tests.postgres import postgres

NOW = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
LEASE = timedelta(minutes=10)
OWNER = "a-sender-of-the-bench"

_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :readers) ",
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(1, :readers) AS n) ",
}
_MOMENT: dict[str, object] = {"sqlite": "2026-01-01 00:00:00.000000", "postgresql": NOW}
_SUBSCRIBERS = (
    "INSERT INTO subscribers (id, email, address, address_hash, name, language, time_zone, created_at) {numbers}"
    "SELECT n, 'reader' || n || '@reader.example', 'reader' || n || '@reader.example', "
    "n || '-00112233445566778899aabbccddeeff00112233445566', "
    "'Reader ' || n, '', '', :moment FROM numbers"
)
_SUBSCRIPTIONS = (
    "INSERT INTO subscriptions (id, subscriber_id, newsletter, state, sections, created_at, changed_at) {numbers}"
    "SELECT n, n, 'evening', 'active', '', :moment, :moment FROM numbers"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--claims", type=int, default=128, help="deliveries a turn")
    parser.add_argument("--spread", type=float, default=0, help="minutes over which they fall due")
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with opened(on_postgres=options.postgres) as database:
        found = _measure(database, options.readers, options.claims, timedelta(minutes=options.spread))
    print(json.dumps(found))


@contextmanager
def opened(*, on_postgres: bool) -> Iterator[Database]:
    """Open an empty database with all tables, and drop it afterwards."""
    if on_postgres:
        with postgres() as server:
            server.execute("CREATE DATABASE bench")
            yield from _at(server.url("bench"))
        return
    with tempfile.TemporaryDirectory(prefix="bench-ledger-") as folder:
        yield from _at(f"sqlite:///{Path(folder) / 'bench.db'}")


def _at(url: str) -> Iterator[Database]:
    database = open_database(url)
    METADATA.create_all(database.engine)
    yield database
    database.dispose()


def _measure(database: Database, readers: int, claims: int, spread: timedelta) -> dict[str, object]:
    with database.writing() as session:
        _register(session, readers)
    before = time.perf_counter()
    with database.writing() as session:
        issue_id = _issue(session, spread)
    enqueued = time.perf_counter() - before
    asked = _questions(database, issue_id, "full")
    turns = _send(database, issue_id, claims, NOW + spread)
    return {
        "bench": "ledger",
        "database": database.engine.dialect.name,
        "readers": readers,
        "claims_a_turn": claims,
        "enqueue_s": round(enqueued, 2),
        **turns,
        **asked,
        **_questions(database, issue_id, "sent"),
        "empty_turn_us": _empty_turn(database, issue_id),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _register(session: Session, readers: int) -> None:
    numbers = _NUMBERS[session.get_bind().dialect.name]
    for statement in (_SUBSCRIBERS, _SUBSCRIPTIONS):
        sql = statement.format(numbers=numbers)
        session.execute(text(sql), {"readers": readers, "moment": _MOMENT[session.get_bind().dialect.name]})


def _issue(session: Session, spread: timedelta) -> int:
    issue = IssueRow(
        newsletter="evening",
        date=date(2026, 3, 10),
        state=IssueState.SENDING,
        window_start=NOW - timedelta(days=1),
        window_end=NOW,
        send_at=NOW,
        created_at=NOW,
        locked_at=NOW,
    )
    session.add(issue)
    session.flush()
    letter = LetterRow(issue_id=issue.id, variant="en:all", body=b"", frozen_at=NOW)
    session.add(letter)
    session.flush()
    letter.enqueued = ledger.enqueue(session, letter, readers("evening"), Lanes(NOW, spread=spread))
    return issue.id


def _send(database: Database, issue_id: int, limit: int, now: datetime) -> dict[str, object]:
    """Turn after turn until nothing is left; return what a delivery cost. Only the transactions are timed."""
    walls: list[float] = []
    cpu, done = 0.0, 0
    known: list[Settlement] = []
    place = ledger.Place()
    while known or not walls:
        before, cpu_before = time.perf_counter(), time.process_time()
        with database.writing() as session:
            settled = ledger.settle(session, issue_id, OWNER, now, known)
            claimed = ledger.claim(
                session, issue_id, OWNER, now, lease=LEASE, limit=limit, in_doubt=InDoubt.RESEND, place=place
            )
        cpu += time.process_time() - cpu_before
        walls.append(time.perf_counter() - before)
        if settled != len(known):
            raise RuntimeError("a claim of ours was not ours")
        place = claimed.place
        known = [_accepted(claim.subscription_id) for claim in claimed.claims]
        done += len(known)
    fifth = max(len(walls) // 5, 1)
    return {
        "deliveries": done,
        "cpu_us": round(cpu / done * 1e6, 2),
        "wall_us": round(sum(walls) / done * 1e6, 2),
        "first_us": round(sum(walls[:fifth]) / fifth / limit * 1e6, 2),
        "last_us": round(sum(walls[-fifth - 2 : -2]) / fifth / limit * 1e6, 2),
    }


def _accepted(key: int) -> Settlement:
    remote_id = f"4F1c{key:09x}"
    return Settlement(
        key, DeliveryState.ACCEPTED, None, "2.0.0", f"250 2.0.0 Ok: queued as {remote_id}", remote_id
    )


def _questions(database: Database, issue_id: int, when: str) -> dict[str, float]:
    """Return the seconds that each question asked while sending takes."""
    taken: dict[str, float] = {}
    with database.reading() as session:
        questions: dict[str, Callable[[], object]] = {
            "balance": lambda: ledger.balance(session, issue_id),
            "next_due": lambda: ledger.next_due(session, issue_id, InDoubt.RESEND),
            "is_finished": lambda: ledger.is_finished(session, issue_id, InDoubt.RESEND),
        }
        for name, ask in questions.items():
            before = time.perf_counter()
            ask()
            taken[f"{name}_{when}_s"] = round(time.perf_counter() - before, 4)
    with database.writing() as session:
        before = time.perf_counter()
        ledger.sweep(session, NOW)
        taken[f"sweep_{when}_s"] = round(time.perf_counter() - before, 4)
    return taken


def _empty_turn(database: Database, issue_id: int) -> float:
    """Return the microseconds of a turn with one claim's questions and nothing to do."""
    before = time.perf_counter()
    for _ in range(200):
        with database.writing() as session:
            ledger.settle(session, issue_id, OWNER, NOW, [])
            ledger.claim(session, issue_id, OWNER, NOW, lease=LEASE, limit=1, in_doubt=InDoubt.RESEND)
    return round((time.perf_counter() - before) / 200 * 1e6, 1)


if __name__ == "__main__":
    main()
