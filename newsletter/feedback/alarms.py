"""Letters that came back for what they are or whose they are: an operator's business, never the reader's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.feedback.rules import Consequence
from newsletter.feedback.tables import ReportRow

LATELY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alarm:
    """So many letters were refused lately; `words` are those of the last refusal."""

    letters: int
    words: str


def alarm(session: Session, now: datetime) -> Alarm | None:
    """Return what there is to be alarmed about, None where there is nothing. `now` is aware UTC."""
    lately = ReportRow.consequence == Consequence.ALARM, ReportRow.at > now - LATELY
    letters = session.scalar(select(func.count()).select_from(ReportRow).where(*lately)) or 0
    last = session.scalar(select(ReportRow.words).where(*lately).order_by(ReportRow.id.desc()).limit(1))
    return Alarm(letters, last or "") if letters else None
