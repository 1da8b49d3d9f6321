"""The daemon and a worker as processes on PostgreSQL: one dispatches, the other sends."""

from __future__ import annotations

import json
import signal

import pytest

from newsletter.migrations import ensure
from subscribers.database import open_database
from tests.cli.conftest import Place
from tests.cli.test_processes import at_this_hour, lines_until, started
from tests.postgres import Postgres


@pytest.fixture
def on_postgresql(place: Place, template: tuple[Postgres, str]) -> Place:
    """The newsroom with its register and ledger in PostgreSQL."""
    server, _ = template
    server.execute("DROP DATABASE IF EXISTS newsroom WITH (FORCE)")
    server.execute("CREATE DATABASE newsroom")
    written = place.config.read_text().replace("sqlite:///newsletter.db", server.url("newsroom"))
    place.config.write_text(written)
    database = open_database(server.url("newsroom"))
    ensure(database)
    database.dispose()
    return place


@pytest.mark.postgres
def test_the_daemon_dispatches_and_a_worker_sends(on_postgresql: Place) -> None:
    place = on_postgresql
    at_this_hour(place)
    for number in range(5):
        place.ok("subscribers", "add", f"reader{number}@reader.example", "--confirmed", "at the fair")
    with started(place, "worker", "--name", "cellar") as worker, started(place, "daemon") as daemon:
        lines_until(daemon.stderr, "dispatched")
        lines_until(worker.stderr, "sending: finished")
        for process in (daemon, worker):
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0, said
        assert json.loads(said.splitlines()[-1])["event"] == "the worker is down"
    assert len(place.letters()) == 5
    assert [row["state"] for row in place.json("issues", "list")] == ["sent"]
    (done,) = place.json("workers")["done"]
    assert (done["worker"], done["accepted"]) == ("cellar", 5)
    assert "cellar" in place.ok("workers", "--issue", "evening")


@pytest.mark.parametrize("command", ["worker", "workers"])
def test_on_sqlite_workers_say_what_they_need(place: Place, command: str) -> None:
    done = place.run(command)
    assert done.exit_code == 2
    assert "Workers need PostgreSQL" in done.stderr
