"""What a check has to say of an issue before it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How much a finding weighs."""

    NOTE = "note"  # worth a look
    WARNING = "warning"  # readers will notice
    STOP = "stop"  # not to be sent like this


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    `check` is the check's name, as configured and printed. `sentence` names the thing and the reason, `mend` what
    would put it right. `article_id` is the story it concerns, None where it is the issue as a whole.
    """

    check: str
    level: Level
    sentence: str
    mend: str = ""
    article_id: int | None = None


# Every check by its name, and how much its findings weigh unless `[checks]` says otherwise.
CHECKS: Final[Mapping[str, Level]] = {
    "empty-values": Level.STOP,
    "way-out": Level.STOP,
    "text-part": Level.WARNING,
    "clipped": Level.WARNING,
    "dead-links": Level.WARNING,
    "moved-links": Level.NOTE,
    "broken-pictures": Level.WARNING,
    "heavy-pictures": Level.NOTE,
    "picture-sizes": Level.NOTE,
    "picture-descriptions": Level.WARNING,
    "picture-credits": Level.NOTE,
    "lead-picture": Level.NOTE,
    "standfirsts": Level.NOTE,
    "bylines": Level.NOTE,
    "changed": Level.WARNING,
    "withdrawn": Level.WARNING,
    "empty-sections": Level.NOTE,
    "twice": Level.WARNING,
    "languages": Level.WARNING,
    "broken-signs": Level.WARNING,
    "capitals": Level.NOTE,
    "subject": Level.NOTE,
    "preheader": Level.NOTE,
    "spam-words": Level.NOTE,
    "contrast": Level.WARNING,
    "dark-contrast": Level.WARNING,
    "ignored-css": Level.NOTE,
}
