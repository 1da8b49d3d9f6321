"""The database itself keeps the register's events: no row is deleted, and none says anything else later on.

Two things may happen to an event: an erasure and a retention limit take words away. So personal columns may become
empty and `detail` may lose entries; nothing may be put in their place. Adding events costs nothing: the triggers
look at changes only. SQLite drops them with the table when a migration makes it anew: call `keep` afterwards.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, event, text

_FIXED = ("id", "subscription_id", "at", "event", "source", "consent_version", "import_id")
_MAY_BE_EMPTIED = ("source_page", "actor", "network_address", "consent_text")
_NAME = "subscription_events_stay"
_SENTENCE = "an event of the register is never changed or deleted; it may only lose personal data"

_SQLITE = (
    f"""
    CREATE TRIGGER {_NAME} BEFORE UPDATE ON subscription_events
    WHEN {" OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in _FIXED)}
      OR {" OR ".join(f"NEW.{column} NOT IN ('', OLD.{column})" for column in _MAY_BE_EMPTIED)}
      OR EXISTS (
        SELECT 1 FROM json_each(NEW.detail) AS told WHERE NOT EXISTS (
          SELECT 1 FROM json_each(OLD.detail) AS known WHERE known.key = told.key AND known.value IS told.value))
    BEGIN SELECT RAISE(ABORT, '{_SENTENCE}'); END
    """,  # noqa: S608 - our own words
    f"""
    CREATE TRIGGER {_NAME}_here BEFORE DELETE ON subscription_events
    BEGIN SELECT RAISE(ABORT, '{_SENTENCE}'); END
    """,
)
_POSTGRESQL = (
    f"""
    CREATE FUNCTION {_NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '{_SENTENCE}' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER {_NAME} BEFORE UPDATE ON subscription_events FOR EACH ROW
    WHEN ({" OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in _FIXED)}
      OR {" OR ".join(f"NEW.{column} NOT IN ('', OLD.{column})" for column in _MAY_BE_EMPTIED)}
      OR NOT NEW.detail::jsonb <@ OLD.detail::jsonb)
    EXECUTE FUNCTION {_NAME}()
    """,
    f"""
    CREATE TRIGGER {_NAME}_here BEFORE DELETE OR TRUNCATE ON subscription_events
    FOR EACH STATEMENT EXECUTE FUNCTION {_NAME}()
    """,
)


def keep(connection: Connection) -> None:
    """Make the triggers, on a table that has none."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.execute(text(statement))


def let_go(connection: Connection) -> None:
    """Drop the triggers, so that a migration can make the table anew."""
    is_sqlite = connection.dialect.name == "sqlite"
    for name in (_NAME, f"{_NAME}_here"):
        connection.execute(text(f"DROP TRIGGER {name}" + ("" if is_sqlite else " ON subscription_events")))
    if not is_sqlite:
        connection.execute(text(f"DROP FUNCTION {_NAME}()"))


def keep_when_made(table: Table) -> None:
    """Have the triggers made along with the table, where no migration does it."""

    @event.listens_for(table, "after_create")
    def made(table: Table, connection: Connection, **more: Any) -> None:  # noqa: ARG001 - the shape of the event
        keep(connection)
