"""Statements that run for every message: compiled once per kind of database, then given to the driver as they are.

Building, caching and typing an SQLAlchemy statement costs more than a small statement itself. Errors stay
SQLAlchemy's. What they read and write is the driver's own; moments go through `stored` and `Moments`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, CursorResult, Dialect

from subscribers.database import UtcDateTime


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for one kind of database, the values it holds itself, and the order of all where it has one."""

    sql: str
    own: Mapping[str, object]
    order: tuple[str, ...] | None

    def values(self, given: Mapping[str, object]) -> Any:
        """Return the values as the driver wants them."""
        every = {**self.own, **given}
        return tuple(every[name] for name in self.order) if self.order is not None else every


class Statement:
    """A statement with named parameters. `build` makes it for a dialect's name."""

    def __init__(self, build: Callable[[str], ClauseElement]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, **values: object) -> CursorResult[*tuple[Any, ...]]:
        """Run it once. Strings and numbers are taken as they are, moments as `stored` gives them."""
        compiled = self._for(connection.dialect)
        return connection.exec_driver_sql(compiled.sql, compiled.values(values))

    def run_many(
        self, connection: Connection, rows: Sequence[Mapping[str, object]]
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run it once for each row, prepared once."""
        compiled = self._for(connection.dialect)
        return connection.exec_driver_sql(compiled.sql, [compiled.values(row) for row in rows])

    def _for(self, dialect: Dialect) -> _Compiled:
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _compiled(self._build(dialect.name), dialect)
        return self._compiled[dialect.name]


class Moments:
    """Reads moments as the driver gives them. Few are distinct, so each is parsed once."""

    def __init__(self, dialect: Dialect) -> None:
        self._parse = _TYPE.dialect_impl(dialect).result_processor(dialect, None)
        self._known: dict[object, datetime] = {}

    def __getitem__(self, kept: object) -> datetime:
        """Return an aware UTC moment."""
        if kept not in self._known:
            self._known[kept] = cast("datetime", self._parse(kept) if self._parse else kept)
        return self._known[kept]


def stored(dialect: Dialect, moment: datetime) -> object:
    """Return an aware moment as the driver takes it."""
    write = _TYPE.dialect_impl(dialect).bind_processor(dialect)
    return write(moment) if write else moment


_TYPE = UtcDateTime()


def _compiled(statement: ClauseElement, dialect: Dialect) -> _Compiled:
    found = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    own = {name: str(value) if isinstance(value, str) else value for name, value in found.params.items()}
    order = getattr(found, "positiontup", None)
    return _Compiled(str(found), own, tuple(order) if order is not None else None)
