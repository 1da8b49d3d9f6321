"""Workers in processes of their own, as on several machines: on PostgreSQL, spans are jobs dispatched to them."""

from __future__ import annotations

import multiprocessing
import threading
import time

from bench.clocks import processor
from bench.newsroom import settings
from newsletter.app import App, compose
from newsletter.delivery import ledger
from newsletter.delivery.states import DeliveryState
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import Settings
from newsletter.workers import dispatch
from newsletter.workers.queue import Queue, create_schema
from newsletter.workers.working import Rhythm, Worker

_LOOK_EVERY = 0.05  # seconds


def send(*, url: str, issue: int, port: int, connections: int, window: int, workers: int) -> dict[str, object]:
    """Lock an issue, dispatch it to so many workers once all of them live, and wait for its end.

    `cpu` is that of the workers, their start included. Raises RuntimeError when the books do not add up.
    """
    app = compose(settings(url, port, connections=connections, window=window, processes=1))
    with app.database.engine.begin() as connection:
        create_schema(connection)
    with app.database.writing() as session:
        owed = app.lock(session, issue, actor="daemon").enqueued
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    arguments = ((f"w{number}", app.settings, stop) for number in range(workers))
    fleet = [context.Process(target=_work, args=each) for each in arguments]
    for each in fleet:
        each.start()
    try:
        seconds = _dispatched(app, issue, workers)
    finally:
        stop.set()
        for each in fleet:
            each.join()
    with app.database.reading() as session:
        books = ledger.balance(session, issue)
    if books[DeliveryState.ACCEPTED] != owed:
        raise RuntimeError(f"{owed} were owed, the books say {books}")
    return {"seconds": seconds, "cpu": processor(), "sent": owed}


def _dispatched(app: App, issue: int, workers: int) -> float:
    """Dispatch as the daemon does until the issue is sent; return the seconds it took."""
    jobs = Queue(app.settings.database_url)
    while _living(app) < workers:
        app.clock.sleep(_LOOK_EVERY)
    before = time.perf_counter()
    while not _is_sent(app, issue):
        dispatch.dispatch(app.database, jobs, issue, app.clock.now(), app.settings.delivery.in_doubt)
        app.clock.sleep(_LOOK_EVERY)
    seconds = time.perf_counter() - before
    jobs.close()
    return seconds


def _living(app: App) -> int:
    with app.database.reading() as session:
        return len(dispatch.living(session, app.clock.now()))


def _is_sent(app: App, issue: int) -> bool:
    with app.database.reading() as session:
        return session.get_one(IssueRow, issue).state == IssueState.SENT


def _work(name: str, configured: Settings, stop: threading.Event) -> None:
    app = compose(configured)
    Worker(app, name, Rhythm(beat=1.0)).run(stop)
