"""Bringing a database to the shape that the code expects, and refusing to work on any other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text

from subscribers.database import Database, open_database

_LOCK = 0x6E657773  # any number that nobody else locks in this database


class DatabaseTooOld(Exception):
    """The database lacks changes that this code relies on."""


class DatabaseTooNew(Exception):
    """The database was upgraded by a newer version of this product."""


def head() -> str:
    """Return the revision that the code expects."""
    revision = ScriptDirectory.from_config(_config("")).get_current_head()
    if revision is None:
        raise RuntimeError("the product was packaged without its migrations")
    return revision


def current(database: Database) -> str | None:
    """Return the database's revision, None where it was never upgraded."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade the database at a URL, creating it where SQLite has none yet. Raises DatabaseTooNew."""
    database = open_database(url)
    try:
        config = _config(url)
        with database.engine.connect() as connection, _tables_may_be_made_anew(connection), connection.begin():
            _wait_for_others(connection)
            _refuse_newer(MigrationContext.configure(connection).get_current_revision())
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            _look_at_references(connection)
    finally:
        database.dispose()


def ensure(database: Database) -> None:
    """Make an empty database ready. Raises DatabaseTooOld or DatabaseTooNew for one of another version.

    The daemon and the pages may be started at once on an empty database: one makes the tables, the other waits.
    """
    # In this order: tables that appear in between come from somebody who makes this one ready too.
    is_empty = not inspect(database.engine).get_table_names()
    found = current(database)
    _refuse_newer(found)
    if found == head():
        return
    if found is None and is_empty:
        upgrade(database.engine.url.render_as_string(hide_password=False))
        return
    raise DatabaseTooOld("The database is older than this program; run `newsletter db upgrade` once.")


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """Let SQLite drop a table that others refer to: it changes most things of a table by making it anew.

    Section 7 of SQLite's "ALTER TABLE" says so; the switch works outside of transactions only.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _look_at_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise RuntimeError("the upgrade would leave rows that refer to rows which are not there")


def _wait_for_others(connection: Connection) -> None:
    """Let one process upgrade at a time. On SQLite the transaction has the write lock from its beginning."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config("")).walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseTooNew(
            f"The database is at revision {found}, which this program does not know; "
            "it was upgraded by a newer version. Install that version."
        )


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config
