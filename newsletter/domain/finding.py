"""What a check has to say of an issue before it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
