"""`[pace]`: how fast letters may leave."""

from __future__ import annotations

from newsletter.config.reading import Table
from newsletter.settings import PaceSettings


def pace(table: Table) -> PaceSettings:
    """Return the limits of `[pace]`."""
    table.finish()
    return PaceSettings()
