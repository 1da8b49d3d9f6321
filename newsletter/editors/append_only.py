"""The database itself keeps the log's words: no entry says anything else later on. Old ones may be dropped."""

from __future__ import annotations

from sqlalchemy import Connection, text

_NAME = "desk_log_stays"
_SENTENCE = "an entry of the log is never changed"
_SQLITE = (f"CREATE TRIGGER {_NAME} BEFORE UPDATE ON desk_log BEGIN SELECT RAISE(ABORT, '{_SENTENCE}'); END",)
_POSTGRESQL = (
    f"""
    CREATE FUNCTION {_NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '{_SENTENCE}' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    f"CREATE TRIGGER {_NAME} BEFORE UPDATE ON desk_log FOR EACH STATEMENT EXECUTE FUNCTION {_NAME}()",
)


def keep(connection: Connection) -> None:
    """Make the trigger, on a table that has none."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.execute(text(statement))


def let_go(connection: Connection) -> None:
    """Drop what the table leaves behind when it is dropped."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"DROP TRIGGER {_NAME} ON desk_log"))
        connection.execute(text(f"DROP FUNCTION {_NAME}()"))
