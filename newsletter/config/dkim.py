"""`[dkim]`: what letters are signed with."""

from __future__ import annotations

from pathlib import Path

from newsletter.config.reading import Table
from newsletter.settings import DkimSettings


def dkim(table: Table, folder: Path) -> DkimSettings:  # noqa: ARG001
    """Return the signing keys of `[dkim]`, read from their files."""
    table.finish()
    return DkimSettings()
