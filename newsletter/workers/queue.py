"""The jobs: procrastinate's queue in the product's own PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.claiming import Span

TASK = "send_span"
QUEUE = "deliveries"
PREFIX = "procrastinate_"  # of its tables, which are no affair of our models


def is_for(url: str) -> bool:
    """Tell whether the database at an SQLAlchemy URL can have workers."""
    return make_url(url).get_backend_name() == "postgresql"


def create_schema(connection: Connection) -> None:
    """Make procrastinate's tables and functions where they are missing, in the caller's transaction."""
    if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is not None:
        return
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    driver.execute(SchemaManager.get_schema())  # many statements at once, which SQLAlchemy would prepare


def under_way(session: Session, issue_id: int) -> frozenset[str]:
    """Return the locks of the issue's jobs that wait or are being done."""
    wanted = text(
        "SELECT lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') "
        "AND queue_name = :queue AND lock LIKE :issue"
    ).bindparams(bindparam("queue", QUEUE), bindparam("issue", f"{issue_id}:%"))
    return frozenset(session.scalars(wanted))


def waiting(session: Session) -> tuple[int, datetime | None]:
    """Return how many jobs are not done yet, and since when the oldest waits (aware)."""
    counted = text(
        "SELECT count(DISTINCT job.id), min(event.at) FROM procrastinate_jobs job "
        "JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred' "
        "WHERE job.status IN ('todo', 'doing') AND job.queue_name = :queue"
    ).bindparams(bindparam("queue", QUEUE))
    number, since = session.execute(counted).one()
    return int(number), since


def lock_of(issue_id: int, span: Span) -> str:
    """Return what two jobs of the same span have in common: they are not done side by side."""
    return f"{issue_id}:{span.first}"


class Queue:
    """Puts jobs in. Connects at the first one; safe to use from several threads."""

    def __init__(self, url: str) -> None:
        self._connector = SyncPsycopgConnector(conninfo=conninfo(url), min_size=0, max_size=2)
        self._app = App(connector=self._connector)
        self._opening = threading.Lock()
        self._is_open = False

    def put(self, issue_id: int, spans: Iterable[Span]) -> int:
        """Make a job of each span; return how many are new. One that waits already is not made again."""
        with self._opening:
            if not self._is_open:
                self._app.open()
                self._is_open = True
        return sum(self._put(issue_id, span) for span in spans)

    def close(self) -> None:
        """Let go of the connections."""
        if self._is_open:
            self._app.close()
        self._is_open = False

    def _put(self, issue_id: int, span: Span) -> bool:
        lock = lock_of(issue_id, span)
        task = self._app.configure_task(TASK, queue=QUEUE, lock=lock, queueing_lock=lock)
        try:
            task.defer(issue_id=issue_id, first=span.first, last=span.last)
        except AlreadyEnqueued:
            return False
        return True


def worker_app(url: str) -> App:
    """Return procrastinate's application for a worker, without any task yet."""
    return App(connector=PsycopgConnector(conninfo=conninfo(url), min_size=1, max_size=4))


def conninfo(url: str) -> str:
    """Return an SQLAlchemy URL as the driver takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
