"""Disk: is there room for the issues to come?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, text

from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.patient import Patient
from newsletter.issues.tables import IssueRow

CHECK: Final = "disk"
_FEW, _MONTH = 5, 30  # issues
_LEAST = 200_000_000  # octets: the journal alone takes some of it
_OF_AN_ISSUE = 2_000_000  # octets: what an issue is taken for until there are some to go by


def disk(patient: Patient) -> Iterator[Diagnosis]:
    """Say how many more issues there is room for, each as large as those so far."""
    url = patient.database.engine.url
    with patient.database.reading() as session:
        issues = session.scalar(select(func.count()).where(IssueRow.locked_at.is_not(None))) or 0
        if url.get_backend_name() != "sqlite":
            size = int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
            sentence = f"The database takes {size / 1e6:,.0f} MB; the room on its server is known there only."
            yield Diagnosis(CHECK, Health.UNKNOWN, sentence)
            return
    file = Path(url.database or "").resolve()
    size = file.stat().st_size
    yield _room(file.parent, shutil.disk_usage(file.parent).free, max(size // max(issues, 1), _OF_AN_ISSUE))


def _room(folder: Path, free: int, of_an_issue: int) -> Diagnosis:
    number = max(free - _LEAST, 0) // of_an_issue
    told = f"{free / 1e9:,.1f} GB are free at {folder}, room for"
    mend = "Make room, or let old deliveries be summed up: [delivery] keep_days."
    if number < _FEW:
        return Diagnosis(CHECK, Health.STOP, f"{told} {number} issues.", mend)
    if number < _MONTH:
        return Diagnosis(CHECK, Health.WARNING, f"{told} {number} issues.", mend)
    return Diagnosis(CHECK, Health.FINE, f"{told} {'over 1,000' if number > 1000 else number} issues.")
