"""The database fails under a sender: full, locked, restarted. It stops, and whatever was in flight is in doubt."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from newsletter.clock import SetChance, SetClock
from newsletter.settings import DeliverySettings, Settings
from newsletter.transports.smtp import SmtpTransport
from subscribers.database import Database
from subscribers.tokens import Tokens
from tests.delivery.conftest import House
from tests.delivery.nights import audit, start, transport_to, wake_after_the_lease, work_off
from tests.delivery.run_sender import WINDOW
from tests.postgres import Postgres
from tests.smtp_server import Deed, Rule, SmtpServer, smtp_server
from tests.transports.conftest import Way

READERS = 60
ROOM = 120_000  # octets
# Takes the write lock, says so, and lets go at the next line it hears, or after so many seconds.
LOCKER = """
import select, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
select.select([sys.stdin], [], [], float(sys.argv[2]))
connection.execute("ROLLBACK")
"""

Furnish = Callable[[Database], House]


class Restart:
    """Restarts PostgreSQL as after a crash, and tells when that is done."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.done = threading.Event()

    def __call__(self) -> None:
        self.server.restart()
        self.done.set()


@pytest.fixture(params=list(Way))
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    with smtp_server(SmtpServer(extensions=request.param.extensions)) as server:
        yield server


@pytest.fixture
def transport(server: SmtpServer) -> Iterator[SmtpTransport]:
    transport = transport_to(server)
    yield transport
    transport.close()


@pytest.fixture
def furnish(settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance) -> Furnish:
    def furnish(database: Database) -> House:
        house = House(replace(settings, delivery=DeliverySettings(window=8)), database, tokens, clock, chance)
        for number in range(1, READERS + 1):
            house.reader(number)
        house.issue()
        return house

    return furnish


@pytest.fixture
def crowd(furnish: Furnish, database: Database) -> House:
    return furnish(database)


@pytest.fixture
def restart(template: tuple[Postgres, str]) -> Restart:
    return Restart(template[0])


@pytest.fixture
def served_crowd(furnish: Furnish, restart: Restart, postgresql: Database) -> House:
    """On PostgreSQL, where what is committed outlives a crash, unlike in the other tests."""
    restart.server.execute(f"ALTER DATABASE {postgresql.engine.url.database} SET synchronous_commit = on")
    postgresql.dispose()
    return furnish(postgresql)


def at_message(number: int, act: Callable[[], object]) -> Rule:
    """Do something before the reply to the message of that number."""
    seen: list[str] = []

    def rule(command: str, argument: str) -> Deed | None:
        if command == "DOT":
            seen.append(argument)
            if len(seen) == number:
                act()
        return None

    return rule


def recover(house: House, server: SmtpServer, transport: SmtpTransport, window: int = 8) -> None:
    """Go on after the lease; at most a window of readers may have got two."""
    transport.close()
    server.rule = lambda command, argument: None
    work_off(house, transport)
    assert len(audit(house, server)) <= window
    assert house.books() == {"accepted": READERS}


@contextmanager
def locker(house: House, seconds: float) -> Iterator[Callable[[], None]]:
    """Give a function that locks the database for so long, or until the block ends."""
    started: list[subprocess.Popen[str]] = []

    def lock() -> None:
        command = [sys.executable, "-c", LOCKER, str(file_of(house)), str(seconds)]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert started[0].stdout
        assert started[0].stdout.readline() == "locked\n"

    yield lock
    for process in started:
        process.communicate("go\n", timeout=30)


def file_of(house: House) -> Path:
    return Path(house.database.engine.url.database or "")


@pytest.mark.parametrize("number", [1, 30, READERS])
def test_a_database_that_is_locked_for_a_while_is_waited_for(
    crowd: House, server: SmtpServer, transport: SmtpTransport, number: int
) -> None:
    with locker(crowd, 0.3) as lock:
        server.rule = at_message(number, lock)
        crowd.send(transport)
    assert crowd.books() == {"accepted": READERS}
    assert audit(crowd, server) == set()


@pytest.mark.parametrize("number", [1, 30])
def test_a_database_that_stays_locked_stops_the_sender(
    crowd: House, server: SmtpServer, transport: SmtpTransport, number: int
) -> None:
    crowd.policy(lease=timedelta(seconds=10))  # half of it is spent trying to write in vain
    engine = crowd.database.engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
    with locker(crowd, 20) as lock:
        server.rule = at_message(number, lock)
        with pytest.raises(DBAPIError, match="locked"):
            crowd.send(transport)
        assert len(server.accepted) <= number + 2 * 8
    crowd.later(hours=1)
    assert crowd.sweep().in_doubt <= 8
    recover(crowd, server, transport)


def test_a_full_disk_stops_the_sender(crowd: House, server: SmtpServer, transport: SmtpTransport) -> None:
    """No file may grow beyond what the log needs for a few commits."""
    with crowd.database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    crowd.database.dispose()
    sender = start(crowd, server, largest_file=ROOM)
    _, words = sender.communicate(timeout=30)
    assert sender.returncode == 1
    assert "sqlite3.OperationalError" in words
    assert 0 < len(server.accepted) < READERS
    wake_after_the_lease(crowd)
    assert crowd.sweep().in_doubt <= WINDOW
    recover(crowd, server, transport, WINDOW)


@pytest.mark.postgres
@pytest.mark.parametrize("number", [1, 30, READERS])
def test_a_database_that_restarts_while_mail_is_under_way_costs_a_window_at_most(
    served_crowd: House, restart: Restart, server: SmtpServer, transport: SmtpTransport, number: int
) -> None:
    """It may be back before anybody needs it."""
    server.rule = at_message(number, restart)
    with suppress(DBAPIError):
        served_crowd.send(transport)
    assert restart.done.wait(60)
    served_crowd.later(hours=1)
    assert served_crowd.sweep().in_doubt <= 8
    recover(served_crowd, server, transport)


@pytest.mark.postgres
@pytest.mark.parametrize("number", [1, 2, 7])
def test_a_database_that_restarts_before_a_commit_stops_the_sender(
    served_crowd: House, restart: Restart, server: SmtpServer, transport: SmtpTransport, number: int
) -> None:
    commits = count(1)
    engine = served_crowd.database.engine
    event.listen(engine, "commit", lambda _: restart() if next(commits) == number else None)
    with pytest.raises(DBAPIError):
        served_crowd.send(transport)
    assert restart.done.is_set()
    served_crowd.later(hours=1)
    assert served_crowd.sweep().in_doubt <= 8
    recover(served_crowd, server, transport)
