"""Octets a row: `python -m bench.sizes [--readers N]` prints what readers and deliveries take on disk, as JSON.

On SQLite by the file's growth, on PostgreSQL by the relations with their indexes (after VACUUM).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from newsletter.delivery import ledger
from newsletter.delivery.ledger.enqueueing import Lanes
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.migrations.tables import METADATA
from subscribers.audience import readers
from subscribers.database import Database, open_database
from subscribers.models import Subscriber, Subscription, SubscriptionEvent
from tests.postgres import postgres

NOW = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
REPLY = "250 2.0.0 Ok: queued as 4F1c00000001"
_REGISTER = ("subscribers", "subscriptions", "subscription_events")
_AT_ONCE = 10_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--readers", type=int, default=200_000)
    readers = options.parse_args().readers
    for name, opened in (("sqlite", _sqlite), ("postgresql", _postgresql)):
        with opened() as (database, size):
            for what, octets in _measured(database, size, readers):
                print(
                    json.dumps({"bench": f"{name}-{what}", "value": round(octets / readers, 1), "unit": "octets"})
                )


def _measured(database: Database, size: Callable[..., int], readers: int) -> Iterator[tuple[str, int]]:
    """Yield what one reader, one delivery that is owed and one that is settled take, times the readers."""
    before = size(*_REGISTER)
    for first in range(1, readers + 1, _AT_ONCE):
        with database.writing() as session:
            _sign_up(session, range(first, min(first + _AT_ONCE, readers + 1)))
    yield "reader", size(*_REGISTER) - before
    before = size("deliveries")
    with database.writing() as session:
        _enqueue(session)
    yield "delivery-owed", size("deliveries") - before
    with database.writing() as session:
        settled = "UPDATE deliveries SET state = 'accepted', attempts = 1, settled_at = due_at, owner = :owner, "
        session.execute(text(settled + "status = '2.0.0', reply = :reply"), {"owner": "o" * 22, "reply": REPLY})
    yield "delivery-settled", size("deliveries") - before


def _sign_up(session: Session, numbers: range) -> None:
    emails = {number: f"reader{number}@mail{number % 500}.example" for number in numbers}
    session.execute(
        insert(Subscriber),
        [
            {"id": number, "email": email, "address": email, "address_hash": f"{number:064d}",
             "name": f"Ada Lindqvist {number}", "language": "en", "time_zone": "", "created_at": NOW}
            for number, email in emails.items()
        ],
    )  # fmt: skip
    session.execute(
        insert(Subscription),
        [
            {"id": number, "subscriber_id": number, "newsletter": "evening", "state": "active", "sections": "",
             "created_at": NOW, "changed_at": NOW}
            for number in numbers
        ],
    )  # fmt: skip
    words = "Send me the evening newsletter by email. I can leave at any time with one click."
    session.execute(
        insert(SubscriptionEvent),
        [
            {"subscription_id": number, "at": NOW, "event": event, "source": "form", "source_page": "",
             "actor": "", "network_address": "192.0.2.17", "consent_text": words, "consent_version": "1",
             "detail": {}}
            for number in numbers
            for event in ("signed_up", "confirmed")
        ],
    )  # fmt: skip


def _enqueue(session: Session) -> None:
    issue = IssueRow(
        newsletter="evening", date=date(2026, 3, 10), state=IssueState.SENDING, window_start=NOW, window_end=NOW,
        send_at=NOW, created_at=NOW, locked_at=NOW,
    )  # fmt: skip
    session.add(issue)
    session.flush()
    letter = LetterRow(issue_id=issue.id, variant="en:all", body=b"", frozen_at=NOW)
    session.add(letter)
    session.flush()
    letter.enqueued = ledger.enqueue(session, letter, readers("evening"), Lanes(NOW))


@contextmanager
def _sqlite() -> Iterator[tuple[Database, Callable[..., int]]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sizes.db"
        database = open_database(f"sqlite:///{file}")
        METADATA.create_all(database.engine)

        def size(*tables: str) -> int:  # noqa: ARG001 - one file holds them all
            with database.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
            return file.stat().st_size

        yield database, size
        database.dispose()


@contextmanager
def _postgresql() -> Iterator[tuple[Database, Callable[..., int]]]:
    with postgres() as server:
        server.execute("CREATE DATABASE sizes")
        database = open_database(server.url("sizes"))
        METADATA.create_all(database.engine)

        def size(*tables: str) -> int:
            total = 0
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in tables:
                    connection.exec_driver_sql(f"VACUUM FULL {table}")
                    total += connection.exec_driver_sql(f"SELECT pg_total_relation_size('{table}')").scalar_one()
            return total

        yield database, size
        database.dispose()


if __name__ == "__main__":
    main()
