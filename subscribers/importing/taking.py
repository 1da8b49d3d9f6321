"""Taking a file in, or foreseeing what would become of it: the same judgement, with and without writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from subscribers import consents
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.importing import staging
from subscribers.importing.entries import Entry, Rules, entries
from subscribers.importing.judging import Change, fate_of_new, graver, judge
from subscribers.importing.report import Fate, ImportReport, Refusal
from subscribers.importing.table import Table
from subscribers.models import Import as ImportRow
from subscribers.tokens import Tokens

BATCH = 20_000  # rows; the register is locked for as long as it takes to write them, some tenths of a second

_SUBSCRIBED = frozenset({Fate.NEW, Fate.LEFT})
_WRITTEN = frozenset({*_SUBSCRIBED, Fate.BARRED})

Verdict = Fate | Change | Refusal
Refused = Callable[[Refusal], None]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Import:
    """What is taken in, by whose word, and when: `clock` gives aware UTC.

    `refused` is told every row that is not taken, `progress` the number of rows done after each batch.
    """

    table: Table
    rules: Rules
    evidence: Evidence
    clock: Callable[[], datetime]
    file_name: str = ""
    refused: Refused = lambda refusal: None  # noqa: ARG005
    progress: Progress = lambda rows: None  # noqa: ARG005
    batch: int = BATCH


def take(database: Database, tokens: Tokens, wanted: Import) -> ImportReport:
    """Add the readers of a file to a newsletter, active, and say what became of each row.

    Each batch is a transaction of its own. What an import that was cut off had done by then is kept, and its row
    says that it never finished.
    """
    report = ImportReport(number=_begun(database, wanted))
    for batch in _batches(wanted, tokens, report):
        with database.writing() as session:
            _write(session, wanted, report, batch)
            _note(session, report)
        wanted.progress(report.rows)
    with database.writing() as session:
        _note(session, report).finished_at = wanted.clock()
    return report


def foresee(database: Database, tokens: Tokens, wanted: Import) -> ImportReport:
    """Say what `take` would do now, and write nothing."""
    report = ImportReport()
    with database.reading() as session:
        staging.FORESEEN.create(session.connection())
        for batch in _batches(wanted, tokens, report):
            with staging.staged(session, batch):
                twice = dict.fromkeys(staging.drop_foreseen(session), Fate.UNCHANGED)
                verdicts = _verdicts(session, wanted, batch)
            _count(wanted, report, batch, {**verdicts, **twice})
            wanted.progress(report.rows)
        session.rollback()
    return report


def _begun(database: Database, wanted: Import) -> int:
    now, evidence = wanted.clock(), wanted.evidence
    row = ImportRow(
        newsletter=wanted.rules.newsletter, file_name=wanted.file_name, actor=evidence.actor, started_at=now
    )
    with database.writing() as session:
        session.add(row)
        if evidence.consent_text and evidence.consent_version:
            consents.remember(session, evidence.consent_version, evidence.consent_text, now)
        session.flush()
        return row.id


def _note(session: Session, report: ImportReport) -> ImportRow:
    row = session.get_one(ImportRow, report.number)
    row.added, row.unchanged, row.refused = report.added, report.unchanged, report.refused
    return row


def _batches(wanted: Import, tokens: Tokens, report: ImportReport) -> Iterator[list[Entry]]:
    """Yield entries of different addresses, in batches; count what is refused or stands in a batch twice."""
    found = entries(wanted.table, wanted.rules, tokens)
    while some := list(islice(found, wanted.batch)):
        batch: dict[str, Entry] = {}
        for entry in some:
            if isinstance(entry, Refusal):
                _refuse(wanted, report, entry)
            elif entry.address not in batch:
                batch[entry.address] = entry
            else:
                report.count(Fate.UNCHANGED, entry.email)
                batch[entry.address] = graver(batch[entry.address], entry)
        yield list(batch.values())


def _refuse(wanted: Import, report: ImportReport, refusal: Refusal) -> None:
    report.refuse(refusal)
    wanted.refused(refusal)


def _write(session: Session, wanted: Import, report: ImportReport, batch: list[Entry]) -> None:
    number, now, evidence, newsletter = (
        report.number or 0,
        wanted.clock(),
        wanted.evidence,
        wanted.rules.newsletter,
    )
    with staging.staged(session, batch):
        verdicts = _verdicts(session, wanted, batch)
        changes = {at: verdict for at, verdict in verdicts.items() if isinstance(verdict, Change)}
        changed = set(staging.change(session, changes, evidence, number, now))
        staging.drop(session, [at for at, verdict in verdicts.items() if verdict not in _WRITTEN])
        subscribed = staging.subscribe(session, newsletter, evidence, number, now)
        if wanted.rules.with_leavers:
            staging.bar(session, f"import {number}", now)
    overtaken = dict.fromkeys(changes.keys() - changed, Fate.UNCHANGED)
    expected = _count(wanted, report, batch, {**verdicts, **overtaken})
    report.overtaken(expected - subscribed)


def _verdicts(session: Session, wanted: Import, batch: list[Entry]) -> dict[int, Verdict]:
    """Return what becomes of the entries whose address is known, by their number; of all others it is clear."""
    return {
        number: judge(batch[number], known) for number, known in staging.known(session, wanted.rules.newsletter)
    }


def _count(wanted: Import, report: ImportReport, batch: list[Entry], verdicts: Mapping[int, Verdict]) -> int:
    """Count a batch, and return how many new subscriptions that makes."""
    new = 0
    for number, entry in enumerate(batch):
        verdict = verdicts.get(number) or fate_of_new(entry)
        if isinstance(verdict, Refusal):
            _refuse(wanted, report, verdict)
        elif isinstance(verdict, Change):
            report.count(verdict.fate, entry.email)
        else:
            report.count(verdict, entry.email)
            new += verdict in _SUBSCRIBED
    return new
