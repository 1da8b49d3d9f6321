"""What a check says, before it is known how much that weighs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One thing a check found: see `domain.finding.Finding`, which it becomes."""

    sentence: str
    mend: str = ""
    article_id: int | None = None
