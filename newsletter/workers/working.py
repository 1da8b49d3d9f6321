"""The worker: takes jobs, sends their spans, tells what it did, and gives back the jobs of workers that died."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import structlog
from procrastinate import App as Jobs
from procrastinate.exceptions import ConnectorException
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from newsletter.app import App, Sending
from newsletter.delivery.ledger.claiming import Span
from newsletter.delivery.ledger.tables import Heartbeat
from newsletter.delivery.sending.report import Ending, SendReport
from newsletter.workers import dispatch, queue
from newsletter.workers.tables import RunRow

_AFTER_TROUBLE = 2.0  # seconds until the database is tried again
_LOOK_FOR_STOP = 0.2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, in seconds, a worker gives a sign of life, and after how long without one it counts as dead."""

    beat: float = 10.0
    dead_after: float = 30.0


class Worker:
    """One worker of the fleet, named `name` in what it leaves behind."""

    def __init__(self, app: App, name: str, rhythm: Rhythm | None = None) -> None:
        self._app = app
        self._name = name
        self._rhythm = rhythm or Rhythm()
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; then finish what is in flight. A database that is away is waited for."""
        self._stop = stop
        log.info("the worker is up", worker=self._name)
        while not stop.is_set():
            try:
                asyncio.run(self._serve())
            except (psycopg.Error, ConnectorException, SQLAlchemyError) as trouble:
                log.error("failed", what="worker", error=_in_a_line(trouble))  # noqa: TRY400 - a line, no traceback
            if not stop.is_set():
                self._app.clock.sleep(_AFTER_TROUBLE)
        self._leave()
        log.info("the worker is down", worker=self._name)

    async def _serve(self) -> None:
        """Take jobs until asked to stop, or until something fails."""
        jobs = queue.worker_app(self._app.settings.database_url)
        jobs.task(name=queue.TASK)(self._do)
        async with jobs.open_async():
            taking = asyncio.create_task(
                jobs.run_worker_async(
                    queues=[queue.QUEUE],
                    name=self._name,
                    fetch_job_polling_interval=1.0,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    update_heartbeat_interval=self._rhythm.beat,
                    stalled_worker_timeout=self._rhythm.dead_after,
                )
            )
            tending = asyncio.create_task(self._tend(jobs))
            waiting = asyncio.create_task(self._until_stopped())
            done, rest = await asyncio.wait({taking, tending, waiting}, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            for task in done:
                task.result()

    async def _until_stopped(self) -> None:
        while not self._stop.is_set():
            await asyncio.sleep(_LOOK_FOR_STOP)

    async def _tend(self, jobs: Jobs) -> None:
        """Give signs of life, and put back what dead workers had taken."""
        while True:
            await asyncio.to_thread(self._beat)
            stalled = await jobs.job_manager.get_stalled_jobs(
                queue=queue.QUEUE, seconds_since_heartbeat=self._rhythm.dead_after
            )
            for job in stalled:
                await jobs.job_manager.retry_job(job, retry_at=self._app.clock.now())
                log.warning("a dead worker's job is put back", job=job.id, lock=job.lock)
            await asyncio.sleep(self._rhythm.beat)

    def _beat(self) -> None:
        name, now = dispatch.HEARTBEAT + self._name, self._app.clock.now()
        with self._app.database.writing() as session:
            session.merge(Heartbeat(name=name, at=now, next_action=""))

    def _leave(self) -> None:
        """Count as living no longer, so that the others share what was ours. The database may be away."""
        with suppress(SQLAlchemyError), self._app.database.writing() as session:
            session.execute(delete(Heartbeat).where(Heartbeat.name == dispatch.HEARTBEAT + self._name))

    def _do(self, issue_id: int, first: int, last: int) -> None:
        """Do one job, unless the issue's line was found down meanwhile."""
        app, span = self._app, Span(first, last)
        started_at = app.clock.now()
        with app.database.reading() as session:
            if dispatch.not_before(session, issue_id) > started_at or self._stop.is_set():
                return
            failures = dispatch.failures(session, issue_id)
            names = [each.name for each in dispatch.living(session, started_at)]
        mine = dispatch.HEARTBEAT + self._name
        fleet = names if mine in names else sorted([*names, mine])
        if fleet.index(mine) >= app.settings.transport.connections:
            app.clock.sleep(_AFTER_TROUBLE)  # there is no connection for us; let somebody else have the next job
            return
        report = app.send_part(
            Sending(app.settings, issue_id, failures, span),
            fleet.index(mine),
            len(fleet),
            stop=self._stop.is_set,
            progress=lambda _: None,
        )
        run = _run(issue_id, self._name, span, report)
        run.started_at, run.ended_at = started_at, app.clock.now()
        with app.database.writing() as session:
            session.add(run)
            dispatch.note_line(session, issue_id, report)
        self._say(issue_id, span, report)

    def _say(self, issue_id: int, span: Span, report: SendReport) -> None:
        say = log.error if report.stopped_because in {Ending.LINE_DOWN, Ending.REFUSED} else log.info
        say(
            f"sending: {report.stopped_because}",
            issue=issue_id,
            first=span.first,
            last=span.last,
            accepted=report.accepted,
            deferred=report.deferred,
            rejected=report.rejected,
            in_doubt=report.in_doubt,
            detail=report.detail,
        )


def _in_a_line(trouble: Exception) -> str:
    return f"{type(trouble).__name__}: {trouble}".splitlines()[0]


def _run(issue_id: int, worker: str, span: Span, report: SendReport) -> RunRow:
    return RunRow(
        issue_id=issue_id,
        worker=worker,
        first=span.first,
        last=span.last,
        accepted=report.accepted,
        deferred=report.deferred,
        rejected=report.rejected,
        in_doubt=report.in_doubt,
        withdrawn=report.withdrawn,
        ending=report.stopped_because,
        detail=report.detail,
    )
