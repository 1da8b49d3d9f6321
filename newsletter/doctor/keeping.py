"""Examinations kept as rows: the newest is shown, some older ones stay to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.doctor.diagnosis import Diagnosis, Health, Record
from newsletter.doctor.senders import Item, Met
from newsletter.doctor.tables import ExaminationRow

KEPT = 30


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found and when (aware UTC)."""

    at: datetime
    found: tuple[Diagnosis, ...]
    senders: tuple[Item, ...] = ()

    @property
    def trouble(self) -> tuple[Diagnosis, ...]:
        """What somebody should do something about."""
        return tuple(each for each in self.found if each.is_trouble)


def keep(session: Session, found: Sequence[Diagnosis], senders: Sequence[Item], now: datetime) -> None:
    """Write an examination with all checks, and drop all but the newest."""
    session.add(
        ExaminationRow(at=now, found=[asdict(each) for each in found], senders=[asdict(each) for each in senders])
    )
    session.flush()
    newest = select(ExaminationRow.id).order_by(ExaminationRow.id.desc()).limit(KEPT)
    session.execute(delete(ExaminationRow).where(ExaminationRow.id.not_in(session.scalars(newest).all())))


def latest(session: Session) -> Examination | None:
    """Return the newest examination."""
    row = session.scalars(select(ExaminationRow).order_by(ExaminationRow.id.desc()).limit(1)).first()
    if row is None:
        return None
    return Examination(row.at, tuple(map(_diagnosis, row.found)), tuple(map(_item, row.senders)))


def _diagnosis(kept: dict[str, object]) -> Diagnosis:
    records = kept["records"]
    assert isinstance(records, list)  # noqa: S101 - as `keep` wrote it
    return Diagnosis(
        str(kept["check"]),
        Health(str(kept["health"])),
        str(kept["sentence"]),
        str(kept["mend"]),
        tuple(Record(**each) for each in records),
    )


def _item(kept: dict[str, object]) -> Item:
    words = {name: str(kept[name]) for name in ("rule", "of", "asks", "because")}
    return Item(met=Met(str(kept["met"])), **words)
