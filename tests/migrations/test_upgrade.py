"""The migrations make exactly the tables that the code describes, and nobody works on any other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from newsletter import migrations
from newsletter.migrations import upgrading
from newsletter.migrations.tables import METADATA
from newsletter.workers.queue import PREFIX
from subscribers.database import Database, open_database
from tests.postgres import Postgres


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def postgres(template: tuple[Postgres, str]) -> Iterator[str]:
    server, _ = template
    server.execute("CREATE DATABASE to_migrate")
    yield server.url("to_migrate")
    server.execute("DROP DATABASE to_migrate WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest) -> Iterator[Database]:
    database = open_database(request.getfixturevalue(request.param))
    yield database
    database.dispose()


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    """Tell our tables from those of the job queue."""
    return kind != "table" or not (name or "").startswith(PREFIX)


def test_an_upgraded_database_is_what_the_models_describe(empty: Database) -> None:
    migrations.upgrade(str(empty.engine.url))
    with empty.engine.connect() as connection:
        options = {"compare_type": True, "include_name": _is_ours}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_an_empty_database_is_made_ready_without_being_asked(empty: Database) -> None:
    migrations.ensure(empty)
    assert migrations.current(empty) == migrations.head()
    migrations.ensure(empty)


def test_several_processes_may_make_an_empty_database_ready_at_once(empty: Database) -> None:
    together = threading.Barrier(4)

    def start(url: str) -> None:
        database = open_database(url)
        together.wait()
        try:
            migrations.ensure(database)
        finally:
            database.dispose()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, [str(empty.engine.url)] * 4)) == [None] * 4
    assert migrations.current(empty) == migrations.head()


def test_a_database_of_a_newer_version_is_refused(empty: Database) -> None:
    migrations.ensure(empty)
    with empty.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrations.DatabaseTooNew, match="revision 9999, which this program does not know"):
        migrations.ensure(empty)
    with pytest.raises(migrations.DatabaseTooNew):
        migrations.upgrade(str(empty.engine.url))


def test_tables_without_a_revision_ask_for_the_upgrade(empty: Database) -> None:
    with empty.writing() as session:
        session.execute(text("CREATE TABLE something (id INTEGER)"))
    with pytest.raises(migrations.DatabaseTooOld, match="newsletter db upgrade"):
        migrations.ensure(empty)


def test_readers_and_their_deliveries_survive_the_upgrade_to_what_readers_choose(empty: Database) -> None:
    url = str(empty.engine.url)
    migrations.upgrade(url, "0003")
    with empty.writing() as session:
        for statement in _FORMER_ROWS.split(";"):
            session.execute(text(statement))
    migrations.upgrade(url)
    with empty.reading() as session:
        kept = session.execute(text("SELECT state, frequency, hour, paused_until FROM subscriptions")).all()
        assert kept == [("active", "daily", None, None)]
        assert session.scalar(text("SELECT count(*) FROM subscription_events WHERE subscription_id = 1")) == 1
    with pytest.raises(IntegrityError), empty.writing() as session:
        session.execute(text("UPDATE subscriptions SET state = 'asleep'"))
    with pytest.raises(IntegrityError), empty.writing() as session:
        session.execute(text("DELETE FROM subscriptions"))


def test_who_had_an_account_is_an_administrator_after_the_upgrade(empty: Database) -> None:
    url = str(empty.engine.url)
    migrations.upgrade(url, "0007")
    with empty.writing() as session:
        columns, values = (
            "id, email, name, password_hash, created_at",
            "1, 'a@b.example', 'A', 'h', '2026-01-05 12:00'",
        )
        session.execute(text(f"INSERT INTO editors ({columns}) VALUES ({values})"))
    migrations.upgrade(url)
    with empty.reading() as session:
        kept = session.execute(
            text("SELECT email, role, accepted_at = created_at, disabled_at FROM editors")
        ).all()
    assert kept == [("a@b.example", "administrator", True, None)]
    with pytest.raises(IntegrityError), empty.writing() as session:
        session.execute(text("UPDATE editors SET role = 'king'"))


_FORMER_EDITOR = """
INSERT INTO editors (id, email, name, password_hash, created_at)
VALUES (1, 'a@b.example', 'A', 'h', '2026-01-05 12:00:00')
"""
_FORMER_ROWS = """
INSERT INTO subscribers (id, email, address, address_hash, name, language, time_zone, created_at)
VALUES (1, 'ada@example.org', 'ada@example.org', 'h', '', '', '', '2026-01-05 12:00:00');
INSERT INTO subscriptions (id, subscriber_id, newsletter, state, sections, created_at, changed_at)
VALUES (1, 1, 'evening', 'active', '', '2026-01-05 12:00:00', '2026-01-05 12:00:00');
INSERT INTO subscription_events (id, subscription_id, at, event, source, source_page, actor, network_address,
consent_text, consent_version, detail)
VALUES (1, 1, '2026-01-05 12:00:00', 'confirmed', 'link', '', '', '', '', '', '{}')
"""


def test_down_to_the_former_register_and_up_again_keeps_events_append_only(empty: Database) -> None:
    url = str(empty.engine.url)
    migrations.upgrade(url)
    config = upgrading._config(url)
    with empty.engine.connect() as connection, upgrading._tables_may_be_made_anew(connection), connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    with empty.writing() as session:
        for statement in _FORMER_ROWS.split(";"):
            session.execute(text(statement))
    migrations.upgrade(url)
    for change in ("UPDATE subscription_events SET event = 'imported'", "DELETE FROM subscription_events"):
        with pytest.raises(IntegrityError, match="never changed or deleted"), empty.writing() as session:
            session.execute(text(change))


def test_upgrading_twice_changes_nothing(empty: Database) -> None:
    migrations.upgrade(str(empty.engine.url))
    before = inspect(empty.engine).get_table_names()
    migrations.upgrade(str(empty.engine.url))
    assert inspect(empty.engine).get_table_names() == before


@pytest.mark.postgres
def test_the_same_holds_on_postgresql(postgresql: Database) -> None:
    with postgresql.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    migrations.ensure(postgresql)
    with postgresql.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_ours})
        assert compare_metadata(context, METADATA) == []
