"""Furnished databases to measure on: made once for each size, copied for each measurement."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench.newsroom import furnish, sqlite_url
from tests.postgres import Postgres, postgres


@dataclass(slots=True)
class Databases:
    """Gives URLs of databases that hold a register of a size and tonight's draft."""

    folder: Path
    stack: ExitStack
    _issues: dict[tuple[str, int], int] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _server: Postgres | None = None

    @contextmanager
    def fresh(self, kind: str, readers: int) -> Iterator[tuple[str, int]]:
        """Give a copy's URL and the issue's id; drop the copy afterwards. `kind` is "sqlite" or "postgresql"."""
        with self._sqlite(readers) if kind == "sqlite" else self._postgresql(readers) as url:
            yield url, self._issues[kind, readers]

    @contextmanager
    def _sqlite(self, readers: int) -> Iterator[str]:
        original = self.folder / f"{readers}.db"
        if not original.exists():
            self._issues["sqlite", readers] = furnish(sqlite_url(original), readers)
            _checkpoint(original)
        copy = self.folder / f"copy-{next(self._numbers)}.db"
        shutil.copyfile(original, copy)
        try:
            yield sqlite_url(copy)
        finally:
            for file in self.folder.glob(f"{copy.name}*"):
                file.unlink()

    @contextmanager
    def _postgresql(self, readers: int) -> Iterator[str]:
        if self._server is None:
            self._server = self.stack.enter_context(postgres())
        server, original = self._server, f"readers_{readers}"
        if ("postgresql", readers) not in self._issues:
            server.execute(f"CREATE DATABASE {original}")
            self._issues["postgresql", readers] = furnish(server.url(original), readers)
        copy = f"copy_{next(self._numbers)}"
        server.execute(f"CREATE DATABASE {copy} TEMPLATE {original}")
        try:
            yield server.url(copy)
        finally:
            server.execute(f"DROP DATABASE {copy} WITH (FORCE)")


def _checkpoint(file: Path) -> None:
    """Bring what is in the write-ahead log into the file, which is then all there is to copy."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
