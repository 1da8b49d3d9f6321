"""Dispatching: what is due of an issue becomes jobs; and what workers tell of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Integer, cast, delete, func, select
from sqlalchemy.orm import Session

from newsletter.delivery import ledger
from newsletter.delivery.ledger.spans import spans_due
from newsletter.delivery.ledger.tables import Heartbeat
from newsletter.delivery.sending.report import Ending, SendReport
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.settings import InDoubt
from newsletter.workers import queue
from newsletter.workers.queue import Queue
from newsletter.workers.tables import RunRow, WaitRow
from subscribers.database import Database
from subscribers.inserting import insert_missing

ALIVE = timedelta(minutes=1)  # how lately a worker that lives was heard of
UNHEARD = timedelta(minutes=2)  # jobs that wait for so long without any worker are somebody's mistake
HEARTBEAT = "worker "  # the names of workers' heartbeats begin so


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What a look at an issue came to: new jobs, or the issue's end."""

    jobs: int = 0
    is_finished: bool = False


def dispatch(database: Database, jobs: Queue, issue_id: int, now: datetime, in_doubt: InDoubt) -> Dispatched:
    """Make jobs of the issue's spans that have something due and no job yet; finish it when nothing is left.

    Nothing while its line is left alone.
    """
    with database.writing() as session:
        if _finished(session, issue_id, now, in_doubt):
            return Dispatched(is_finished=True)
        if not_before(session, issue_id) > now:
            return Dispatched()
        known = queue.under_way(session, issue_id)
        spans = [
            span
            for span in spans_due(session, issue_id, now, in_doubt)
            if queue.lock_of(issue_id, span) not in known
        ]
    return Dispatched(jobs.put(issue_id, spans) if spans else 0)


def not_before(session: Session, issue_id: int) -> datetime:
    """Return until when the issue is left alone; long ago where it is not."""
    found = session.get(WaitRow, issue_id)
    return found.not_before if found else datetime.min.replace(tzinfo=UTC)


def failures(session: Session, issue_id: int) -> int:
    """Return how often in a row the issue's line was down."""
    found = session.get(WaitRow, issue_id)
    return found.failures if found else 0


def note_line(session: Session, issue_id: int, report: SendReport) -> None:
    """Have the whole fleet leave an issue alone whose line is down; or no longer, once anything was accepted."""
    if report.stopped_because is Ending.LINE_DOWN and report.try_again_at:
        values = {"not_before": report.try_again_at, "failures": report.failures, "reason": report.detail}
        session.execute(insert_missing(session, WaitRow, ["issue_id"]).values(issue_id=issue_id, **values))
        found = session.get_one(WaitRow, issue_id, populate_existing=True)
        found.not_before, found.failures, found.reason = report.try_again_at, report.failures, report.detail
    elif report.accepted:
        session.execute(delete(WaitRow).where(WaitRow.issue_id == issue_id))


def living(session: Session, now: datetime) -> Sequence[Heartbeat]:
    """Return the workers that were heard of lately, by name."""
    wanted = select(Heartbeat).where(Heartbeat.name.startswith(HEARTBEAT, autoescape=True))
    return session.scalars(wanted.where(Heartbeat.at > now - ALIVE).order_by(Heartbeat.name)).all()


def complaint(session: Session, now: datetime) -> str:
    """Return one sentence where jobs wait and nobody is there to do them; empty where all is well."""
    number, since = queue.waiting(session)
    if not number or since is None or now - since < UNHEARD or living(session, now):
        return ""
    return f"{number} jobs wait and no worker is there; start `newsletter worker` on this or another machine"


@dataclass(frozen=True, slots=True)
class Work:
    """What one worker did for one issue."""

    worker: str
    issue_id: int
    jobs: int
    accepted: int
    deferred: int
    rejected: int
    in_doubt: int
    last_at: datetime


def work_done(session: Session, issue_id: int | None = None) -> list[Work]:
    """Return who did what, the latest issue first; of one issue when it is given."""
    row = RunRow
    sums = [
        cast(func.sum(column), Integer).label(column.key)
        for column in (row.accepted, row.deferred, row.rejected, row.in_doubt)
    ]
    wanted = select(
        row.worker, row.issue_id, func.count().label("jobs"), *sums, func.max(row.ended_at).label("last_at")
    )
    if issue_id is not None:
        wanted = wanted.where(row.issue_id == issue_id)
    grouped = wanted.group_by(row.worker, row.issue_id).order_by(row.issue_id.desc(), row.worker)
    return [Work(**found) for found in session.execute(grouped).mappings()]


def _finished(session: Session, issue_id: int, now: datetime, in_doubt: InDoubt) -> bool:
    issue = store.get(session, issue_id)
    if issue.state != IssueState.SENDING or not ledger.is_finished(session, issue_id, in_doubt):
        return False
    store.finish(session, issue, now)
    session.execute(delete(WaitRow).where(WaitRow.issue_id == issue_id))
    return True
