"""`[checks]`: how much the findings of each check weigh."""

from __future__ import annotations

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.domain.finding import CHECKS, Level

_OFF = "off"


def checks(table: Table) -> dict[str, Level | None]:
    """Return the levels that are set otherwise, by the check's name; None is off."""
    found: dict[str, Level | None] = {}
    for name, usual in CHECKS.items():
        if table.given(name):
            default: Level | None = usual
            found[name] = table.optional(name, _level, default)
    table.finish()
    return found


def _level(value: object) -> Level | None:
    if value == _OFF:
        return None
    try:
        return Level(str(value))
    except ValueError:
        raise values.Expected('"note", "warning", "stop" or "off"') from None
