"""The database: its version, its shape, and whether it is whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.patient import Patient

CHECK: Final = "database"
_OLDEST_SQLITE = (3, 35, 0)  # RETURNING
_OLDEST_POSTGRESQL = 13
_LARGEST = 2_000_000_000  # octets; a larger file takes minutes to read through


def databases(patient: Patient) -> Iterator[Diagnosis]:
    """Look at the database without writing to it."""
    yield _shape(patient)
    with patient.database.engine.execution_options(reading=True).connect() as connection:
        if connection.dialect.name == "sqlite":
            yield from _sqlite(connection)
        else:
            yield _postgresql(connection)


def _shape(patient: Patient) -> Diagnosis:
    found, wanted = patient.revisions
    if found != wanted:
        sentence = f"The database is at revision {found or 'none'}, and this program is at {wanted}."
        return Diagnosis(CHECK, Health.STOP, sentence, "Run `newsletter db upgrade`.")
    return Diagnosis(CHECK, Health.FINE, f"The database is at revision {found}, as this program.")


def _sqlite(connection: Connection) -> Iterator[Diagnosis]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        yield Diagnosis(CHECK, Health.STOP, f"SQLite is {version}; 3.35 at least is wanted.", "Update it.")
    mode = str(connection.scalar(text("PRAGMA journal_mode")))
    if mode != "wal":
        sentence = (
            f"SQLite {version} keeps its journal as {mode}, so that readers and senders wait for each other."
        )
        yield Diagnosis(CHECK, Health.WARNING, sentence, "Put the file on a local disk, where WAL works.")
    else:
        yield Diagnosis(CHECK, Health.FINE, f"SQLite {version}, with its journal as WAL.")
    yield _whole(connection)


def _whole(connection: Connection) -> Diagnosis:
    size = _size(connection.engine.url.database or "")
    if size > _LARGEST:
        sentence = f"The database has {size / 1e9:.1f} GB and was not read through."
        return Diagnosis(CHECK, Health.UNKNOWN, sentence, "Run `PRAGMA quick_check` on a copy now and then.")
    said = str(connection.scalar(text("PRAGMA quick_check(1)")))
    if said != "ok":
        sentence = f"The database's file is damaged: {said.splitlines()[0]}."
        return Diagnosis(CHECK, Health.STOP, sentence, "Stop the daemon, keep a copy, restore the last backup.")
    return Diagnosis(CHECK, Health.FINE, "The database's file is whole.")


def _size(file: str) -> int:
    try:
        return Path(file).stat().st_size
    except OSError:
        return 0


def _postgresql(connection: Connection) -> Diagnosis:
    number = int(str(connection.scalar(text("SHOW server_version_num"))))
    version = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number // 10_000 < _OLDEST_POSTGRESQL:
        return Diagnosis(CHECK, Health.WARNING, f"{version} is out of its maintainers' support.", "Update it.")
    return Diagnosis(CHECK, Health.FINE, f"{version}.")
