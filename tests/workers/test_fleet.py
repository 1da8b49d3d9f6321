"""Three workers over one issue: one is killed in mid-batch, the database is restarted once."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy.exc import DBAPIError

from newsletter.delivery import ledger
from newsletter.delivery.ledger import spans
from newsletter.workers import dispatch
from newsletter.workers.queue import Queue
from tests.delivery.conftest import House
from tests.delivery.nights import audit, transport_to, work_off
from tests.postgres import Postgres
from tests.smtp_server import Deed, SmtpServer
from tests.workers.conftest import start_worker

READERS = 240
PATIENCE = 30.0

pytestmark = pytest.mark.postgres


@pytest.fixture
def crowd(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Two hundred and forty readers, in spans of twenty."""
    monkeypatch.setattr(spans, "SIZE", 20)
    for number in range(1, READERS + 1):
        house.reader(number)
    house.issue()
    return house


def test_what_a_dead_worker_left_is_sent_by_the_others_and_the_books_balance(
    crowd: House, jobs: Queue, server: SmtpServer, template: tuple[Postgres, str]
) -> None:
    answer = threading.Event()
    server.plan("DOT", *[Deed()] * 30, Deed(hold=answer, hang_up=True, keep=True))
    workers = [start_worker(crowd, server, name) for name in ("attic", "cellar", "yard")]
    try:
        until(lambda: len(alive(crowd)) == 3)
        assert look(crowd, jobs) == READERS // 20 + 1
        server.wait_for_command("DOT", 31)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait(PATIENCE)
        answer.set()
        server.wait_for(READERS // 3)
        template[0].restart()
        left = until_only_the_dead_one_s_claims_are_open(crowd, jobs)
    finally:
        stop(workers[1:])
    assert left <= 60  # of the killed one, and of whoever was cut off in a commit
    sent = set(server.recipients)
    books = crowd.books()
    assert sum(books.values()) == READERS
    assert books["accepted"] == READERS - left
    with crowd.database.reading() as session:
        lines = ledger.deliveries_of(session, issue_id=crowd.issue_id)
        done = dispatch.work_done(session, crowd.issue_id)
    for line in lines:
        assert line.state != "accepted" or line.email in sent
        assert server.recipients.count(line.email) <= 1 + line.doubts, line
    everybody_gets_theirs_in_the_end(crowd, server)
    assert {work.worker for work in done} <= {"attic", "cellar", "yard"}
    assert len({work.worker for work in done if work.accepted}) >= 2


def everybody_gets_theirs_in_the_end(house: House, server: SmtpServer) -> None:
    """Let the leases run out, and send what is in doubt again."""
    house.later(days=3650)
    house.sweep()
    transport = transport_to(server)
    work_off(house, transport)
    transport.close()
    assert house.books() == {"accepted": READERS}
    audit(house, server)


def look(house: House, jobs: Queue) -> int:
    return dispatch.dispatch(
        house.database, jobs, house.issue_id, house.clock.now(), house.settings.delivery.in_doubt
    ).jobs


def alive(house: House) -> list[str]:
    with house.database.reading() as session:
        return [each.name for each in dispatch.living(session, house.clock.now())]


def until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.1)):
        if is_so():
            return
        pause.wait(0.1)
    raise AssertionError("it never was so")


def until_only_the_dead_one_s_claims_are_open(house: House, jobs: Queue) -> int:
    """Look again and again, as the daemon does; return how many deliveries somebody claimed and never settled."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.2)):
        with suppress(DBAPIError):
            look(house, jobs)
            books = house.books()
            if not books.get("owed") and not books.get("deferred"):
                return books.get("claimed", 0) + books.get("in_doubt", 0)
        pause.wait(0.2)
    raise AssertionError(house.books())


def stop(workers: list[subprocess.Popen[bytes]]) -> None:
    for each in workers:
        each.send_signal(signal.SIGTERM)
    for each in workers:
        with suppress(subprocess.TimeoutExpired):
            each.wait(PATIENCE)
    for each in workers:
        if each.poll() is None:
            each.send_signal(signal.SIGUSR1)
            each.kill()
            each.wait(PATIENCE)
            raise AssertionError("a worker did not drain")
