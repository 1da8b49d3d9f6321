"""What the browser shows of a frozen letter: the version as corrected, and the notices of what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.delivery.corrections.tables import CorrectionRow
from newsletter.delivery.ledger.tables import LetterRow


@dataclass(frozen=True, slots=True)
class Notice:
    """What was wrong, and when it was put right (aware UTC)."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The letter to show, None where a correction left nothing of its variant; the notices, the oldest first."""

    letter: LetterRow | None
    notices: Sequence[Notice]


def notices(session: Session, issue_id: int) -> list[Notice]:
    """Return what everybody is told was corrected of an issue, the oldest first."""
    wanted = select(CorrectionRow).where(CorrectionRow.issue_id == issue_id, CorrectionRow.on_web)
    return [Notice(each.at, each.notice) for each in session.scalars(wanted.order_by(CorrectionRow.version))]


def shown(session: Session, letter: LetterRow) -> Shown:
    """Return what is shown to whoever follows the link of a letter."""
    wanted = select(CorrectionRow).where(CorrectionRow.issue_id == letter.issue_id, CorrectionRow.on_web)
    corrections = session.scalars(wanted.order_by(CorrectionRow.version)).all()
    notices = [Notice(each.at, each.notice) for each in corrections]
    if not corrections or letter.version >= corrections[-1].version:
        return Shown(letter, notices)
    corrected = select(LetterRow).where(
        LetterRow.issue_id == letter.issue_id,
        LetterRow.variant == letter.variant,
        LetterRow.version == corrections[-1].version,
    )
    return Shown(session.scalars(corrected).one_or_none(), notices)
